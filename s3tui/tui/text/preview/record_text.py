"""RecordText: delimited text, fed in portions, into aligned lines, a record each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3tui.tui.text.preview.lines import row_line

if TYPE_CHECKING:
    from s3tui.preview.formats.text_lines import Line, TextLines

_MOST_LINES = 200
"""Of a record: a quotation mark that is never closed would take all that follows."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The layout of records: between which characters cells stand, and how wide each is."""

    delimiter: str
    widths: Sequence[int]
    numbers: Sequence[bool]


class RecordText:
    def __init__(self, lines: TextLines, columns: Columns) -> None:
        self._lines, self._columns = lines, columns
        self._open: list[Line] = []
        """Lines of a record whose quotation marks are not closed."""

    def feed(self, data: bytes, *, final: bool = False) -> list[Line]:
        """Return the records that are complete; with `final`, all."""
        records = []
        for line in self._lines.feed(data, final=final):
            self._open.append(line)
            quotes = sum(each.text.count('"') for each in self._open)
            if quotes % 2 == 0 or len(self._open) >= _MOST_LINES:
                records.append(self._record())
        if final and self._open:
            records.append(self._record())
        return records

    def _record(self) -> Line:
        from s3tui.preview.formats.delimited import read_records
        from s3tui.preview.formats.text_lines import Line

        text = "".join(("" if line.continues else "\n") + line.text for line in self._open)[1:]
        first, self._open = self._open[0], []
        columns = self._columns
        cells = (read_records(text, columns.delimiter) or [[text]])[0]
        shown = [cell.replace("\n", "␊") for cell in cells]
        return Line(first.offset, row_line(shown, columns.widths, columns.numbers), first.continues)

"""Previews as lines of cells: a table in columns, what was read of how much. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from s3tui.format import counted
from s3tui.tui.text.cells import StyledLine, Tone, left, right
from s3tui.tui.text.preview.highlight import highlight
from s3tui.tui.text.sentences import short_size

if TYPE_CHECKING:
    from s3tui.preview.preview import Preview, Table

WIDEST_COLUMN = 32
_GAP = "  "
_LEAST_LINES = 3
_NARROW = 10
"""Cells of a column that gives way no more; then columns at the right do."""


@dataclass(frozen=True, slots=True)
class PreviewText:
    """A preview as a pane shows it, or the sentence in its place. All is printable."""

    title: str
    """The kind and its facts."""
    caption: str = ""
    """How much was read, and the keys."""
    sentence: str = ""
    tone: Tone = "dim"
    preview: Preview | None = None

    def lines(self, width: int, height: int) -> list[StyledLine]:
        """Return at most `height` lines of `width` cells; none where too few fit."""
        if height < _LEAST_LINES:
            return []
        rule = left(f"── {self.title} {'─' * width}", width)
        lines: list[StyledLine] = [[(rule.replace("…", "─"), "accent")]]
        if self.caption:
            lines.append([(left(self.caption, width), "dim")])
        lines += [[(row, self.tone)] for row in folded(self.sentence, width)]
        if self.preview is not None:
            lines += _body(self.preview, width)
        return lines[:height]


def _body(preview: Preview, width: int) -> list[StyledLine]:
    lines = [highlight(left(line, width), preview.language) for line in preview.lines]
    if preview.table is not None:
        header, rows = table_lines(preview.table, width)
        cut: list[StyledLine] = [[(left(header, width), "strong")]]
        cut += [[(left(row, width), "")] for row in rows]
        return [*cut, *([[]] if lines else []), *lines]
    return lines


def folded(text: str, width: int) -> list[str]:
    """Return running text in lines of at most `width` cells, broken between words where that is possible."""
    lines, line = list[str](), ""
    for word in text.split():
        if line and cell_len(line) + 1 + cell_len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line] if line else lines


def preview_text(preview: Preview, *, requests: int, received: int, size: int, keys: str) -> PreviewText:
    """Return what a pane shows of a preview.

    Args:
        requests, received: what it took, in requests and bytes.
        size: of the object.
        keys: which keys lead on.
    """
    whole = f" of {short_size(size)}" if received < size else ""
    read = f"{counted(requests, 'request')} · {short_size(received)}{whole} read"
    more = "" if preview.more is None else f"p reads on (about {short_size(preview.more)})"
    return PreviewText(
        " · ".join([preview.kind, *preview.facts]),
        " · ".join(filter(None, [read, more or keys])) if size else "",
        preview.sentence,
        preview=preview,
    )


def widths_of(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """Return the widths of columns, in cells, each bounded."""
    widths = [cell_len(name) for name in header]
    for row in rows:
        for index, cell in enumerate(row[: len(widths)]):
            widths[index] = max(widths[index], cell_len(cell))
    return [max(1, min(WIDEST_COLUMN, width)) for width in widths]


def fitted(widths: Sequence[int], width: int) -> list[int]:
    """Return the widths of as many columns as fit into so many cells: the widest give way first."""
    fit = list(widths)
    while sum(fit) + len(_GAP) * (len(fit) - 1) > width:
        widest = max(fit)
        if widest > _NARROW:
            over = sum(fit) + len(_GAP) * (len(fit) - 1) - width
            second = max([_NARROW, *(each for each in fit if each < widest)])
            at_widest = [index for index, each in enumerate(fit) if each == widest]
            for index in at_widest:
                fit[index] = max(second, widest - -(-over // len(at_widest)))
        elif len(fit) > 1:
            fit.pop()
        else:
            return [max(1, width)]
    return fit


def table_lines(table: Table, width: int | None = None) -> tuple[str, list[str]]:
    """Return the header and the rows of a table, their cells aligned; numbers at the right.

    Args:
        width: in cells, into which they are made to fit.
    """
    names = [column.name for column in table.columns]
    widths, numbers = widths_of(names, table.rows), [column.is_number for column in table.columns]
    if width is not None:
        widths = fitted(widths, width)
    return row_line(names, widths, numbers), [row_line(row, widths, numbers) for row in table.rows]


def row_line(cells: Sequence[str], widths: Sequence[int], numbers: Sequence[bool]) -> str:
    aligned = [
        right(cell, width) if is_number else left(cell, width)
        for cell, width, is_number in zip(cells, widths, numbers, strict=False)
    ]
    return _GAP.join(aligned).rstrip()

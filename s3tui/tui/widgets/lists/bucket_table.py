"""BucketTable: the list of buckets with region and age, one line each."""

from __future__ import annotations

from s3tui.format import age_column, printable
from s3tui.tui.clock import Clock
from s3tui.tui.text.bucket_row import BucketRow
from s3tui.tui.text.cells import StyledLine, Tone, left, right
from s3tui.tui.widgets.lists.row_list import RowList

_AGE = 7
_REGION = 18


class BucketTable(RowList[BucketRow]):
    def __init__(self, clock: Clock, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._now = clock

    def row_id(self, row: BucketRow) -> object:
        return row.name

    def header(self, width: int) -> str:
        name = max(10, width - _REGION - _AGE - 6)
        return f"  {left('Name', name)} {left('Region', _REGION)}  {right('Created', _AGE)}"

    def line(self, row: BucketRow, width: int) -> StyledLine:
        name = max(10, width - _REGION - _AGE - 6)
        region, tone = _region(row)
        sign = " ↪" if row.redirected else ""
        return [
            ("★ " if row.bookmarked else "  ", "accent"),
            (left(printable(row.name), name), "dim" if row.refused else ""),
            (" ", ""),
            (region, tone),
            (left(sign, max(0, _REGION + 1 - len(region))), "warn"),
            (" ", ""),
            (right(age_column(row.created, self._now()) if row.created else "–", _AGE), "dim"),
            (" ", ""),
        ]


def _region(row: BucketRow) -> tuple[str, Tone]:
    if row.refused:
        return row.refused, "bad"
    return (printable(row.region), "") if row.region else ("⋯", "dim")

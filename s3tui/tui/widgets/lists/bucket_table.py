"""BucketTable: the list of buckets with region, counted size and age, one line each."""

from __future__ import annotations

from collections.abc import Iterator

from s3tui.format import age, age_column, printable, size, size_width
from s3tui.tui.clock import Clock
from s3tui.tui.text.bucket_row import BucketRow
from s3tui.tui.text.cells import StyledLine, Tone, left, right
from s3tui.tui.widgets.lists.row_list import RowList

_AGE, _REGION, _COUNTED = 7, 18, 9
_ROOM = 70
"""Cells from which sizes have a column."""


class BucketTable(RowList[BucketRow]):
    """Sizes have a column where one is known."""

    def __init__(self, clock: Clock, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._now = clock

    def row_id(self, row: BucketRow) -> object:
        return row.name

    def _has_sizes(self, width: int) -> bool:
        return width >= _ROOM and any(row.known is not None for row in self.rows)

    def _columns(self, width: int) -> Iterator[tuple[str, int]]:
        """Yield each column with its width in cells, with the gap behind it."""
        sizes = _size_width() + _COUNTED + 1 if self._has_sizes(width) else 0
        yield "name", max(10, width - _REGION - _AGE - 6 - sizes) + 3
        yield "region", _REGION + 2
        if sizes:
            yield "size", sizes
        yield "created", _AGE

    def column_at(self, x: int) -> str:
        """Return the column at a cell: `name`, `region`, `size` or `created`."""
        end = 0
        for column, width in self._columns(self.size.width):
            end += width
            if x < end:
                return column
        return "created"

    def header(self, width: int) -> str:
        columns = dict(self._columns(width))
        sizes = f"{right('Size', _size_width())}{' ' * (_COUNTED + 1)}" if "size" in columns else ""
        name = left("Name", columns["name"] - 3)
        return f"  {name} {left('Region', _REGION)}  {sizes}{right('Created', _AGE)}"

    def line(self, row: BucketRow, width: int) -> StyledLine:
        columns = dict(self._columns(width))
        region, tone = _region(row)
        sign = " ↪" if row.redirected else ""
        return [
            ("★ " if row.bookmarked else "  ", "accent"),
            (left(printable(row.name), columns["name"] - 3), "dim" if row.refused else ""),
            (" ", ""),
            (region, tone),
            (left(sign, max(0, _REGION + 1 - len(region))), "warn"),
            (" ", ""),
            *(self._size_cells(row) if "size" in columns else ()),
            (right(age_column(row.created, self._now()) if row.created else "–", _AGE), "dim"),
            (" ", ""),
        ]

    def _size_cells(self, row: BucketRow) -> StyledLine:
        if row.known is None:
            return [(" " * (_size_width() + _COUNTED + 1), "")]
        known = row.known
        is_least = not known.is_complete or bool(known.tally.unsized)
        words = f"{'≥' * is_least}{size(known.tally.size)}"
        return [
            (right(words, _size_width()), ""),
            (left(f" Σ {age(known.begun_at, self._now())}", _COUNTED + 1), "dim"),
        ]


def _size_width() -> int:
    """Return the cells of a size that may be a lower bound."""
    return size_width() + len("≥")


def _region(row: BucketRow) -> tuple[str, Tone]:
    if row.refused:
        return row.refused, "bad"
    return (printable(row.region), "") if row.region else ("⋯", "dim")

"""Columns of the object tree: their widths in the room that there is. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from s3tui.browse.rows.tree import Tree
from s3tui.browse.rows.view import SortBy
from s3tui.settings import DEFAULT_COLUMNS, Column

ASLEEP = "z"
AGE = 6
"""Cells of an age, aligned."""
CLASS = 16
"""Width of the column of classes; a narrower one has room for the sign of what is archived only."""
_SIZE, _MODIFIED, _TIME = 9, 10, 18
_SIGN = len(ASLEEP) + 1
_BAR = 11
_MIN_NAME = 24
_MIN_NAME_BY_BAR = 33
_USUAL_CLASS = "STANDARD"


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths of the columns in cells; 0 leaves one out. The name gets what the others leave."""

    name: int
    size: int
    modified: int
    storage_class: int
    bar: int = 0
    """Bar behind the size."""

    time: int = 0

    @classmethod
    def fit(
        cls,
        width: int,
        chosen: Collection[Column] = DEFAULT_COLUMNS,
        *,
        with_bars: bool = False,
        with_class: bool = True,
    ) -> Columns:
        """Return the widths; before the name gets too narrow, bars, class, time, age, then size are left out.

        Args:
            chosen: the columns that are wanted; the sign of what is archived needs none.
        """
        size, modified, time = (
            cells * (column in chosen)
            for column, cells in ((Column.SIZE, _SIZE), (Column.MODIFIED, _MODIFIED), (Column.TIME, _TIME))
        )
        storage_class = (CLASS if Column.CLASS in chosen else _SIGN) * with_class

        def is_narrow() -> bool:
            return width - size - modified - time - storage_class < _MIN_NAME

        if is_narrow():
            storage_class = min(storage_class, _SIGN)
        if is_narrow():
            time = 0
        if is_narrow():
            modified = 0
        if is_narrow():
            size = storage_class = 0
        name = max(0, width - size - modified - time - storage_class)
        bar = _BAR if with_bars and size and name - _BAR >= _MIN_NAME_BY_BAR else 0
        return cls(name - bar, size, modified, storage_class, bar, time)

    @property
    def width(self) -> int:
        return self.name + self.size + self.bar + self.modified + self.time + self.storage_class

    def at(self, x: int) -> SortBy | None:
        """Return the sortable column at cell `x`."""
        if x < self.name:
            return SortBy.NAME
        if x < self.name + self.size + self.bar:
            return SortBy.SIZE
        return SortBy.MODIFIED if x < self.width - self.storage_class else None


def shows_classes(tree: Tree) -> bool:
    """Say whether rows are versions, or any that came so far has another storage class than the usual one.

    Rows only come: a column that is there stays.
    """
    return any(
        listing.versions is not None or listing.storage_classes - {_USUAL_CLASS} for listing in tree.listings
    )

"""Columns of the object tree: their widths in the room that there is. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from s3tui.browse.rows.tree import Tree
from s3tui.browse.rows.view import SortBy

ASLEEP = "z"
AGE = 6
"""Cells of an age, aligned."""
CLASS = 16
"""Width of the column of classes; a narrower one has room for the sign of what is archived only."""
_SIZE, _MODIFIED = 9, 10
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

    @classmethod
    def fit(cls, width: int, *, with_bars: bool = False, with_class: bool = True) -> Columns:
        """Return the widths; bars, class, age, then size are left out before the name gets too narrow."""
        size, modified, storage_class = _SIZE, _MODIFIED, CLASS * with_class
        if width - size - modified - storage_class < _MIN_NAME:
            storage_class = min(storage_class, len(ASLEEP) + 1)
        if width - size - modified - storage_class < _MIN_NAME:
            modified = 0
        if width - size - storage_class < _MIN_NAME:
            size = storage_class = 0
        name = max(0, width - size - modified - storage_class)
        bar = _BAR if with_bars and name - _BAR >= _MIN_NAME_BY_BAR else 0
        return cls(name - bar, size, modified, storage_class, bar)

    @property
    def width(self) -> int:
        return self.name + self.size + self.bar + self.modified + self.storage_class

    def at(self, x: int) -> SortBy | None:
        """Return the sortable column at cell `x`."""
        if x < self.name:
            return SortBy.NAME
        if x < self.name + self.size + self.bar:
            return SortBy.SIZE
        return SortBy.MODIFIED if x < self.name + self.size + self.bar + self.modified else None


def shows_classes(tree: Tree) -> bool:
    """Say whether rows are versions, or any that came so far has another storage class than the usual one.

    Rows only come: a column that is there stays.
    """
    return any(
        listing.versions is not None or listing.storage_classes - {_USUAL_CLASS} for listing in tree.listings
    )

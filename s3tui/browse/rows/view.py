"""Sort and filter of a listing, as an index of the rows that are shown, in their order.

Sorting and filtering act on the rows that are loaded, nothing else. A view follows its listing as that
grows, when it is told to. In the server's own order and without a filter it needs no index at all.

An index of a million rows takes most of a second: it is made in any thread, in steps of a few milliseconds
with a checkpoint between, by an `Arrangement`. What is on screen meanwhile stays as it is.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial

from s3tui.browse.rows.listing import RUN, Checkpoint, Kind, Listing, go_on

_SAMPLE = 16_384


class SortBy(Enum):
    NAME = "name"
    SIZE = "size"
    MODIFIED = "modified"


@dataclass(frozen=True, slots=True)
class Order:
    """A sort order of rows. By size or age, prefixes come first: by name, or by size where that is known."""

    by: SortBy = SortBy.NAME
    descending: bool = False
    prefix_sizes: Callable[[str], int | None] | None = None
    """Tells the size of a prefix, `None` where nobody counted. Orders by other counts are others."""


class View:
    """Places ↔ rows of one listing. A place is where a row is shown, from 0 to `len(view) - 1`.

    It shows nothing before the first `extend`.
    """

    def __init__(self, listing: Listing, order: Order = Order(), needle: str = "") -> None:
        self.listing = listing
        self.order = order
        self.needle = needle
        self._rows: array[int] | None = None if order == Order() and not needle else array("I")
        self._heads = 0
        """By size or age: how many rows at the beginning are no objects."""
        self._weights: dict[int, int] = {}
        """Of such a row: its prefix's size as it was when the row was taken in."""
        self._seen = 0

    def __len__(self) -> int:
        return self._seen if self._rows is None else len(self._rows)

    @property
    def seen(self) -> int:
        """The number of rows of the listing that are sorted and filtered so far."""
        return self._seen

    @property
    def behind(self) -> int:
        """The number of rows of the listing that are not yet."""
        return len(self.listing) - self._seen

    @property
    def is_plain(self) -> bool:
        """Say whether it shows every row in the server's order: then `extend` costs nothing."""
        return self._rows is None

    def fits(self, order: Order, needle: str) -> bool:
        return (self.order, self.needle) == (order, needle)

    def fork(self) -> View:
        """Return a view that shows the same and goes its own way, at no cost."""
        fork = View(self.listing, self.order, self.needle)
        fork._rows, fork._heads, fork._seen = self._rows, self._heads, self._seen
        fork._weights = self._weights
        return fork

    def row(self, place: int) -> int:
        return place if self._rows is None else self._rows[place]

    def rows(self) -> Sequence[int]:
        """The rows shown, in their order."""
        return range(self._seen) if self._rows is None else self._rows

    def place(self, row: int) -> int | None:
        """The place where `row` is shown; `None` if it is filtered out."""
        place = self.place_or_next(row)
        return place if place < len(self) and self.row(place) == row else None

    def place_or_next(self, row: int) -> int:
        """The place where `row` is shown, or would be."""
        if self._rows is None:
            return min(row, self._seen)
        if row >= len(self.listing):
            return len(self)
        return bisect_left(self._rows, self._rank(row), key=self._rank)

    def include(self, row: int) -> None:
        """Show `row` although the filter does not match it."""
        if self._rows is None or self.place(row) is not None:
            return
        place = self.place_or_next(row)
        self._heads += self._is_head(row)
        self._rows = self._rows[:place] + array("I", [row]) + self._rows[place:]

    def extend(self, checkpoint: Checkpoint = go_on) -> None:
        """Sort and filter the rows that came since. A checkpoint that raises leaves the view as it was."""
        first, end = self._seen, len(self.listing)
        if self._rows is not None and first != end:
            fresh: Sequence[int] = range(first, end)
            if self.needle:
                fresh = array("I", self.listing.matching(self.needle, first, end, checkpoint))
            # In one go at the end: indexes are never changed in place, so forks can share them.
            self._rows, self._heads = self._merged(self._rows, fresh, checkpoint)
        self._seen = end

    def _merged(
        self, old: array[int], fresh: Sequence[int], checkpoint: Checkpoint
    ) -> tuple[array[int], int]:
        """Return the index with `fresh`, which follow all old rows in number, and its heads."""
        if self.order.by is SortBy.NAME:
            if not self.order.descending:
                return old + _array(fresh, checkpoint), 0
            return _array(fresh[::-1], checkpoint) + old, 0
        values = self.listing.sizes if self.order.by is SortBy.SIZE else self.listing.times
        heads, objects = _parted(self.listing.kinds, fresh, checkpoint)
        ordered = _sorted(objects, values, self.order.descending, checkpoint)
        merged = old[: self._heads] + heads
        if self._weighs and heads:
            merged = array("I", sorted(merged, key=self._rank))
        if len(old) == self._heads:
            return merged + ordered, len(merged)
        sign = -1 if self.order.descending else 1
        done = self._heads
        for number, row in enumerate(ordered):
            place = bisect_right(old, sign * values[row], done, key=lambda r: sign * values[r])
            merged.extend(old[done:place])
            merged.append(row)
            done = place
            if number % (RUN // 8) == 0:
                checkpoint()
        return merged + old[done:], self._heads + len(heads)

    def _is_head(self, row: int) -> bool:
        return self.order.by is not SortBy.NAME and self.listing.kinds[row] != Kind.OBJECT

    @property
    def _weighs(self) -> bool:
        return self.order.by is SortBy.SIZE and self.order.prefix_sizes is not None

    def _weight(self, row: int) -> int:
        """Return the size of a row's prefix; an unknown one is less than all."""
        known = self._weights.get(row)
        if known is None:
            find, is_prefix = self.order.prefix_sizes, self.listing.kinds[row] == Kind.PREFIX
            size = find(self.listing.key(row)) if find is not None and is_prefix else None
            known = self._weights[row] = -1 if size is None else size
        return known

    def _rank(self, row: int) -> tuple[int, ...]:
        """The sort key of rows."""
        sign = -1 if self.order.descending else 1
        if self.order.by is SortBy.NAME:
            return (sign * row,)
        kind = self.listing.kinds[row]
        if kind != Kind.OBJECT:
            return kind, sign * self._weight(row) if self._weighs else 0, row
        values = self.listing.sizes if self.order.by is SortBy.SIZE else self.listing.times
        return kind, sign * values[row], row


class Arrangement:
    """A sort and filter being made for several listings: run it anywhere, then have the tree take it."""

    def __init__(self, order: Order, needle: str, views: Iterable[View]) -> None:
        self.order = order
        self.needle = needle
        self.views = list(views)

    def run(self, checkpoint: Checkpoint = go_on) -> None:
        for view in self.views:
            view.extend(checkpoint)


def _parted(
    kinds: bytearray, rows: Sequence[int], checkpoint: Checkpoint
) -> tuple[array[int], Sequence[int]]:
    """Split rows into those that are no objects, and objects."""
    if isinstance(rows, range) and kinds.count(Kind.OBJECT, rows.start, rows.stop) == len(rows):
        return array("I"), rows
    heads, objects = array("I"), array("I")
    for run in _runs(rows, checkpoint):
        heads.extend(row for row in run if kinds[row] != Kind.OBJECT)
        objects.extend(row for row in run if kinds[row] == Kind.OBJECT)
    return heads, objects


def _sorted(rows: Sequence[int], values: array[int], descending: bool, checkpoint: Checkpoint) -> array[int]:
    """Sort ascending rows by value; rows of one value stay ascending.

    One call of `sorted` would hold the interpreter for half a second. So rows are dealt out, by pivots
    from a sample, into buckets of about `RUN` rows, and each is sorted by itself.
    """
    if len(rows) <= RUN:
        return _sort(rows, values, descending)
    pivots = _pivots(rows, values)
    buckets = [array("I") for _ in range(len(pivots) + 1)]
    deal = [bucket.append for bucket in buckets]
    find = partial(bisect_left, pivots)
    for run in _runs(rows, checkpoint):
        for row, bucket in zip(run, map(find, [values[row] for row in run]), strict=True):
            deal[bucket](row)
    result = array("I")
    places = range(len(buckets))
    for place in reversed(places) if descending else places:
        same = pivots[place] if place < len(pivots) else None
        result.extend(_sorted_bucket(buckets[place], same, values, descending, checkpoint))
        buckets[place] = array("I")
        checkpoint()
    return result


def _pivots(rows: Sequence[int], values: array[int]) -> list[int]:
    sample = sorted(values[row] for row in rows[:: max(1, len(rows) // _SAMPLE)])
    return sorted(set(sample[:: max(1, len(sample) * RUN // len(rows))]))


def _sorted_bucket(
    bucket: array[int], same: int | None, values: array[int], descending: bool, checkpoint: Checkpoint
) -> array[int]:
    """Sort a bucket; one that is large holds mostly one value, `same`, which needs no sorting."""
    if len(bucket) <= 4 * RUN or same is None:
        return _sort(bucket, values, descending)
    others, alike = array("I"), array("I")
    for run in _runs(bucket, checkpoint):
        others.extend(row for row in run if values[row] != same)
        alike.extend(row for row in run if values[row] == same)
    others = _sort(others, values, descending)
    return alike + others if descending else others + alike


def _sort(rows: Sequence[int], values: array[int], descending: bool) -> array[int]:
    return array("I", sorted(rows, key=values.__getitem__, reverse=descending))


def _array(rows: Sequence[int], checkpoint: Checkpoint) -> array[int]:
    result = array("I")
    for run in _runs(rows, checkpoint):
        result.extend(run)
    return result


def _runs(rows: Sequence[int], checkpoint: Checkpoint) -> Iterator[Sequence[int]]:
    for start in range(0, len(rows), RUN):
        yield rows[start : start + RUN]
        checkpoint()

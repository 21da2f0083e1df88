"""Keeps the listings of places that were left, for who comes back, within a budget of rows and bytes.

The budget is for what is kept and what is shown together. What was left longest ago goes first; of what is
shown nothing goes, so that a single larger listing is whole, and nothing is kept beside it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # not before the first paint
    from s3tui.browse.place.bucket_change import BucketChange
    from s3tui.browse.place.location import Location
    from s3tui.browse.rows.listed_tree import ListedTree
    from s3tui.browse.rows.listing import Listing

MOST_ROWS = 1_000_000
MOST_BYTES = 100_000_000
LISTING_BYTES = 4_000
"""About what a listing takes besides its rows."""


@dataclass(frozen=True, slots=True)
class ListingKey:
    """A location of an account: what a tree is kept by."""

    account: Hashable
    location: Location

    @property
    def above(self) -> Iterator[ListingKey]:
        """Those whose trees may have this place in them, as an expanded prefix; the nearest first."""
        here = self.location
        there = None if here.is_flat or here.search is not None else here.parent
        while there is not None:
            yield ListingKey(self.account, there)
            there = there.parent


@dataclass(frozen=True, slots=True)
class Weight:
    """Rows, and the bytes of memory that they take."""

    rows: int = 0
    bytes: int = 0

    def __add__(self, other: Weight) -> Weight:
        return Weight(self.rows + other.rows, self.bytes + other.bytes)

    def __sub__(self, other: Weight) -> Weight:
        return Weight(self.rows - other.rows, self.bytes - other.bytes)


class Shown(Protocol):
    """Somebody who shows a tree."""

    @property
    def key(self) -> ListingKey: ...

    @property
    def listed(self) -> ListedTree: ...

    def change(self, change: BucketChange) -> None:
        """Show what was changed in the bucket."""


class ListingCache:
    """Listings are taken out of it to be shown, and kept again when they are left: no two share a tree."""

    def __init__(self, *, most_rows: int = MOST_ROWS, most_bytes: int = MOST_BYTES) -> None:
        self._most_rows, self._most_bytes = most_rows, most_bytes
        self._kept: OrderedDict[ListingKey, ListedTree] = OrderedDict()
        self._weights: dict[ListingKey, Weight] = {}
        self._total = Weight()
        """Of all that is kept."""
        self._changes: dict[ListingKey, BucketChange] = {}
        """Changes since the trees were left: they are made when somebody comes back."""
        self._shown: list[Shown] = []

    def __contains__(self, key: ListingKey) -> bool:
        return key in self._kept

    def __len__(self) -> int:
        return len(self._kept)

    def show(self, who: Shown) -> None:
        """Count what somebody shows, until `hide`."""
        if who not in self._shown:
            self._shown.append(who)

    def hide(self, who: Shown) -> None:
        if who in self._shown:
            self._shown.remove(who)

    def keep(self, key: ListingKey, listed: ListedTree) -> None:
        """Keep what was left; call `fit` when it is known what is shown instead."""
        if key in self._kept:
            self._drop(key)
        self._kept[key], self._weights[key] = listed, _weight(listed.listings)
        self._total += self._weights[key]

    def take(self, key: ListingKey) -> ListedTree | None:
        """Return what is known of a place: as it was left, or as it was expanded in another tree."""
        if key in self._kept:
            self._make_changes(key)
            self._total -= self._weights.pop(key)
            return self._kept.pop(key)
        from s3tui.browse.rows.listed_tree import ListedTree

        for above in key.above:
            if above in self._kept:
                self._make_changes(above)
                tree = self._kept[above].tree.below(key.location.prefix)
                if tree is not None and (listed := ListedTree(tree)).is_known:
                    return listed
        return None

    def change(self, account: Hashable, change: BucketChange) -> None:
        """Have all that is known of a bucket follow what was changed in it from here."""
        for key in [key for key in self._kept if _is_of(key, account, change)]:
            if change.is_clear and key.location.source.is_live:
                before = self._changes.get(key)
                self._changes[key] = change if before is None else before.then(change)
                if not self._changes[key].is_clear:
                    self._drop(key)
            elif change.touches(key.location.prefix):
                self._drop(key)
        for shown in [shown for shown in self._shown if _is_of(shown.key, account, change)]:
            shown.change(change)

    def _make_changes(self, key: ListingKey) -> None:
        if (change := self._changes.pop(key, None)) is not None:
            self._kept[key].edit(change.edit(key.location))

    def fit(self) -> None:
        """Drop what was left longest ago until the rest fits beside what is shown; first what never fits."""
        if not self._kept or self._fits(self._total + self._shown_weight()):
            return
        newest = next(reversed(self._kept))
        if not self._fits(self._weights[newest]):
            self._drop(newest)
        while self._kept and not self._fits(self.weight()):
            self._drop(next(iter(self._kept)))

    def weight(self) -> Weight:
        """Return the rows and bytes of all that is kept and shown.

        What a tree that is shown has in common with one that is kept counts once.
        """
        shared = []
        for who in self._shown:
            for above in who.key.above:
                if above in self._kept:
                    there = self._kept[above].tree
                    shared += [each for each in who.listed.listings if there.listing(each.prefix) is each]
        return self._total + self._shown_weight() - _weight(shared)

    def _shown_weight(self) -> Weight:
        return _weight(each for who in self._shown for each in who.listed.listings)

    def _fits(self, weight: Weight) -> bool:
        return weight.rows <= self._most_rows and weight.bytes <= self._most_bytes

    def _drop(self, key: ListingKey) -> None:
        self._kept.pop(key).tree.release()
        self._total -= self._weights.pop(key)
        self._changes.pop(key, None)


def _is_of(key: ListingKey, account: Hashable, change: BucketChange) -> bool:
    location = key.location
    return key.account == account and location.bucket == change.bucket and not location.source.is_offline


def _weight(listings: Iterable[Listing]) -> Weight:
    weight = Weight()
    for each in listings:
        weight += Weight(len(each), each.byte_count + LISTING_BYTES)
    return weight

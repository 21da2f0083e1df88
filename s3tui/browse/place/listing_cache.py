"""Keeps the listings of places that were left, for who comes back, within a budget of rows and bytes.

The budget is for what is kept and what is shown together. What was left longest ago goes first; of what is
shown nothing goes, so that a single larger listing is whole, and nothing is kept beside it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from s3tui.browse.place.location import Location

if TYPE_CHECKING:  # not before the first paint
    from s3tui.browse.place.bucket_change import BucketChange
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

    def holds(self, other: ListingKey) -> bool:
        """Say whether the tree of this place may have that of `other` in it, as an expanded prefix."""
        mine, its = self.location, other.location
        return (
            self.account == other.account
            and (mine.bucket, mine.source, mine.is_flat) == (its.bucket, its.source, its.is_flat)
            and not its.is_flat
            and its.prefix != mine.prefix
            and its.prefix.startswith(mine.prefix)
        )


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
        self._weights: dict[ListingKey, tuple[int, int]] = {}
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
        self._kept[key] = listed
        self._weights[key] = _weight({id(each): each for each in listed.listings})

    def take(self, key: ListingKey) -> ListedTree | None:
        """Return what is known of a place: as it was left, or as it was expanded in another tree."""
        if key in self._kept:
            self._make_changes(key)
            del self._weights[key]
            return self._kept.pop(key)
        from s3tui.browse.rows.listed_tree import ListedTree

        for above in reversed(self._kept):
            if above.holds(key):
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
        if not self._kept or self._fits(self._at_most()):
            return
        for key in [key for key, weight in self._weights.items() if not self._fits(weight)]:
            self._drop(key)
        while self._kept and not self._fits(self.weight()):
            self._drop(next(iter(self._kept)))

    def weight(self) -> tuple[int, int]:
        """Return the rows and bytes of all that is kept and shown; what two trees share counts once."""
        kept = (listed.listings for listed in self._kept.values())
        shown = (shown.listed.listings for shown in self._shown)
        return _weight({id(each): each for listings in (*kept, *shown) for each in listings})

    def _at_most(self) -> tuple[int, int]:
        """Return what all weighs where nothing is shared: quickly, as every batch of rows asks for it."""
        shown = [_weight({id(each): each for each in who.listed.listings}) for who in self._shown]
        weights = [*shown, *self._weights.values()]
        return sum(rows for rows, _ in weights), sum(size for _, size in weights)

    def _fits(self, weight: tuple[int, int]) -> bool:
        return weight[0] <= self._most_rows and weight[1] <= self._most_bytes

    def _drop(self, key: ListingKey) -> None:
        self._kept.pop(key).tree.release()
        del self._weights[key]
        self._changes.pop(key, None)


def _is_of(key: ListingKey, account: Hashable, change: BucketChange) -> bool:
    location = key.location
    return key.account == account and location.bucket == change.bucket and not location.source.is_offline


def _weight(listings: dict[int, Listing]) -> tuple[int, int]:
    """Return the rows and bytes of listings."""
    all_ = listings.values()
    return sum(map(len, all_)), sum(each.byte_count + LISTING_BYTES for each in all_)

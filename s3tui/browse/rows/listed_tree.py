"""A tree with the listings that are under way for it, and those of a refresh until they take their places.

What comes of a request counts while that request is open. It is over when its listing ended, was stopped or
left, or is asked for again: no late answer changes anything, whatever became of the tree meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from time import monotonic

from s3tui.browse.rows.listing import Listing, State
from s3tui.browse.rows.row_builder import Rows
from s3tui.browse.rows.search_progress import SearchProgress
from s3tui.browse.rows.tree import Tree
from s3tui.s3.errors import S3Error


@dataclass(eq=False, slots=True)
class ListingRequest:
    """One request for the rows of a listing, from its beginning or on from where it is."""

    listing: Listing
    asked_s: float = field(default_factory=monotonic)
    answered_s: float = field(default_factory=monotonic)
    """The time of the last answer; without one, of the request."""
    pages: int = 0
    """Those that came for it."""

    def answer(self, pages: int) -> None:
        """Note that so many pages have come by now."""
        self.pages, self.answered_s = pages, monotonic()


class Effect(Enum):
    """The effect on the tree of what came for a request."""

    NONE = "none"
    """It came too late."""
    HIDDEN = "hidden"
    """It is in a listing that does not yet cover the one that it is to replace."""
    SHOWN = "shown"


class ListedTree:
    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.top = 0
        """The first line on the screen, as it was left."""
        self.fresh: dict[str, Listing] = {}
        """Listings of a refresh, by prefix, until they cover what they replace."""
        self._open: dict[Listing, ListingRequest] = {}

    @property
    def is_running(self) -> bool:
        """Say whether anything is being listed."""
        return bool(self._open)

    @property
    def awaited(self) -> ListingRequest | None:
        """The request that has waited for an answer for the longest time."""
        return min(self._open.values(), key=lambda request: request.answered_s, default=None)

    @property
    def is_known(self) -> bool:
        """Say whether there is something to show: rows, or that there are none."""
        return bool(len(self.tree.root)) or self.tree.root.state is State.COMPLETE

    @property
    def listings(self) -> Iterator[Listing]:
        yield from self.tree.listings
        yield from self.fresh.values()

    def open(self, listing: Listing, now: datetime) -> ListingRequest:
        """Return a request for the rows of a listing of the tree, or of a fresh one."""
        if listing.listed_at is None:
            listing.listed_at = now
        request = self._open[listing] = ListingRequest(listing)
        return request

    def is_open(self, request: ListingRequest) -> bool:
        return self._open.get(request.listing) is request

    def take(
        self,
        request: ListingRequest,
        rows: Rows,
        *,
        begins_at: str | None = None,
        progress: SearchProgress | None = None,
    ) -> Effect:
        """Take in the next rows of a request.

        Args:
            begins_at: the first key of a listing that begins in the middle.
            progress: how far the search has come whose rows these are.
        """
        if not self.is_open(request):
            return Effect.NONE
        listing = request.listing
        if not len(listing):
            listing.begins_at = begins_at
        listing.progress = progress
        if listing is not self.fresh.get(listing.prefix):
            self.tree.extend(listing.prefix, rows)
            return Effect.SHOWN
        listing.extend(rows)
        old = self.tree.listing(listing.prefix)
        return self._put(listing) if old is None or listing.covers(old) else Effect.HIDDEN

    def end(self, request: ListingRequest) -> Effect:
        """Take in that no more rows come: the listing is complete, or rests."""
        if not self._close(request):
            return Effect.NONE
        listing = request.listing
        effect = Effect.SHOWN
        if listing is self.fresh.get(listing.prefix):
            effect = self._put(listing)
        if effect is Effect.SHOWN:
            self.tree.stop(listing.prefix)
        return effect

    def fail(self, request: ListingRequest, error: S3Error) -> Effect:
        """Take in that no more rows come because of an error; what a refresh would replace stays."""
        if not self._close(request):
            return Effect.NONE
        prefix = request.listing.prefix
        if self.fresh.get(prefix) is request.listing:
            del self.fresh[prefix]
        if self.tree.listing(prefix) is None:
            return Effect.NONE  # a refresh of the listing above found that it is gone
        self.tree.fail(prefix, error)
        return Effect.SHOWN

    def refresh(self, prefixes: Iterable[str]) -> list[Listing]:
        """Return fresh listings of some prefixes, to be opened; what is known stays until they cover it."""
        listings = []
        for prefix in prefixes:
            old = self.tree.listing(prefix)
            listing = Listing(prefix, sought=None if old is None else old.begins_at)
            self._forget(prefix)
            if old is not None and (len(old) or old.state is State.COMPLETE):
                old.is_old = True
                self.fresh[prefix] = listing
            else:
                self._replace(listing)
            listings.append(listing)
        return listings

    def replace(self, listing: Listing) -> None:
        """Put another listing of the same place in that of the tree."""
        self._forget(listing.prefix)
        self._replace(listing)

    def edit(self, edited: Callable[[Listing], Listing | None]) -> None:
        """Put changed listings in the place of those that `edited` returns another one for."""
        for listing in list(self.tree.listings):
            is_there = self.tree.listing(listing.prefix) is listing
            if is_there and (other := edited(listing)) is not None:
                self.replace(other)

    def stop(self) -> None:
        """End all requests because the user said so."""
        self._end_all(by_user=True)

    def leave(self) -> None:
        """End all requests: the tree is not looked at any more."""
        self._end_all(by_user=False)

    def come_back(self) -> list[str]:
        """Have all that is known be old; return the prefixes that are to be listed again.

        Those that the user stopped stay as they are, and those that are collapsed until they are expanded.
        """
        for listing in self.tree.listings:
            listing.is_old = True
        self.tree.catch_up()
        return [
            listing.prefix for listing in self.tree.expanded_listings if listing.state is not State.STOPPED
        ]

    def _end_all(self, *, by_user: bool) -> None:
        self._open.clear()
        self.fresh.clear()
        for listing in list(self.tree.listings):
            self.tree.stop(listing.prefix, by_user=by_user)

    def _forget(self, prefix: str) -> None:
        """End the requests for a prefix."""
        self.fresh.pop(prefix, None)
        for listing in [each for each in self._open if each.prefix == prefix]:
            del self._open[listing]

    def _close(self, request: ListingRequest) -> bool:
        """End a request; say whether it was open."""
        if not self.is_open(request):
            return False
        del self._open[request.listing]
        return True

    def _put(self, listing: Listing) -> Effect:
        """Put a fresh listing in the place of the older one, if that is still there."""
        del self.fresh[listing.prefix]
        if self.tree.listing(listing.prefix) is None:
            self._open.pop(listing, None)
            return Effect.NONE
        self._replace(listing)
        return Effect.SHOWN

    def _replace(self, listing: Listing) -> None:
        """Put a listing in the place of an older one, and end requests for prefixes that are gone."""
        self.tree.replace(listing)
        for gone in [one for one in self._open if not self._is_of_tree(one)]:
            del self._open[gone]

    def _is_of_tree(self, listing: Listing) -> bool:
        known = self.tree.listing(listing.prefix)
        return known is listing or (known is not None and self.fresh.get(listing.prefix) is listing)

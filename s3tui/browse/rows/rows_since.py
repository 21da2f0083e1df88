"""RowsSince: which rows of a tree came, or are others, since an earlier look at it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from s3tui.browse.rows.listing import Listing
from s3tui.browse.rows.row_builder import Change


class RowsSince:
    """Compares rows with the listings of then, in O(log n) a row; those that were not listed are not new."""

    def __init__(self, then: Iterable[Listing]) -> None:
        """`then`: listings that others take the places of; one that only grows has nothing new."""
        self._then = {listing.prefix: listing for listing in then}

    def change(self, listing: Listing, row: int) -> Change | None:
        """Return whether a row was added or changed; `None` where it was there, or nobody knows."""
        then = self._then.get(listing.prefix)
        if then is None or then is listing:
            return None
        key = listing.key(row)
        was = then.find(key, listing.version_id(row))
        if was is None:
            return Change.ADDED if then.has_come_to(key) else None
        is_same = (then.sizes[was], then.times[was]) == (listing.sizes[row], listing.times[row])
        return None if is_same else Change.CHANGED

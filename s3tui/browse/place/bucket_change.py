"""Changes of a bucket that were made from here, applied to listings that are known. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3tui.browse.place.location import Location
from s3tui.browse.rows.row_builder import Kind
from s3tui.s3.models import ListObjectsPage, ObjectSummary

if TYPE_CHECKING:
    from s3tui.browse.rows.listing import Cut, Listing

MOST = 1000
"""More keys than these are not sought in listings: those are listed anew."""


@dataclass(frozen=True, slots=True)
class BucketChange:
    """Objects of one bucket that were deleted, then objects that were written."""

    bucket: str
    gone: frozenset[str] = frozenset()
    gone_prefixes: frozenset[str] = frozenset()
    """Prefixes below which nothing is left."""
    written: tuple[tuple[str, int | None], ...] = ()
    """Keys and their sizes, as far as these are known."""
    written_prefixes: frozenset[str] = frozenset()
    """Prefixes below which something was written."""
    unclear: frozenset[str] = frozenset()
    """Keys of which it is not known what became of them, and prefixes of such keys."""

    @property
    def is_clear(self) -> bool:
        """Say whether known rows can be changed by it, so that they need not be forgotten."""
        return not self.unclear and len(self.gone) + len(self.written) <= MOST

    def touches(self, prefix: str) -> bool:
        """Say whether anything below a prefix, or the prefix itself, may be another one now."""
        keys = (*self.gone, *(key for key, _ in self.written))
        if any(key.startswith(prefix) for key in keys):
            return True
        prefixes = self.gone_prefixes | self.written_prefixes | self.unclear
        return any(each.startswith(prefix) or prefix.startswith(each) for each in prefixes)

    def then(self, later: BucketChange) -> BucketChange:
        """Return both changes as one."""
        gone_later = tuple(later.gone_prefixes)
        written = {
            key: size
            for key, size in self.written
            if key not in later.gone and not key.startswith(gone_later)
        } | dict(later.written)
        return BucketChange(
            self.bucket,
            self.gone | later.gone,
            self.gone_prefixes | later.gone_prefixes,
            tuple(written.items()),
            frozenset(each for each in self.written_prefixes if not each.startswith(gone_later))
            | later.written_prefixes,
            self.unclear | later.unclear,
        )

    def edit(self, location: Location) -> Callable[[Listing], Listing | None]:
        """Return what changes listings of a location; a search is only rid of what is gone.

        Of a listing with nothing to change it returns `None`.
        """

        def edited(listing: Listing) -> Listing | None:
            rest = self._without_gone(listing)
            if location.search is not None:
                return rest
            all_ = self._with_written(listing if rest is None else rest, location.delimiter)
            return rest if all_ is None else all_

        return edited

    def _without_gone(self, listing: Listing) -> Listing | None:
        found = (listing.find(key) for key in self.gone if key.startswith(listing.prefix))
        rows = {row for row in found if row is not None and listing.kinds[row] != Kind.PREFIX}
        for prefix in self.gone_prefixes:
            if listing.prefix.startswith(prefix):
                rows.update(range(len(listing)))
            elif prefix.startswith(listing.prefix):
                rows.update(listing.rows_below(prefix))
        return listing.spliced([(first, end, None) for first, end in _runs(sorted(rows))]) if rows else None

    def _with_written(self, listing: Listing, delimiter: str) -> Listing | None:
        objects: dict[str, ObjectSummary] = {}
        prefixes: set[str] = set()
        for key, size in self.written:
            if (head := _head(key, listing.prefix, delimiter)) is not None:
                prefixes.add(head)
            elif key.startswith(listing.prefix):
                objects[key] = ObjectSummary(key, size)
        heads = (_head(each, listing.prefix, delimiter) for each in self.written_prefixes)
        prefixes.update(head for head in heads if head is not None)
        cuts: dict[tuple[int, int], list[str]] = {}
        for key in (*objects, *prefixes):
            row = listing.find(key)
            if row is not None and key in objects:
                cuts.setdefault((row, row + 1), []).append(key)
            elif row is None and listing.has_come_to(key):
                row = listing.find_at_or_after(key)
                cuts.setdefault((row, row), []).append(key)
        if not cuts:
            return None
        return listing.spliced([_cut(at, keys, objects) for at, keys in sorted(cuts.items())])


def _head(key: str, prefix: str, delimiter: str) -> str | None:
    """Return the common prefix that a key is rolled up to in the listing of `prefix`, if it is."""
    if not delimiter or not key.startswith(prefix):
        return None
    head, found, _ = key[len(prefix) :].partition(delimiter)
    return prefix + head + found if found else None


def _cut(at: tuple[int, int], keys: Iterable[str], objects: dict[str, ObjectSummary]) -> Cut:
    all_ = sorted(keys)
    page = ListObjectsPage(
        tuple(objects[key] for key in all_ if key in objects),
        tuple(key for key in all_ if key not in objects),
    )
    return (*at, page)


def _runs(rows: list[int]) -> list[tuple[int, int]]:
    """Return the first row, and the one after the last, of each run of rows that follow one another."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and runs[-1][1] == row:
            runs[-1] = (runs[-1][0], row + 1)
        else:
            runs.append((row, row + 1))
    return runs

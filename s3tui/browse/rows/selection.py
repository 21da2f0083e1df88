"""Marks on objects and prefixes, per listing, one byte a row.

A mark belongs to a key, or to one version of it: it survives scrolling, sorting, filtering, collapsing
and refreshing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import compress

from s3tui.browse.rows.listing import Kind, Listing, Row
from s3tui.browse.rows.row_builder import NO_SIZE

_IS_PREFIX = bytes(kind == Kind.PREFIX for kind in range(256))


class Selection:
    """The marks of one tree; marking many rows costs one pass over the listing.

    A refreshed listing takes over its predecessor's by `carry`.
    """

    def __init__(self) -> None:
        self._listings: dict[str, Listing] = {}
        self._marks: dict[str, bytearray] = {}
        self.count = 0
        """Of marked rows, prefixes among them."""
        self.prefixes = 0
        """Of marked prefixes: what lies below them is in no total."""
        self.size = 0
        """Of the marked objects, in bytes, as far as it is known."""
        self.unsized = 0
        """Of the marked objects, those whose size is unknown."""

    def is_marked(self, listing: Listing, row: int) -> bool:
        marks = self._marks.get(listing.prefix)
        return marks is not None and row < len(marks) and bool(marks[row])

    def mark(self, listing: Listing, rows: Iterable[int]) -> None:
        marks = self._marks_of(listing)
        self._set(listing, _bits(marks) | _bits(_mask(listing, rows)))

    def unmark(self, listing: Listing, rows: Iterable[int]) -> None:
        marks = self._marks_of(listing)
        self._set(listing, _bits(marks) & ~_bits(_mask(listing, rows)))

    def invert(self, listing: Listing, rows: Iterable[int]) -> None:
        marks = self._marks_of(listing)
        self._set(listing, _bits(marks) ^ _bits(_mask(listing, rows)))

    def toggle(self, listing: Listing, row: int) -> None:
        """Mark one row, or unmark it."""
        marks = self._marks_of(listing)
        marks[row] ^= 1
        sign = 1 if marks[row] else -1
        self.count += sign
        is_known = listing.sizes[row] != NO_SIZE
        self.size += sign * listing.sizes[row] if is_known else 0
        self.unsized += 0 if is_known else sign
        self.prefixes += sign * (listing.kinds[row] == Kind.PREFIX)

    def clear(self) -> None:
        self._listings.clear()
        self._marks.clear()
        self.count = self.prefixes = self.size = self.unsized = 0

    def rows(self) -> Iterator[Row]:
        """Every marked row, listing by listing."""
        for prefix, listing in self._listings.items():
            for row in _set_rows(self._marks[prefix]):
                yield listing.row(row)

    def targets(self) -> Iterator[Row]:
        """The rows that an action on the marks is for: every marked row that lies below no marked prefix.

        No row comes twice, and a prefix stands for all that is below it.
        """
        whole = {row.key for row in self._prefix_rows()}
        for prefix, listing in self._listings.items():
            if any(prefix.startswith(marked) for marked in whole):
                continue
            for row in _set_rows(self._marks[prefix]):
                yield listing.row(row)

    def carry(self, old: Listing, new: Listing) -> None:
        """Move the marks of `old` to the same keys in `new`; the mark of a key that is gone is gone."""
        marks = self._marks.get(old.prefix)
        if marks is None:
            return
        marked = [(old.key(row), old.version_id(row)) for row in _set_rows(marks)]
        self.forget(old)
        found = (new.find(key, version_id) for key, version_id in marked)
        self.mark(new, (row for row in found if row is not None))

    def forget(self, listing: Listing) -> None:
        """Drop the marks in a listing that is no more."""
        if listing.prefix in self._marks:
            self._count(listing, self._marks[listing.prefix], -1)
            del self._listings[listing.prefix], self._marks[listing.prefix]

    def _marks_of(self, listing: Listing) -> bytearray:
        self._listings[listing.prefix] = listing
        marks = self._marks.setdefault(listing.prefix, bytearray())
        marks.extend(bytes(len(listing) - len(marks)))
        return marks

    def _set(self, listing: Listing, bits: int) -> None:
        """Replace the marks of a listing: whole columns at a time, for a million rows within a few frames."""
        marks = self._marks[listing.prefix]
        self._count(listing, marks, -1)
        marks[:] = bits.to_bytes(len(marks), "little")
        self._count(listing, marks, 1)

    def _count(self, listing: Listing, marks: bytearray, sign: int) -> None:
        count = marks.count(1)
        if not count:
            return
        is_whole = count == len(listing)
        self.count += sign * count
        unsized = 0
        if listing.unsized:
            unsized = sum(size == NO_SIZE for size in compress(listing.sizes, marks))
        known = listing.total_size if is_whole else sum(compress(listing.sizes, marks)) - NO_SIZE * unsized
        self.size += sign * known
        self.unsized += sign * unsized
        prefixes = listing.kinds.translate(_IS_PREFIX)
        self.prefixes += sign * (_bits(prefixes[: len(marks)]) & _bits(marks)).bit_count()

    def _prefix_rows(self) -> Iterator[Row]:
        if self.prefixes:
            yield from (row for row in self.rows() if row.kind is Kind.PREFIX)


def _bits(marks: bytes | bytearray) -> int:
    return int.from_bytes(marks, "little")


def _mask(listing: Listing, rows: Iterable[int]) -> bytearray:
    """Return a byte for each row of the listing: 1 for those in `rows`."""
    if isinstance(rows, range) and rows.step == 1:
        mask = bytearray(rows.start) + b"\x01" * len(rows)
    else:
        mask = bytearray(len(listing))
        for row in rows:
            mask[row] = 1
    return mask


def _set_rows(marks: bytearray) -> Iterator[int]:
    row = marks.find(1)
    while row >= 0:
        yield row
        row = marks.find(1, row + 1)

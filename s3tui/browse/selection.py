"""What is marked: objects and prefixes, per listing, one byte a row.

A mark belongs to a key: it survives scrolling, sorting, filtering, collapsing and refreshing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from s3tui.browse.listing import Kind, Listing, Row


class Selection:
    """The marks of one tree. A refreshed listing takes over its predecessor's by `carry`."""

    def __init__(self) -> None:
        self._listings: dict[str, Listing] = {}
        self._marks: dict[str, bytearray] = {}
        self.count = 0
        """Of marked rows, prefixes among them."""
        self.prefixes = 0
        """Of marked prefixes: what lies below them is in no total."""
        self.size = 0
        """Of the marked objects, in bytes."""

    def is_marked(self, listing: Listing, row: int) -> bool:
        marks = self._marks.get(listing.prefix)
        return marks is not None and row < len(marks) and bool(marks[row])

    def mark(self, listing: Listing, rows: Iterable[int]) -> None:
        if rows == range(len(listing)):
            self._mark_whole(listing)
            return
        marks = self._marks_of(listing)
        self._flip(listing, marks, (row for row in rows if not marks[row]))

    def unmark(self, listing: Listing, rows: Iterable[int]) -> None:
        marks = self._marks_of(listing)
        self._flip(listing, marks, (row for row in rows if marks[row]))

    def invert(self, listing: Listing, rows: Iterable[int]) -> None:
        self._flip(listing, self._marks_of(listing), rows)

    def clear(self) -> None:
        self._listings.clear()
        self._marks.clear()
        self.count = self.prefixes = self.size = 0

    def rows(self) -> Iterator[Row]:
        """Every marked row, listing by listing."""
        for prefix, listing in self._listings.items():
            for row in _set_rows(self._marks[prefix]):
                yield listing.row(row)

    def targets(self) -> Iterator[Row]:
        """What an action on the marks is for: every marked row that lies below no marked prefix.

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
        keys = [old.key(row) for row in _set_rows(marks)]
        self.forget(old)
        found = (new.find(key) for key in keys)
        self.mark(new, (row for row in found if row is not None))

    def forget(self, listing: Listing) -> None:
        """Drop the marks in a listing that is no more."""
        if listing.prefix in self._marks:
            self.unmark(listing, _set_rows(self._marks[listing.prefix]))
            del self._listings[listing.prefix], self._marks[listing.prefix]

    def _mark_whole(self, listing: Listing) -> None:
        """Mark a million rows within a frame."""
        self.forget(listing)
        self._marks_of(listing)[:] = b"\x01" * len(listing)
        self.count += len(listing)
        self.prefixes += listing.kinds.count(Kind.PREFIX)
        self.size += sum(listing.sizes)

    def _marks_of(self, listing: Listing) -> bytearray:
        self._listings[listing.prefix] = listing
        marks = self._marks.setdefault(listing.prefix, bytearray())
        marks.extend(bytes(len(listing) - len(marks)))
        return marks

    def _flip(self, listing: Listing, marks: bytearray, rows: Iterable[int]) -> None:
        kinds, sizes = listing.kinds, listing.sizes
        for row in rows:
            marks[row] ^= 1
            step = 1 if marks[row] else -1
            self.count += step
            self.size += step * sizes[row]
            self.prefixes += step * (kinds[row] == Kind.PREFIX)

    def _prefix_rows(self) -> Iterator[Row]:
        if self.prefixes:
            yield from (row for row in self.rows() if row.kind is Kind.PREFIX)


def _set_rows(marks: bytearray) -> Iterator[int]:
    row = marks.find(1)
    while row >= 0:
        yield row
        row = marks.find(1, row + 1)

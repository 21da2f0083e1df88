"""The rows of one prefix, as columns.

A million objects do not fit comfortably as objects: here a row is 27 bytes and its name. Names (keys
without the listing's prefix) lie end to end in one buffer; the rest is arrays. Rows are only ever
appended, so a row's number stays true for the life of the listing.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, IntEnum

from s3tui.s3.errors import S3Error
from s3tui.s3.models import ListObjectsPage, ObjectSummary

_SEPARATOR = 0xFF
"""Between names: no byte of UTF-8, so that a search never matches across two of them."""
_NO_TIME = -(1 << 62)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Kind(IntEnum):
    """What a row is, in the order that sorting by size or age keeps them apart."""

    MARKER = 0
    """The object named exactly as the listing's prefix: what consoles put to make an empty "folder"."""
    PREFIX = 1
    OBJECT = 2


class State(Enum):
    LOADING = "loading"
    MORE = "more"
    """The server has more; nobody is asking for it."""
    STOPPED = "stopped"
    """As MORE, because the user said so."""
    COMPLETE = "complete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Row:
    kind: Kind
    key: str
    name: str
    """The key without the listing's prefix; empty for a MARKER, with its slash for a PREFIX."""
    size: int | None
    """`None` for a PREFIX."""
    modified: datetime | None
    storage_class: str | None


class Listing:
    """Objects and common prefixes under one prefix, merged, in the server's order: by key, bytewise.

    A server that keeps another order is shown in its own, page after page.
    """

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self.state = State.LOADING
        self.error: S3Error | None = None
        """Why, when FAILED."""
        self.continuation_token: str | None = None
        """Where a MORE, STOPPED or FAILED listing goes on; `None` is from the start."""
        self.sizes = array("q")
        self.times = array("q")
        self.kinds = bytearray()
        self._names = bytearray()
        self._starts = array("Q", [0])
        self._classes = bytearray()
        self._class_names: list[str | None] = []
        self._is_ordered = True

    def __len__(self) -> int:
        return len(self.kinds)

    def append(self, page: ListObjectsPage) -> None:
        """Take in the next page, in O(page); the last page makes the listing COMPLETE.

        What does not lie under the prefix was not asked for and is left out.
        """
        asked = self.prefix
        entries: list[tuple[str, ObjectSummary | None]]
        entries = [(o.key, o) for o in page.objects if o.key.startswith(asked)]
        entries += [(prefix, None) for prefix in page.common_prefixes if prefix.startswith(asked)]
        entries.sort(key=lambda entry: entry[0])  # by code point, which is UTF-8 byte order
        last = self.last_key
        if entries and last is not None:
            # Some servers repeat a common prefix that spans two pages.
            if entries[0] == (last, None) and self.kinds[-1] == Kind.PREFIX:
                del entries[0]
            elif entries[0][0] <= last:
                self._is_ordered = False
        for key, summary in entries:
            self._append(key, summary)
        self.continuation_token = page.next_continuation_token
        if self.continuation_token is None:
            self.state = State.COMPLETE

    def _append(self, key: str, summary: ObjectSummary | None) -> None:
        names = self._names
        # Keys may hold lone surrogates where a server sent bytes that are not UTF-8.
        names += key[len(self.prefix) :].encode(errors="surrogatepass")
        names.append(_SEPARATOR)
        self._starts.append(len(names))
        if summary is None:
            self.kinds.append(Kind.PREFIX)
            self.sizes.append(0)
            self.times.append(_NO_TIME)
            self._classes.append(self._class_number(None))
            return
        self.kinds.append(Kind.MARKER if key and key == self.prefix else Kind.OBJECT)
        self.sizes.append(summary.size)
        modified = summary.last_modified
        self.times.append(_NO_TIME if modified is None else (modified - _EPOCH) // _MILLISECOND)
        self._classes.append(self._class_number(summary.storage_class))

    def _class_number(self, name: str | None) -> int:
        if name not in self._class_names:
            if len(self._class_names) == 256:
                return self._class_number(None)  # a server that makes names up gets no more columns
            self._class_names.append(name)
        return self._class_names.index(name)

    def load(self) -> None:
        """Say that pages are being asked for (again)."""
        self.state, self.error = State.LOADING, None

    def stop(self, *, by_user: bool = False) -> None:
        """Say that nobody asks for the rest, if there is one."""
        if self.state is State.LOADING:
            self.state = State.STOPPED if by_user else State.MORE

    def fail(self, error: S3Error) -> None:
        self.state, self.error = State.FAILED, error

    def name(self, row: int) -> str:
        return self._name_bytes(row).decode(errors="surrogatepass")

    def key(self, row: int) -> str:
        return self.prefix + self.name(row)

    @property
    def last_key(self) -> str | None:
        return self.key(len(self) - 1) if self.kinds else None

    def row(self, row: int) -> Row:
        kind = Kind(self.kinds[row])
        name = self.name(row)
        time = self.times[row]
        return Row(
            kind,
            self.prefix + name,
            name,
            None if kind is Kind.PREFIX else self.sizes[row],
            None if time == _NO_TIME else _EPOCH + time * _MILLISECOND,
            self._class_names[self._classes[row]],
        )

    def find(self, key: str) -> int | None:
        """The row of `key`: O(log n), or O(n) where the server did not keep the order."""
        row = self.find_at_or_after(key)
        return row if row < len(self) and self.key(row) == key else None

    def find_at_or_after(self, key: str) -> int:
        """The first row that is not before `key`; `len(self)` if all are."""
        if not key.startswith(self.prefix):
            return 0 if key < self.prefix else len(self)
        wanted = key[len(self.prefix) :].encode(errors="surrogatepass")
        if not self._is_ordered:
            return next((r for r in range(len(self)) if self._name_bytes(r) == wanted), len(self))
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self._name_bytes(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def covers(self, other: Listing) -> bool:
        """Whether this listing has come as far as `other`: then it can take its place on screen."""
        if self.state is State.COMPLETE or other.last_key is None:
            return True
        return self.last_key is not None and self.last_key >= other.last_key

    def matching(self, needle: str, first: int = 0) -> Iterator[int]:
        """Yield the rows from `first` on whose name contains `needle`; ASCII letters match in either case."""
        pattern = re.compile(re.escape(needle.encode(errors="surrogatepass")), re.IGNORECASE)
        starts, names = self._starts, self._names
        row = first
        while row < len(self) and (match := pattern.search(names, starts[row])):
            row = bisect_right(starts, match.start(), row + 1) - 1
            # An unfinished match object locks the buffer against growing: let go of it first.
            del match
            yield row
            row += 1

    def _name_bytes(self, row: int) -> bytearray:
        return self._names[self._starts[row] : self._starts[row + 1] - 1]

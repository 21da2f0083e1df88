"""The rows of one prefix, as columns: see `row_builder` for their layout.

Rows are only ever appended, so a row's number stays true for the life of the listing, and another thread
may read those that it has counted while more come in.
"""

from __future__ import annotations

import fnmatch
import re
import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from s3tui.browse.rows.row_builder import (
    EPOCH,
    MILLISECOND,
    NO_SIZE,
    NO_TIME,
    SEPARATOR,
    UNKNOWN,
    Change,
    Kind,
    RowBuilder,
    Rows,
    Stored,
)
from s3tui.browse.rows.version_column import VersionColumn, VersionStatus
from s3tui.s3.errors import S3Error
from s3tui.s3.models import ListObjectsPage, RestoreStatus

if TYPE_CHECKING:
    from s3tui.browse.rows.search_progress import SearchProgress

__all__ = ["RUN", "Checkpoint", "Cut", "Kind", "Listing", "Row", "State", "VersionStatus", "go_on"]

_ASLEEP_CLASSES = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Not readable until restored; GLACIER_IR is."""
RUN = 4096
"""Rows to work on in one go: about two milliseconds."""
Checkpoint = Callable[[], None]
"""Called by long computations about every `RUN` rows: lets other threads run, or raises to end it all."""


Cut = tuple[int, int, ListObjectsPage | None]
"""A row, the one after the last that goes, and what comes in their place."""


def go_on() -> None:
    """A checkpoint that does nothing."""


class State(Enum):
    """The state of a listing: whether more comes."""

    LOADING = "loading"
    MORE = "more"
    """The server has more; nobody is asking for it."""
    STOPPED = "stopped"
    """As MORE, because the user said so."""
    COMPLETE = "complete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a listing as a value, read from its columns."""

    kind: Kind
    key: str
    name: str
    """The key without the listing's prefix; empty for a MARKER, with its slash for a PREFIX."""
    size: int | None
    """`None` for a PREFIX and a delete marker, and where it is unknown."""
    modified: datetime | None
    storage_class: str | None
    restore: RestoreStatus | None = None
    change: Change | None = None
    """Only in comparisons."""
    version_id: str | None = None
    """Only in listings of versions, and of no PREFIX."""
    status: VersionStatus = VersionStatus.CURRENT

    @property
    def has_bytes(self) -> bool:
        """Say whether it is an object, or a version of one, that can be read."""
        return self.kind is not Kind.PREFIX and not self.status.is_delete_marker

    def is_asleep(self, now: datetime) -> bool:
        """Say whether it is archived, and no restored copy of it can be read at `now`."""
        restore = self.restore
        if self.storage_class not in _ASLEEP_CLASSES:
            return False
        if restore is None or restore.is_in_progress:
            return True
        return restore.expires is not None and restore.expires <= now


class Listing:
    """Objects and common prefixes under one prefix, merged, in the server's order: by key, bytewise.

    A server that keeps another order is shown in its own, page after page.
    """

    def __init__(self, prefix: str = "", *, sought: str | None = None) -> None:
        self.prefix = prefix
        self.sought = sought
        """Begin a little before this key, not at the first one."""
        self.begins_at: str | None = None
        """The first key here, where there may be others before it."""
        self.state = State.LOADING
        self.error: S3Error | None = None
        """The cause, when FAILED."""
        self.continuation_token: str | None = None
        """The token that continues a MORE, STOPPED or FAILED listing; `None` is from the start."""
        self.sizes = array("q")
        self.times = array("q")
        self.kinds = bytearray()
        self.total_size = 0
        """Of the objects loaded, in bytes; of all their versions, where versions are listed."""
        self.unsized = 0
        """Number of them whose size is unknown, so that the total is a lower bound."""
        self.versions: VersionColumn | None = None
        """The version of each row, where versions are listed; one key may have several rows then."""
        self.listed_at: datetime | None = None
        """The time when it was asked for first."""
        self.is_old = False
        """Whether it is known from before: it is being listed again, or could not be."""
        self.progress: SearchProgress | None = None
        """The progress of the search whose rows these are."""
        self._names = bytearray()
        self._starts = array("Q", [0])
        self._classes = bytearray()
        self._stored: tuple[Stored, ...] = (UNKNOWN,)
        self.is_ordered = True
        """Whether the server has kept the order of keys so far."""

    def __len__(self) -> int:
        return len(self.kinds)

    @property
    def storage_classes(self) -> set[str]:
        """The storage classes of the rows so far, as the server named them."""
        return {name for name, _, _ in self._stored if name is not None}

    def append(self, page: ListObjectsPage) -> None:
        """Append the next page, in O(page); the last page makes the listing COMPLETE."""
        builder = self.builder()
        builder.add(page)
        self.extend(builder.take())

    def builder(self) -> RowBuilder:
        """Return a builder of the rows to `extend` this listing by, from the pages that follow."""
        last = None if not self.kinds else (self.key(len(self) - 1), Kind(self.kinds[-1]))
        return RowBuilder(
            self.prefix,
            first_row=len(self),
            first_byte=len(self._names),
            last=last,
            stored=self._stored,
            first_version_byte=0 if self.versions is None else self.versions.byte_count,
        )

    def extend(self, rows: Rows) -> None:
        """Append rows that were built; nothing is computed, so that a hundred thousand are no stall.

        Raises: ValueError, if they follow other rows than the last ones here.
        """
        if rows.first_row != len(self):
            raise ValueError(f"rows from {rows.first_row} on do not follow {len(self)} rows")
        self._names += rows.names
        self._starts.extend(rows.ends)
        self.sizes.extend(rows.sizes)
        self.times.extend(rows.times)
        self._classes += rows.classes
        self._stored = rows.stored
        self.is_ordered &= rows.is_ordered
        if rows.versions is not None:
            self.versions = self.versions or VersionColumn(len(self))
            self.versions.extend(rows.versions)
        elif self.versions is not None:
            self.versions.pad(len(rows))
        self.total_size += sum(rows.sizes) - NO_SIZE * rows.unsized
        self.unsized += rows.unsized
        self.kinds += rows.kinds  # last: what has a kind has everything else, whoever looks on
        self.continuation_token = rows.continuation_token
        if self.continuation_token is None:
            self.state = State.COMPLETE

    def preceded_by(self, page: ListObjectsPage, *, begins_at: str | None) -> Listing:
        """Return a listing of `page` and, behind it, all that is here: one copy of the columns."""
        both = self.spliced([(0, 0, page)])
        both.begins_at = begins_at
        return both

    def spliced(self, cuts: Sequence[Cut]) -> Listing:
        """Return a listing with other rows in some places: one copy of the columns. Not for versions."""
        other = Listing(self.prefix, sought=self.sought)
        other._stored = self._stored
        done = 0
        for first, end, page in cuts:
            other._copy(self, done, first)
            if page is not None:
                other.append(page)
            done = end
        other._copy(self, done, len(self))
        other.begins_at, other.state, other.error = self.begins_at, self.state, self.error
        other.listed_at, other.is_old, other.progress = self.listed_at, self.is_old, self.progress
        other.continuation_token = self.continuation_token
        return other

    def _copy(self, other: Listing, first: int, end: int) -> None:
        """Append some rows of another listing."""
        begin = other._starts[first]
        offset = len(self._names) - begin
        self._names += other._names[begin : other._starts[end]]
        starts = other._starts[first + 1 : end + 1]
        self._starts.extend(starts if not offset else array("Q", [start + offset for start in starts]))
        sizes = other.sizes[first:end]
        self.sizes.extend(sizes)
        self.times.extend(other.times[first:end])
        self._classes += other._classes[first:end]
        self.is_ordered &= other.is_ordered
        unsized = sizes.count(NO_SIZE)
        self.total_size += sum(sizes) - NO_SIZE * unsized
        self.unsized += unsized
        self.kinds += other.kinds[first:end]

    @property
    def byte_count(self) -> int:
        """The memory that its columns take, what they have in reserve included."""
        columns = (self._names, self._starts, self.sizes, self.times, self.kinds, self._classes)
        return sum(map(sys.getsizeof, columns)) + (0 if self.versions is None else self.versions.memory)

    def load(self) -> None:
        """Set the state to LOADING: pages are being asked for (again)."""
        self.state, self.error = State.LOADING, None

    def stop(self, *, by_user: bool = False) -> None:
        """Set the state to STOPPED, if there is a rest that nobody asks for now."""
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
        time, size = self.times[row], self.sizes[row]
        status = (
            VersionStatus.CURRENT if self.versions is None else VersionStatus(self.versions.statuses[row])
        )
        return Row(
            kind,
            self.prefix + name,
            name,
            None if kind is Kind.PREFIX or status.is_delete_marker or size == NO_SIZE else size,
            None if time == NO_TIME else EPOCH + time * MILLISECOND,
            *self._stored[self._classes[row]],
            version_id=self.version_id(row),
            status=status,
        )

    def version_id(self, row: int) -> str | None:
        return None if self.versions is None else self.versions.id(row)

    def find(self, key: str, version_id: str | None = None) -> int | None:
        """The row of `key`: O(log n), or O(n) where the server did not keep the order.

        Of several versions that with `version_id`, or the first one.
        """
        row = self.find_at_or_after(key)
        while row < len(self) and self.key(row) == key:
            if version_id is None or self.version_id(row) == version_id:
                return row
            row += 1
        return None

    def find_like(self, old: Listing, row: int) -> int:
        """The row of the key at `row` of an older listing; where that is gone, the nearest one after it.

        A row after the last one of `old` has no key: it is found at the end again.
        """
        if row >= len(old):
            return len(self)
        key = old.key(row)
        while row < len(old) and old.key(row) == key:
            found = self.find(key, old.version_id(row))
            if found is not None:
                return found
            row += 1
        found = self.find_at_or_after(key)
        while found < len(self) and self.key(found) == key:
            found += 1
        return found

    def find_at_or_after(self, key: str) -> int:
        """The first row that is not before `key`; `len(self)` if all are."""
        if not key.startswith(self.prefix):
            return 0 if key < self.prefix else len(self)
        wanted = key[len(self.prefix) :].encode(errors="surrogatepass")
        if not self.is_ordered:
            return next((r for r in range(len(self)) if self._name_bytes(r) == wanted), len(self))
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self._name_bytes(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def rows_below(self, prefix: str) -> Sequence[int]:
        """The rows of all keys that begin with `prefix`."""
        if not self.is_ordered:
            return [row for row in range(len(self)) if self.key(row).startswith(prefix)]
        first = self.find_at_or_after(prefix)
        end = self.find_at_or_after(prefix[:-1] + chr(ord(prefix[-1]) + 1)) if prefix else len(self)
        return range(first, end)

    def has_come_to(self, key: str) -> bool:
        """Say whether `key` lies in the part that is listed."""
        if self.begins_at is not None and key < self.begins_at:
            return False
        if self.state is State.COMPLETE:
            return True
        return self.is_ordered and self.last_key is not None and key < self.last_key

    def covers(self, other: Listing) -> bool:
        """Say whether this listing has come as far as `other`: then it can take its place on screen."""
        if self.state is State.COMPLETE or other.last_key is None:
            return True
        if self.last_key is None:
            return False
        # Of the last key, further versions may come.
        return self.last_key > other.last_key or (self.last_key == other.last_key and self.versions is None)

    def matching(
        self, needle: str, first: int = 0, end: int | None = None, checkpoint: Checkpoint = go_on
    ) -> Iterator[int]:
        """Yield the rows from `first` on whose name contains `needle`; ASCII letters match in either case."""
        wanted = needle.encode(errors="surrogatepass").lower()
        for start, block in self._blocks(first, end, checkpoint):
            folded = block.lower()
            if wanted in folded:
                names = folded.split(SEPARATOR)
                yield from (start + i for i, name in enumerate(names) if wanted in name)

    def matching_glob(self, pattern: str, checkpoint: Checkpoint = go_on) -> Iterator[int]:
        """Yield the rows whose whole name is like `pattern`: `*`, `?`, `[abc]`, `[!abc]`, case included."""
        is_like = re.compile(fnmatch.translate(pattern)).match
        for start, block in self._blocks(0, None, checkpoint):
            for i, name in enumerate(block.split(SEPARATOR)):
                if is_like(name.decode(errors="surrogatepass")):
                    yield start + i

    def _blocks(self, first: int, end: int | None, checkpoint: Checkpoint) -> Iterator[tuple[int, bytes]]:
        """Yield copies of the names, `RUN` rows at a time: a view would lock the buffer against growing."""
        end = len(self) if end is None else end
        for start in range(first, end, RUN):
            stop = min(end, start + RUN)
            yield start, bytes(self._names[self._starts[start] : self._starts[stop] - 1])
            checkpoint()

    def _name_bytes(self, row: int) -> bytearray:
        return self._names[self._starts[row] : self._starts[row + 1] - 1]

"""Version ids and statuses of rows: two columns that only listings of versions have.

Ids lie end to end in one buffer, as names do: 9 bytes a row and the id's own.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from s3tui.s3.models import ObjectSummary, VersionSummary


class VersionStatus(IntEnum):
    """The status of a version or delete marker among those of its key."""

    CURRENT = 0
    OLDER = 1
    DELETED = 2
    """A delete marker that hides all before it: the key is not there now."""
    WAS_DELETED = 3
    """A delete marker that a later version has made up for."""

    @property
    def is_delete_marker(self) -> bool:
        return self >= VersionStatus.DELETED


@dataclass(frozen=True, slots=True)
class VersionRows:
    """Version columns of the rows to append."""

    ids: bytes
    ends: array[int]
    """The end of each id in the column's buffer."""
    statuses: bytes
    older_size: int
    """Of those that are OLDER, in bytes."""
    older_unsized: int
    """Number of those whose size is unknown."""


class VersionColumn:
    def __init__(self, rows: int = 0) -> None:
        """Begin with so many rows that are no versions."""
        self.statuses = bytearray(rows)
        self.older_size = self.older_unsized = 0
        self._ids = bytearray()
        self._starts = array("Q", bytes(8 * (rows + 1)))

    @property
    def byte_count(self) -> int:
        return len(self._ids)

    @property
    def memory(self) -> int:
        """The memory that it takes, in bytes."""
        return sum(map(sys.getsizeof, (self._ids, self._starts, self.statuses)))

    def extend(self, rows: VersionRows) -> None:
        self._ids += rows.ids
        self._starts.extend(rows.ends)
        self.statuses += rows.statuses
        self.older_size += rows.older_size
        self.older_unsized += rows.older_unsized

    def pad(self, rows: int) -> None:
        """Add rows that are no versions."""
        self._starts.extend(array("Q", [len(self._ids)]) * rows)
        self.statuses += bytes(rows)

    def id(self, row: int) -> str | None:
        """Return a row's version id; `None` of a prefix."""
        return self._ids[self._starts[row] : self._starts[row + 1]].decode(errors="surrogatepass") or None


class VersionRowBuilder:
    """Builds what is appended to a `VersionColumn`, a page at a time; nothing while no versions come."""

    def __init__(self, *, first_byte: int = 0) -> None:
        self._end = first_byte
        self._clear()

    def _clear(self) -> None:
        self._skipped = 0
        self._ids: list[bytes] = []
        self._ends = array("Q")
        self._statuses = bytearray()
        self._older_size = self._older_unsized = 0
        self._has_versions = False

    def skip(self, rows: int) -> None:
        """Add rows that are no versions: no cost while there are only such."""
        self._skipped += rows

    def add(self, entries: Sequence[ObjectSummary | None]) -> None:
        """Add entries; `None` is a prefix."""
        self._has_versions = True
        self._pad()
        for entry in entries:
            encoded, status = b"", VersionStatus.CURRENT
            if isinstance(entry, VersionSummary):
                encoded = entry.version_id.encode(errors="surrogatepass")
                status = status_of(entry)
                if status is VersionStatus.OLDER:
                    self._older_size += entry.size or 0
                    self._older_unsized += entry.size is None
            self._ids.append(encoded)
            self._end += len(encoded)
            self._ends.append(self._end)
            self._statuses.append(status)

    def take(self) -> VersionRows | None:
        """Return what was added since the last call; `None`, if no version was among it."""
        result = None
        if self._has_versions:
            self._pad()
            result = VersionRows(
                b"".join(self._ids),
                self._ends,
                bytes(self._statuses),
                self._older_size,
                self._older_unsized,
            )
        self._clear()
        return result

    def _pad(self) -> None:
        self._ends.extend(array("Q", [self._end]) * self._skipped)
        self._statuses += bytes(self._skipped)
        self._skipped = 0


def status_of(entry: VersionSummary) -> VersionStatus:
    if entry.is_delete_marker:
        return VersionStatus.DELETED if entry.is_latest else VersionStatus.WAS_DELETED
    return VersionStatus.CURRENT if entry.is_latest else VersionStatus.OLDER

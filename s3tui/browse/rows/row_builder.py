"""Builds the columns of a listing from pages: the costly half of adding them, in any thread.

A million objects do not fit comfortably as objects: here a row is 27 bytes and its name. Names (keys
without the listing's prefix) lie end to end in one buffer; the rest is arrays.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, IntEnum
from itertools import accumulate, islice
from operator import le, lt
from typing import TypeVar

from s3tui.browse.rows.version_column import VersionRowBuilder, VersionRows
from s3tui.s3.models import ListObjectsPage, ObjectSummary, RestoreStatus, VersionSummary

T = TypeVar("T")

SEPARATOR = b"\xff"
"""Behind each name: no byte of UTF-8, so that a search never matches across two of them."""
NO_TIME = -(1 << 62)
NO_SIZE = -1
"""In the column of sizes, of an object whose size is unknown: less than all."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
_MOST_CLASSES = 256
_MOST_DATED = 200
"""Beyond so many classes, dates of restores are left out: there are few in practice, S3's are whole days."""


class Change(Enum):
    """The change of a key between two listings, by its sign."""

    ADDED = "+"
    REMOVED = "-"
    CHANGED = "~"
    """The object is another one; of a prefix: something below it differs."""


Stored = tuple[str | None, RestoreStatus | None, Change | None]
"""Storage class, restore status and change of a row: few of a bucket's objects differ in them."""
UNKNOWN: Stored = (None, None, None)


class Kind(IntEnum):
    """The kind of a row, in the order that sorting by size or age keeps them apart."""

    MARKER = 0
    """The object named exactly as the listing's prefix: what consoles put to make an empty "folder"."""
    PREFIX = 1
    OBJECT = 2


@dataclass(frozen=True, slots=True)
class ComparedPage(ListObjectsPage):
    """A page of a comparison: the differences of two listings."""

    changes: Mapping[str, Change] = field(default_factory=dict)
    """The change of each object and common prefix."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to append to a listing, column by column. Made by `RowBuilder`; immutable."""

    first_row: int
    """The number of its first row in the listing."""
    names: bytes
    ends: array[int]
    """The end of each name in the listing's buffer, its separator included."""
    sizes: array[int]
    unsized: int
    """Number of sizes that are unknown."""
    times: array[int]
    kinds: bytes
    classes: bytes
    stored: tuple[Stored, ...]
    """All classes that occurred so far, by the numbers in `classes`."""
    is_ordered: bool
    continuation_token: str | None
    """The token that continues the listing; `None` behind its end."""
    versions: VersionRows | None = None
    """The columns of versions; `None` where the rows are current objects."""

    def __len__(self) -> int:
        return len(self.kinds)


class RowBuilder:
    """Builds the rows that follow those of a listing, a page at a time."""

    def __init__(
        self,
        prefix: str = "",
        *,
        first_row: int = 0,
        first_byte: int = 0,
        last: tuple[str, Kind] | None = None,
        stored: Sequence[Stored] = (UNKNOWN,),
        first_version_byte: int = 0,
    ) -> None:
        self.prefix = prefix
        self.row_count = first_row
        """Of the listing, with what was added here."""
        self._first_row = first_row
        self._end = first_byte
        self._last = last
        self._classes = {name: number for number, name in enumerate(stored)}
        self._is_ordered = True
        self._token: str | None = None
        self._versions = VersionRowBuilder(first_byte=first_version_byte)
        self._clear()

    def _clear(self) -> None:
        self._names: list[bytes] = []
        self._ends, self._sizes, self._times = array("Q"), array("q"), array("q")
        self._kinds, self._class_numbers = bytearray(), bytearray()
        self._pages = self._unsized = 0

    @property
    def has_news(self) -> bool:
        return self._pages > 0

    def take(self) -> Rows:
        """Return the rows that were added since the last call."""
        rows = Rows(
            self._first_row,
            b"".join(self._names),
            self._ends,
            self._sizes,
            self._unsized,
            self._times,
            bytes(self._kinds),
            bytes(self._class_numbers),
            tuple(self._classes),
            self._is_ordered,
            self._token,
            self._versions.take(),
        )
        self._first_row = self.row_count
        self._clear()
        return rows

    def add(self, page: ListObjectsPage) -> None:
        """Add a page's objects and common prefixes, merged, by key.

        What does not lie under the prefix was not asked for and is left out.
        """
        self._pages += 1
        self._token = page.next_continuation_token
        asked = self.prefix
        objects = [o for o in page.objects if o.key.startswith(asked)]
        prefixes = [p for p in page.common_prefixes if p.startswith(asked)]
        if len(set(prefixes)) < len(prefixes):
            prefixes = list(dict.fromkeys(prefixes))
        if self._last is not None and self._last[1] is Kind.PREFIX and self._last[0] in prefixes[:1]:
            del prefixes[0]  # some servers repeat a common prefix that spans two pages
        if not _are_versions(objects):
            objects = self._each_once(objects)
        keys = [o.key for o in objects] + prefixes
        sizes = self._known_sizes([o.size for o in objects]) + [0] * len(prefixes)
        times = [_milliseconds(o.last_modified) for o in objects] + [NO_TIME] * len(prefixes)
        changes = page.changes if isinstance(page, ComparedPage) else {}
        classes = [self._class(o.storage_class, o.restore, changes.get(o.key)) for o in objects]
        classes += [self._class(None, None, changes.get(p)) for p in prefixes]
        kinds = [Kind.OBJECT] * len(objects) + [Kind.PREFIX] * len(prefixes)
        entries = [*objects, *[None] * len(prefixes)] if _are_versions(objects) else []
        if not all(map(le, keys, islice(keys, 1, None))):  # by code point, which is UTF-8 byte order
            order = sorted(range(len(keys)), key=keys.__getitem__)
            keys, sizes, times = _permuted(keys, order), _permuted(sizes, order), _permuted(times, order)
            classes, kinds = _permuted(classes, order), _permuted(kinds, order)
            entries = _permuted(entries, order) if entries else entries
        if not keys:
            return
        place = 0
        while asked and place < len(keys) and keys[place] == asked and kinds[place] is Kind.OBJECT:
            kinds[place] = Kind.MARKER
            place += 1  # of versions, there may be more than one
        if entries:
            self._versions.add(entries)
        else:
            self._versions.skip(len(keys))
        is_on = self._last is None or keys[0] > self._last[0]
        self._is_ordered &= is_on or (bool(entries) and self._last is not None and keys[0] == self._last[0])
        self._last = keys[-1], kinds[-1]
        self.row_count += len(keys)
        self._add_names([key[len(asked) :] for key in keys] if asked else keys)
        self._sizes.extend(sizes)
        self._times.extend(times)
        self._kinds += bytes(kinds)
        self._class_numbers += bytes(classes)

    def _each_once(self, objects: list[ObjectSummary]) -> list[ObjectSummary]:
        """Drop repeated keys: one that comes again, on this page or from the one before, is one object."""
        keys = [o.key for o in objects]
        if not all(map(lt, keys, islice(keys, 1, None))):
            objects = list({o.key: o for o in objects}.values())
        is_last = self._last is not None and self._last[1] is not Kind.PREFIX
        return objects[1:] if is_last and self._last is not None and keys[:1] == [self._last[0]] else objects

    def _known_sizes(self, sizes: list[int | None]) -> list[int]:
        known = [NO_SIZE if size is None else size for size in sizes]
        self._unsized += known.count(NO_SIZE)
        return known

    def _add_names(self, names: list[str]) -> None:
        if "".join(names).isascii():
            encoded = ("\xff".join(names) + "\xff").encode("latin-1")
            lengths = map(len, names)
        else:
            # Keys may hold lone surrogates where a server sent bytes that are not UTF-8.
            parts = [name.encode(errors="surrogatepass") for name in names]
            encoded = SEPARATOR.join(parts) + SEPARATOR
            lengths = map(len, parts)
        ends = accumulate((length + 1 for length in lengths), initial=self._end)
        self._ends.extend(islice(ends, 1, None))
        self._end += len(encoded)
        self._names.append(encoded)

    def _class(self, name: str | None, restore: RestoreStatus | None, change: Change | None) -> int:
        number = self._classes.get((name, restore, change))
        if number is None:
            if restore is not None and restore.expires is not None and len(self._classes) >= _MOST_DATED:
                return self._class(name, RestoreStatus(restore.is_in_progress), change)
            # A server that makes names up gets no more of them than a byte can tell apart.
            number = len(self._classes) if len(self._classes) < _MOST_CLASSES else 0
            if number:
                self._classes[name, restore, change] = number
        return number


def _are_versions(objects: Sequence[ObjectSummary]) -> bool:
    return bool(objects) and isinstance(objects[0], VersionSummary)


def _milliseconds(when: datetime | None) -> int:
    return NO_TIME if when is None else (when - EPOCH) // MILLISECOND


def _permuted(column: list[T], order: list[int]) -> list[T]:
    return [column[place] for place in order]

"""Counts objects and bytes under a prefix: by child, storage class and age, with the largest objects.

`Count` adds up pages and knows nothing of requests; `count_objects` sends them. A count that was stopped
says so, and goes on behind the last key it saw.
"""

from __future__ import annotations

import asyncio
import heapq
from bisect import bisect_left
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from itertools import islice
from operator import le
from typing import TYPE_CHECKING, TypeVar

from s3tui.background import yield_interpreter
from s3tui.browse.rows.nodes import DELIMITER
from s3tui.s3.models import ListObjectsPage

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client

K = TypeVar("K")

LARGEST = 50
"""Largest objects that are kept."""
INTERVAL_S = 0.25
_DEFAULT_CLASS = "STANDARD"


class Age(Enum):
    """Classes of age, from the object's writing to the count, each by its upper limit."""

    DAY = "up to a day"
    WEEK = "up to a week"
    MONTH = "up to a month"
    YEAR = "up to a year"
    OLDER = "older"
    UNKNOWN = "not said"


_AGES = (Age.OLDER, Age.YEAR, Age.MONTH, Age.WEEK, Age.DAY)
_LIMITS = (timedelta(days=365), timedelta(days=30), timedelta(days=7), timedelta(days=1))


@dataclass(frozen=True, slots=True)
class SizeTotal:
    """A number of objects and the sum of their sizes, in bytes."""

    objects: int = 0
    size: int = 0
    unsized: int = 0
    """Objects whose size is unknown: then `size` is a lower bound."""

    def __add__(self, other: SizeTotal) -> SizeTotal:
        return SizeTotal(self.objects + other.objects, self.size + other.size, self.unsized + other.unsized)


@dataclass(frozen=True, slots=True, order=True)
class Large:
    """One of the largest objects."""

    size: int
    key: str


@dataclass(frozen=True, slots=True, order=True)
class Newest:
    """The object that was written last."""

    modified: datetime
    key: str


@dataclass(frozen=True, slots=True)
class Sizes:
    """The result of a count under a prefix; a lower bound unless `is_complete`."""

    prefix: str
    begun_at: datetime
    """Ages are those of this moment."""
    is_complete: bool = False
    last_key: str | None = None
    """The count can continue behind it; `None` before the first key, or where the server keeps no order."""
    total: SizeTotal = SizeTotal()
    children: Mapping[str, SizeTotal] = field(default_factory=dict)
    """By the prefixes right below; objects right below are in the total alone."""
    by_class: Mapping[str, SizeTotal] = field(default_factory=dict)
    by_age: Mapping[Age, SizeTotal] = field(default_factory=dict)
    largest: tuple[Large, ...] = ()
    """Largest first; the last keys of the same size first."""
    newest: Newest | None = None
    """`None`: no time was told, or an earlier release counted."""

    def child(self, prefix: str) -> tuple[SizeTotal, bool] | None:
        """The total of a child, and whether that is complete; `None` before the count came there."""
        tally = self.children.get(prefix)
        if self.is_complete:
            return tally or SizeTotal(), True
        if tally is None:
            return None
        is_behind = self.last_key is not None and self.last_key > prefix
        return tally, is_behind and not (self.last_key or "").startswith(prefix)


class Count:
    """Adds up pages of a listing; continues `so_far` where that was stopped."""

    def __init__(self, prefix: str, now: datetime, so_far: Sizes | None = None) -> None:
        self._prefix = prefix
        self._is_ordered = True
        self._begin(Sizes(prefix, now) if so_far is None or so_far.last_key is None else so_far)

    def start_over(self) -> None:
        """Reset the count: what was counted before is not all that is in front of a key."""
        self._begin(Sizes(self._prefix, self._begun_at))

    def _begin(self, start: Sizes) -> None:
        self._begun_at = start.begun_at
        self.start_after = start.last_key
        self._last_key = start.last_key
        self._listed: str | None = None
        self._total = start.total
        self._children = dict(start.children)
        self._by_class = dict(start.by_class)
        self._by_age = dict(start.by_age)
        self._largest = list(start.largest)
        self._newest = start.newest
        self._limits = [start.begun_at - limit for limit in _LIMITS]
        heapq.heapify(self._largest)

    def add(self, page: ListObjectsPage) -> bool:
        """Add a page; return whether that could be done: else the count must start over."""
        self._watch(page)
        if not self._is_ordered and self.start_after is not None:
            return False
        children: dict[str, list[int]] = {}
        classes: dict[str | None, list[int]] = {}
        ages: dict[Age, list[int]] = {}
        begin, last = len(self._prefix), self._last_key
        for summary in page.objects:
            key, size = summary.key, summary.size
            if self.start_after is not None and key <= self.start_after:
                continue  # counted before: the server does not know start-after
            if key == last:
                continue  # a key that comes again is one object
            last = key
            end = key.find(DELIMITER, begin)
            if end >= 0:
                _put(children, key[: end + 1], size)
            _put(classes, summary.storage_class, size)
            _put(ages, self._age(summary.last_modified), size)
            if size is None:
                continue
            if len(self._largest) < LARGEST:
                heapq.heappush(self._largest, Large(size, key))
            elif size >= self._largest[0].size:
                heapq.heappushpop(self._largest, Large(size, key))
        self._last_key = last
        self._take_newest(page)
        for name, numbers in classes.items():
            self._total += SizeTotal(*numbers)
            _add(self._by_class, name or _DEFAULT_CLASS, numbers)
        for child, numbers in children.items():
            _add(self._children, child, numbers)
        for age, numbers in ages.items():
            _add(self._by_age, age, numbers)
        return True

    def _take_newest(self, page: ListObjectsPage) -> None:
        times = [(each.last_modified, each.key) for each in page.objects if each.last_modified is not None]
        if times:
            newest = Newest(*max(times))
            self._newest = newest if self._newest is None else max(newest, self._newest)

    def _watch(self, page: ListObjectsPage) -> None:
        keys = [summary.key for summary in page.objects]
        if keys:
            self._is_ordered &= self._listed is None or keys[0] >= self._listed
            self._is_ordered &= all(map(le, keys, islice(keys, 1, None)))
            self._listed = keys[-1]

    def _age(self, modified: datetime | None) -> Age:
        return Age.UNKNOWN if modified is None else _AGES[bisect_left(self._limits, modified)]

    def sizes(self, *, is_complete: bool = False) -> Sizes:
        """Return the result so far, as a value of its own."""
        return Sizes(
            self._prefix,
            self._begun_at,
            is_complete,
            self._last_key if self._is_ordered else None,
            self._total,
            dict(self._children),
            dict(self._by_class),
            dict(self._by_age),
            tuple(sorted(self._largest, reverse=True)),
            self._newest,
        )


def _put(sums: dict[K, list[int]], key: K, size: int | None) -> None:
    numbers = sums.setdefault(key, [0, 0, 0])
    numbers[0] += 1
    if size is None:
        numbers[2] += 1
    else:
        numbers[1] += size


def _add(tallies: dict[K, SizeTotal], key: K, numbers: list[int]) -> None:
    tallies[key] = tallies.get(key, SizeTotal()) + SizeTotal(*numbers)


async def count_objects(
    s3: S3Client,
    bucket: str,
    prefix: str,
    now: datetime,
    *,
    so_far: Sizes | None = None,
    interval_s: float = INTERVAL_S,
) -> AsyncGenerator[Sizes, None]:
    """List a prefix and yield the count so far, every `interval_s`, and at the end the complete one.

    Pages are read on while the consumer does something else. Closing the generator cancels the requests.

    Raises: S3Error, after what was counted before the place where it happened.
    """
    count = Count(prefix, now, so_far)
    reader = asyncio.create_task(_read(s3, bucket, prefix, count))
    try:
        is_over = False
        while not is_over:
            await asyncio.wait({reader}, timeout=interval_s)
            is_over = reader.done()  # asked once: it may end while nobody asks for more
            is_complete = is_over and not reader.cancelled() and reader.exception() is None
            yield count.sizes(is_complete=is_complete)
        reader.result()
    finally:
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)


async def _read(s3: S3Client, bucket: str, prefix: str, count: Count) -> None:
    from s3tui.s3.listing.parallel import list_objects_parallel  # not before the first paint

    if not s3.lists_in_order(bucket):
        count.start_over()
    is_over = False
    while not is_over:
        pages = list_objects_parallel(s3, bucket, prefix, start_after=count.start_after)
        async with aclosing(pages):
            async for page in pages:
                if not count.add(page):
                    count.start_over()
                    break
                yield_interpreter()
            else:
                is_over = True

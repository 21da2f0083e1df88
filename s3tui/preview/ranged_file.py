"""RangedFile: an object as a file that is read by ranges, all of one state of it, within a bound.

Ranges that are at hand are not requested again, those beside each other are joined into one request. The
first answer says how large the object is and which etag it has; all others have to be of the same.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from s3tui.preview.source import BLOCK, BeyondBound, Needed, Span
from s3tui.s3.errors import PreconditionFailed

KEPT = 32 * 1024 * 1024
"""Bytes that are kept in memory at most; those that came first go first."""
_REPLACED = "the object was replaced while it was read: r reads it anew"


class First(Enum):
    """The range of the first request."""

    HEAD = "head"
    TAIL = "tail"
    BOTH = "head and tail, at the same time"


@dataclass(frozen=True, slots=True)
class Served:
    """A range as a server answered it."""

    data: bytes
    size: int | None
    """Of the whole object, where the answer says it."""
    etag: str | None


Fetch = Callable[[Span, str | None], Awaitable[Served]]
"""Requests one range; the etag, where one is known, is what the object must have."""


class SpanCache:
    """Ranges of bytes by their offsets; none overlap."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._chunks: dict[int, bytes] = {}
        """In the order in which they came."""
        self._starts: list[int] = []
        self._size = 0

    def missing(self, span: Span) -> Iterator[Span]:
        """Yield the parts of a range that are not at hand, in order."""
        at, end = span
        index = max(0, bisect_right(self._starts, at) - 1)
        for start in self._starts[index:]:
            if start >= end:
                break
            if at < start:
                yield at, start
            at = max(at, start + len(self._chunks[start]))
        if at < end:
            yield at, end

    def add(self, offset: int, data: bytes) -> None:
        for first, end in list(self.missing((offset, offset + len(data)))):
            self._chunks[first] = data[first - offset : end - offset]
            self._starts.insert(bisect_right(self._starts, first), first)
            self._size += end - first

    def read(self, span: Span) -> bytes:
        """Return the bytes of a range of which none are missing."""
        first, end = span
        index = max(0, bisect_right(self._starts, first) - 1)
        found = []
        for start in self._starts[index:]:
            if start >= end:
                break
            found.append(self._chunks[start][max(0, first - start) : end - start])
        return b"".join(found)

    def shrink(self) -> None:
        """Let go of what came first, as far as more is kept than may be."""
        while self._size > self._kept and len(self._chunks) > 1:
            start, data = next(iter(self._chunks.items()))
            del self._chunks[start]
            self._starts.remove(start)
            self._size -= len(data)


def joined(gaps: Sequence[Span], ahead: int, size: int) -> list[Span]:
    """Return the ranges to request for gaps: each `ahead` bytes at least, neighbours in one."""
    ranges: list[Span] = []
    for first, end in sorted(gaps):
        until = min(size, max(end, first + ahead))
        if ranges and first <= ranges[-1][1]:
            ranges[-1] = ranges[-1][0], max(until, ranges[-1][1])
        else:
            ranges.append((first, until))
    return ranges


class RangedFile:
    """The object behind `fetch`. `requests` and `received` count what was asked for, and the bytes that came.

    One task reads at a time; cancelling a read cancels its requests.
    """

    def __init__(
        self, fetch: Fetch, size: int, *, etag: str | None = None, bound: int | None = None, kept: int = KEPT
    ) -> None:
        """
        Args:
            size: as the listing has it; the first answer may correct it.
            etag: as the listing has it, if it does.
            bound: bytes that may be read in all; `None`: any number.
        """
        self.size, self.etag, self.bound = size, etag, bound
        self.requests = self.received = 0
        self._fetch = fetch
        self._cache = SpanCache(kept)
        self._lock = asyncio.Lock()
        self._is_known = False
        """Whether an answer told the size."""

    def without_bound(self) -> RangedFile:
        """Return the same state of the same object, of which any number of bytes may be read."""
        file = RangedFile(self._fetch, self.size, etag=self.etag)
        file._cache, file._lock, file._is_known = self._cache, self._lock, self._is_known
        return file

    async def begin(self, first: First, length: int = BLOCK) -> None:
        """Read the head, the tail, or both: of a small object all of it.

        Raises: BeyondBound, S3Error.
        """
        before = self.size
        await self.read_all(self._ends(first, length), ahead=0)
        if self.size != before and first is not First.HEAD:
            await self.read_all(self._ends(first, length), ahead=0)

    def _ends(self, first: First, length: int) -> list[Span]:
        head, tail = (0, min(length, self.size)), (max(0, self.size - length), self.size)
        return [
            span
            for span, at in ((head, First.HEAD), (tail, First.TAIL))
            if first in (at, First.BOTH) and span[1] > span[0]
        ]

    async def read(self, offset: int, length: int, *, ahead: int = BLOCK) -> bytes:
        """Return the bytes from `offset` on: fewer than `length` only at the end.

        Raises: BeyondBound, PreconditionFailed (it is another object by now), other errors of S3.
        """
        return (await self.read_all([(offset, offset + length)], ahead=ahead))[0]

    async def read_all(self, spans: Sequence[Span], *, ahead: int = BLOCK) -> list[bytes]:
        """Return the bytes of several ranges, requested at the same time."""
        async with self._lock:
            within = self._within(spans)
            if gaps := [gap for span in within for gap in self._cache.missing(span)]:
                ranges = self._allowed(gaps, ahead)
                await self._request_all(ranges)
                within = self._within(spans)  # the object may be shorter than the listing said
            found = [self._cache.read(span) for span in within]
            self._cache.shrink()
            return found

    def _within(self, spans: Sequence[Span]) -> list[Span]:
        return [(min(max(0, first), self.size), min(max(0, end), self.size)) for first, end in spans]

    def _allowed(self, gaps: Sequence[Span], ahead: int) -> list[Span]:
        if self.bound is None:
            return joined(gaps, ahead, self.size)
        for each in (ahead, 0):
            ranges = joined(gaps, each, self.size)
            needed = self.received + sum(end - first for first, end in ranges)
            if needed <= self.bound:
                return ranges
        raise BeyondBound(needed)

    async def _request_all(self, ranges: Sequence[Span]) -> None:
        requests = [asyncio.ensure_future(self._request(each)) for each in ranges]
        try:
            await asyncio.gather(*requests)
        finally:
            for request in requests:
                request.cancel()
            await asyncio.gather(*requests, return_exceptions=True)

    async def _request(self, span: Span) -> None:
        self.requests += 1
        served = await self._fetch(span, self.etag)
        self.received += len(served.data)
        size = self.size if served.size is None else served.size
        is_other = None not in (self.etag, served.etag) and self.etag != served.etag
        if is_other or (self._is_known and size != self.size):
            raise PreconditionFailed(_REPLACED, code="PreconditionFailed", status=412)
        self.etag, self.size, self._is_known = self.etag or served.etag, size, True
        self._cache.add(span[0], served.data)

    def held(self, name: str) -> Held:
        """Return what is at hand, for a kind that runs in a thread; nothing reads meanwhile."""
        return Held(name, self.size, self._cache, self._allowed)


@dataclass(frozen=True, slots=True)
class Held:
    """A source of the bytes that a ranged file has read; others are `Needed`, or beyond its bound."""

    name: str
    size: int
    _cache: SpanCache
    _allowed: Callable[[Sequence[Span], int], object]

    def read(self, offset: int, length: int, *, ahead: int = BLOCK) -> bytes:
        return self.read_all([(offset, offset + length)], ahead=ahead)[0]

    def read_all(self, spans: Sequence[Span], *, ahead: int = BLOCK) -> list[bytes]:
        within = [(min(first, self.size), min(end, self.size)) for first, end in spans]
        if gaps := [gap for span in within for gap in self._cache.missing(span)]:
            self._allowed(gaps, ahead)
            raise Needed(within, ahead)
        return [self._cache.read(span) for span in within]

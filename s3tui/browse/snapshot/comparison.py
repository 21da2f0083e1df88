"""Comparison of two listings: added, removed and changed keys. Merges both, once, in order, page by page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from s3tui.browse.rows.row_builder import Change, ComparedPage
from s3tui.browse.snapshot.snapshot import Snapshot
from s3tui.browse.source.source import Live, PageRequest, SourceError
from s3tui.format import count
from s3tui.s3.models import ListObjectsPage, ObjectSummary

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client

Pages = AsyncGenerator[ListObjectsPage, None]


@dataclass(frozen=True, slots=True)
class ChangeCounts:
    """Numbers of keys by their change."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    same: int = 0
    by_time: int = 0
    """Of `changed` and `same`: those that a side has no etag of, so that size and time decided."""

    def __str__(self) -> str:
        signs = zip("+−~", (self.added, self.removed, self.changed), strict=True)
        said = " ".join(f"{sign}{count(number)}" for sign, number in signs)
        by_time = f" ({count(self.by_time)} by size and time)" if self.by_time else ""
        return f"{said} · {count(self.same)} same{by_time}"


@dataclass(frozen=True, slots=True)
class Pair:
    """A key's objects on both sides; `None` where it is not there."""

    key: str
    old: ObjectSummary | None
    new: ObjectSummary | None

    @property
    def is_by_time(self) -> bool:
        """Say whether an etag is missing, so that size and time decide."""
        return self.old is not None and self.new is not None and not (self.old.etag and self.new.etag)

    @property
    def change(self) -> Change | None:
        """The change between both sides; `None`: there is none. The etag decides where both sides know it.

        A size that a side does not know decides nothing.
        """
        if self.old is None:
            return Change.ADDED
        if self.new is None:
            return Change.REMOVED
        sizes = {self.old.size, self.new.size} - {None}
        is_same = len(sizes) <= 1 and (
            self.old.last_modified == self.new.last_modified
            if self.is_by_time
            else self.old.etag == self.new.etag
        )
        return None if is_same else Change.CHANGED


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences between a snapshot and another one, or the live bucket, as a source of rows."""

    old: Snapshot
    new: Snapshot | Live
    tallies: dict[tuple[str, str], ChangeCounts] = field(default_factory=dict, compare=False, repr=False)
    """Counts of each listing so far, by its prefix and delimiter; written in the S3 thread."""

    is_live: ClassVar[bool] = False

    @property
    def is_offline(self) -> bool:
        return self.new.is_offline

    @property
    def title(self) -> str:
        then = f"{self.old.name} → {self.new.name if isinstance(self.new, Snapshot) else 'now'}"
        part = "" if self.until is None else " · as far as both go"
        return f"{then}{part}"

    @property
    def scope(self) -> str:
        """The prefix that both listings cover.

        Raises: SourceError, when that is nothing.
        """
        mine = self.old.header.prefix
        other = self.new.header.prefix if isinstance(self.new, Snapshot) else ""
        if not (mine.startswith(other) or other.startswith(mine)):
            raise SourceError("The two snapshots have nothing in common: they are of different prefixes.")
        return max(mine, other, key=len)

    @property
    def until(self) -> str | None:
        """The last key that both listings cover, where one is partial; `None`: all of them."""
        headers = [side.header for side in (self.old, self.new) if isinstance(side, Snapshot)]
        return min((header.last_key for header in headers if header.last_key is not None), default=None)

    async def pages(self, s3: S3Client, request: PageRequest) -> AsyncGenerator[ListObjectsPage, None]:
        """Yield pages of differences, rolled up by the delimiter; keys without one are only counted."""
        scope, prefix, delimiter = self.scope, request.prefix, request.delimiter
        if not (prefix.startswith(scope) or scope.startswith(prefix)):
            yield ComparedPage(())
            return
        if self.new.is_live and not s3.lists_in_order(request.bucket):
            raise SourceError("The bucket is not listed by key: it cannot be compared.")
        fold = _Fold(prefix, delimiter, request.start_after or "")
        if request.continuation_token is not None:
            fold.go_on(request.continuation_token)
        both = max(prefix, scope, key=len)
        old, new = (
            _Side(
                side.pages(s3, PageRequest(side_bucket, both, start_after=fold.last or None)),
                both,
                self.until,
                str(side.title),
                fold.last or None,
            )
            for side, side_bucket in ((self.old, self.old.header.bucket), (self.new, request.bucket))
        )
        async with aclosing(old.pages), aclosing(new.pages):
            while not (old.is_over and new.is_over):
                await _both(old, new)
                for pair in _merged(old, new):
                    fold.add(pair)
                is_last = old.is_over and new.is_over
                page = fold.page(is_last=is_last)
                self.tallies[prefix, delimiter] = fold.tally
                yield page


class _Side:
    """One of the two listings, with its read-ahead buffer."""

    def __init__(
        self, pages: Pages, prefix: str, until: str | None, name: str, behind: str | None = None
    ) -> None:
        self.pages = pages
        self.is_over = False
        """The last page was read; some of it may wait."""
        self.waiting: Sequence[ObjectSummary] = ()
        self.at = 0
        self._prefix, self._until, self._name = prefix, until, name
        self._last: str | None = None
        self._behind = behind
        """The key that it begins behind, also on a server that does not begin there."""

    async def fill(self) -> None:
        """Read on until the buffer holds something, or the end is reached."""
        while self.at == len(self.waiting) and not self.is_over:
            page = await anext(self.pages, None)
            self.waiting, self.at = () if page is None else self._checked(page.objects), 0
            self.is_over |= page is None or page.next_continuation_token is None

    def _checked(self, objects: Sequence[ObjectSummary]) -> Sequence[ObjectSummary]:
        once = []
        for summary in objects:
            if self._last is not None and summary.key <= self._last:
                if summary.key == self._last:
                    continue  # a key that comes again is one object
                raise SourceError(
                    f"{self._name or 'The bucket'} is not listed by key: it cannot be compared."
                )
            self._last = summary.key
            if self._behind is None or summary.key > self._behind:
                once.append(summary)
        if self._until is not None and self._last is not None and self._last > self._until:
            self.is_over = True
            return [summary for summary in once if summary.key <= self._until]
        return once


async def _both(old: _Side, new: _Side) -> None:
    """Fill both buffers concurrently; when one fails, the other is at rest by the time that is raised."""
    for error in await asyncio.gather(old.fill(), new.fill(), return_exceptions=True):
        if error is not None:
            raise error


def _merged(old: _Side, new: _Side) -> list[Pair]:
    """Merge both buffers by key, to the end of the one that ends first."""
    pairs: list[Pair] = []
    a, b, i, j = old.waiting, new.waiting, old.at, new.at
    while i < len(a) and j < len(b):
        if a[i].key < b[j].key:
            pairs.append(Pair(a[i].key, a[i], None))
            i += 1
        elif b[j].key < a[i].key:
            pairs.append(Pair(b[j].key, None, b[j]))
            j += 1
        else:
            pairs.append(Pair(a[i].key, a[i], b[j]))
            i, j = i + 1, j + 1
    if j == len(b) and new.is_over:
        pairs += [Pair(one.key, one, None) for one in a[i:]]
        i = len(a)
    if i == len(a) and old.is_over:
        pairs += [Pair(one.key, None, one) for one in b[j:]]
        j = len(b)
    old.at, new.at = i, j
    return pairs


class _Fold:
    """Counts pairs, and rolls differences up into rows and common prefixes."""

    def __init__(self, prefix: str, delimiter: str, last: str) -> None:
        self.last = last
        """The key up to which it came."""
        self._prefix, self._delimiter = prefix, delimiter
        self._changes: dict[Change | None, int] = dict.fromkeys((*Change, None), 0)
        self._by_time = 0
        self._child: str | None = None
        self._below: set[Change | None] = set()
        """Changes of keys below the child."""
        self._clear()

    def go_on(self, token: str) -> None:
        """Restore the state that a page's continuation token holds."""
        *numbers, by_time, below, self.last = token.split(" ", 6)
        self._changes = dict(zip(self._changes, map(int, numbers), strict=True))
        self._by_time = int(by_time)
        self._below = {kind for kind in self._changes if _letter(kind) in below}
        self._child = self._child_of(self.last) if self._below else None

    def _token(self) -> str:
        below = "".join(map(_letter, self._below)) or "."
        return " ".join(map(str, (*self._changes.values(), self._by_time, below, self.last)))

    def _clear(self) -> None:
        self._objects: list[ObjectSummary] = []
        self._prefixes: list[str] = []
        self._rows: dict[str, Change] = {}

    @property
    def tally(self) -> ChangeCounts:
        counts = self._changes
        return ChangeCounts(
            counts[Change.ADDED], counts[Change.REMOVED], counts[Change.CHANGED], counts[None], self._by_time
        )

    def add(self, pair: Pair) -> None:
        change, key = pair.change, pair.key
        child = self._child_of(key)
        if child != self._child:
            self._end_child()
            self._child = child
        self._changes[change] += 1
        self._by_time += pair.is_by_time
        self.last = key
        if child is not None:
            self._below.add(change)
        elif change is not None:
            summary = pair.new or pair.old
            assert summary is not None, "a pair has a side"
            self._objects.append(summary)
            self._rows[key] = change

    def _child_of(self, key: str) -> str | None:
        at = key.find(self._delimiter, len(self._prefix)) if self._delimiter else -1
        return key[: at + len(self._delimiter)] if at >= 0 else None

    def _end_child(self) -> None:
        if self._child is not None and self._below != {None}:
            self._prefixes.append(self._child)
            only = next(iter(self._below)) if len(self._below) == 1 else None
            self._rows[self._child] = only or Change.CHANGED
        self._child = None
        self._below.clear()

    def page(self, *, is_last: bool) -> ComparedPage:
        """Return the rows since the last time; a prefix is one once all below it was seen."""
        if is_last:
            self._end_child()
        token = None if is_last else self._token()
        page = ComparedPage(tuple(self._objects), tuple(self._prefixes), token, self._rows)
        self._clear()
        return page


def _letter(change: Change | None) -> str:
    return "=" if change is None else change.value

"""The range scheduler of a parallel listing: which key ranges are unread, and which pages to request next.

What is still to be listed is a row of ranges. Each begins with a start-after at a key that `keyspace`
guessed, and is read on by continuation tokens. A page is never cut at its end: one that reaches into
the next range makes the beginning of that range's pages superfluous. So every page that comes out says
truly where the next one starts. Decisions only: no I/O, no clock.

Tokens lead from page to page without a gap, so that only the places where two ranges meet are in doubt.
There both must have read the same: the first entry that the front one read behind the other's beginning
is the other's first. Then what comes out is one unbroken run in the server's own order, whichever that is.
Where it is not so, keys may lie between the two: the front one reads on, the other is given up.

A server may ignore start-after, or keep another order than S3's. Where pages show it, all ranges collapse
into the first one, which is read to its end by tokens alone.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from s3tui.s3.errors import S3Error, SlowDown, TransportError
from s3tui.s3.listing.key_range import (
    KeyRange,
    Survey,
    continues,
    folders_of,
    has_begun,
    is_past,
    own_folder,
    spaced,
)
from s3tui.s3.listing.keyspace import EVEN_PAGES, KeyGap, KeySpace
from s3tui.s3.models import ListObjectsPage
from s3tui.s3.wire import pages

_WORTH, _WORTH_IDLE = 3.0, 2.0
"""Pages that a new range should promise, and while most workers are idle: where it meets the next one, half
a page is read twice."""
_UNSURE = 12.0
"""The promise, in pages, of a range of which nothing is known."""
_GUESSES = 4
"""Cuts at once in such a range."""
_ALONE = 4
"""Pages that a range is not cut for after it did not meet the next one; twice as many each time."""
_QUICK_START = 8.0
"""Workers added with each page, until the server first asks for fewer requests."""


class RangeScheduler:
    """Shares out the key ranges of one listing: decides which pages to request next, and puts pages in order.

    Args:
        start_after, token: where the listing begins.
        end_before: where it ends; `None` is behind the last key.
        max_pages: to hold at most of those that cannot be taken yet.
    """

    def __init__(
        self,
        prefix: str,
        *,
        delimiter: str = "",
        start_after: str | None = None,
        token: str | None = None,
        end_before: str | None = None,
        max_workers: int,
        max_pages: int,
    ) -> None:
        self._prefix = prefix
        self._delimiter = delimiter
        self._end = end_before
        self._ranges = [KeyRange(start_after, end_before, token=token)]
        self._space = KeySpace(prefix)
        self._max_workers = max_workers
        self._max_pages = max_pages
        self._workers = 1.0
        self._in_flight = 0
        self._growth = _QUICK_START
        self._unsettled = 0
        """Pages to come until the number of workers may be reduced again."""
        self.is_ordered = True
        """All pages began where they were asked to, and had S3's order."""
        self._is_splittable = max_workers > 1
        self._misses = 0
        """Number of times that two ranges did not meet."""
        self._taken: str | None = None
        """The last entry that came out."""
        self._overlap: frozenset[str] = frozenset()
        """Entries that came out already and may come again after a collapse."""
        self._out = ListObjectsPage(())
        """The page that came out last."""
        self._failure: S3Error | None = None

    @property
    def is_finished(self) -> bool:
        return not self._ranges

    def next_asked(self) -> list[KeyRange | Survey]:
        """Return the ranges whose next page is to be requested now, marked as asked."""
        free = int(self._workers) - self._in_flight
        held = self._in_flight + sum(len(r.pages) for r in self._ranges)
        asked: list[KeyRange | Survey] = []
        # What the caller waits for: the first range or, behind it, the one that it has yet to meet.
        next_up = 1 if self._ranges and self._ranges[0].is_read and not self._ranges[0].pages else 0
        rooms: dict[KeyRange, float] = {}
        unread = 0
        for rank, r in enumerate(self._ranges):
            # The further ahead, the less of the room may fill up, down to a half: the rest is for what can
            # be taken soon, so that the range that the caller waits for can always be cut.
            rooms[r] = self._max_pages * (1 - min(1.0, unread / self._workers) / 2)
            waits = r.is_asked or r.is_read or r.error is not None
            if len(asked) < free and not waits and (rank <= next_up or held + len(asked) < rooms[r]):
                asked.append(r)
            unread += not r.is_read
        if self._is_splittable:
            asked += self._split(free - len(asked), held + len(asked), rooms)
        for each in asked:
            if isinstance(each, KeyRange):
                each.is_asked = True
        self._in_flight += len(asked)
        return asked

    def _split(self, count: int, held: int, rooms: dict[KeyRange, float]) -> list[KeyRange | Survey]:
        """Cut up to `count` new ranges out of the near ones that promise the most pages."""
        # New ranges may be smaller while most workers are idle.
        worth = _WORTH if 2 * count < self._workers else _WORTH_IDLE
        near = [r for r in islice(self._ranges, 2 * self._max_workers) if r.promise >= 2 * worth]
        shares = dict.fromkeys(near, 1)
        for taken in range(held, held + count):
            near = [r for r in near if taken < rooms[r] and r.promise / (shares[r] + 1) >= worth]
            if not near:
                break
            shares[max(near, key=lambda r: r.promise / shares[r])] += 1
        found: list[KeyRange | Survey] = []
        for r, wanted in shares.items():
            if wanted > 1:
                found += self._explore(r, wanted - 1)
        return found

    def _explore(self, r: KeyRange, count: int) -> list[KeyRange | Survey]:
        """Split a range where folders are known to begin, or evenly, or survey its folders first."""
        gap = r.gap
        assert gap is not None
        del r.folders[: bisect_right(r.folders, gap.low)]
        if r.folders:
            return [*self._cut(r, spaced(r.folders, count))]
        found: list[KeyRange | Survey] = []
        if r.even is None and not self._delimiter:
            found += self._surveys(r, gap, count)
        if len(found) < count and not r.surveys_open:
            longest = max(_WORTH, self._max_pages / self._max_workers)
            wanted = min(count, _GUESSES) if r.even is None else count
            cuts = self._space.cuts(r.even or own_folder(gap), wanted, longest=longest)
            # A common prefix is one entry: to cut inside of it would ask for it again and again.
            entries = dict.fromkeys(map(self._rolled_up, cuts))
            found += self._cut(r, [cut for cut in entries if cut > gap.low])
        return found

    def _rolled_up(self, key: str) -> str:
        place = key.find(self._delimiter, len(self._prefix)) if self._delimiter else -1
        return key if place < 0 else key[: place + len(self._delimiter)]

    def _surveys(self, r: KeyRange, gap: KeyGap, count: int) -> list[Survey]:
        """Return surveys of each folder that the whole gap may lie in, the outermost first."""
        surveys: list[Survey] = []
        for folder in folders_of(gap.low, self._prefix):
            if len(surveys) < count and folder not in r.surveyed and (gap.high is None or folder <= gap.high):
                r.surveyed.add(folder)
                surveys.append(Survey(r, folder, gap.low))
        r.surveys_open += len(surveys)
        return surveys

    def surveyed(self, survey: Survey, folders: Sequence[str]) -> None:
        """Take note of the folders that a survey found; none, when it failed."""
        self._in_flight -= 1
        survey.of.surveys_open -= 1
        found = sorted(folders)
        for r in self._ranges:
            low = r.after if r.last is None else r.last
            end = None if r.before is None else bisect_left(found, r.before)
            new = found[bisect_right(found, low or "") : end]
            if new:
                r.folders = sorted({*r.folders, *new})

    def _cut(self, r: KeyRange, cuts: list[str]) -> list[KeyRange]:
        if not cuts:
            r.promise = 0.0  # too narrow a gap to find a key in
            return []
        ends = [*cuts[1:], r.before]
        new = [KeyRange(after, before, is_cut=True) for after, before in zip(cuts, ends, strict=True)]
        for part in new:
            part.surveyed = set(r.surveyed)
            end = None if part.before is None else bisect_left(r.folders, part.before)
            part.folders = r.folders[bisect_right(r.folders, part.after or "") : end]
        del r.folders[bisect_left(r.folders, cuts[0]) :]
        place = self._ranges.index(r) + 1
        self._ranges[place:place] = new
        r.before = cuts[0]
        self._guess(r)
        return new

    def _guess(self, r: KeyRange) -> None:
        gap = r.gap
        if gap is None or r.alone:
            r.promise = 0.0
            return
        r.even = None
        whole, folder = self._space.pages(gap), own_folder(gap)
        if whole <= EVEN_PAGES and self._space.is_even(gap):
            r.even, r.promise = gap, whole
            return
        inner = self._space.pages(folder)
        if _UNSURE <= inner <= EVEN_PAGES and self._space.is_even(folder):
            r.even, r.promise = folder, inner
            return
        r.promise = min(whole, _UNSURE) / 2**r.voids

    def arrived(self, r: KeyRange, page: ListObjectsPage) -> None:
        """Take note of a page that was received."""
        self._in_flight -= 1
        r.is_asked = False
        self._workers = min(self._max_workers, self._workers + self._growth)
        self._unsettled -= 1
        if self.is_ordered and r in self._ranges and not continues(page, r):
            self._collapse()
        if r not in self._ranges:
            return  # its keys come, or came, through another range
        ends = pages.ends(page)
        is_last = page.next_continuation_token in (None, r.token)
        if ends is not None and self.is_ordered:
            first, _ = ends
            r.first = r.first or pages.first_after(page, r.after)
            if r.before is not None and r.before != self._end and first > r.before and not is_last:
                self._void(r, page)
                return
            r.is_read = r.before is not None and pages.reaches(page, r.before)
            r.tail = page if r.is_read else None
        if ends is not None:
            r.sample, r.last = pages.sample(page), ends[1]
            r.voids = max(0, r.voids - 1)
            self._space.learn(r.sample)
        if is_last:
            r.is_read, r.before = True, self._end
            del self._ranges[self._ranges.index(r) + 1 :]
        r.pages.append(page)
        r.token = page.next_continuation_token
        r.alone = max(0, r.alone - 1)
        self._guess(r)
        self._meet_around(self._ranges.index(r))

    def _void(self, r: KeyRange, page: ListObjectsPage) -> None:
        """Close a range that holds no more: the page received lies in the ranges behind it."""
        place = self._ranges.index(r)
        if r.last is not None:
            r.is_read, r.tail, r.promise = True, page, 0.0
        else:
            del self._ranges[place]
            self._ranges[place - 1].voids += 1 + r.voids
        self._meet_around(place)

    def _meet_around(self, place: int) -> None:
        """See whether the range at `place` meets those before and behind it."""
        for front in (place - 1, place):
            if front >= 0:
                self._meet(front)

    def _meet(self, place: int) -> None:
        """Let a range that was read go on where it has not read what the next one begins with."""
        while self._ranges[place + 1 :] and self._ranges[place].is_read:
            r, following = self._ranges[place : place + 2]
            if not has_begun(following):
                return
            assert r.tail is not None
            assert following.after is not None
            seen = pages.first_after(r.tail, following.after)
            if seen is None and not is_past(r, following.after):
                self._extend(r, following.after)  # empty ranges lay between the two, and it ended in them
            elif seen is not None and seen != following.first:
                self._misses += 1
                r.alone = _ALONE << min(self._misses, 32)
                self._give_up(place + 1)
            else:
                return

    def _give_up(self, place: int) -> None:
        """Leave what the range at `place` was to read to the one in front of it."""
        self._extend(self._ranges[place - 1], self._ranges.pop(place).before)

    def failed(self, r: KeyRange, error: S3Error) -> None:
        """Take note of a failed request: it is only raised when nothing lies before it any more."""
        self._in_flight -= 1
        r.is_asked = False
        if r not in self._ranges:
            return
        if isinstance(error, SlowDown | TransportError):
            self.slow_down()
        else:
            self._is_splittable = False
        place = self._ranges.index(r)
        if place == 0:
            self._failure = error
        elif r.first is not None:
            r.error = error
        else:
            self._give_up(place)
            self._meet(place - 1)

    def slow_down(self) -> None:
        """Reduce the workers: the server asks for fewer requests; all that are in flight count as one."""
        if self._unsettled > 0:
            return
        self._unsettled = int(self._workers)
        self._workers = max(1.0, self._workers / 2)
        self._growth = 1 / self._max_workers

    def take(self) -> ListObjectsPage | None:
        """Return the next page in order, or `None` while it is still being read.

        Raises: S3Error, when the next page cannot be had.
        """
        while self._ranges:
            first = self._ranges[0]
            if first.pages:
                page = self._in_place(first.pages.popleft())
                if page is not None:
                    self._out = page
                    return page
            # A range that was read stays until the next one has shown that they meet.
            elif first.is_read and (len(self._ranges) == 1 or has_begun(self._ranges[1])):
                del self._ranges[0]
                if self._ranges:
                    self._ranges[0].error = None
            elif self._failure is not None:
                raise self._failure
            else:
                return None
        return None

    def _in_place(self, page: ListObjectsPage) -> ListObjectsPage | None:
        """Remove entries that came out already, and those behind the end of the listing."""
        ends = pages.ends(page)
        if self._end is not None and ends is not None and ends[1] >= self._end:
            page = pages.part(page, before=self._end)
            if self.is_ordered:
                page = replace(page, next_continuation_token=None)
                self._ranges.clear()
        if self.is_ordered:
            return self._joined(page)
        return pages.without(page, self._overlap) if self._overlap else page

    def _joined(self, page: ListObjectsPage) -> ListObjectsPage | None:
        ends = pages.ends(page)
        if ends is None:
            return page
        first, last = ends
        taken, self._taken = self._taken, last if self._taken is None else max(last, self._taken)
        if taken is not None and first <= taken:
            page = pages.part(page, after=taken)
        is_empty = not (page.objects or page.common_prefixes)
        return None if is_empty and page.next_continuation_token is not None else page

    def _collapse(self) -> None:
        """Go on with the first range alone, from token to token, whatever order its pages have."""
        first = self._ranges[0]
        del self._ranges[1:]
        first.pages = deque(page for page in map(self._joined, first.pages) if page is not None)
        if self._taken is not None and (first.last is None or first.last < self._taken):
            self._overlap = frozenset(pages.entries(self._out))
        self.is_ordered = self._is_splittable = False
        self._max_workers = 1
        self._workers = 1.0
        first.before, first.is_read = self._end, False
        self._guess(first)

    def _extend(self, r: KeyRange, before: str | None) -> None:
        r.before = before
        r.is_read = before is not None and is_past(r, before)
        self._guess(r)

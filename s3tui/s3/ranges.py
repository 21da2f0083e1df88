"""The book of a parallel listing: which ranges of keys are unread, and whose next page to ask for.

What is still to be listed is a row of ranges. Each begins with a start-after at a key that `keyspace`
guessed, and is read on by continuation tokens. A page is never cut at its end: one that reaches into
the next range makes the beginning of that range's pages superfluous. So every page that comes out says
truly where the next one starts. Decisions only: no I/O, no clock.

A server may ignore start-after, or keep another order than S3's. Its pages show it: then all ranges
collapse into the first one, which is read to its end by tokens alone.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from s3tui.s3 import pages
from s3tui.s3.errors import S3Error, SlowDown, TransportError
from s3tui.s3.keyspace import EVEN_PAGES, Gap, KeySpace
from s3tui.s3.models import ListObjectsPage

_WORTH, _WORTH_IDLE = 3.0, 2.0
"""Pages that a piece should promise, and while most walkers have nothing to do: where it meets the next
one, half a page is read twice."""
_UNSURE = 12.0
"""What a range promises about which nothing better is known."""
_GUESSES = 4
"""Cuts at once in such a range."""
_QUICK_START = 8.0
"""Walkers more with each page, until the server first asks for fewer requests."""


@dataclass(slots=True, eq=False)
class KeyRange:
    """One range: behind `after`, up to `before`."""

    after: str | None = None
    before: str | None = None
    token: str | None = None
    """Where to read on; `None`: at the beginning."""
    pages: deque[ListObjectsPage] = field(default_factory=deque)
    """Read, and not taken yet."""
    sample: tuple[str, ...] = ()
    """Some entries of the page read last, in order."""
    last: str | None = None
    """The last entry read."""
    promise: float = 0.0
    """How many pages to expect; 0 while nothing is known."""
    even: Gap | None = None
    """The part of what is unread in which keys lie evenly enough to cut between them blindly."""
    folders: list[str] = field(default_factory=list)
    """Common prefixes known to lie in what is unread."""
    surveyed: set[str] = field(default_factory=set)
    """Folders whose folders were asked for."""
    surveys_open: int = 0
    voids: int = 0
    """Ranges cut off its end that turned out to be empty: its promise is worth that much less."""
    is_asked: bool = False
    is_read: bool = False
    is_proven: bool = False
    """A page came that begins where it should."""
    error: S3Error | None = None
    """Why reading stopped; tried again when nothing lies before this range any more."""

    @property
    def gap(self) -> Gap | None:
        if self.is_read or self.last is None:
            return None
        return Gap(self.last, self.before, self.sample)


@dataclass(frozen=True, slots=True)
class Survey:
    """A question for the folders in `folder` behind `start_after`: good places to cut `of` at."""

    of: KeyRange
    folder: str
    start_after: str


class RangeBook:
    """What was read of a listing, and what to ask for next.

    Args:
        start_after, token: where the listing begins.
        end_before: where it ends; `None` is behind the last key.
        has_folders: whether keys with slashes may be asked for their folders.
        max_pages: to hold at most of those that cannot be taken yet.
    """

    def __init__(
        self,
        prefix: str,
        *,
        start_after: str | None = None,
        token: str | None = None,
        end_before: str | None = None,
        has_folders: bool = True,
        max_walkers: int,
        max_pages: int,
    ) -> None:
        self._prefix = prefix
        self._has_folders = has_folders
        self._end = end_before
        self._ranges = [KeyRange(start_after, end_before, token)]
        self._space = KeySpace(prefix)
        self._max_walkers = max_walkers
        self._max_pages = max_pages
        self._walkers = 1.0
        self._in_flight = 0
        self._growth = _QUICK_START
        self._unsettled = 0
        """Pages to come until walkers may be taken off again."""
        self._is_ordered = True
        self._is_splittable = max_walkers > 1
        self._taken: str | None = None
        """The last entry that came out."""
        self._failure: S3Error | None = None

    @property
    def is_finished(self) -> bool:
        return not self._ranges

    def next_asked(self) -> list[KeyRange | Survey]:
        """Return the ranges whose next page is to be asked for now, marked as asked."""
        free = int(self._walkers) - self._in_flight
        held = self._in_flight + sum(len(r.pages) for r in self._ranges)
        asked: list[KeyRange | Survey] = []
        for rank, r in enumerate(self._ranges):
            # Far ahead only half of the room may fill up: the rest is for what can be taken soon.
            room = self._max_pages if rank < self._walkers else self._max_pages // 2
            waits = r.is_asked or r.is_read or r.error is not None
            if len(asked) < free and not waits and (rank == 0 or held + len(asked) < room):
                asked.append(r)
        if self._is_splittable:
            asked += self._split(min(free, self._max_pages - held) - len(asked))
        for each in asked:
            if isinstance(each, KeyRange):
                each.is_asked = True
        self._in_flight += len(asked)
        return asked

    def _split(self, count: int) -> list[KeyRange | Survey]:
        """Cut up to `count` new ranges out of the near ones that promise the most pages."""
        # Pieces may be smaller while most walkers have nothing to do.
        worth = _WORTH if 2 * count < self._walkers else _WORTH_IDLE
        near = {r: r.promise for r in islice(self._ranges, 2 * self._max_walkers) if r.promise >= 2 * worth}
        pieces = dict.fromkeys(near, 1)
        for _ in range(count if near else 0):
            largest = max(near, key=lambda r: near[r] / pieces[r])
            if near[largest] / (pieces[largest] + 1) < worth:
                break
            pieces[largest] += 1
        found: list[KeyRange | Survey] = []
        for r, wanted in pieces.items():
            if wanted > 1:
                found += self._explore(r, wanted - 1)
        return found

    def _explore(self, r: KeyRange, count: int) -> list[KeyRange | Survey]:
        """Cut a range where folders are known to begin, or evenly, or ask first which folders there are."""
        gap = r.gap
        assert gap is not None
        del r.folders[: bisect_right(r.folders, gap.low)]
        if r.folders:
            return [*self._cut(r, _spaced(r.folders, count))]
        found: list[KeyRange | Survey] = []
        if r.even is None and self._has_folders:
            found += self._surveys(r, gap, count)
        if len(found) < count and not r.surveys_open:
            longest = max(_WORTH, self._max_pages / self._max_walkers)
            wanted = min(count, _GUESSES) if r.even is None else count
            found += self._cut(r, self._space.cuts(r.even or _own_folder(gap), wanted, longest=longest))
        return found

    def _surveys(self, r: KeyRange, gap: Gap, count: int) -> list[Survey]:
        """Ask for the folders of each folder that the whole gap may lie in, the outermost first."""
        surveys: list[Survey] = []
        for folder in _folders(gap.low, self._prefix):
            if len(surveys) < count and folder not in r.surveyed and (gap.high is None or folder <= gap.high):
                r.surveyed.add(folder)
                surveys.append(Survey(r, folder, gap.low))
        r.surveys_open += len(surveys)
        return surveys

    def surveyed(self, survey: Survey, folders: Sequence[str]) -> None:
        """Take in the folders that a survey found; none, when it failed."""
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
        new = [KeyRange(after, before) for after, before in zip(cuts, [*cuts[1:], r.before], strict=True)]
        for piece in new:
            piece.surveyed = set(r.surveyed)
            end = None if piece.before is None else bisect_left(r.folders, piece.before)
            piece.folders = r.folders[bisect_right(r.folders, piece.after or "") : end]
        del r.folders[bisect_left(r.folders, cuts[0]) :]
        place = self._ranges.index(r) + 1
        self._ranges[place:place] = new
        r.before = cuts[0]
        self._guess(r)
        return new

    def _guess(self, r: KeyRange) -> None:
        gap = r.gap
        if gap is None:
            r.promise = 0.0
            return
        r.even = None
        whole, folder = self._space.pages(gap), _own_folder(gap)
        if whole <= EVEN_PAGES and self._space.is_even(gap):
            r.even, r.promise = gap, whole
            return
        inner = self._space.pages(folder)
        if _UNSURE <= inner <= EVEN_PAGES and self._space.is_even(folder):
            r.even, r.promise = folder, inner
            return
        r.promise = min(whole, _UNSURE) / 2**r.voids

    def arrived(self, r: KeyRange, page: ListObjectsPage) -> None:
        """Take in the page that was asked for."""
        self._in_flight -= 1
        r.is_asked = False
        self._walkers = min(self._max_walkers, self._walkers + self._growth)
        self._unsettled -= 1
        if self._is_ordered and r in self._ranges and not _continues(page, r):
            self._collapse()
        if r not in self._ranges:
            return  # its keys come, or came, through another range
        ends = pages.ends(page)
        is_last = page.next_continuation_token in (None, r.token)
        if ends is not None and self._is_ordered:
            first, last = ends
            if r.before is not None and r.before != self._end and first > r.before and not is_last:
                self._void(r)
                return
            r.is_read = r.before is not None and last >= r.before
        if ends is not None:
            r.sample, r.last = pages.sample(page), ends[1]
            r.voids = max(0, r.voids - 1)
            self._space.learn(r.sample)
        if is_last:
            r.is_read = True
            del self._ranges[self._ranges.index(r) + 1 :]
        r.pages.append(page)
        r.is_proven = True
        r.token = page.next_continuation_token
        self._guess(r)

    def _void(self, r: KeyRange) -> None:
        """Close a range that holds no more: what came is for the ranges behind it to read."""
        if r.is_proven:
            r.is_read, r.promise = True, 0.0
            return
        place = self._ranges.index(r)
        del self._ranges[place]
        self._ranges[place - 1].voids += 1 + r.voids

    def failed(self, r: KeyRange, error: S3Error) -> None:
        """Take in that asking for a page failed: a failure only counts when nothing lies before it."""
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
        elif r.is_proven:
            r.error = error
        else:
            del self._ranges[place]
            self._extend(self._ranges[place - 1], r.before)

    def slow_down(self) -> None:
        """Take in that the server asks for fewer requests; all that are in flight count as one."""
        if self._unsettled > 0:
            return
        self._unsettled = int(self._walkers)
        self._walkers = max(1.0, self._walkers / 2)
        self._growth = 1 / self._max_walkers

    def take(self) -> ListObjectsPage | None:
        """Return the next page in order, or `None` while it is still being read.

        Raises: S3Error, when the next page cannot be had.
        """
        while self._ranges:
            first = self._ranges[0]
            if first.pages:
                page = self._in_place(first.pages.popleft())
                if page is not None:
                    return page
            # A range that was read stays until the next one has shown that it begins where it should.
            elif first.is_read and (len(self._ranges) == 1 or self._ranges[1].is_proven):
                del self._ranges[0]
                if self._ranges:
                    self._ranges[0].error = None
            elif self._failure is not None:
                raise self._failure
            else:
                return None
        return None

    def _in_place(self, page: ListObjectsPage) -> ListObjectsPage | None:
        """Take off what came out already, and what lies behind the end of it all."""
        ends = pages.ends(page)
        if self._end is not None and ends is not None and ends[1] >= self._end:
            page = pages.part(page, before=self._end)
            if self._is_ordered:
                page = replace(page, next_continuation_token=None)
                self._ranges.clear()
        return self._joined(page) if self._is_ordered else page

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
        self._is_ordered = self._is_splittable = False
        self._max_walkers = 1
        self._walkers = 1.0
        self._extend(first, self._end)

    def _extend(self, r: KeyRange, before: str | None) -> None:
        r.before = before
        r.is_read = False
        self._guess(r)


def _continues(page: ListObjectsPage, r: KeyRange) -> bool:
    """Say whether the page is in S3's order and begins where it was asked to."""
    if not pages.is_ascending(page):
        return False
    floor = r.after if r.last is None else r.last
    if floor is None:
        return True
    if page.objects and page.objects[0].key <= floor:
        return False
    # A start-after inside of a common prefix may name it again, and some servers repeat one on the next page.
    return all(prefix > floor or floor.startswith(prefix) for prefix in page.common_prefixes[:1])


def _spaced(folders: list[str], count: int) -> list[str]:
    count = min(count, len(folders))
    return [folders[len(folders) * i // (count + 1)] for i in range(1, count + 1)]


def _own_folder(gap: Gap) -> Gap:
    """Return the beginning of the gap that lies in one folder: of the others it is known where they begin."""
    place = gap.low.rfind("/")
    end = gap.low[:place] + "0"  # the character behind the slash
    return replace(gap, high=end) if place >= 0 and (gap.high is None or end < gap.high) else gap


def _folders(key: str, prefix: str) -> Iterator[str]:
    """Yield the folders that hold `key`, the outermost first: what ends in a slash, or the prefix."""
    yield prefix
    place = key.find("/", len(prefix))
    while place >= 0:
        yield key[: place + 1]
        place = key.find("/", place + 1)

"""A key range of a parallel listing: its unread rest, and where it can be split. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from s3tui.s3.errors import S3Error
from s3tui.s3.listing.keyspace import KeyGap
from s3tui.s3.models import ListObjectsPage
from s3tui.s3.wire import pages
from s3tui.s3.wire.paging import PageProgress


@dataclass(slots=True, eq=False)
class KeyRange:
    """A key range, behind `after` and up to `before`: one worker at a time reads it."""

    after: str | None = None
    before: str | None = None
    is_cut: bool = False
    """Its beginning is a guess, and not where the listing begins."""
    token: str | None = None
    """The continuation token of the next page; `None`: at the beginning."""
    pages: deque[ListObjectsPage] = field(default_factory=deque)
    """Read, and not taken yet."""
    sample: tuple[str, ...] = ()
    """Some entries of the page read last, in order."""
    first: str | None = None
    """The first entry read behind `after`."""
    last: str | None = None
    """The last entry read."""
    tail: ListObjectsPage | None = None
    """The page that reached the end or, when it came and nothing on it lies in the range, lies behind it."""
    promise: float = 0.0
    """Number of pages to expect; 0 while it is unknown."""
    even: KeyGap | None = None
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
    alone: int = 0
    """Pages to read before it may be cut again."""
    progress: PageProgress = field(default_factory=PageProgress)
    prefixes: tuple[str, ...] = ()
    """Those of the page read last, as the server sent them."""
    error: S3Error | None = None
    """Why reading stopped; tried again when nothing lies before this range any more."""

    @property
    def gap(self) -> KeyGap | None:
        if self.is_read or self.last is None:
            return None
        # A common prefix that `after` lies in is named again: to cut there would ask the same once more.
        return KeyGap(max(self.last, self.after or ""), self.before, self.sample)


@dataclass(frozen=True, slots=True)
class Survey:
    """A request for the common prefixes in `folder` behind `start_after`: good keys to split `of` at."""

    of: KeyRange
    folder: str
    start_after: str


def is_past(r: KeyRange, key: str) -> bool:
    """Say whether the range has seen already that there is nothing more up to `key`."""
    ends = None if r.tail is None else pages.ends(r.tail)
    if r.tail is None or ends is None:
        return False
    is_behind = ends[1] != r.last  # what is on it lies behind the range
    return ends[0] > key if is_behind else pages.reaches(r.tail, key)


def has_begun(r: KeyRange) -> bool:
    return r.first is not None or r.is_read


def continues(page: ListObjectsPage, r: KeyRange) -> bool:
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


def spaced(folders: list[str], count: int) -> list[str]:
    count = min(count, len(folders))
    return [folders[len(folders) * i // (count + 1)] for i in range(1, count + 1)]


def own_folder(gap: KeyGap) -> KeyGap:
    """Return the beginning of the gap that lies in one folder: of the others it is known where they begin."""
    place = gap.low.rfind("/")
    end = gap.low[:place] + "0"  # the character behind the slash
    return replace(gap, high=end) if place >= 0 and (gap.high is None or end < gap.high) else gap


def folders_of(key: str, prefix: str) -> Iterator[str]:
    """Yield the folders that hold `key`, the outermost first: what ends in a slash, or the prefix."""
    yield prefix
    place = key.find("/", len(prefix))
    while place >= 0:
        yield key[: place + 1]
        place = key.find("/", place + 1)

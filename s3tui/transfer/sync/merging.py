"""The merge of a sync: two listings and the index of the last run become the lines of a plan. Pure.

All three come in the order of the UTF-8 bytes of their paths, which is asserted. What is named alike but
spelled otherwise on both sides (é as one character or as two; `A` and `a` where a disk takes them for one) is
put aside and matched at the end. What nobody could read protects all below it on the other side.
"""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from s3tui.transfer.sync.filters import Filters
from s3tui.transfer.sync.models import (
    Action,
    Compare,
    Entry,
    Found,
    Known,
    KnownPages,
    Line,
    Listing,
    SyncOptions,
    SyncTotals,
)

P = TypeVar("P", Entry, Known)
_ASLEEP = ("GLACIER", "DEEP_ARCHIVE")
_SPELLING = "another spelling of this name is there"
BELOW_UNREADABLE = "below a folder that could not be read"
ONLY_THERE = "only at the target"
RECORDED = "as the last run left it"


class Unordered(Exception):
    """A listing is not in order: merged, what is there would seem to be missing."""


class Unsure(NamedTuple):
    """A pair of equal size of which only a look at more than listings tells whether it is the same."""

    path: str
    source: Entry
    target: Entry
    is_rewritten: bool = False
    """True if an object is another one than at the last run: the time of a file that it tells may be that of
    its bytes before, as of one whose content was edited in place."""


class _Pages(Generic[P]):
    """One of the three listings, with its read-ahead buffer."""

    def __init__(self, pages: AsyncGenerator[Sequence[P], None]) -> None:
        self._pages: AsyncGenerator[Sequence[P], None] = pages
        self.waiting: Sequence[P] = ()
        self.at = 0
        self.is_over = False
        self._last: str | None = None

    async def fill(self) -> None:
        while self.at == len(self.waiting) and not self.is_over:
            page = await anext(self._pages, None)
            self.waiting, self.at = page or (), 0
            self.is_over = page is None
            self._check()

    def _check(self) -> None:
        last = self._last
        for found in self.waiting:
            if last is not None and found.path <= last:
                raise Unordered(found.path)
            last = found.path
        self._last = last

    @property
    def next(self) -> P | None:
        return self.waiting[self.at] if self.at < len(self.waiting) else None


class Merge:
    """Merges the two sides of one sync, once.

    Args:
        onto_disk: the target is a folder, where a name cannot be a file and a folder.
        ignore_case: a disk among the two takes `a` and `A` for one.
    """

    def __init__(self, options: SyncOptions, *, onto_disk: bool = False, ignore_case: bool = False) -> None:
        self.totals = SyncTotals()
        self.learned: list[Known] = []
        """Pairs that were found to be the same, which the index does not know yet; the caller takes them."""
        self.stale: list[str] = []
        """Paths of the index that are as it says no more; the caller takes them."""
        self.unsure: list[Unsure] = []
        """What the caller has to look at, see `settle`."""
        self._lines: list[Line] = []
        self._options, self._onto_disk, self._ignore_case = options, onto_disk, ignore_case
        self._filters = Filters(options, ignore_case=ignore_case)
        leaves_none = not self._filters.has_patterns and not self._filters.has_limits
        self._may_be_usual = leaves_none and not ignore_case and options.compare is not Compare.CHECKSUM
        """Whether what the index knows decides alone; not once something may be protected."""
        self._fold: Callable[[str], str] = _folded_case if ignore_case else _normal
        self._protected = [_Protection(), _Protection()]
        self._source_files: list[str] = []
        """On a disk: paths that a later one may lie below."""
        self._target_files: list[_TargetFile] = []
        self._aside: dict[str, tuple[list[tuple[Entry, Known | None]], list[Entry]]] = {}
        self._exact: set[str] = set()

    async def lines(
        self, source: Listing, target: Listing, known: KnownPages
    ) -> AsyncGenerator[list[Line], None]:
        """Yield the lines about which something is to be done or said, some at a time.

        Deletions among them are not decided yet: `totals.blocked` tells in the end.

        Raises: Unordered; what a listing raises.
        """
        sources, targets, index = _Pages(source), _Pages(target), _Pages(known)
        async with aclosing(source), aclosing(target), aclosing(known):
            while True:
                await sources.fill()
                await targets.fill()
                await index.fill()
                if sources.next is None and targets.next is None:
                    break
                self._merge(sources, targets, index)
                yield self._take()
        self._close(None)
        self._match_spellings()
        self._block()
        yield self._take()

    def settle(self, unsure: Unsure, *, is_same: bool | None, why: str) -> list[Line]:
        """Take what a look at a pair found, `None` where one cannot be read; return its lines."""
        if is_same is None:
            self.totals.unreadable += 1
            self._skip(unsure.path, unsure.source, unsure.target, why)
        elif is_same:
            self._same(unsure.source, unsure.target)
        else:
            self._replace(unsure.source, unsure.target, why)
        return self._take()

    def _take(self) -> list[Line]:
        lines, self._lines = self._lines, []
        return lines

    def _merge(self, sources: _Pages[Entry], targets: _Pages[Entry], index: _Pages[Known]) -> None:
        """Merge until one of the buffers wants more."""
        while True:
            source, target, known = sources.next, targets.next, index.next
            if self._is_usual(source, target, known):
                sources.at += 1
                targets.at += 1
                index.at += 1
                continue
            if (source is None and not sources.is_over) or (target is None and not targets.is_over):
                return
            if source is None and target is None:
                return
            path = min(each.path for each in (source, target) if each is not None)
            while known is not None and known.path < path:
                self.stale.append(known.path)
                index.at += 1
                known = index.next
            if known is None and not index.is_over:
                return
            if known is not None and known.path == path:
                index.at += 1
            else:
                known = None
            here = source if source is not None and source.path == path else None
            there = target if target is not None and target.path == path else None
            sources.at += here is not None
            targets.at += there is not None
            self._at(path, here, there, known)

    def _is_usual(self, source: Entry | None, target: Entry | None, known: Known | None) -> bool:
        """Say whether all three have a path, as the last run left it, and take it for unchanged then.

        A sync of many objects has little else.
        """
        if not self._may_be_usual or source is None or target is None or known is None:
            return False
        path = known.path
        if source.path != path or target.path != path or not path.isascii():
            return False
        if source.state != known.source or target.state != known.target:
            return False
        is_plain = source.obstacle is None is target.obstacle
        if not is_plain or source.kind is not Found.OBJECT or target.kind is not Found.OBJECT:
            return False
        if self._onto_disk:
            self._close(path)
            self._source_files.append(path)
        totals = self.totals
        totals.sources += 1
        totals.targets += 1
        totals.actions[Action.SAME] += 1
        return True

    def _at(self, path: str, source: Entry | None, target: Entry | None, known: Known | None) -> None:
        if self._onto_disk:
            self._close(path)
        for side, entry in enumerate((source, target)):
            if entry is not None and entry.kind is Found.UNREADABLE and path.endswith("/"):
                if not self._filters.excludes_below(path):
                    self._protected[side].begin(path, self._fold(path))
                    self._may_be_usual = False
                    self._skip(path, source, target, entry.obstacle or BELOW_UNREADABLE)
                return
        if source is not None and source.kind is Found.FOLDER:
            source = None
        if source is None and (target is None or target.kind is Found.FOLDER):
            return
        if self._filters.excludes(path) is not None:
            self.totals.excluded += 1
            if self._onto_disk and target is not None and target.kind is Found.OBJECT:
                self._target_files.append(_TargetFile(path, None))
            return
        self.totals.sources += source is not None and source.obstacle is None
        self.totals.targets += target is not None and target.kind is Found.OBJECT
        if self._is_protected(path):
            self._skip(path, source, target, BELOW_UNREADABLE)
        elif self._onto_disk:
            self._at_disk(path, source, target, known)
        else:
            self._taken(path, source, target, known)

    def _at_disk(self, path: str, source: Entry | None, target: Entry | None, known: Known | None) -> None:
        """Leave alone what has the name of a folder, or lies in one that has the name of a file."""
        if source is None:
            assert target is not None
            self._target_files.append(_TargetFile(path, target))
            return
        above = [each for each in self._target_files if _is_above(each.path, path)]
        for each in above:
            each.is_folder = True
        is_below_file = above or any(_is_above(each, path) for each in self._source_files)
        self._source_files.append(path)
        if target is not None and target.kind is Found.FOLDER:
            self._protected[1].begin(f"{path}/", self._fold(f"{path}/"))
            self._may_be_usual = False
            self._skip(path, source, target, "a folder has this name")
        elif is_below_file:
            self._skip(path, source, target, "its folder has the name of a file")
        else:
            self._taken(path, source, target, known)

    def _close(self, path: str | None) -> None:
        """Decide about files of the target once nothing of the source can come below them any more.

        All paths that begin alike come in one go.
        """
        while self._source_files and (path is None or not path.startswith(self._source_files[-1])):
            self._source_files.pop()
        while self._target_files and (path is None or not path.startswith(self._target_files[-1].path)):
            file = self._target_files.pop()
            if file.only is None:
                continue
            if file.is_folder:
                self._skip(file.path, None, file.only, "a folder of the source has this name")
            else:
                self._taken(file.path, None, file.only, None)

    def _taken(self, path: str, source: Entry | None, target: Entry | None, known: Known | None) -> None:
        """Decide about what takes part, or put it aside where the other side may spell it otherwise."""
        if self._is_folded(path):
            if source is None or target is None:
                group = self._aside.setdefault(self._fold(path), ([], []))
                if source is not None:
                    group[0].append((source, known))
                if target is not None:
                    group[1].append(target)
                return
            self._exact.add(self._fold(path))
        if source is not None:
            self._of_source(source, target, known)
        elif target is not None:
            self._only_there(target)

    def _is_folded(self, path: str) -> bool:
        """Say whether the other side may spell the path otherwise."""
        return self._ignore_case or not path.isascii()

    def _is_protected(self, path: str) -> bool:
        return any(each.covers(path) for each in self._protected)

    def _is_as_recorded(self, source: Entry, target: Entry, known: Known) -> bool:
        is_looked_at = self._options.compare is Compare.CHECKSUM
        is_plain = source.obstacle is None is target.obstacle and source.kind is target.kind is Found.OBJECT
        return not is_looked_at and is_plain and source.state == known.source and target.state == known.target

    def _of_source(self, source: Entry, target: Entry | None, known: Known | None) -> None:
        """Decide about what the source has; what the filters leave out is left alone on both sides."""
        path = source.path if target is None else target.path
        why = source.obstacle or (None if target is None else target.obstacle)
        if why is not None:
            return self._skip(path, source, target, why)
        if self._filters.leaves(source) is not None:
            self.totals.excluded += 1
            return None
        if target is None:
            if source.storage_class in _ASLEEP:
                return self._skip(path, source, target, "archived: restore it first")
            return self._add(Line(Action.SEND, path, source, None, "new"))
        self._pair(source, target, known)
        return None

    def _pair(self, source: Entry, target: Entry, known: Known | None) -> None:
        if known is not None and self._is_as_recorded(source, target, known):
            self.totals.actions[Action.SAME] += 1
        elif None not in (source.size, target.size) and source.size != target.size:
            self._replace(source, target, "another size")
        else:
            self.unsure.append(Unsure(target.path, source, target, _is_rewritten(source, target, known)))

    def _same(self, source: Entry, target: Entry) -> None:
        self.totals.actions[Action.SAME] += 1
        self.learned.append(Known(source.path, source.state, target.state))

    def _replace(self, source: Entry, target: Entry, why: str) -> None:
        if source.storage_class in _ASLEEP:
            self._skip(target.path, source, target, "archived: restore it first")
        else:
            self._add(Line(Action.REPLACE, target.path, source, target, why))

    def _only_there(self, target: Entry) -> None:
        path = target.path
        if target.obstacle is not None:
            self._skip(path, None, target, target.obstacle)
        elif self._filters.leaves(target) is not None:
            self.totals.excluded += 1
        elif self._options.delete:
            self._add(Line(Action.DELETE, path, None, target, ONLY_THERE))
        else:
            self.totals.kept += 1

    def _skip(self, path: str, source: Entry | None, target: Entry | None, why: str) -> None:
        both = (source, target)
        self.totals.unreadable += any(each is not None and each.kind is Found.UNREADABLE for each in both)
        self._add(Line(Action.SKIP, path, source, target, why))

    def _add(self, line: Line) -> None:
        self.totals.actions[line.action] += 1
        if line.action in (Action.SEND, Action.REPLACE) and line.source is not None:
            self.totals.bytes += line.source.size or 0
        self._lines.append(line)

    def _match_spellings(self) -> None:
        """Decide about what was put aside: paths that only one side has in just this spelling."""
        unreadable = tuple(prefix for each in self._protected for prefix in each.folded)
        for folded, (sources, targets) in self._aside.items():
            if folded.startswith(unreadable):
                for source, _ in sources:
                    self._skip(source.path, source, None, BELOW_UNREADABLE)
                for target in targets:
                    self._skip(target.path, None, target, BELOW_UNREADABLE)
            elif folded not in self._exact and len(sources) == len(targets) == 1:
                (source, known), target = sources[0], targets[0]
                self._of_source(source, target, known)
            elif folded not in self._exact and not targets:
                self._of_source(sources[0][0], None, sources[0][1])
                for source, _ in sources[1:]:
                    self._skip(source.path, source, None, _SPELLING)
            elif folded not in self._exact and not sources:
                for target in targets:
                    self._only_there(target)
            else:
                for source, _ in sources:
                    self._skip(source.path, source, None, _SPELLING)
                for target in targets:
                    self._skip(target.path, None, target, _SPELLING)
        self._aside.clear()

    def _block(self) -> None:
        totals = self.totals
        if self._options.delete and not totals.sources:
            totals.blocked = "the source has nothing that takes part"


class _Protection:
    """Folders of one side that nobody could read; each comes before all below it."""

    def __init__(self) -> None:
        self._prefixes: list[str] = []
        self.folded: list[str] = []

    def begin(self, path: str, folded: str) -> None:
        self._prefixes = [each for each in self._prefixes if path < each or path.startswith(each)]
        self._prefixes.append(path)
        self.folded.append(folded)

    def covers(self, path: str) -> bool:
        return any(map(path.startswith, self._prefixes))


@dataclass(slots=True)
class _TargetFile:
    path: str
    only: Entry | None
    """`None`: it is decided about already."""
    is_folder: bool = False
    """The source has something below it."""


def _is_rewritten(source: Entry, target: Entry, known: Known | None) -> bool:
    if known is None:
        return False
    sides = (source, known.source), (target, known.target)
    return any(each.etag is not None and each.state != was for each, was in sides)


def _is_above(folder: str, path: str) -> bool:
    return path.startswith(folder) and path[len(folder) : len(folder) + 1] == "/"


def _normal(path: str) -> str:
    return path if path.isascii() else unicodedata.normalize("NFC", path)


def _folded_case(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())

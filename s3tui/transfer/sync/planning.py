"""Plans of syncs: what shall be done about each path, written into the log of changes before anything is.

A plan needs both listings to the end: one that fails is no plan. Nothing here has a client that could write.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from s3tui.s3.configuration import VersioningStatus
from s3tui.s3.errors import NoSuchKey, S3Error
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.models import Change, ChangeKind, Facts, ItemState, Undo
from s3tui.transfer.changes.reading import ReadingClient
from s3tui.transfer.errors import TransferError
from s3tui.transfer.sync.ends import End, Folder, Prefix, facts_of, overlap, pair_of
from s3tui.transfer.sync.index import Root, SyncIndex
from s3tui.transfer.sync.local_listing import NoFolder, identity_of, ignores_case, list_folder
from s3tui.transfer.sync.merging import Merge, Unordered, Unsure
from s3tui.transfer.sync.models import Action, Entry, Line, Listing, SyncOptions, SyncTotals
from s3tui.transfer.sync.prefix_listing import list_prefix
from s3tui.transfer.threads import in_thread

_AT_ONCE = 16
_PAGE = 1000
_SAMPLE = 1000
"""So many of what the source seems to miss are looked at one by one before they are deleted."""
_KEPT_KNOWN = 5000

Prove = Callable[[Unsure], Awaitable[tuple[bool, str]]]
"""Says whether both sides of a pair are the same, and why not; reads only."""


class SourceIncomplete(TransferError):
    """A side cannot be read to its end: there is no plan."""


@dataclass(frozen=True, slots=True)
class Side:
    """One end, with what can read it."""

    end: End
    client: ReadingClient | None = None
    """Of a prefix."""


class SyncPlanner:
    """Plans one sync into the log of changes.

    Args:
        prove: asked about what listings leave open.
    """

    def __init__(
        self, source: Side, target: Side, options: SyncOptions, log: ChangeLog, prove: Prove
    ) -> None:
        self._source, self._target, self._options, self._log = source, target, options, log
        self._prove = prove
        self.index = SyncIndex(log)
        self.source, self.target = source.end, target.end
        self.pair = pair_of(source.end, target.end)
        self.totals = SyncTotals()
        self._number = 0

    async def begin(self, *, owner: str | None, versions: bool, saved: str = "") -> Change:
        """Begin the change that the plan is written into.

        Args:
            owner: the account that owns the bucket that is written to, where that is known.
            versions: the target keeps versions, or may.
            saved: the name of the saved sync that this is a run of.
        """
        end = self._target.end if isinstance(self._target.end, Prefix) else self._source.end
        assert isinstance(end, Prefix)
        asked = {
            "source": facts_of(self._source.end),
            "target": facts_of(self._target.end),
            "owner": owner if end is self._target.end else None,
            "versions": versions,
            "saved": saved,
            "compare": self._options.compare.value,
        }
        title = f"Sync {self._source.end} to {self._target.end}"
        return await self._log.begin(ChangeKind.SYNC, end.connection, end.bucket, title, options=asked)

    async def plan(self, change: Change) -> AsyncGenerator[SyncTotals, None]:
        """Write the plan of `change`; yield the totals as they grow.

        Raises: SourceIncomplete, where a side cannot be read to its end; TransferError.
        """
        one_endpoint = _endpoint(self._source) == _endpoint(self._target) is not None
        if (why := overlap(self._source.end, self._target.end, one_endpoint=one_endpoint)) is not None:
            raise TransferError(why.removesuffix("."), "SameObject")
        disks = [each.end.path for each in (self._source, self._target) if isinstance(each.end, Folder)]
        try:
            folder = [await in_thread(identity_of, path) for path in disks]
            ignore_case = any([await in_thread(ignores_case, path) for path in disks])
            onto_disk = isinstance(self._target.end, Folder)
            merge = Merge(self._options, onto_disk=onto_disk, ignore_case=ignore_case)
            self.totals = merge.totals
            with_disk = bool(disks)
            lines = merge.lines(
                _listing(self._source, with_disk=with_disk, folders=False),
                _listing(self._target, with_disk=with_disk, folders=True),
                self.index.pages(self.pair),
            )
            async with aclosing(lines):
                async for some in lines:
                    await self._write(change, some)
                    await self._look(change, merge, at_least=_AT_ONCE)
                    await self._remember(merge, at_least=_KEPT_KNOWN)
                    yield self.totals
            await self._look(change, merge, at_least=1)
            await self._remember(merge, at_least=1)
        except NoFolder as error:
            raise SourceIncomplete(str(error), "SourceIncomplete") from error
        except Unordered as error:
            said = "a side is not listed in the order of its keys, so what is missing cannot be told"
            raise SourceIncomplete(said, "Unordered") from error
        except OSError as error:
            raise SourceIncomplete(f"a file cannot be read: {error}", "SourceIncomplete") from error
        await self._check_root(folder)
        await self._check_missing(change)
        if self.totals.blocked:
            await self._drop_deletions(change)
        yield self.totals

    async def keep_root(self) -> None:
        """Remember which folder this is, once a run was agreed to.

        Raises: SourceIncomplete, where it is gone.
        """
        folder = [each.end.path for each in (self._source, self._target) if isinstance(each.end, Folder)]
        try:
            identity = await in_thread(identity_of, folder[0]) if folder else None
        except NoFolder as error:
            raise SourceIncomplete(str(error), "SourceIncomplete") from error
        await self.index.keep_root(self.pair, Root(identity, str(self._source.end), str(self._target.end)))

    async def _write(self, change: Change, lines: Sequence[Line]) -> None:
        if not lines:
            return
        first, items = self._number, [(self._key(line), self._facts(line)) for line in lines]
        await self._log.add(change, items, first=first)
        self._number += len(items)
        skipped = [
            (first + place, ItemState.SKIPPED, {"why": line.why})
            for place, line in enumerate(lines)
            if line.action is Action.SKIP
        ]
        await self._log.note(change.id, skipped)

    def _key(self, line: Line) -> str:
        return self._target.end.where(line.path)

    def _facts(self, line: Line) -> Facts:
        """Return what a job needs to know; what is to be deleted, as deletions have it."""
        facts: dict[str, object] = {"action": line.action.value, "path": line.path, "why": line.why}
        facts["late"] = line.action is Action.DELETE
        if line.source is not None:
            facts |= {"from": line.source.path, "size": line.source.size, "state": line.source.state}
            facts["source"] = _known(line.source)
        if line.target is not None:
            facts["there"] = _known(line.target)
            if line.action is Action.DELETE:
                facts |= _known(line.target)
        return facts

    async def _look(self, change: Change, merge: Merge, *, at_least: int) -> None:
        """Look at what listings left open, some at a time."""
        while len(merge.unsure) >= at_least:
            some, merge.unsure[:] = merge.unsure[:_AT_ONCE], merge.unsure[_AT_ONCE:]
            found = await asyncio.gather(*map(self._is_same, some))
            for unsure, (is_same, why) in zip(some, found, strict=True):
                await self._write(change, merge.settle(unsure, is_same=is_same, why=why))

    async def _is_same(self, unsure: Unsure) -> tuple[bool | None, str]:
        try:
            return await self._prove(unsure)
        except (NoSuchKey, FileNotFoundError):
            return False, "it is not there any more"  # the job looks again
        except OSError as error:
            return None, f"it cannot be read: {os.strerror(error.errno or errno.EIO)}"

    async def _remember(self, merge: Merge, *, at_least: int) -> None:
        if len(merge.learned) >= at_least:
            learned, merge.learned[:] = list(merge.learned), []
            await self.index.write(self.pair, learned)
        if len(merge.stale) >= at_least:
            stale, merge.stale[:] = list(merge.stale), []
            await self.index.forget(self.pair, stale)

    async def _check_root(self, identity: Sequence[str]) -> None:
        """Block deletions where the folder is another one than the last time, as where no disk is mounted."""
        root = await self.index.root(self.pair)
        would_delete = isinstance(self._source.end, Folder) and self.totals[Action.DELETE] > 0
        if root is not None and would_delete and root.folder is not None and [root.folder] != list(identity):
            self.totals.blocked = self.totals.blocked or (
                f"{self._source.end} is another folder than at the last run: is its disk mounted?"
            )

    async def _check_missing(self, change: Change) -> None:
        """Look whether what the source's listing lacks is truly not there: some end early."""
        source, client = self._source.end, self._source.client
        deletions = self.totals[Action.DELETE]
        if self.totals.blocked or not deletions or client is None or not isinstance(source, Prefix):
            return
        step, number = max(1, deletions // _SAMPLE), -1
        keys: list[str] = []
        async for item in self._log.all_items(change.id, ItemState.PLANNED):
            if item.facts["action"] == Action.DELETE.value:
                number += 1
                if number % step == 0:
                    keys.append(source.where(item.facts["path"]))
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            there = await asyncio.gather(*(_is_there(client, source.bucket, key) for key in some))
            if any(there):
                self.totals.blocked = "the listing of the source lacks what is there: it ended early"
                return

    async def _drop_deletions(self, change: Change) -> None:
        """Take out of the plan what must not be deleted."""
        after, why = -1, f"kept: {self.totals.blocked}"
        while items := await self._log.items(
            change.id, ItemState.PLANNED, after=after, late=True, limit=_PAGE
        ):
            after = items[-1].number
            deletions = [item for item in items if item.facts["action"] == Action.DELETE.value]
            outcomes = [(item.number, ItemState.SKIPPED, {"why": why}) for item in deletions]
            await self._log.note(change.id, outcomes)
            self.totals.actions[Action.DELETE] -= len(outcomes)
            self.totals.actions[Action.SKIP] += len(outcomes)


def undo_of_sync(target: End, status: VersioningStatus | None) -> tuple[Undo, str]:
    """Return whether a sync can be undone, and why, by the versioning of the bucket that it writes to."""
    if isinstance(target, Folder):
        return Undo.NO, "it writes to a folder of this machine"
    match status:
        case VersioningStatus.ENABLED:
            return Undo.YES, "versioning is on"
        case VersioningStatus.SUSPENDED:
            return Undo.NO, "versioning is suspended: what is overwritten is gone"
        case VersioningStatus.OFF:
            return Undo.NO, "versioning is off: what is overwritten is gone"
        case None:
            return Undo.UNKNOWN, "whether versioning is on cannot be learned"


def _listing(side: Side, *, with_disk: bool, folders: bool) -> Listing:
    if isinstance(side.end, Folder):
        return list_folder(side.end.path, folders=folders)
    assert side.client is not None
    return _of_prefix(side.client, side.end, with_disk=with_disk)


async def _of_prefix(client: ReadingClient, end: Prefix, *, with_disk: bool) -> Listing:
    try:
        async with aclosing(list_prefix(client, end.bucket, end.prefix, with_disk=with_disk)) as pages:
            async for page in pages:
                yield page
    except S3Error as error:
        raise SourceIncomplete(f"{end} cannot be listed to its end: {error}", "SourceIncomplete") from error


async def _is_there(client: ReadingClient, bucket: str, key: str) -> bool:
    try:
        await client.head(bucket, key)
    except NoSuchKey as error:
        error.check_given()
        return False
    except S3Error as error:
        raise SourceIncomplete(
            f"whether {key} is there cannot be told: {error}", "SourceIncomplete"
        ) from error
    return True


def _endpoint(side: Side) -> object:
    return None if side.client is None else side.client.endpoint


def _known(entry: Entry) -> dict[str, object]:
    """Return what was found of an entry; goes to JSON."""
    known: dict[str, object] = {"size": entry.size, "mtime_ns": entry.mtime_ns, "etag": entry.etag}
    if entry.etag is not None and entry.mtime_ns is not None:
        known["modified"] = datetime.fromtimestamp(entry.mtime_ns / 1e9, UTC).isoformat()
    return {name: value for name, value in known.items() if value is not None}


def options_facts(options: SyncOptions) -> dict[str, object]:
    """Return the options of a sync for display and reports; goes to JSON."""
    facts = asdict(options)
    facts["compare"] = options.compare.value
    facts["newer"] = None if options.newer is None else options.newer.isoformat()
    return {name: value for name, value in facts.items() if value not in (None, (), False)}

"""The job that does what a sync planned: objects and files are sent and replaced, then what is extra goes."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from contextlib import ExitStack

from s3tui.format import count, counted
from s3tui.s3.client import S3Client
from s3tui.s3.errors import ReadOnly
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.current import look
from s3tui.transfer.changes.deleting import Deleter
from s3tui.transfer.changes.models import Change, ChangeItem, ItemState
from s3tui.transfer.changes.reading import ReadingClient
from s3tui.transfer.copy.object_copy import OtherClient
from s3tui.transfer.errors import (
    NotAtHand,
    TransferError,
    concerns_everything,
    describe_failure,
    interrupted,
    is_outage,
)
from s3tui.transfer.jobs.planned_deletion import end, log_of, planned
from s3tui.transfer.jobs.synced_object import CHANGED, SyncedObject, SyncRun, delete_file
from s3tui.transfer.journal.record import TransferRecord
from s3tui.transfer.models import Conflict
from s3tui.transfer.requests import RunChange
from s3tui.transfer.resources import Resources
from s3tui.transfer.scheduling.capacity import run_workers
from s3tui.transfer.scheduling.progress import Counters
from s3tui.transfer.sync.ends import End, Folder, Prefix, end_of, pair_of
from s3tui.transfer.sync.index import SyncIndex
from s3tui.transfer.sync.local_listing import NoFolder, identity_of
from s3tui.transfer.sync.models import Known
from s3tui.transfer.sync.pair_lock import PairLock
from s3tui.transfer.target.conflict_policy import PutQuestion, leave_it
from s3tui.transfer.threads import in_thread, see_through

_PAGE = 1000
_STRIKES = 16
"""After so many failures in a row for a reason that concerns everything, the job ends or waits."""
_REMEMBERED = 500
"""So many objects are done before the index is told of them; what a crash loses is looked at again."""
_PATIENCE_S = 10.0


class PlannedSync:
    """Sends and replaces the objects of a plan, many at a time, and deletes last.

    What is not as it was planned any more is skipped, on either side. Nothing is deleted while anything
    could not be sent: the next run takes up both.
    """

    conflict = Conflict.SKIP

    def __init__(
        self,
        request: RunChange,
        log: ChangeLog | None,
        record: TransferRecord,
        other: OtherClient | None,
    ) -> None:
        self.counters = Counters()
        self.put_question: PutQuestion = leave_it
        self._request, self._log, self._record, self._other = request, log, record, other
        self._taking = asyncio.Lock()
        self._items: deque[ChangeItem] = deque()
        self._after = -1
        self._begun: dict[int, SyncedObject] = {}
        """Objects that a pause or an outage interrupted, by their number."""
        self._known: list[Known] = []
        self._strikes = 0
        self._first_failure: tuple[str, str] | None = None
        self._outage: Exception = interrupted()

    async def run(self, client: S3Client, resources: Resources) -> str | None:
        log = log_of(self._log)
        change = await planned(log, self._request.change)
        source, target = end_of(change.options["source"]), end_of(change.options["target"])
        pair = pair_of(source, target)
        with ExitStack() as held:
            lock = await in_thread(PairLock.take, log.folder, pair)
            if lock is None:
                raise TransferError("another run of this sync is under way: retry when it is over", "Locked")
            held.callback(lock.close)
            await self._run(client, resources, log, change, (source, target), pair)
        return None

    async def discard(self) -> None:
        """Abort uploads in parts that are open; what was sent stays."""
        for begun in self._begun.values():
            await begun.discard()
        self._begun.clear()
        await end(self._log, self._request.change)

    async def _run(
        self,
        client: S3Client,
        resources: Resources,
        log: ChangeLog,
        change: Change,
        ends: tuple[End, End],
        pair: str,
    ) -> None:
        client = client.expecting_owner(change.options.get("owner"))
        reader = client if self._other is None else await self._other()
        await log.again(change.id, ItemState.FAILED)
        self._strikes, self._first_failure, self._after = 0, None, -1
        self.counters.bytes_total = self.counters.bytes_done
        self._items.clear()
        await self._count(log, change)
        try:
            work = SyncRun(log, change, ends, reader, client, resources, self._record)
            await _source_folder(work)
            await run_workers(resources.objects, lambda: self._send_some(work, pair))
            await self._remember(log, pair, at_least=1)
            self._conclude("sent")
            await self._delete(work, pair)
        except ReadOnly as error:
            raise NotAtHand(
                "its connection may only read now: open it without read-only, then let it go on"
            ) from error
        finally:
            await self._remember(log, pair, at_least=1)
            await self._count(log, change)
        self._conclude("deleted")
        await log.over(change)

    async def _count(self, log: ChangeLog, change: Change) -> None:
        counts, counters = await log.counts(change.id), self.counters
        counters.objects_total = counts.total
        counters.objects_done = counts[ItemState.DONE] + counts[ItemState.SKIPPED]
        counters.skipped = counts[ItemState.SKIPPED]
        counters.failed_objects = counts[ItemState.FAILED]

    async def _next(self, work: SyncRun) -> ChangeItem | None:
        async with self._taking:
            if not self._items:
                states = ItemState.SENT, ItemState.PLANNED
                found = await work.log.items(
                    work.change.id, *states, after=self._after, late=False, limit=_PAGE
                )
                self._items.extend(found)
                sizes = (item.facts["size"] or 0 for item in found if item.number not in self._begun)
                self.counters.bytes_total = (self.counters.bytes_total or 0) + sum(sizes)
                self.counters.listing_done = len(found) < _PAGE
                if found:
                    self._after = found[-1].number
            return self._items.popleft() if self._items else None

    async def _send_some(self, work: SyncRun, pair: str) -> None:
        while True:
            async with work.resources.objects:
                item = await self._next(work)
                if item is None:
                    return
                await self._send(work, item)
            await self._remember(work.log, pair, at_least=_REMEMBERED)

    async def _send(self, work: SyncRun, item: ChangeItem) -> None:
        begun = self._begun.get(item.number) or work.object(item, self.counters)
        self._begun[item.number] = begun
        try:
            known = await begun.run()
        except (ReadOnly, asyncio.CancelledError):
            raise
        except Exception as error:
            if is_outage(error):
                self._strike(error)
                return  # it is open still: the next run goes on with it
            del self._begun[item.number]
            await begun.discard()
            await self._fail(work, item, error)
            if concerns_everything(error):
                self._strike(error)
            return
        del self._begun[item.number]
        self._strikes = 0
        if known is not None:
            self._known.append(known)

    async def _fail(self, work: SyncRun, item: ChangeItem, error: Exception) -> None:
        sentence, code = describe_failure(error)
        outcome = {**item.outcome, "why": sentence, "code": code}
        await work.log.note(work.change.id, [(item.number, ItemState.FAILED, outcome)])
        self.counters.failed_objects += 1
        self._first_failure = self._first_failure or (f"{item.key}: {sentence}", code)

    async def _remember(self, log: ChangeLog, pair: str, *, at_least: int) -> None:
        if len(self._known) >= at_least:
            known, self._known = self._known, []
            await SyncIndex(log).write(pair, known)

    def _strike(self, error: Exception) -> None:
        self._strikes += 1
        self._outage = error
        if self._strikes >= _STRIKES:
            raise error

    async def _delete(self, work: SyncRun, pair: str) -> None:
        """Delete what the source does not have, a thousand at a time, once the source was looked at again."""
        log, change = work.log, work.change
        deleter = Deleter(log, change.id, change.bucket, versions=change.options.get("versions", True))
        reading, target = ReadingClient(work.client), work.ends[1]
        if isinstance(target, Prefix):
            while sent := await log.items(change.id, ItemState.SENT, late=True, limit=_PAGE):
                await deleter.settle(reading, sent)
        again, folder, root = 0, await _source_folder(work), await SyncIndex(log).root(pair)
        while items := await log.items(change.id, ItemState.PLANNED, late=True, limit=_PAGE):
            if root is not None and folder is not None and folder != root.folder:
                said = f"{work.ends[0]} is another folder than when this was planned: nothing was deleted"
                raise TransferError(said, "SourceIncomplete")
            async with work.resources.objects:
                items = await _without_newcomers(work, items)
                if not items:
                    continue
                if isinstance(target, Folder):
                    outcomes = [
                        (item.number, *await in_thread(delete_file, target, item.facts)) for item in items
                    ]
                    await log.note(change.id, outcomes)
                    self.counters.objects_done += len(items)
                    continue
                batch = await see_through(
                    deleter.delete(work.client, items, after=None), patience_s=_PATIENCE_S
                )
            done, skipped = (batch.over.get(each, 0) for each in (ItemState.DONE, ItemState.SKIPPED))
            self.counters.objects_done += done + skipped
            self.counters.skipped += skipped
            self.counters.failed_objects += batch.over.get(ItemState.FAILED, 0)
            self._first_failure = self._first_failure or batch.first_failure
            if not batch.again:
                again = 0
                continue
            again += 1
            if again > _STRIKES:
                raise interrupted()
            await asyncio.sleep(min(10.0, 0.1 * 2**again))

    def _conclude(self, what: str) -> None:
        if self._begun:
            raise self._outage  # some objects are neither here nor there yet
        failed = self.counters.failed_objects
        if failed:
            sentence, code = self._first_failure or ("it was refused", "NotSynced")
            of = counted(self.counters.objects_total or 0, "object")
            rest = ", and nothing was deleted" if what == "sent" else ""
            raise TransferError(
                f"{count(failed)} of {of} were not {what}{rest}, the first because {sentence}", code
            )


async def _source_folder(work: SyncRun) -> str | None:
    """Return what tells the folder that is synced; `None`, where the source is none.

    Raises: TransferError, where it is gone: its files would seem to have changed, one by one.
    """
    source = work.ends[0]
    try:
        return await in_thread(identity_of, source.path) if isinstance(source, Folder) else None
    except NoFolder as error:
        raise TransferError(f"{error}: retry when it is there again", "SourceIncomplete") from error


async def _without_newcomers(work: SyncRun, items: list[ChangeItem]) -> list[ChangeItem]:
    """Return what the source still does not have; what came there since the plan is skipped."""
    source, paths = work.ends[0], [item.facts["path"] for item in items]
    if isinstance(source, Folder):
        came = await in_thread(lambda: {path for path in paths if os.path.lexists(source.file(path))})
    else:
        keys = [source.where(path) for path in paths]
        there = await look(ReadingClient(work.reader), source.bucket, keys, versions=False)
        came = {path for path, key in zip(paths, keys, strict=True) if there[key]}
    skipped = [
        (each.number, ItemState.SKIPPED, {"why": CHANGED}) for each in items if each.facts["path"] in came
    ]
    await work.log.note(work.change.id, skipped)
    return [item for item in items if item.facts["path"] not in came]

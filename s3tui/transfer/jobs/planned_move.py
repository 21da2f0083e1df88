"""The job that moves what was planned: each object copied, proven, then deleted where it was."""

from __future__ import annotations

import asyncio
from collections import deque

from s3tui.format import count, counted
from s3tui.s3.client import S3Client
from s3tui.s3.errors import ReadOnly
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.models import Change, ChangeItem, ItemState
from s3tui.transfer.changes.moving_object import ObjectMove, fail, has_acls
from s3tui.transfer.errors import (
    NotAtHand,
    TransferError,
    concerns_everything,
    describe_failure,
    interrupted,
    is_outage,
)
from s3tui.transfer.jobs.planned_deletion import end, log_of, planned
from s3tui.transfer.journal.record import TransferRecord
from s3tui.transfer.models import Conflict
from s3tui.transfer.requests import RunChange
from s3tui.transfer.resources import Resources
from s3tui.transfer.scheduling.capacity import run_workers
from s3tui.transfer.scheduling.progress import Counters, ProgressMeter
from s3tui.transfer.target.conflict_policy import PutQuestion, leave_it

_PAGE = 1000
_STRIKES = 16
"""After so many failures in a row for a reason that concerns everything, the job ends or waits."""
_OPEN = (ItemState.COPIED, ItemState.SENT, ItemState.PLANNED)


class PlannedMove:
    """Moves the objects of a plan, many at a time; one that cannot be moved stays where it is.

    A folder is never moved at one instant: until the job is over some of it is here and some there.
    """

    conflict = Conflict.SKIP

    def __init__(self, request: RunChange, log: ChangeLog | None, record: TransferRecord) -> None:
        self.counters = Counters(counts_objects=True)
        self.put_question: PutQuestion = leave_it
        self._request, self._log, self._record = request, log, record
        self._taking = asyncio.Lock()
        self._items: deque[ChangeItem] = deque()
        self._after = -1
        self._moves: dict[int, ObjectMove] = {}
        """Moves that a pause interrupted, by the number of the object."""
        self._strikes = 0
        self._first_failure: tuple[str, str] | None = None
        self._outage: Exception = interrupted()

    async def run(self, client: S3Client, resources: Resources) -> str | None:
        log = log_of(self._log)
        change = await planned(log, self._request.change)
        client = client.expecting_owner(change.options.get("owner"))
        await log.again(change.id, ItemState.FAILED)
        self._strikes, self._first_failure = 0, None
        await self._count(log, change)
        acls = await has_acls(client, change.bucket)
        try:
            for late in (False, True):
                self._after = -1
                self._items.clear()
                await run_workers(
                    resources.objects,
                    lambda late=late: self._work(client, resources, change, late=late, acls=acls),  # type: ignore[misc]  # mypy cannot infer a lambda with a default
                )
        except ReadOnly as error:
            raise NotAtHand(
                "its connection may only read now: open it without read-only, then let it go on"
            ) from error
        finally:
            await self._count(log, change)
        self._conclude()
        await log.over(change)
        return None

    async def discard(self) -> None:
        """Abort uploads in parts that are open; what was moved stays moved."""
        for move in self._moves.values():
            await move.discard()
        self._moves.clear()
        await end(self._log, self._request.change)

    async def _count(self, log: ChangeLog, change: Change) -> None:
        counts = await log.counts(change.id)
        self.counters.objects_total = counts.total
        self.counters.objects_done = counts[ItemState.DONE] + counts[ItemState.SKIPPED]
        self.counters.skipped = counts[ItemState.SKIPPED]
        self.counters.failed_objects = counts[ItemState.FAILED]

    async def _next(self, log: ChangeLog, change: Change, *, late: bool) -> ChangeItem | None:
        async with self._taking:
            if not self._items:
                found = await log.items(change.id, *_OPEN, after=self._after, late=late, limit=_PAGE)
                self._items.extend(found)
                if found:
                    self._after = found[-1].number
            return self._items.popleft() if self._items else None

    async def _work(
        self, client: S3Client, resources: Resources, change: Change, *, late: bool, acls: bool
    ) -> None:
        log = log_of(self._log)
        while True:
            async with resources.objects:
                item = await self._next(log, change, late=late)
                if item is None:
                    return
                await self._move(client, resources, log, change, item, acls=acls)

    async def _move(
        self,
        client: S3Client,
        resources: Resources,
        log: ChangeLog,
        change: Change,
        item: ChangeItem,
        *,
        acls: bool,
    ) -> None:
        record = self._record.object_record(item.facts["to"], again=item.state is ItemState.SENT)
        meter = ProgressMeter(Counters())
        move = self._moves.get(item.number) or ObjectMove(log, change, item, meter, record, has_acls=acls)
        self._moves[item.number] = move
        try:
            state = await move.run(client, resources)
        except (ReadOnly, asyncio.CancelledError):
            raise
        except Exception as error:
            if is_outage(error):
                self._strike(error)
                return  # it is open still: the next run goes on with it
            del self._moves[item.number]
            await move.discard()
            sentence, code = describe_failure(error)
            await fail(log, change, move.item, sentence, code)
            self._failed(f"{item.key}: {sentence}", code)
            if concerns_everything(error):
                self._strike(error)
            return
        del self._moves[item.number]
        self._strikes = 0
        counters = self.counters
        if state is ItemState.FAILED:
            self._failed(f"{item.key}: {move.item.outcome['why']}", "Changed")
            return
        counters.objects_done += 1
        counters.skipped += state is ItemState.SKIPPED

    def _failed(self, sentence: str, code: str) -> None:
        self.counters.failed_objects += 1
        self._first_failure = self._first_failure or (sentence, code)

    def _strike(self, error: Exception) -> None:
        self._strikes += 1
        self._outage = error
        if self._strikes >= _STRIKES:
            raise error

    def _conclude(self) -> None:
        if self._moves:
            raise self._outage  # some objects are neither here nor there yet
        failed = self.counters.failed_objects
        if failed:
            sentence, code = self._first_failure or ("it was refused", "NotMoved")
            of = counted(self.counters.objects_total or 0, "object")
            raise TransferError(f"{count(failed)} of {of} were not moved, the first because {sentence}", code)

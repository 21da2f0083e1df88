"""The job that does what was planned to each object by itself: moves it, sets its attributes, restores it."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from typing import Protocol

from s3tui.format import count, counted
from s3tui.s3.client import S3Client
from s3tui.s3.errors import ReadOnly
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.item_record import ItemRecord
from s3tui.transfer.changes.models import Change, ChangeItem, ItemState
from s3tui.transfer.errors import (
    NotAtHand,
    TransferError,
    concerns_everything,
    describe_failure,
    interrupted,
    is_outage,
)
from s3tui.transfer.jobs.planned_deletion import end, log_of, planned
from s3tui.transfer.models import Conflict
from s3tui.transfer.requests import RunChange
from s3tui.transfer.resources import Resources
from s3tui.transfer.scheduling.capacity import run_workers
from s3tui.transfer.scheduling.progress import Counters
from s3tui.transfer.target.conflict_policy import PutQuestion, leave_it

_PAGE = 1000
_STEPS = 2
"""Folder markers are taken last."""
_STRIKES = 16
"""After so many failures in a row for a reason that concerns everything, the job ends or waits."""
_OPEN = (ItemState.COPIED, ItemState.SENT, ItemState.PLANNED)


class ObjectWork(Protocol):
    """The work that is done to each object of a plan."""

    undone: str
    """What a failed one was not, in words: `were not moved`."""

    async def begin(self, client: S3Client, change: Change) -> None:
        """Learn what all objects have in common."""

    async def do(self, client: S3Client, resources: Resources, record: ItemRecord) -> None:
        """Do it to one object, from where an earlier run left it, and note how it ended.

        Raises: S3Error, TransferError: then a later run goes on.
        """

    async def discard(self, number: int | None = None) -> None:
        """Leave nothing half-written behind of one object, or of all."""


class PlannedObjects:
    """Does one work to the objects of a plan, many at a time; one that fails stays as it is.

    A folder never changes at one instant: until the job is over some of it is done and some is not.
    """

    conflict = Conflict.SKIP

    def __init__(self, request: RunChange, log: ChangeLog | None, work: ObjectWork) -> None:
        self.counters = Counters(counts_objects=True)
        self.put_question: PutQuestion = leave_it
        self._request, self._log, self._work = request, log, work
        self._taking = asyncio.Lock()
        self._items: deque[ChangeItem] = deque()
        self._after = -1
        self._strikes = 0
        self._interrupted = 0
        self._first_failure: tuple[str, str] | None = None
        self._outage: Exception = interrupted()

    async def run(self, client: S3Client, resources: Resources) -> str | None:
        log = log_of(self._log)
        change = await planned(log, self._request.change)
        client = client.expecting_owner(change.options.get("owner"))
        steps = change.options.get("steps")
        # What hangs together was skipped where an earlier step had failed: now it may find its key free.
        hangs = (ItemState.SKIPPED,) if (steps or 1) > 1 else ()
        await log.again(change.id, ItemState.FAILED, *hangs)
        self._strikes, self._interrupted, self._first_failure = 0, 0, None
        await self._count(log, change)
        try:
            await self._work.begin(client, change)
            for late in range(_STEPS if steps is None else steps):
                self._after = -1
                self._items.clear()
                await run_workers(
                    resources.objects, partial(self._take_turns, client, resources, change, late)
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
        """Abort what is half-written; what was done stays done."""
        await self._work.discard()
        await end(self._log, self._request.change)

    async def _count(self, log: ChangeLog, change: Change) -> None:
        counts = await log.counts(change.id)
        self.counters.objects_total = counts.total
        self.counters.objects_done = counts[ItemState.DONE] + counts[ItemState.SKIPPED]
        self.counters.skipped = counts[ItemState.SKIPPED]
        self.counters.failed_objects = counts[ItemState.FAILED]

    async def _next(self, log: ChangeLog, change: Change, *, late: int) -> ChangeItem | None:
        async with self._taking:
            if not self._items:
                found = await log.items(change.id, *_OPEN, after=self._after, late=late, limit=_PAGE)
                self._items.extend(found)
                if found:
                    self._after = found[-1].number
            return self._items.popleft() if self._items else None

    async def _take_turns(self, client: S3Client, resources: Resources, change: Change, late: int) -> None:
        log = log_of(self._log)
        while True:
            async with resources.objects:
                item = await self._next(log, change, late=late)
                if item is None:
                    return
                await self._do(client, resources, ItemRecord(log, change, item))

    async def _do(self, client: S3Client, resources: Resources, record: ItemRecord) -> None:
        key, number = record.item.key, record.item.number
        try:
            await self._work.do(client, resources, record)
        except (ReadOnly, asyncio.CancelledError):
            raise
        except Exception as error:
            if is_outage(error):
                self._interrupted += 1
                self._strike(error)
                return  # it is open still: the next run goes on with it
            await self._work.discard(number)
            sentence, code = describe_failure(error)
            await record.fail(sentence, code)
            self._failed(f"{key}: {sentence}", code)
            if concerns_everything(error):
                self._strike(error)
            return
        self._strikes = 0
        state, counters = record.item.state, self.counters
        if state is ItemState.FAILED:
            self._failed(f"{key}: {record.item.outcome['why']}", "Changed")
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
        if self._interrupted:
            raise self._outage  # what became of some is not known yet
        failed = self.counters.failed_objects
        if failed:
            sentence, code = self._first_failure or ("it was refused", "NotDone")
            of = counted(self.counters.objects_total or 0, "object")
            raise TransferError(
                f"{count(failed)} of {of} {self._work.undone}, the first because {sentence}", code
            )

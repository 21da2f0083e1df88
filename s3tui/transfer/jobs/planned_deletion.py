"""The job that deletes what was planned: objects, versions, or what an undo takes back."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import aclosing, suppress
from functools import partial

from s3tui.format import count, counted
from s3tui.s3.client import S3Client
from s3tui.s3.errors import NoSuchBucket, ReadOnly, S3Error, ServiceError
from s3tui.s3.retries import DEFAULT_POLICY
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.current import look
from s3tui.transfer.changes.deleting import Batch, Deleter
from s3tui.transfer.changes.models import Change, ChangeItem, ChangeKind, ItemState
from s3tui.transfer.changes.reading import ReadingClient
from s3tui.transfer.changes.undoing import is_unmoved
from s3tui.transfer.changes.versions.aborting import abort_uploads
from s3tui.transfer.errors import NotAtHand, TransferError
from s3tui.transfer.models import Conflict
from s3tui.transfer.requests import RunChange
from s3tui.transfer.resources import Resources
from s3tui.transfer.scheduling.adaptive_limit import Adaptive
from s3tui.transfer.scheduling.capacity import ConcurrencyLimiter, run_workers
from s3tui.transfer.scheduling.progress import Counters
from s3tui.transfer.target.conflict_policy import PutQuestion, leave_it
from s3tui.transfer.threads import see_through

_BATCH = 1000
_START = 4
_MOST = 32
"""Requests at a time; each of them stands for a thousand writes."""
_STEPS = 2
"""Folder markers are taken last; of the undo of a move the copies, step by step."""
_STRIKES = 5
"""After so many batches in a row of which nothing was done, the job waits."""
_NOT_EMPTY = "BucketNotEmpty"
_PATIENCE_S = 10.0
"""When the job is paused, a batch that was sent is waited for so long: else one has to look what it did."""


def log_of(log: ChangeLog | None) -> ChangeLog:
    """Return the log of changes.

    Raises: TransferError, where there is none.
    """
    if log is None:
        raise TransferError("plans cannot be kept here: make room for s3tui's state, then try again", "NoLog")
    return log


async def planned(log: ChangeLog, id: int) -> Change:
    """Return a planned change, which is begun with that.

    Raises: TransferError, when it was forgotten.
    """
    change = await log.change(id)
    if change is None:
        raise TransferError("the plan of this change is not known any more: plan it again", "PlanLost")
    return await log.start(change)


async def end(log: ChangeLog | None, id: int) -> None:
    """Write that nothing more will be done of a change, where that can be written."""
    with suppress(TransferError):
        if log is not None and (change := await log.change(id)) is not None:
            await log.over(change, is_whole=False)


class PlannedDeletion:
    """Deletes the objects of a plan, a thousand a request, several requests at a time.

    An object that is refused is recorded, and the others go on; the next run takes the refused ones again.
    """

    conflict = Conflict.SKIP

    def __init__(self, request: RunChange, log: ChangeLog | None) -> None:
        self.counters = Counters(counts_objects=True)
        self.put_question: PutQuestion = leave_it
        self._request = request
        self._log = log
        self._adaptive = Adaptive(_MOST, start=_START)
        self._limiter = ConcurrencyLimiter(self._adaptive.level)
        self._taking = asyncio.Lock()
        self._again: deque[list[ChangeItem]] = deque()
        self._after, self._last_key = -1, ""
        self._strikes = 0
        self._slow_downs = 0
        self._first_failure: tuple[str, str] | None = None

    async def run(self, client: S3Client, resources: Resources) -> str | None:
        log = log_of(self._log)
        change = await planned(log, self._request.change)
        client = client.expecting_owner(change.options.get("owner"))
        await log.again(change.id, ItemState.FAILED)
        self._again.clear()
        self._strikes, self._first_failure = 0, None
        self._slow_downs = client.slow_downs_of(change.bucket)
        await self._count(log, change)
        try:
            for late in range(change.options.get("steps", _STEPS)):
                deleter = _deleter(log, change, late=late % _STEPS)
                await self._settle(client, log, change, deleter, late=late)
                self._after, self._last_key = -1, ""
                work = partial(self._work, client, resources, change, deleter, late)
                await run_workers(self._limiter, work)
        except ReadOnly as error:
            raise NotAtHand(
                "its connection may only read now: open it without read-only, then let it go on"
            ) from error
        finally:
            await self._count(log, change)
        await log.over(change, is_whole=not self.counters.failed_objects)
        if change.kind is ChangeKind.DELETE:
            await self._look_for_newcomers(client, log, change)
        self._conclude()
        if change.options.get("bucket_goes"):
            await _delete_bucket(client, change.bucket)
        return None

    async def discard(self) -> None:
        """Write that no more will be done: what was deleted stays deleted, and the log knows it."""
        await end(self._log, self._request.change)

    async def _count(self, log: ChangeLog, change: Change) -> None:
        counts = await log.counts(change.id)
        self.counters.objects_total = counts.total
        self.counters.objects_done = counts[ItemState.DONE] + counts[ItemState.SKIPPED]
        self.counters.skipped = counts[ItemState.SKIPPED]
        self.counters.failed_objects = counts[ItemState.FAILED]

    async def _settle(
        self, client: S3Client, log: ChangeLog, change: Change, deleter: Deleter, *, late: int
    ) -> None:
        """Find out what became of what an earlier run, or process, had sent."""
        after = -1
        while sent := await log.items(change.id, ItemState.SENT, after=after, late=late, limit=_BATCH):
            self._take(await deleter.settle(ReadingClient(client), sent))
            after = sent[-1].number
        self._again.clear()  # it is planned, as all the others

    async def _next(
        self, client: S3Client, change: Change, *, late: int
    ) -> tuple[list[ChangeItem], str | None]:
        """Return the next objects, and the key before the first one."""
        while True:
            if self._again:
                return self._again.popleft(), None
            async with self._taking:
                before = self._last_key
                items = await log_of(self._log).items(
                    change.id, ItemState.PLANNED, after=self._after, late=late, limit=_BATCH
                )
                if not items:
                    return [], None
                self._after, self._last_key = items[-1].number, items[-1].key
            ready = await self._without_unneeded(client, change, items)
            if ready:
                return ready, before or None

    async def _without_unneeded(
        self, client: S3Client, change: Change, items: list[ChangeItem]
    ) -> list[ChangeItem]:
        """Return the objects that may go: a copy stays where what it was made of is not there."""
        needed = [item.facts["needs"] for item in items if "needs" in item.facts]
        stay = list(dict.fromkeys(item.facts["stays"] for item in items if "stays" in item.facts))
        if not needed and not stay:
            return items
        log = log_of(self._log)
        back = await log.known(change.id, needed, done=True)
        there = await look(ReadingClient(client), change.bucket, stay, versions=False)

        def may_go(item: ChangeItem) -> bool:
            facts = item.facts
            if "stays" in facts:
                return is_unmoved(facts["stays_as"], there[facts["stays"]])
            return "needs" not in facts or facts["needs"] in back

        left = [item for item in items if not may_go(item)]
        why = {"why": "what it was made of is not there"}
        await log.note(change.id, [(item.number, ItemState.SKIPPED, why) for item in left])
        self.counters.skipped += len(left)
        self.counters.objects_done += len(left)
        return [item for item in items if item not in left]

    async def _work(
        self, client: S3Client, resources: Resources, change: Change, deleter: Deleter, late: int
    ) -> None:
        while True:
            async with self._limiter, resources.objects:
                items, after = await self._next(client, change, late=late)
                if not items:
                    return
                deleting = self._delete(client, change, deleter, items, after)
                batch = await see_through(deleting, patience_s=_PATIENCE_S)
                self._take(batch)
                self._adapt(client, change.bucket)
            if batch.again:
                await self._back_off(len(batch.again) == len(items))

    async def _delete(
        self, client: S3Client, change: Change, deleter: Deleter, items: list[ChangeItem], after: str | None
    ) -> Batch:
        uploads = [item for item in items if "upload" in item.facts]
        if not uploads:
            return await deleter.delete(client, items, after=after)
        self._take(await abort_uploads(client, log_of(self._log), change.id, change.bucket, uploads))
        versions = [item for item in items if "upload" not in item.facts]
        return await deleter.delete(client, versions, after=after) if versions else Batch([], {})

    def _take(self, batch: Batch) -> None:
        counters = self.counters
        counters.skipped += batch.over.get(ItemState.SKIPPED, 0)
        counters.failed_objects += batch.over.get(ItemState.FAILED, 0)
        counters.objects_done += batch.over.get(ItemState.DONE, 0) + batch.over.get(ItemState.SKIPPED, 0)
        self._first_failure = self._first_failure or batch.first_failure
        if batch.again:
            self._again.append(batch.again)

    async def _back_off(self, is_all: bool) -> None:
        self._strikes = self._strikes + 1 if is_all else 0
        self._adaptive.slow_down(asyncio.get_running_loop().time())
        self._limiter.set_limit(self._adaptive.level)
        if self._strikes >= _STRIKES:
            raise ServiceError(
                "the server asks for fewer requests", code="SlowDown", status=503, operation="DeleteObjects"
            )
        await asyncio.sleep(DEFAULT_POLICY.delay_s(self._strikes + 1))

    def _adapt(self, client: S3Client, bucket: str) -> None:
        now, before = asyncio.get_running_loop().time(), self._slow_downs
        self._slow_downs = client.slow_downs_of(bucket)
        if self._slow_downs > before:
            self._adaptive.slow_down(now)
        self._adaptive.update(now, self.counters.objects_done, is_full=self._limiter.is_full)
        self._limiter.set_limit(self._adaptive.level)

    async def _look_for_newcomers(self, client: S3Client, log: ChangeLog, change: Change) -> None:
        """Say what came under the prefixes meanwhile: it was not planned, so it stays."""
        new = 0
        for prefix in change.options.get("prefixes", ()):
            try:
                async with aclosing(client.list_objects(change.bucket, prefix)) as pages:
                    async for page in pages:
                        keys = [found.key for found in page.objects]
                        new += len(keys) - len(await log.known(change.id, keys))
                        break
            except S3Error:
                return  # it is worth a word only
        if new:
            verb = "it stays" if new == 1 else "they stay"
            self.counters.notice = f"{counted(new, 'object')} came meanwhile: {verb}"

    def _conclude(self) -> None:
        failed = self.counters.failed_objects
        if failed:
            sentence, code = self._first_failure or ("it was refused", "NotDeleted")
            of = counted(self.counters.objects_total or 0, "object")
            raise TransferError(f"{count(failed)} of {of} failed, the first because {sentence}", code)


async def _delete_bucket(client: S3Client, bucket: str) -> None:
    """Delete a bucket of which all that was planned is gone; S3 refuses one that holds something."""
    try:
        async with aclosing(client.list_objects(bucket, "")) as pages:
            async for page in pages:
                if page.objects:  # not every server refuses
                    raise ServiceError(
                        "it holds objects", code=_NOT_EMPTY, status=409, operation="DeleteBucket"
                    )
                break
        await client.delete_bucket(bucket)
    except NoSuchBucket as error:
        error.check_given()  # an earlier run did it
    except ServiceError as error:
        if error.code != _NOT_EMPTY:
            raise
        raise TransferError(
            f"{bucket} is not empty: something came since it was planned, or was left",
            error.code,
        ) from error


def _deleter(log: ChangeLog, change: Change, *, late: int) -> Deleter:
    """Return what deletes; an undo of a move takes the copies last, which may be in another bucket."""
    options = change.options
    versions = options.get("versions", True)
    if not late:
        return Deleter(log, change.id, change.bucket, versions=versions)
    bucket = options.get("late_bucket", change.bucket)
    return Deleter(log, change.id, bucket, versions=options.get("late_versions", versions))

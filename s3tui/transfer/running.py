"""The runner of transfers: as many at once as the limits allow, again after an outage, until each is over."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from s3tui.s3.client import S3Client
from s3tui.s3.retries import Waits
from s3tui.s3.sending.clock import utc_now
from s3tui.transfer.errors import (
    NotAtHand,
    describe_failure,
    is_foreign_cancellation,
    is_outage,
    leaves_the_rest,
    wanted_wait_s,
)
from s3tui.transfer.events import Event, Failed, Finished, Interrupted, Paused, Progressed, Started
from s3tui.transfer.jobs.job import Job
from s3tui.transfer.journal import recovery
from s3tui.transfer.journal.record import TransferRecord
from s3tui.transfer.models import Ask, ConflictAnswer, ConflictFound, Scope, Transfer, TransferState
from s3tui.transfer.reducer import is_legal, reduce
from s3tui.transfer.requests import Request, other_connection
from s3tui.transfer.resources import Resources
from s3tui.transfer.scheduling.progress import SpeedEstimate
from s3tui.transfer.scheduling.queue import Queue
from s3tui.transfer.target.conflict_policy import Undecided, policy_of

_TICK_S = 0.1
"""Seconds between two progress events of a transfer, at least."""
_OBJECT_WORK = 64 * 1024
"""An object counts as this many bytes of work, beside its own."""


@dataclass(slots=True)
class QueueEntry:
    """A transfer of the queue, with its request, its record, its job and the task that runs it."""

    id: int
    request: Request
    record: TransferRecord
    job: Job
    speed: SpeedEstimate = field(default_factory=SpeedEstimate)
    task: asyncio.Task[None] | None = None
    work: int = 0
    went: tuple[str | None] | None = None
    """The result of the job once it has ended: all that is left is to clean up."""
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    """Ends the wait for the next try."""
    is_kept: bool = False
    """It failed, and its partial data was kept."""

    @property
    def moved(self) -> int:
        """The work done, in bytes; each object counts for some too."""
        return self.job.counters.bytes_done + self.job.counters.objects_done * _OBJECT_WORK

    def new_work(self) -> int:
        """Return the work done since the last call."""
        before, self.work = self.work, self.moved
        return max(0, self.work - before)


class Runner:
    """Starts the jobs of queued transfers, and turns what becomes of them into events.

    Args:
        on_finished: called with each transfer that is done, failed or cancelled.
        patience_s: how long after its last progress a transfer waits for a failing server; 0: not at all.
    """

    def __init__(
        self,
        client_for: Callable[[str], Awaitable[S3Client]],
        queue: Queue,
        resources: Resources,
        *,
        on_finished: Callable[[Transfer], None] | None,
        patience_s: float,
    ) -> None:
        self.entries: dict[int, QueueEntry] = {}
        """By transfer id."""
        self.on_finished = on_finished
        self._client_for = client_for
        self._queue = queue
        self._resources = resources
        self._resources.objects.on_raise.add(self.schedule)
        self._patience_s = patience_s
        self._questions = 0
        self._waiting = 0
        self._work = 0
        self._slow_downs: WeakKeyDictionary[S3Client, int] = WeakKeyDictionary()
        self._active: dict[asyncio.Task[None], QueueEntry] = {}
        """Until the task is over, which may be a while after the transfer was paused or cancelled."""
        self._ticker: asyncio.Task[None] | None = None

    async def aclose(self) -> None:
        """Wait until nothing runs any more; the caller has paused or cancelled everything."""
        await all_over([entry.task for entry in self.entries.values() if entry.task is not None])
        if self._ticker is not None:
            await self._ticker

    def schedule(self) -> None:
        """Start queued transfers while the limit has room."""
        # A transfer that waits for an answer keeps no other from starting; nor does one that waits for a
        # server, up to the limit: so not all of a long queue tries a server that is gone.
        limit = self._resources.objects.limit
        while len(self._active) - self._questions - min(self._waiting, limit) < limit:
            id = self._queue.next()
            if id is None:
                break
            self._start(self.entries[id])
        if self._active and self._ticker is None:
            self._ticker = asyncio.create_task(self._tick(), name="transfer progress")

    def _start(self, entry: QueueEntry) -> None:
        entry.speed.start(asyncio.get_running_loop().time(), entry.job.counters.amount)
        self.apply(entry, Started(utc_now()))
        entry.task = asyncio.create_task(self._run(entry), name=f"transfer {entry.id}")
        self._active[entry.task] = entry
        entry.task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._work += self._active.pop(task).new_work()
        self.schedule()

    async def _run(self, entry: QueueEntry) -> None:
        waits = Waits(self._patience_s)
        while (error := await self._run_once(entry)) is not None:
            delay_s: float | None = None
            if is_outage(error):
                now = asyncio.get_running_loop().time()
                delay_s = waits.next_delay_s(now, entry.moved, retry_after_s=wanted_wait_s(error))
            if delay_s is None:
                await self._fail(entry, error)
                return
            await self._wait(entry, error, delay_s)
        await self.tidy(entry)
        self.apply(entry, entry.job.counters.progressed(0.0))
        assert entry.went is not None
        self.apply(entry, Finished(utc_now(), entry.went[0]))

    async def _run_once(self, entry: QueueEntry) -> BaseException | None:
        """Run the job until it ends; return what it failed with."""
        try:
            client = await self._client_for(entry.request.connection)
            if other := other_connection(entry.request):
                await self._client_for(other)  # before anything is asked of the first one
            self._slow_downs.setdefault(client, client.slow_downs)
            if entry.went is None:  # else it was paused during the clean-up
                entry.went = (await entry.job.run(client, self._resources),)
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and not is_foreign_cancellation(error):
                raise
            return error
        return None

    async def _fail(self, entry: QueueEntry, error: BaseException) -> None:
        if isinstance(error, NotAtHand):
            self.apply(entry, Paused(f"{error}"))
            return
        entry.is_kept = leaves_the_rest(error)
        if not entry.is_kept:
            await entry.job.discard()
            await self.tidy(entry)
        self.apply(entry, entry.job.counters.progressed(0.0))
        self.apply(entry, Failed(utc_now(), *describe_failure(error)))

    async def _wait(self, entry: QueueEntry, error: BaseException, delay_s: float) -> None:
        """Wait for the next try, counting the seconds down on the row; `wake` ends it early."""
        clock = asyncio.get_running_loop().time
        until = clock() + delay_s
        self._resources.interrupted()
        self.apply(entry, entry.job.counters.progressed(0.0))
        entry.wake.clear()
        self._waiting += 1
        self.schedule()
        try:
            while not entry.wake.is_set() and (left := until - clock()) > 0:
                self.apply(entry, Interrupted(*describe_failure(error), math.ceil(left)))
                with suppress(TimeoutError):
                    async with asyncio.timeout(left - math.ceil(left) + 1):  # until the next whole second
                        await entry.wake.wait()
        finally:
            self._waiting -= 1
        entry.speed.start(clock(), entry.job.counters.amount)
        self.apply(entry, Started(utc_now()))

    async def wind_up(self, entry: QueueEntry, task: asyncio.Task[None] | None) -> None:
        """Stop the `task` of a cancelled transfer, and remove its partial data."""
        cancelled = self._queue[entry.id]
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait([task])
        await entry.job.discard()
        entry.went, entry.is_kept = None, False
        await self.tidy(entry)
        recovery.save(entry.record, cancelled)

    async def tidy(self, entry: QueueEntry) -> None:
        """Abort the uploads that it began at S3 and did not complete."""
        await recovery.tidy(entry.record, entry.request, self._client_for)

    async def put_question(self, ask: Ask, id: int, question: Undecided) -> ConflictAnswer:
        """Ask about a conflict of transfer `id`; others may run instead while it waits."""
        self._questions += 1
        self.schedule()
        try:
            answer = await ask(ConflictFound(id, question.name, question.there, question.incoming))
            if answer.scope is Scope.ALL:  # also after a restart
                entry = self.entries[id]
                entry.request = recovery.with_policy(entry.request, policy_of(answer), entry.record)
            return answer
        finally:
            self._questions -= 1

    async def _tick(self) -> None:
        clock = asyncio.get_running_loop().time
        while self._active:
            await asyncio.sleep(_TICK_S)
            self._adapt(clock())
            for entry in self._active.values():
                entry.speed.update(clock(), entry.job.counters.amount)
                self.apply(entry, entry.job.counters.progressed(entry.speed.bps))
        self._ticker = None

    def _adapt(self, now: float) -> None:
        self._work += sum(entry.new_work() for entry in self._active.values())
        slow_downs = 0
        for client, before in self._slow_downs.items():
            slow_downs += client.slow_downs - before
            self._slow_downs[client] = client.slow_downs
        self._resources.adapt(now, self._work, slow_downs=slow_downs)

    def apply(self, entry: QueueEntry, event: Event) -> bool:
        """Apply `event` to the row, if its state allows that; return whether it does."""
        if entry.id not in self._queue:
            return False
        before = self._queue[entry.id]
        if not is_legal(before.state, type(event)):
            return False
        after = reduce(before, event)
        if not isinstance(event, Progressed) or after != before:
            self._queue.put(after)
            if after.state is not TransferState.CANCELLED:  # that is written once nothing is left of it
                recovery.save(entry.record, after)
        if after.state.is_final and after.state is not before.state and self.on_finished is not None:
            self.on_finished(after)
        return True


async def all_over(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Wait for all of `tasks`, which go on when the caller is cancelled."""
    for task in tasks:
        if not task.done():
            await asyncio.wait([task])

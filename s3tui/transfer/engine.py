"""The transfer engine: takes commands on transfers, runs their jobs, and gives snapshots of the queue.

Lives on one event loop, that of its clients: asyncio's own or uvloop's. Every command is a coroutine to be
awaited there; `snapshot` may be called from any thread at any time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial

from s3tui.s3.client import S3Client
from s3tui.s3.sending.clock import utc_now
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.events import (
    Cancelled,
    Paused,
    Prioritized,
    Queued,
)
from s3tui.transfer.jobs.factory import job_for
from s3tui.transfer.journal import recovery
from s3tui.transfer.journal.journal import DAMAGED_ROW, Facts, Journal
from s3tui.transfer.journal.record import TransferRecord
from s3tui.transfer.models import (
    Ask,
    Conflict,
    Limits,
    QueueSnapshot,
    Transfer,
    TransferState,
)
from s3tui.transfer.requests import Request, UploadFile, describe, normalized, other_connection
from s3tui.transfer.resources import Resources
from s3tui.transfer.running import QueueEntry, Runner, all_over
from s3tui.transfer.scheduling.queue import Queue
from s3tui.transfer.upload.orphan_record import OrphanUploads
from s3tui.transfer.workers.process_pool import WorkerPool, spare_processors

DEFAULT_LIMITS = Limits(objects=48, parts=16)
"""Fewer objects than a client has connections: browsing needs some too."""
DEFAULT_PATIENCE_S = 15 * 60.0
_LOG = logging.getLogger(__name__)
_SLICE_S = 0.005
"""A command on many transfers yields to the event loop this often."""


class TransferEngine(OrphanUploads):
    """Moves objects between S3 and the local disk.

    Args:
        client_for: returns the client of a connection, by its name in requests; the engine does not close it.
            What it raises becomes the error of the transfer that asked; `NotAtHand` pauses it.
        limits: how much may happen at once; rows that run at once count like objects.
        journal: where transfers outlive the process; closed with the engine. Without, they do not.
        ask: awaited in the event loop for conflicts of transfers whose policy is to ask, one at a time for
            each transfer; cancelled when a question is withdrawn. Without it, such a conflict fails.
        on_finished: called in the event loop with each transfer that is done, failed or cancelled.
        patience_s: how long after its last progress a transfer waits for a failing server; 0: not at all.
        processes: how many worker processes may help with many small objects; by default what the machine
            has processors for.
        changes: the log of planned changes; closed with the engine. Without, none can be run.
    """

    def __init__(
        self,
        client_for: Callable[[str], Awaitable[S3Client]],
        *,
        limits: Limits = DEFAULT_LIMITS,
        journal: Journal | None = None,
        ask: Ask | None = None,
        on_finished: Callable[[Transfer], None] | None = None,
        patience_s: float = DEFAULT_PATIENCE_S,
        processes: int | None = None,
        changes: ChangeLog | None = None,
    ) -> None:
        self.changes = changes
        """The log of changes; its plans are what `RunChange` runs."""
        self._client_for = client_for
        kept_open = () if journal is None else (journal.lock_fd,)
        self._processes = WorkerPool(
            spare_processors() if processes is None else processes, kept_open=kept_open
        )
        self._resources = Resources(limits, self._processes)
        self._journal = journal
        self._ask = ask
        self._queue = Queue()
        self._runner = Runner(
            client_for, self._queue, self._resources, on_finished=on_finished, patience_s=patience_s
        )
        self._last_id = 0

    def snapshot(self) -> QueueSnapshot:
        """Return the queue: commands show in it at once, progress a tenth of a second later."""
        resources = self._resources
        return self._queue.snapshot(resources.limits, resources.objects.limit, resources.parts.limit)

    async def prepare(self) -> None:
        """Start the worker processes, when many small objects are likely to come soon; return when ready.

        Without it they start once a job turns out to be large, which costs part of a second then.
        """
        self._processes.prepare()
        await self._processes.ready()

    async def start(self) -> list[int]:
        """Take over the transfers of dead instances; return their ids, in the old order.

        They are paused, or failed if they were: nothing moves before somebody asks for it.
        """
        if self._journal is None:
            return []
        ids = []
        for found in await recovery.restore(self._journal):
            try:
                self._enter(found.transfer, found.request, found.record)
            except DAMAGED_ROW:
                _LOG.exception("what is left of a transfer cannot be read: it is left out")
                await self._journal.clear([found.transfer.id])
                continue
            ids.append(found.transfer.id)
            self._runner.entries[found.transfer.id].is_kept = bool(found.record.leftovers())
            recovery.save(found.record, found.transfer)
        return ids

    async def add(self, request: Request, *, priority: int = 0, begun: Facts | None = None) -> int:
        """Queue a request; return the transfer's id. The journal has it when this returns.

        Args:
            begun: what was done of it before, as facts of the journal.

        Raises: ValueError, for a request that contradicts itself: see `normalized`.
        """
        request = normalized(request)
        said = describe(request)
        transfer = Transfer(
            0, request.connection, said.direction, said.name, said.source, said.target, priority=priority
        )
        transfer = replace(
            transfer, to_connection=other_connection(request), roots=said.roots, change=said.change
        )
        record = await recovery.recorded(self._journal, request, transfer)
        if begun is not None and isinstance(request, UploadFile):
            await record.object_record(request.key).note(**begun)
        id = record.id or self._last_id + 1
        self._enter(replace(transfer, id=id), request, record)
        self._runner.schedule()
        return id

    def _enter(self, transfer: Transfer, request: Request, record: TransferRecord) -> None:
        job = job_for(request, self._client_for, record, self.changes)
        if self._ask is not None:
            job.put_question = partial(self._runner.put_question, self._ask, transfer.id)
        if not transfer.attempts:
            counters = job.counters
            transfer = replace(
                transfer,
                objects_total=counters.objects_total,
                bytes_total=counters.bytes_total,
                listing_done=counters.listing_done,
            )
        self._last_id = max(self._last_id, transfer.id)
        self._runner.entries[transfer.id] = QueueEntry(transfer.id, request, record, job)
        self._queue.add(transfer)

    async def history(self, limit: int = 1000) -> tuple[Transfer, ...]:
        """Return finished transfers, the newest first; with a journal also those of earlier runs."""
        if self._journal is not None:
            return await recovery.history(self._journal, limit)
        finished = [row for row in self._queue if row.finished_at is not None and row.state.is_final]
        return tuple(sorted(finished, key=lambda row: row.finished_at or utc_now(), reverse=True)[:limit])

    async def repeat(self, id: int) -> bool:
        """Queue a transfer of the history again: the row itself while it is in the queue, else its request.

        Returns: whether it failed or was cancelled, and is still known.
        """
        if id in self._queue:
            return bool(await self.retry(id))
        request = None if self._journal is None else await recovery.request_of(self._journal, id)
        if request is not None:
            await self.add(request)
        return request is not None

    def _records(self) -> Iterable[TransferRecord]:
        return (entry.record for entry in self._runner.entries.values())

    async def cancel(self, *ids: int) -> int:
        """Stop transfers for good; return when nothing half-written is left of them.

        Returns: how many could be cancelled. The following commands return the like. All of them ignore ids
        that are gone, and none blocks the event loop, however many ids there are.
        """
        ending = []
        async for entry in self._some(ids):
            if self._runner.apply(entry, Cancelled(utc_now())):
                # In a task of its own: the clean-up goes on when the caller is cancelled.
                entry.task = asyncio.create_task(
                    self._runner.wind_up(entry, entry.task), name=f"end of {entry.id}"
                )
                ending.append(entry.task)
        await all_over(ending)
        return len(ending)

    async def pause(self, *ids: int) -> int:
        """Stop the requests of transfers, or keep them from starting; what was moved is kept."""
        paused, stopping = 0, []
        async for entry in self._some(ids):
            if self._runner.apply(entry, Paused()):
                paused += 1
                if entry.task is not None and not entry.task.done():
                    entry.task.cancel()
                    stopping.append(entry.task)
        await all_over(stopping)
        return paused

    async def resume(self, *ids: int) -> int:
        """Queue paused transfers again, where they stand."""
        return await self._queue_again(ids, {TransferState.PAUSED})

    async def retry(self, *ids: int, conflict: Conflict | None = None) -> int:
        """Queue failed or cancelled transfers again, if wanted with another conflict policy.

        Of a prefix or folder, the objects that are done stay done. A waiting transfer is tried at once.
        """
        woken = 0
        async for entry in self._some(ids):
            if self._queue[entry.id].state is TransferState.WAITING:
                entry.wake.set()
                woken += 1
        return woken + await self._queue_again(ids, {TransferState.FAILED, TransferState.CANCELLED}, conflict)

    async def rename_connections(self, names: Mapping[str, str], *ids: int) -> None:
        """Rename the connections of transfers that do not run, as `names` maps them."""
        async for entry in self._some(ids):
            row = self._queue[entry.id]
            if row.state is TransferState.RUNNING or (entry.task is not None and not entry.task.done()):
                continue
            entry.request = recovery.with_connections(entry.request, names, entry.record)
            job = job_for(entry.request, self._client_for, entry.record, self.changes)
            job.put_question, entry.job = entry.job.put_question, job
            request = entry.request
            other = other_connection(request)
            self._queue.put(replace(row, connection=request.connection, to_connection=other))

    async def move(self, id: int, by: int) -> bool:
        """Move a transfer `by` places down the queue, or up when negative; at most to either end.

        A running one goes on running. Returns: whether it moved.
        """
        has_moved = self._queue.move(id, by)
        if has_moved and self._journal is not None:
            self._journal.place([row.id for row in self._queue])
        return has_moved

    async def set_priority(self, priority: int, *ids: int) -> int:
        """Let transfers start before all of a lower priority; those that run already go on."""
        changed = 0
        async for entry in self._some(ids):
            changed += self._runner.apply(entry, Prioritized(priority))
        return changed

    async def set_limits(self, limits: Limits) -> None:
        """Change the limits of concurrency and rate. With less concurrency, what runs is finished first."""
        self._resources.set_limits(limits)

    async def clear_finished(self) -> None:
        """Remove every transfer that is done, failed or cancelled; the journal keeps them as history.

        The partial data that a failed one had kept is removed.
        """
        await self._give_up([row.id for row in self._queue if row.state is TransferState.FAILED])
        gone = []
        async for entry in self._some(self._queue.remove_finished()):
            del self._runner.entries[entry.id]
            gone.append(entry.id)
        if self._journal is not None:
            await self._journal.clear(gone)

    async def aclose(self, *, keep: bool = False) -> None:
        """Cancel everything; returns when nothing half-written is left.

        Args:
            keep: pause it instead, and leave it, half-written, for the next start; needs a journal.
        """
        self._runner.on_finished = None
        open_ids = [row.id for row in self._queue if not row.state.is_final]
        await (self.pause if keep and self._journal is not None else self.cancel)(*open_ids)
        if self._journal is None:  # nobody would ever know of it again
            await self._give_up(list(self._runner.entries))
        await self._runner.aclose()
        await self._processes.aclose()
        if self._journal is not None:
            await asyncio.to_thread(self._journal.close)
        if self.changes is not None:
            await asyncio.to_thread(self.changes.close)

    async def _some(self, ids: Iterable[int]) -> AsyncIterator[QueueEntry]:
        """Iterate the entries of those `ids` that exist, yielding to the event loop in between."""
        clock = asyncio.get_running_loop().time
        since = clock()
        for id in ids:
            entry = self._runner.entries.get(id)
            if entry is None:
                continue
            yield entry
            if clock() - since > _SLICE_S:
                await asyncio.sleep(0)
                since = clock()

    async def _queue_again(
        self, ids: Iterable[int], states: set[TransferState], conflict: Conflict | None = None
    ) -> int:
        queued, busy = 0, []
        async for entry in self._some(ids):
            if self._queue[entry.id].state not in states:
                continue
            if entry.task is None or entry.task.done():
                queued += self._queue_one(entry, states, conflict)
            else:
                busy.append(entry)
        for entry in busy:
            while entry.task is not None and not entry.task.done():
                await asyncio.wait([entry.task])  # it is still cleaning up
            queued += self._queue_one(entry, states, conflict)
        return queued

    def _queue_one(self, entry: QueueEntry, states: set[TransferState], conflict: Conflict | None) -> bool:
        if entry.id not in self._queue or self._queue[entry.id].state not in states:
            return False
        if conflict is not None:
            entry.job.conflict = conflict
            entry.request = recovery.with_policy(entry.request, conflict, entry.record)
        self._runner.apply(entry, Queued())
        self._runner.schedule()
        return True

    async def _give_up(self, ids: Iterable[int]) -> None:
        """Remove the partial data that failed transfers had kept."""
        async for entry in self._some(ids):
            if entry.is_kept and self._queue[entry.id].state is TransferState.FAILED:
                entry.is_kept = False
                await entry.job.discard()
                await self._runner.tidy(entry)

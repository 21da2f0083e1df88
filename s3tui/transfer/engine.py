"""The transfer queue: commands in, facts out, a snapshot for whoever looks.

Lives on one event loop, that of its clients. Every command is a coroutine to be awaited there;
`snapshot` may be called from any thread at any time.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from s3tui.s3.client import S3Client
from s3tui.transfer.dispatch import job_for
from s3tui.transfer.events import Cancelled, Event, Failed, Finished, Paused, Queued, Started
from s3tui.transfer.failures import explain, is_stray
from s3tui.transfer.jobs import Job
from s3tui.transfer.lanes import Lanes
from s3tui.transfer.models import Conflict, Direction, Limits, QueueSnapshot, State, Transfer
from s3tui.transfer.requests import (
    NO_OPTIONS,
    CopyObject,
    CopyPrefix,
    DownloadObject,
    DownloadPrefix,
    Request,
    UploadFile,
    UploadFolder,
    WriteOptions,
    describe,
)
from s3tui.transfer.state import is_legal, reduce
from s3tui.transfer.tally import Pace

DEFAULT_LIMITS = Limits(objects=16, parts=8)
_TICK_S = 0.1
"""Progress facts and snapshots come at most this often."""


@dataclass(slots=True)
class _Entry:
    transfer: Transfer
    job: Job
    pace: Pace = field(default_factory=Pace)
    task: asyncio.Task[None] | None = None


class TransferEngine:
    """Moves objects between S3 and the local disk.

    Args:
        client_for: gives the client of a connection, by name; the engine does not close it. What it
            raises becomes the error of the transfer that asked.
        limits: how much may happen at once; rows that run at once count like objects.
        on_finished: called in the event loop with each transfer that is done, failed or cancelled.
    """

    def __init__(
        self,
        client_for: Callable[[str], Awaitable[S3Client]],
        *,
        limits: Limits = DEFAULT_LIMITS,
        on_finished: Callable[[Transfer], None] | None = None,
    ) -> None:
        self._client_for = client_for
        self._lanes = Lanes(limits.objects, limits.parts)
        self._on_finished = on_finished
        self._entries: dict[int, _Entry] = {}
        self._waiting: deque[_Entry] = deque()
        self._active: set[int] = set()
        self._counts: Counter[State] = Counter()
        self._last_id = 0
        self._ticker: asyncio.Task[None] | None = None
        self._publishing: asyncio.TimerHandle | None = None
        self._snapshot = QueueSnapshot()

    def snapshot(self) -> QueueSnapshot:
        """Return the queue as it was at most a tenth of a second ago; of commands, it knows at once."""
        return self._snapshot

    async def add(self, request: Request, *, priority: int = 0) -> int:
        """Queue what is asked for; return the transfer's id."""
        self._last_id += 1
        job, said = job_for(request, self._client_for), describe(request)
        tally = job.tally
        transfer = Transfer(
            self._last_id,
            request.connection,
            said.direction,
            said.name,
            said.source,
            said.target,
            objects_total=tally.objects_total,
            bytes_total=tally.bytes_total,
            listing_done=tally.listing_done,
            priority=priority,
        )
        entry = _Entry(transfer, job)
        self._entries[transfer.id] = entry
        self._counts[transfer.state] += 1
        self._waiting.append(entry)
        self._schedule()
        self._publish()
        return transfer.id

    async def download(
        self,
        connection: str,
        bucket: str,
        key: str,
        target: Path,
        *,
        conflict: Conflict = Conflict.FAIL,
        version_id: str | None = None,
    ) -> int:
        """Queue an object for download to the file `target`."""
        return await self.add(
            DownloadObject(connection, bucket, key, _absolute(target), conflict, version_id)
        )

    async def download_prefix(
        self,
        connection: str,
        bucket: str,
        prefix: str,
        target_dir: Path,
        *,
        conflict: Conflict = Conflict.SKIP,
    ) -> int:
        """Queue everything under `prefix`; what follows its last `/` is the path below `target_dir`."""
        return await self.add(DownloadPrefix(connection, bucket, prefix, _absolute(target_dir), conflict))

    async def upload(
        self,
        connection: str,
        source: Path,
        bucket: str,
        key: str,
        *,
        conflict: Conflict = Conflict.FAIL,
        options: WriteOptions = NO_OPTIONS,
    ) -> int:
        """Queue the file `source` for upload; its content type is guessed from its name unless given."""
        return await self.add(UploadFile(connection, _absolute(source), bucket, key, conflict, options))

    async def upload_folder(
        self,
        connection: str,
        source_dir: Path,
        bucket: str,
        prefix: str,
        *,
        conflict: Conflict = Conflict.SKIP,
        options: WriteOptions = NO_OPTIONS,
        follow_links: bool = False,
    ) -> int:
        """Queue every file below `source_dir`; keys are `prefix` followed by the path below it.

        The prefix is taken as a folder: a `/` is added where it has none.
        """
        if prefix and not prefix.endswith("/"):
            prefix += "/"
        return await self.add(
            UploadFolder(connection, _absolute(source_dir), bucket, prefix, conflict, options, follow_links)
        )

    async def copy(
        self,
        connection: str,
        bucket: str,
        key: str,
        to_bucket: str,
        to_key: str,
        *,
        to_connection: str = "",
        conflict: Conflict = Conflict.FAIL,
        version_id: str | None = None,
        options: WriteOptions = NO_OPTIONS,
    ) -> int:
        """Queue a copy of an object: inside S3, or through this machine to `to_connection`.

        What describes the source is kept, apart from what `options` say otherwise; its storage class,
        encryption, ACL and lock are not.
        """
        return await self.add(
            CopyObject(
                connection, bucket, key, to_bucket, to_key, to_connection, conflict, version_id, options
            )
        )

    async def copy_prefix(
        self,
        connection: str,
        bucket: str,
        prefix: str,
        to_bucket: str,
        to_prefix: str,
        *,
        to_connection: str = "",
        conflict: Conflict = Conflict.SKIP,
        options: WriteOptions = NO_OPTIONS,
    ) -> int:
        """Queue copies of everything under `prefix`; what follows its last `/` follows `to_prefix`."""
        return await self.add(
            CopyPrefix(connection, bucket, prefix, to_bucket, to_prefix, to_connection, conflict, options)
        )

    async def cancel(self, id: int) -> bool:
        """Stop a transfer for good, and return when nothing half-written is left of it.

        Returns: whether it was one that can be cancelled; so do the following commands.
        """
        entry = self._entries.get(id)
        if entry is None or not self._apply(entry, Cancelled(_now())):
            return False
        self._publish()
        # In a task of its own: who asked may lose interest, the tidying goes on.
        entry.task = asyncio.create_task(_wind_up(entry.job, entry.task), name=f"end of transfer {id}")
        await asyncio.shield(entry.task)
        return True

    async def pause(self, id: int) -> bool:
        """Stop the requests of a transfer, or keep it from starting; what was moved is kept."""
        entry = self._entries.get(id)
        if entry is None or not self._apply(entry, Paused()):
            return False
        self._publish()
        await _stop(entry.task)
        return True

    async def resume(self, id: int) -> bool:
        """Put a paused transfer back into the queue, at its end."""
        return await self._queue_again(id, {State.PAUSED})

    async def retry(self, id: int, *, conflict: Conflict | None = None) -> bool:
        """Queue a failed or cancelled transfer again, if wanted with another policy.

        Of a prefix or folder, the objects that are done stay done.
        """
        entry = self._entries.get(id)
        if entry is not None and conflict is not None and entry.transfer.state.is_final:
            entry.job.conflict = conflict
        return await self._queue_again(id, {State.FAILED, State.CANCELLED})

    async def clear_finished(self) -> None:
        """Forget every transfer that is done, failed or cancelled."""
        for id, entry in list(self._entries.items()):
            if entry.transfer.state.is_final:
                self._counts[entry.transfer.state] -= 1
                del self._entries[id]
        self._publish()

    async def aclose(self) -> None:
        """Cancel everything; returns when nothing half-written is left."""
        self._on_finished = None
        open_ids = [id for id, entry in self._entries.items() if not entry.transfer.state.is_final]
        await asyncio.gather(*map(self.cancel, open_ids))
        tasks = [entry.task for entry in self._entries.values() if entry.task is not None]
        if tasks:
            await asyncio.wait(tasks)
        if self._ticker is not None:
            await self._ticker
        self._publish()

    async def _queue_again(self, id: int, states: set[State]) -> bool:
        entry = self._entries.get(id)
        if entry is None or entry.transfer.state not in states:
            return False
        if entry.task is not None:
            await asyncio.wait([entry.task])  # it may still be tidying up
        if not self._apply(entry, Queued()):
            return False
        self._waiting.append(entry)
        self._schedule()
        self._publish()
        return True

    def _schedule(self) -> None:
        """Start what waits, as long as there is room."""
        while self._waiting and len(self._active) < self._lanes.object_count:
            entry = self._waiting.popleft()
            if entry.transfer.state is State.WAITING and entry.transfer.id not in self._active:
                self._start(entry)
        if self._active and self._ticker is None:
            self._ticker = asyncio.create_task(self._tick(), name="transfer progress")

    def _start(self, entry: _Entry) -> None:
        id = entry.transfer.id
        self._active.add(id)
        entry.pace.start(asyncio.get_running_loop().time(), entry.job.tally.bytes_done)
        self._apply(entry, Started(_now()))
        entry.task = asyncio.create_task(self._run(entry), name=f"transfer {id}")
        entry.task.add_done_callback(lambda task: self._ended(id))

    def _ended(self, id: int) -> None:
        self._active.discard(id)
        self._schedule()

    async def _run(self, entry: _Entry) -> None:
        job = entry.job
        try:
            client = await self._client_for(entry.transfer.connection)
            target = await job.run(client, self._lanes)
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and not is_stray(error):
                raise
            await job.discard()
            self._apply(entry, job.tally.fact(0.0))
            self._apply(entry, Failed(_now(), *explain(error)))
        else:
            self._apply(entry, job.tally.fact(0.0))
            self._apply(entry, Finished(_now(), target))

    async def _tick(self) -> None:
        clock = asyncio.get_running_loop().time
        while self._active:
            await asyncio.sleep(_TICK_S)
            for id in self._active:
                entry = self._entries.get(id)
                if entry is not None:
                    entry.pace.update(clock(), entry.job.tally.bytes_done)
                    self._apply(entry, entry.job.tally.fact(entry.pace.bps))
        self._ticker = None

    def _apply(self, entry: _Entry, event: Event) -> bool:
        """Let `event` happen; return whether it could."""
        before = entry.transfer
        if not is_legal(before.state, type(event)):
            return False
        entry.transfer = reduce(before, event)
        if entry.transfer.state is not before.state:
            self._counts[before.state] -= 1
            self._counts[entry.transfer.state] += 1
            if entry.transfer.state.is_final and self._on_finished is not None:
                self._on_finished(entry.transfer)
        if self._publishing is None and entry.transfer != before:
            self._publishing = asyncio.get_running_loop().call_later(_TICK_S / 2, self._publish)
        return True

    def _publish(self) -> None:
        if self._publishing is not None:
            self._publishing.cancel()
            self._publishing = None
        running = [self._entries[id].transfer for id in self._active if id in self._entries]
        bps = {
            direction: sum(transfer.rate_bps for transfer in running if transfer.direction is direction)
            for direction in Direction
        }
        etas = [transfer.eta_s for transfer in running]
        self._snapshot = QueueSnapshot(
            version=self._snapshot.version + 1,
            transfers=tuple([entry.transfer for entry in self._entries.values()]),
            running=self._counts[State.RUNNING],
            waiting=self._counts[State.WAITING],
            paused=self._counts[State.PAUSED],
            failed=self._counts[State.FAILED],
            done=self._counts[State.DONE],
            down_bps=bps[Direction.DOWNLOAD],
            up_bps=bps[Direction.UPLOAD],
            eta_s=max((eta for eta in etas if eta is not None), default=None) if None not in etas else None,
        )


def _absolute(path: Path) -> Path:
    return path.absolute()


async def _stop(task: asyncio.Task[None] | None) -> None:
    """Cancel `task`, and wait until it is over."""
    if task is not None and not task.done():
        task.cancel()
        await asyncio.wait([task])


async def _wind_up(job: Job, task: asyncio.Task[None] | None) -> None:
    await _stop(task)
    await job.discard()


def _now() -> datetime:
    return datetime.now(UTC)

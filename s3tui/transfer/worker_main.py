"""A worker process, which moves small objects for an engine: `python -m s3tui.transfer.worker_main FD`.

It lives as long as the other end of the socket `FD` does, and exits at once when that is gone: what it was
moving is then left to the engine that takes the transfer over.
"""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from s3tui.s3.client import S3Client
from s3tui.s3.retries import RetryQuota, RetryQuotas
from s3tui.s3.sending.request_log import Exchange
from s3tui.s3.sending.sender import Fact
from s3tui.transfer.download.object_download import ObjectDownload
from s3tui.transfer.errors import concerns_everything, describe_failure, is_foreign_cancellation, is_outage
from s3tui.transfer.integrity.part_plan import SMALL
from s3tui.transfer.jobs.job import ObjectTransfer
from s3tui.transfer.journal.record import TransferRecord
from s3tui.transfer.models import Limits
from s3tui.transfer.resources import Resources
from s3tui.transfer.scheduling.progress import Counters, ProgressMeter
from s3tui.transfer.target.conflict_policy import Undecided
from s3tui.transfer.upload.object_upload import ObjectUpload
from s3tui.transfer.workers.ipc import BatchEnded, Cancel, Channel, Do, Ended, Heard, Ready, UseClient
from s3tui.transfer.workers.work_items import DownloadItem, ItemDone, ItemFailed, Outcome, WorkItem

_NICENESS = 10
"""The process that reacts to keys goes first."""
_QUOTA = RetryQuota.CAPACITY // 4
"""A share of each endpoint's retries, beside that of the engine's own process."""


async def run(work_item: WorkItem, client: S3Client, resources: Resources) -> Outcome | None:
    """Move one small object; return `None` when the engine's own process should do it.

    Raises: the error of an outage: the engine waits for its end.
    """
    counters = Counters()
    transfer = await _transfer(work_item, ProgressMeter(counters, work_item.size), resources)
    if transfer is None:
        return None
    try:
        where = await transfer.run(client, resources)
    except BaseException as error:
        await transfer.discard()
        if isinstance(error, asyncio.CancelledError) and not is_foreign_cancellation(error):
            raise
        if is_outage(error):
            raise
        return (
            None
            if isinstance(error, Undecided)
            else ItemFailed(*describe_failure(error), concerns_everything(error))
        )
    return ItemDone(
        where,
        counters.bytes_done,
        counters.bytes_total or 0,
        counters.skipped,
        counters.notice,
        counters.unproven,
    )


async def _transfer(work_item: WorkItem, meter: ProgressMeter, resources: Resources) -> ObjectTransfer | None:
    """Return the transfer of a work item; `None`, when the file is too large to be moved without a record."""
    if isinstance(work_item, DownloadItem):
        return ObjectDownload(
            work_item.bucket,
            work_item.key,
            Path(work_item.root),
            Path(work_item.root, work_item.path),
            meter,
            conflict=work_item.conflict,
            version_id=work_item.version_id,
            size=work_item.size,
            object_record=TransferRecord(uid=work_item.uid).object_record(work_item.key),
        )
    with suppress(OSError):  # met again in a moment
        if (await resources.batched_calls.run(os.stat, work_item.source)).st_size > SMALL:
            return None
    return ObjectUpload(
        Path(work_item.source),
        work_item.bucket,
        work_item.key,
        meter,
        conflict=work_item.conflict,
        options=work_item.options,
        follow_links=work_item.follow_links,
    )


@dataclass(slots=True)
class _RunningBatch:
    id: int
    client: S3Client
    left: int
    running: set[asyncio.Task[None]] = field(default_factory=set)


class Server:
    """Runs the engine's work items: as many at once as there are batches that are not over.

    They are taken in order from all batches: one that takes long holds up only itself.
    """

    def __init__(self) -> None:
        self._channel = Channel(self._take, lambda: os._exit(0))
        self._resources = Resources(Limits())
        self._clients: dict[int, S3Client] = {}
        self._quotas = RetryQuotas(_QUOTA)
        self._waiting: deque[tuple[_RunningBatch, int, WorkItem]] = deque()
        self._works: dict[int, _RunningBatch] = {}
        self._workers = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, end: socket.socket) -> None:
        await asyncio.get_running_loop().create_connection(lambda: self._channel, sock=end)
        self._channel.send(Ready())
        await asyncio.Event().wait()

    def _take(self, message: UseClient | Do | Cancel) -> None:
        match message:
            case Do():
                self._begin(message)
            case Cancel(id) if id in self._works:
                work = self._works[id]
                self._stop(work)
                for task in work.running:
                    task.cancel()
            case UseClient():
                # What is under way with an earlier client goes on; its connections close when they are idle.
                tell = partial(self._tell, message.id, message.config.is_observed)
                quota = self._quotas.of(message.config.endpoint)
                self._clients[message.id] = S3Client.from_config(message.config, observer=tell, quota=quota)

    def _begin(self, asked: Do) -> None:
        work = _RunningBatch(asked.id, self._clients[asked.client], len(asked.work_items))
        self._works[work.id] = work
        self._waiting.extend((work, place, work_item) for place, work_item in enumerate(asked.work_items))
        self._workers += 1
        worker = asyncio.create_task(self._run_work_items())
        self._tasks.add(worker)
        worker.add_done_callback(self._tasks.discard)

    async def _run_work_items(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        while self._waiting and self._workers <= len(self._works):
            work, place, work_item = self._waiting.popleft()
            work.running.add(task)
            try:
                await self._run_one(work, place, work_item)
            except asyncio.CancelledError:  # that work item, not this task
                task.uncancel()
            except Exception:  # the engine meets it again
                self._stop(work)
            finally:
                work.running.discard(task)
                work.left -= 1
                self._conclude(work)
        self._workers -= 1

    async def _run_one(self, work: _RunningBatch, place: int, work_item: WorkItem) -> None:
        outcome = await run(work_item, work.client, self._resources)
        if outcome is not None:
            self._channel.send(Ended(work.id, place, outcome))
        if isinstance(outcome, ItemFailed) and outcome.concerns_everything:
            self._stop(work)

    def _stop(self, work: _RunningBatch) -> None:
        """Drop the items of a batch that have not begun."""
        kept = [each for each in self._waiting if each[0] is not work]
        work.left -= len(self._waiting) - len(kept)
        self._waiting = deque(kept)
        self._conclude(work)

    def _conclude(self, work: _RunningBatch) -> None:
        if not work.left and work.id in self._works:
            del self._works[work.id]
            self._channel.send(BatchEnded(work.id))

    def _tell(self, client: int, is_observed: bool, fact: Fact) -> None:
        if not isinstance(fact, Exchange):
            self._channel.send(Heard(client, fact))
        elif is_observed:
            self._channel.send(Heard(client, fact.portable()))


def main() -> None:
    gc.freeze()  # imports are not scanned any more: frequent collections then cost little, and save memory
    gc.set_threshold(5000, 10, 10)
    os.nice(_NICENESS)
    asyncio.run(Server().serve(socket.socket(fileno=int(sys.argv[1]))))


if __name__ == "__main__":
    main()

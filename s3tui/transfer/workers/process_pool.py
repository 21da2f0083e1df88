"""A pool of worker processes that move small objects, for what a small object costs is the interpreter.

They are started when a transfer has enough objects to be worth it, and end a minute after the last one. The
least busy one gets the next batch. Nothing depends on them: what they leave undone is done in this process.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from weakref import WeakKeyDictionary, ref

from s3tui.s3.client import S3Client
from s3tui.s3.errors import CredentialsError
from s3tui.s3.sending.client_config import ClientConfig
from s3tui.transfer.threads import in_thread, see_through
from s3tui.transfer.workers.ipc import (
    BatchEnded,
    Cancel,
    Channel,
    Do,
    Ended,
    FromProcess,
    Heard,
    Ready,
    UseClient,
)
from s3tui.transfer.workers.work_items import Outcome, WorkItem

WORTH_IT = 3000
"""With fewer small objects left, a process that has to start would be ready when all is over."""
_MOST = 3
READY_S = 60.0
"""A process that is not ready by then hangs; a busy machine takes seconds."""
_IDLE_S = 60.0
_END_S = 2.0
_LOSSES = 3
"""After so many processes died underway, no more are started."""


def spare_processors() -> int:
    """Return how many processes are of use beside this one."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return workers_for(usable)


def workers_for(processors: int) -> int:
    """Return how many worker processes so many processors bear beside this one. Pure."""
    return min(_MOST, max(0, processors - 1))


class WorkerPool:
    """Runs work items in other processes; lives on one event loop.

    Args:
        count: how many processes at most; with none, everything is done in this one.
        kept_open: descriptors that each of them holds while it lives.
    """

    def __init__(self, count: int, *, kept_open: Sequence[int] = ()) -> None:
        self._count = count
        self._kept_open = tuple(kept_open)
        self._members: list[_Member] = []
        self._here = 0
        self._last_id = 0
        self._losses = 0
        self._idle: asyncio.TimerHandle | None = None
        self._living: set[asyncio.Future[None]] = set()

    def prepare(self) -> None:
        """Start the processes that do not run; each takes work items once it is ready."""
        while len(self._members) < self._count:
            try:
                member = _Member(self._kept_open, self._on_lost)
            except OSError:  # no more processes, or descriptors, for us
                self._count = len(self._members)
                break
            self._members.append(member)
            self._living.add(member.gone)
            member.gone.add_done_callback(self._living.discard)
        self._rest_later()

    async def ready(self) -> None:
        """Wait until those that were started are ready, or lost; one that is neither in time is ended."""
        waiting = [asyncio.ensure_future(member.settled.wait()) for member in self._members]
        if not waiting:
            return
        try:
            await asyncio.wait(waiting, timeout=READY_S)
        finally:
            for wait in waiting:
                wait.cancel()
        for member in tuple(self._members):
            if not member.settled.is_set():
                self._count -= 1  # the next one would take as long
                member.close()

    @contextmanager
    def here(self) -> Iterator[None]:
        """Count one object that is being moved in this process while this lasts."""
        self._here += 1
        try:
            yield
        finally:
            self._here -= 1

    def has_room(self) -> bool:
        """Say whether a worker should move what is next: a single one shares it with this process."""
        ready = [member for member in self._members if member.is_ready]
        return len(ready) > 1 or any(member.load <= self._here for member in ready)

    async def run(
        self, work_items: Sequence[WorkItem], client: S3Client, ended: Callable[[int, Outcome], None]
    ) -> None:
        """Have a batch of work items run by the least busy process, which may leave any of them undone.

        Returns, also when cancelled, once nothing is moving any more. Items that did not end left nothing
        behind, unless the process died.

        Args:
            ended: called in the event loop with the place and the outcome of each that is over.
        """
        config = None
        with suppress(CredentialsError):  # the next request meets it
            config = await client.config()
        ready = [member for member in self._members if member.is_ready]
        if config is not None and ready:
            self._last_id += 1
            work = _SentBatch(work_items, ended)
            await min(ready, key=_load).run(self._last_id, work, client, config)

    async def aclose(self) -> None:
        """End all processes, whatever they are doing."""
        self._count = 0
        self._rest()
        if self._idle is not None:
            self._idle.cancel()
        if self._living:
            await asyncio.wait(self._living)

    def _rest_later(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(_IDLE_S, self._rest_if_idle)

    def _rest_if_idle(self) -> None:
        if any(member.load or member.is_used for member in self._members):
            for member in self._members:
                member.is_used = False
            self._rest_later()
        else:
            self._rest()

    def _rest(self) -> None:
        for member in self._members:
            member.close()

    def _on_lost(self, member: _Member) -> None:
        self._members.remove(member)
        if not member.is_closed:
            self._losses += 1
            if not member.is_ready or self._losses >= _LOSSES:
                self._count = 0


class _SentBatch:
    """A batch of work items that one process was given, and the future of its end."""

    def __init__(self, work_items: Sequence[WorkItem], ended: Callable[[int, Outcome], None]) -> None:
        self.work_items = work_items
        self.ended = ended
        self.is_over = asyncio.get_running_loop().create_future()


class _Member:
    """One worker process, as the engine sees it."""

    def __init__(self, kept_open: tuple[int, ...], on_lost: Callable[[_Member], None]) -> None:
        self.is_ready = self.is_used = self.is_closed = False
        self._on_lost = on_lost
        self._works: dict[int, _SentBatch] = {}
        self._told: dict[int, ref[S3Client]] = {}
        self._clients: WeakKeyDictionary[S3Client, tuple[int, ClientConfig]] = WeakKeyDictionary()
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "s3tui.transfer.worker_main", str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(), *kept_open),
                    process_group=0,  # Ctrl-C is for us; another session would be scheduled apart from us
                )
            except BaseException:
                ours.close()
                raise
        self._channel = Channel(self._take, self._lose)
        self._lost = asyncio.Event()
        self.settled = asyncio.Event()
        """It is ready, or was lost."""
        self.gone = asyncio.create_task(self._live(ours), name="worker process")

    @property
    def load(self) -> int:
        return len(self._works)

    async def run(self, id: int, work: _SentBatch, client: S3Client, config: ClientConfig) -> None:
        self._works[id] = work
        self.is_used = True
        self._channel.send(Do(id, self._client(client, config), work.work_items))
        try:
            await asyncio.shield(work.is_over)
        except asyncio.CancelledError:
            self._channel.send(Cancel(id))
            await see_through(asyncio.wait([work.is_over]))
            raise

    def close(self) -> None:
        """Let it end: it exits when the channel is closed, once it has started."""
        if not self.is_ready:
            self._process.kill()  # it has nothing to do yet
        self.is_closed, self.is_ready = True, False
        self._channel.close()

    async def _live(self, ours: socket.socket) -> None:
        """Open the channel, and return when the process is gone."""
        await asyncio.get_running_loop().create_connection(lambda: self._channel, sock=ours)
        await self._lost.wait()
        await in_thread(self._see_it_end)

    def _see_it_end(self) -> None:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S)
            return
        self._process.kill()
        self._process.wait()

    def _client(self, client: S3Client, config: ClientConfig) -> int:
        """Return the client's number in that process, which is sent a new configuration first."""
        known = self._clients.get(client)
        if known is not None and known[1] is config:
            return known[0]
        id = known[0] if known else len(self._told) + 1
        self._told[id] = ref(client)
        self._clients[client] = id, config
        self._channel.send(UseClient(id, config))
        return id

    def _take(self, message: FromProcess) -> None:
        match message:
            case Ended():
                self._works[message.id].ended(message.place, message.outcome)
            case BatchEnded():
                self._works.pop(message.id).is_over.set_result(None)
            case Heard():
                client = self._told[message.client]()
                if client is not None:
                    client.heard(message.fact)
            case Ready():
                self.is_ready = not self.is_closed
                self.settled.set()

    def _lose(self) -> None:
        self._on_lost(self)
        self.is_ready = False
        for work in self._works.values():
            work.is_over.set_result(None)
        self._works.clear()
        self._lost.set()
        self.settled.set()


def _load(member: _Member) -> int:
    return member.load

"""Many small pieces of blocking work, done together: one trip to a thread for all that wait.

A trip costs more than writing a small file does: two threads that hand the interpreter lock to and fro
for each system call. So what comes while a thread is busy waits, and goes with the next trip.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from s3tui.transfer.threads import see_through

P = ParamSpec("P")
T = TypeVar("T")

_MOST = 64
"""Pieces of work that one trip takes."""
_THREADS = 4
"""Trips at once: a disk that is slow to say `safe` is asked for several files at a time."""


class _ThreadBatch(threading.local):
    """What this thread does once for many files; `None` outside of a trip."""

    made: set[tuple[Path, str]] | None = None
    unsynced: set[Path] | None = None


thread_batch = _ThreadBatch()


@contextmanager
def sync_batch() -> Iterator[None]:
    """Do once, in this thread, what many small files have in common.

    A folder is made and looked at for the first file in it; it is written to the disk, with the names of
    all of them, at the end: none of them is safe before.
    """
    thread_batch.made, thread_batch.unsynced = set(), set()
    try:
        yield
    finally:
        folders, thread_batch.made, thread_batch.unsynced = thread_batch.unsynced, None, None
        for folder in folders:
            sync_folder(folder)


def sync_folder(folder: Path) -> None:
    if thread_batch.unsynced is not None:
        thread_batch.unsynced.add(folder)
        return
    with suppress(OSError):  # not every file system can; the file itself is safe
        fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


class BatchedCalls:
    """Runs small blocking calls in threads, several a trip; lives on one event loop."""

    def __init__(self) -> None:
        self._pending: deque[tuple[Callable[[], Any], asyncio.Future[Any]]] = deque()
        self._busy = 0

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Like `disk.in_thread`: who is cancelled first waits until the call is over."""
        outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._pending.append((partial(function, *args, **kwargs), outcome))
        if not self._busy or (self._busy < _THREADS and len(self._pending) >= _MOST):
            self._depart()
        return await see_through(outcome)

    def _depart(self) -> None:
        count = min(_MOST, len(self._pending))
        batch = [self._pending.popleft() for _ in range(count)]
        self._busy += 1
        sync_batch = asyncio.get_running_loop().run_in_executor(None, _do, [work for work, _ in batch])
        sync_batch.add_done_callback(partial(self._arrive, [outcome for _, outcome in batch]))

    def _arrive(
        self,
        outcomes: list[asyncio.Future[Any]],
        sync_batch: asyncio.Future[list[tuple[Any, Exception | None]]],
    ) -> None:
        self._busy -= 1
        if self._pending:
            self._depart()
        for outcome, (value, error) in zip(outcomes, sync_batch.result(), strict=True):
            if outcome.cancelled():
                continue
            if error is None:
                outcome.set_result(value)
            else:
                outcome.set_exception(error)


def _do(works: list[Callable[[], Any]]) -> list[tuple[Any, Exception | None]]:
    outcomes: list[tuple[Any, Exception | None]] = []
    with sync_batch():
        for work in works:
            try:
                outcomes.append((work(), None))
            except Exception as error:
                outcomes.append((None, error))
    return outcomes

"""Batches small blocking calls into one submission to a thread for all that wait.

A submission costs more than writing a small file does: two threads hand the interpreter lock to and fro
for each system call. So calls that come while a thread is busy wait, and go with the next submission.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from s3tui import disk
from s3tui.transfer.threads import see_through

P = ParamSpec("P")
T = TypeVar("T")

_MOST = 64
"""Calls in one submission."""
_THREADS = 4
"""Submissions at once: a disk that is slow to sync is asked for several files at a time."""


class _ThreadBatch(threading.local):
    """The folders that this thread made and has to sync in its batch; `None` outside of one."""

    made: set[tuple[Path, str]] | None = None
    unsynced: set[Path] | None = None


thread_batch = _ThreadBatch()


@contextmanager
def sync_batch() -> Iterator[None]:
    """Share, in this thread, the work that small files in the same folders have in common.

    A folder is made and checked for the first file in it; it is synced to the disk, with the names of all
    of them, at the end: none of them is safe before.
    """
    thread_batch.made, thread_batch.unsynced = set(), set()
    try:
        yield
    finally:
        folders, thread_batch.made, thread_batch.unsynced = thread_batch.unsynced, None, None
        for folder in folders:
            sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Sync the names in a folder to the disk; within a `sync_batch`, at its end."""
    if thread_batch.unsynced is not None:
        thread_batch.unsynced.add(folder)
        return
    disk.sync_folder(folder)


class BatchedCalls:
    """Runs small blocking calls in threads, several in a submission; lives on one event loop."""

    def __init__(self) -> None:
        self._pending: deque[tuple[Callable[[], Any], asyncio.Future[Any]]] = deque()
        self._busy = 0

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function` in a thread; as with `in_thread`, a cancelled caller waits until it is over."""
        outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._pending.append((partial(function, *args, **kwargs), outcome))
        if not self._busy or (self._busy < _THREADS and len(self._pending) >= _MOST):
            self._submit()
        return await see_through(outcome)

    def _submit(self) -> None:
        count = min(_MOST, len(self._pending))
        batch = [self._pending.popleft() for _ in range(count)]
        self._busy += 1
        submitted = asyncio.get_running_loop().run_in_executor(None, _run_all, [call for call, _ in batch])
        submitted.add_done_callback(partial(self._settle, [outcome for _, outcome in batch]))

    def _settle(
        self,
        outcomes: list[asyncio.Future[Any]],
        submitted: asyncio.Future[list[tuple[Any, Exception | None]]],
    ) -> None:
        self._busy -= 1
        if self._pending:
            self._submit()
        for outcome, (value, error) in zip(outcomes, submitted.result(), strict=True):
            if outcome.cancelled():
                continue
            if error is None:
                outcome.set_result(value)
            else:
                outcome.set_exception(error)


def _run_all(calls: list[Callable[[], Any]]) -> list[tuple[Any, Exception | None]]:
    outcomes: list[tuple[Any, Exception | None]] = []
    with sync_batch():
        for call in calls:
            try:
                outcomes.append((call(), None))
            except Exception as error:
                outcomes.append((None, error))
    return outcomes

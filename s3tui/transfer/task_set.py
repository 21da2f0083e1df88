"""Task sets: tasks that end together, without losing a cancellation."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class TaskSet:
    """Runs tasks until all are over; the first one that fails, or a cancellation, cancels the others.

    An `asyncio.TaskGroup` of Python before 3.13 raises the failure where it is cancelled meanwhile: whoever
    paused a transfer while its server failed would wait for it for ever. It also leaves its own
    cancellation behind, by which nobody could tell a foreign one any more. Source: CPython issue 116720.
    """

    def __init__(self) -> None:
        self.is_ending = False
        """No task may be started any more."""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._failure: BaseException | None = None
        self._over = asyncio.Event()

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def join(self) -> None:
        """Wait until all are over, also those that were started meanwhile.

        Raises: CancelledError, whenever it was cancelled; else the first failure.
        """
        cancelled: asyncio.CancelledError | None = None
        while self._tasks:
            self._over.clear()
            try:
                await self._over.wait()
            except asyncio.CancelledError as error:
                cancelled = error
                self._end()
        if cancelled is not None:
            raise cancelled
        if self._failure is not None:
            raise self._failure

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and self._failure is None:
            self._failure = error
            self._end()
        if not self._tasks:
            self._over.set()

    def _end(self) -> None:
        if not self.is_ending:
            self.is_ending = True
            for task in self._tasks:
                task.cancel()

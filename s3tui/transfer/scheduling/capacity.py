"""A limiter of concurrency, whose limit may change meanwhile, and worker tasks that use it up."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from types import TracebackType

from s3tui.transfer.task_set import TaskSet


class ConcurrencyLimiter:
    """A semaphore whose limit may change meanwhile; first come, first served.

    Lowering the limit interrupts nobody: holders leave when they are done. Lives on one event loop.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.inside = 0
        self.on_raise: set[Callable[[], None]] = set()
        """Called when the limit was raised."""
        self._waiters: deque[asyncio.Future[None]] = deque()

    @property
    def is_full(self) -> bool:
        return self.inside >= self.limit

    def set_limit(self, limit: int) -> None:
        before, self.limit = self.limit, limit
        self._let_in()
        if limit > before:
            for tell in list(self.on_raise):
                tell()

    async def __aenter__(self) -> None:
        if not self.is_full and not self._waiters:
            self.inside += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiters.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()  # let in at the moment it gave up
            else:
                with suppress(ValueError):  # passed over already
                    self._waiters.remove(turn)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        self.inside -= 1
        self._let_in()

    def _let_in(self) -> None:
        while self._waiters and not self.is_full:
            turn = self._waiters.popleft()
            if not turn.done():
                self.inside += 1
                turn.set_result(None)


async def run_workers(
    limiter: ConcurrencyLimiter, work: Callable[[], Coroutine[None, None, None]], *, most: int | None = None
) -> None:
    """Run `work` in as many tasks as `limiter` has room for, and in more when it gets more; until all return.

    `work` takes one thing after the other, passing the limiter for each, and returns when nothing is left.

    Args:
        most: never more tasks than that.
    """
    started, is_over, workers = 0, False, TaskSet()

    async def worker() -> None:
        nonlocal is_over
        try:
            await work()
        finally:
            is_over = True

    def start_workers() -> None:
        nonlocal started
        may_start = not (is_over or workers.is_ending)
        while may_start and started < limiter.limit and (most is None or started < most):
            workers.start(worker())
            started += 1

    start_workers()
    limiter.on_raise.add(start_workers)
    try:
        await workers.join()
    finally:
        limiter.on_raise.discard(start_workers)

"""How much happens at once, over all transfers; shared by everything that moves bytes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from types import TracebackType

from s3tui.transfer.download.batched_writes import Together
from s3tui.transfer.models import Limits
from s3tui.transfer.scheduling.adaptive_limit import Adaptive
from s3tui.transfer.scheduling.rate_limiter import Throttle
from s3tui.transfer.workers.process_pool import Processes

_START_OBJECTS = 32
_START_PARTS = 3
"""On a fast way more are slower, where one process decrypts; on a long one there are soon more."""
_FEW = 4
_RATE_OF_ONE = 1024 * 1024
"""Bytes a second that are worth another connection."""


class Gate:
    """Lets so many in at once, in the order of their coming. The limit may change meanwhile.

    Lowered, it throws nobody out: who is in leaves when done. Lives on one event loop.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.inside = 0
        self.on_raise: set[Callable[[], None]] = set()
        """Called when there is more room than before."""
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


class Lanes:
    """Room for so many objects, and for so many parts of large ones, and a rate for all that moves.

    Args:
        processes: what moves small objects beside this process.
    """

    def __init__(self, limits: Limits, processes: Processes | None = None) -> None:
        self.limits = limits
        self.processes = processes or Processes(0)
        self.throttle = Throttle(limits.rate_bps)
        self.together = Together()
        objects, parts = _ceilings(limits)
        self._objects = Adaptive(objects, start=_START_OBJECTS)
        self._parts = Adaptive(parts, start=_START_PARTS)
        self.objects = Gate(self._objects.level)
        self.parts = Gate(self._parts.level)

    def set_limits(self, limits: Limits) -> None:
        """At once, also for what is under way."""
        self.limits = limits
        self.throttle.set_rate(limits.rate_bps)
        objects, parts = _ceilings(limits)
        self._objects.set_ceiling(objects)
        self._parts.set_ceiling(parts)
        self._set_gates()

    def adapt(self, now: float, work: float, *, slow_downs: int) -> None:
        """Let more or fewer in, after what was moved until `now`; to be called several times a second.

        Args:
            work: what was moved since the beginning, in any unit.
            slow_downs: how often servers asked for fewer requests since the last call.
        """
        for adaptive, gate in ((self._objects, self.objects), (self._parts, self.parts)):
            if slow_downs:
                adaptive.slow_down(now)
            adaptive.update(now, work, is_full=gate.is_full)
        self._set_gates()

    def _set_gates(self) -> None:
        self.objects.set_limit(self._objects.level)
        self.parts.set_limit(self._parts.level)


def _ceilings(limits: Limits) -> tuple[int, int]:
    """Return how many objects and parts are worth it: with a low rate, many would starve one another."""
    if limits.rate_bps is None:
        return limits.objects, limits.parts
    worth = max(_FEW, limits.rate_bps // _RATE_OF_ONE)
    return min(limits.objects, worth), min(limits.parts, worth)


async def crew(
    gate: Gate, work: Callable[[], Coroutine[None, None, None]], *, most: int | None = None
) -> None:
    """Run `work` in as many tasks as `gate` has room for, and in more when it gets more; until all return.

    `work` takes one thing after the other, passing the gate for each, and returns when nothing is left.

    Args:
        most: never more tasks than that.
    """
    hired, is_over = 0, False

    async def worker() -> None:
        nonlocal is_over
        try:
            await work()
        finally:
            is_over = True

    def hire() -> None:
        nonlocal hired
        while not is_over and hired < gate.limit and (most is None or hired < most):
            job = worker()
            try:
                group.create_task(job)
            except RuntimeError:  # it is being cancelled this instant
                job.close()
                return
            hired += 1

    try:
        async with asyncio.TaskGroup() as group:
            hire()
            gate.on_raise.add(hire)
    finally:
        gate.on_raise.discard(hire)

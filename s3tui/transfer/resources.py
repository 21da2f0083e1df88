"""The resources that all transfers share: concurrency limits, a rate limit, threads, worker processes."""

from __future__ import annotations

from time import monotonic

from s3tui.transfer.batched_calls import BatchedCalls
from s3tui.transfer.models import Limits
from s3tui.transfer.scheduling.adaptive_limit import Adaptive
from s3tui.transfer.scheduling.capacity import ConcurrencyLimiter
from s3tui.transfer.scheduling.rate_limiter import Throttle
from s3tui.transfer.workers.process_pool import WorkerPool

_START_OBJECTS = 32


_START_PARTS = 3
"""On a fast network more are slower, as one process decrypts; over a long distance it soon grows."""


_FEW = 4
_FEW_PARTS = 2
"""What is under way is lost when a transfer is interrupted."""


_CALM_S = 600.0
"""After an outage, the line counts as flaky for so long."""


_RATE_OF_ONE = 1024 * 1024
"""Bytes per second that are worth another connection."""


class Resources:
    """Concurrency limiters for objects and for parts of large ones, and one rate limit for all bytes.

    Args:
        processes: the pool of processes that move small objects beside this one.
    """

    def __init__(self, limits: Limits, processes: WorkerPool | None = None) -> None:
        self.limits = limits
        self.processes = processes or WorkerPool(0)
        self.throttle = Throttle(limits.rate_bps)
        self.batched_calls = BatchedCalls()
        self._steady_from = 0.0
        objects, parts = _ceilings(limits)
        self._objects = Adaptive(objects, start=_START_OBJECTS)
        self._parts = Adaptive(parts, start=_START_PARTS)
        self.objects = ConcurrencyLimiter(self._objects.level)
        self.parts = ConcurrencyLimiter(self._parts.level)

    @property
    def is_steady(self) -> bool:
        """No rate limit makes what is under way take long, and none of it was lost lately."""
        return not self.throttle.is_on and monotonic() >= self._steady_from

    def interrupted(self) -> None:
        """Note that a server was out of reach: fewer parts are sent at once, and smaller ones."""
        now = monotonic()
        self._steady_from = now + _CALM_S
        self._parts.slow_down(now)
        self._set_limiters()

    def set_limits(self, limits: Limits) -> None:
        """Apply other limits at once, also to what is under way."""
        self.limits = limits
        self.throttle.set_rate(limits.rate_bps)
        objects, parts = _ceilings(limits)
        self._objects.set_ceiling(objects)
        self._parts.set_ceiling(parts)
        self._set_limiters()

    def adapt(self, now: float, work: float, *, slow_downs: int) -> None:
        """Adapt the concurrency to the throughput until `now`; to be called several times a second.

        Args:
            work: what was moved since the beginning, in any unit.
            slow_downs: how often servers asked for fewer requests since the last call.
        """
        for adaptive, limiter in ((self._objects, self.objects), (self._parts, self.parts)):
            if slow_downs:
                adaptive.slow_down(now)
            adaptive.update(now, work, is_full=limiter.is_full)
        self._set_limiters()

    def _set_limiters(self) -> None:
        self.objects.set_limit(self._objects.level)
        self.parts.set_limit(self._parts.level)


def _ceilings(limits: Limits) -> tuple[int, int]:
    """Return the ceilings for objects and parts: at a low rate, many would starve one another."""
    if limits.rate_bps is None:
        return limits.objects, limits.parts
    worth = limits.rate_bps // _RATE_OF_ONE
    return min(limits.objects, max(_FEW, worth)), min(limits.parts, max(_FEW_PARTS, worth))

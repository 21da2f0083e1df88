"""A rate limiter for all bytes that are moved, in the event loop and in threads.

Whoever moved bytes takes a ticket for them, and waits until its number comes up; the numbers go by at the
rate. So all that wait share it fairly, and a change of the rate holds for all of them at once.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

_BURST_S = 0.1
"""Unused time at the rate is lost, but for this much."""
_STEP_S = 0.05
"""A sleeper may take this long to notice that the rate was changed, or that it is no longer wanted."""
_BLOCKS_FROM_BPS = 128 * 1024 * 1024
_CHUNK_S = 0.02
_MIN_CHUNK = 4 * 1024
_STRETCH_S = 1 / 128
_MIN_STRETCH = 256 * 1024


class Throttle:
    """Limits bytes to a rate; any thread may use it. Costs nothing while there is no rate to keep.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, rate_bps: int | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate_bps
        self._clock = clock
        self._lock = threading.Lock()
        self._issued = 0.0
        """The number of the last ticket: bytes."""
        self._called = 0.0
        """The number that came up at `_at`."""
        self._at = clock()

    @property
    def is_on(self) -> bool:
        return self._rate is not None

    @property
    def allows_blocks(self) -> bool:
        """True when bytes may be counted by the megabyte, as the file transport does, without bursts."""
        return self._rate is None or self._rate >= _BLOCKS_FROM_BPS

    def set_rate(self, rate_bps: int | None) -> None:
        """Keep to another rate from now on, in bytes per second; `None`: none."""
        with self._lock:
            self._advance()
            self._rate = rate_bps
            if rate_bps is None:
                self._called = self._issued

    def chunk(self, size: int) -> int:
        """Return how much of `size` bytes should be moved at once, for the flow to be even."""
        rate = self._rate
        return size if rate is None else min(size, max(_MIN_CHUNK, int(rate * _CHUNK_S)))

    def stretch(self, size: int) -> int:
        """Return how much of `size` bytes to ask for at once.

        What is asked for comes at full speed until the kernel's buffers are full: megabytes ahead.
        """
        rate = self._rate
        return size if rate is None else min(size, max(_MIN_STRETCH, int(rate * _STRETCH_S)))

    def ticket(self, count: int) -> float:
        """Take a number for `count` bytes."""
        with self._lock:
            self._advance()
            self._issued += count
            return self._issued

    def delay_s(self, ticket: float) -> float:
        """Return the seconds until a number comes up, if nobody changes the rate; 0: it did."""
        with self._lock:
            self._advance()
            return 0.0 if self._rate is None else max(0.0, (ticket - self._called) / self._rate)

    async def passed(self, count: int) -> None:
        """Wait until more may follow after `count` bytes that are on their way."""
        if self._rate is None:
            return
        ticket = self.ticket(count)
        while delay := self.delay_s(ticket):  # noqa: ASYNC110 - time passes; there is no event to wait for
            await asyncio.sleep(min(delay, _STEP_S))

    def passed_in_thread(self, count: int, is_wanted: Callable[[], bool]) -> None:
        """As `passed`, for a thread: sleeps, but no longer than `is_wanted` says yes."""
        if self._rate is None or count <= 0:
            return
        ticket = self.ticket(count)
        while (delay := self.delay_s(ticket)) and is_wanted():
            time.sleep(min(delay, _STEP_S))

    def _advance(self) -> None:
        now = self._clock()
        if self._rate is not None:
            self._called += (now - self._at) * self._rate
            self._called = min(self._called, self._issued + self._rate * _BURST_S)
        self._at = now

"""Counting for threads: a meter lives in the event loop, the bytes of large bodies do not."""

from __future__ import annotations

import asyncio
import threading
import time

from s3tui.transfer.scheduling.progress import ProgressMeter
from s3tui.transfer.scheduling.rate_limiter import Throttle

_EVERY_S = 0.05


class ThreadProgressMeter:
    """Tells a meter what a thread moved: in the meter's own loop, and a few times a second only.

    To be made in the task that waits for the thread: when that is cancelled, the thread is held up no more.
    """

    def __init__(self, meter: ProgressMeter, throttle: Throttle) -> None:
        self._meter = meter
        self._throttle = throttle
        self._task = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._pending = 0
        self._told_at = 0.0
        self.total = 0
        """What the meter knows of."""

    def moved(self, count: int) -> None:
        """`count` more bytes, or fewer; called in the thread, and holds it up to keep to a rate."""
        now = time.monotonic()
        with self._lock:
            self._pending += count
            is_due = now - self._told_at >= _EVERY_S
            if is_due:
                self._told_at = now
        if is_due:
            self._loop.call_soon_threadsafe(self.settle)
        if self._throttle.is_on:
            self._throttle.passed_in_thread(count, self._is_wanted)

    def _is_wanted(self) -> bool:
        return self._task is None or not self._task.cancelling()

    def settle(self) -> None:
        """Tell the meter everything; called in the loop, and once more when the thread is done."""
        with self._lock:
            count, self._pending = self._pending, 0
        self.total += count
        self._meter.moved(count)

"""The progress of threads: the bytes of large bodies move there, and are counted in the event loop."""

from __future__ import annotations

import asyncio
import threading
import time

from s3tui.transfer.scheduling.progress import ProgressMeter
from s3tui.transfer.scheduling.rate_limiter import Throttle

_EVERY_S = 0.05


class ThreadProgressMeter:
    """Tells a progress meter what a thread moved: in the meter's event loop, a few times a second.

    To be made in the task that waits for the thread: once that is cancelled, no rate holds the thread up.
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
        """Bytes that the meter was told of."""

    def moved(self, count: int) -> None:
        """Count `count` more bytes, or fewer; called in the thread, and holds it up to keep to a rate."""
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

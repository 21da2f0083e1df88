"""Counting for threads: a meter lives in the event loop, the bytes of large bodies do not."""

from __future__ import annotations

import asyncio
import threading
import time

from s3tui.transfer.tally import Meter

_EVERY_S = 0.05


class ThreadMeter:
    """Tells a meter what a thread moved: in the meter's own loop, and a few times a second only."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._pending = 0
        self._told_at = 0.0
        self.total = 0
        """What the meter knows of."""

    def moved(self, count: int) -> None:
        """`count` more bytes, or fewer; called in the thread."""
        now = time.monotonic()
        with self._lock:
            self._pending += count
            is_due = now - self._told_at >= _EVERY_S
            if is_due:
                self._told_at = now
        if is_due:
            self._loop.call_soon_threadsafe(self.settle)

    def settle(self) -> None:
        """Tell the meter everything; called in the loop, and once more when the thread is done."""
        with self._lock:
            count, self._pending = self._pending, 0
        self.total += count
        self._meter.moved(count)

"""Throughput: bytes per second over the last minute, one value a second; callers pass the time. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

SECONDS = 60
_LEVELS = "▁▂▃▄▅▆▇█"


@dataclass(slots=True)
class _Second:
    at: int
    total_bps: float
    samples: int


class Throughput:
    """Throughput of one direction; a second without a sample counts as zero."""

    def __init__(self) -> None:
        self._seconds: deque[_Second] = deque(maxlen=SECONDS)

    def note(self, now_s: float, bps: float) -> None:
        at = int(now_s)
        if self._seconds and self._seconds[-1].at == at:
            self._seconds[-1].total_bps += bps
            self._seconds[-1].samples += 1
        else:
            self._seconds.append(_Second(at, bps, 1))

    def last(self, now_s: float, count: int) -> list[float]:
        """Return the mean speed of each of the `count` seconds up to now, the newest last."""
        first = int(now_s) - count + 1
        speeds = [0.0] * count
        for second in self._seconds:
            if 0 <= second.at - first < count:
                speeds[second.at - first] = second.total_bps / second.samples
        return speeds


def sparkline(speeds: list[float], top: float) -> str:
    """Return a sparkline: one block character per speed, scaled to `top`."""
    if top <= 0:
        return _LEVELS[0] * len(speeds)
    last = len(_LEVELS) - 1
    return "".join(_LEVELS[max(0, min(last, round(speed / top * last)))] for speed in speeds)

"""An adaptive limit of concurrency: raised while throughput grows, halved after a SlowDown. Pure.

The caller says what time it is and what was moved. A step up is a trial: it stays when the throughput
grew with it, else it is taken back, and tried again later. After a SlowDown the steps are small, and
stay as long as there is no other.
"""

from __future__ import annotations

from dataclasses import dataclass

_SETTLE_S = 0.25
"""After a change, what is measured still comes from before it."""
_WINDOW_S = 0.5
_GAIN = 1.1
"""A step up is kept if throughput grew at least by this factor."""
_AGAIN_S = 5.0
"""After a trial that failed."""
_CALM_S = 1.0
"""SlowDowns within this time count once; small steps up are this far apart."""
_PAUSE_S = 1.0
"""After a gap this long between updates, earlier measurements are dropped."""
_FULL = 0.8
"""A level that is used up for less of the time limits nothing."""


@dataclass(slots=True)
class _Window:
    since: float
    work: float
    looks: int = 0
    full: int = 0


class Adaptive:
    """The level of concurrency for one kind of work.

    Args:
        ceiling: the level is never higher.
        start: the first level, if the ceiling allows it.
    """

    def __init__(self, ceiling: int, *, start: int) -> None:
        self.level = min(start, ceiling)
        self._start = start
        self._ceiling = ceiling
        self._window: _Window | None = None
        self._trial: tuple[int, float] | None = None
        """The level that it was raised from, and what that brought."""
        self._next_at = 0.0
        self._is_careful = False
        self._looked_at = 0.0

    def set_ceiling(self, ceiling: int) -> None:
        self._ceiling = ceiling
        level = min(self.level, ceiling)
        self._set(level if self._is_careful else max(level, min(self._start, ceiling)))

    def slow_down(self, now: float) -> None:
        """Halve the level, as the server asked for fewer requests; once for several SlowDowns in a moment."""
        if self._is_careful and now < self._next_at:
            return
        self._is_careful, self._next_at = True, now + _CALM_S
        self._set(max(1, self.level // 2))

    def update(self, now: float, work: float, *, is_full: bool) -> None:
        """Measure the throughput, and adapt the level; to be called several times a second.

        Args:
            work: what was moved since the beginning, in any unit.
            is_full: whether more would be under way, were it not for the level.
        """
        if now - self._looked_at > _PAUSE_S:
            self._window = self._trial = None
        self._looked_at = now
        window = self._window
        if window is None or now < window.since:
            if window is None:
                self._window = _Window(now + _SETTLE_S, work)
            else:
                window.work = work
            return
        window.looks += 1
        window.full += is_full
        if now - window.since >= _WINDOW_S:
            rate = (work - window.work) / (now - window.since)
            self._window = _Window(now, work)
            self._decide(now, rate, is_full=window.full >= _FULL * window.looks)

    def _decide(self, now: float, rate: float, *, is_full: bool) -> None:
        trial, self._trial = self._trial, None
        if not is_full:
            return
        if self._is_careful:
            if now >= self._next_at:
                self._next_at = now + _CALM_S
                self._set(min(self.level + 1, self._ceiling))
        elif trial is not None and rate < trial[1] * _GAIN:
            self._next_at = now + _AGAIN_S
            self._set(trial[0])
        elif now >= self._next_at and self.level < self._ceiling:
            before = self.level
            self._set(min(self.level * 2, self._ceiling))
            self._trial = before, rate

    def _set(self, level: int) -> None:
        if level != self.level:
            self.level, self._window, self._trial = level, None, None

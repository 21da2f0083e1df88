"""Notifier: collects events that come close together, so that one notification tells of them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from textual.app import App
from textual.timer import Timer

T = TypeVar("T")


class Notifier(Generic[T]):
    """Collects events, and passes all of them on a delay after the first one, or after the last one.

    Args:
        delay_s: the delay.
        tell: called with the collected events, in order of arrival.
        waits_for_last: whether each event restarts the delay.
    """

    def __init__(
        self,
        app: App[None],
        delay_s: float,
        tell: Callable[[Sequence[T]], None],
        *,
        waits_for_last: bool = False,
    ) -> None:
        self._app = app
        self._delay_s = delay_s
        self._tell = tell
        self._waits_for_last = waits_for_last
        self._events: list[T] = []
        self._timer: Timer | None = None

    @property
    def is_pending(self) -> bool:
        """True while events are collected that were not told of yet."""
        return bool(self._events)

    def add(self, *events: T) -> None:
        """Collect events; they are told of later, never by this call."""
        is_first = not self._events
        self._events += events
        if not self._events or not (is_first or self._waits_for_last):
            return
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._app.set_timer(self._delay_s, self._tell_all)

    def _tell_all(self) -> None:
        events, self._events = self._events, []
        if events:
            self._tell(events)

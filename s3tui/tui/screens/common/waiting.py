"""WaitingController: shows that an answer is awaited, which one, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Protocol

from textual.app import App
from textual.timer import Timer

from s3tui.tui.text.waiting import TURN_S, Wait


class WaitingHost(Protocol):
    """A screen with a top bar."""

    @property
    def app(self) -> App[object]: ...

    def set_interval(self, interval: float, callback: Callable[[], object]) -> Timer: ...

    def show_waiting(self, words: str) -> None:
        """Show in the top bar what is awaited; nothing where that is empty."""


class WaitingController:
    """Looks a few times a second at what is awaited, as long as that is anything."""

    def __init__(
        self, host: WaitingHost, wait: Callable[[], Wait | None], changed: Callable[[], object]
    ) -> None:
        """
        Args:
            wait: tells what is awaited now.
            changed: called when there are other words for it.
        """
        self._host, self._wait, self._changed = host, wait, changed
        self._timer: Timer | None = None
        self.words = ""
        """What is awaited and for how long, once that is long."""
        self.is_shown = False
        """Whether it is awaited for so long that it is shown."""

    def watch(self) -> None:
        """Begin to look, where something is asked for."""
        if self._timer is None:
            self._timer = self._host.set_interval(TURN_S, self.look)
        self._timer.resume()

    def look(self) -> None:
        """Show what is awaited, or nothing any more."""
        wait, now_s = self._wait(), monotonic()
        before = self.words, self.is_shown
        self.words = "" if wait is None else wait.words(now_s)
        self.is_shown = wait is not None and wait.is_shown(now_s)
        moves = self._host.app.animation_level != "none"
        sign = "" if wait is None else wait.sign(now_s, moves=moves)
        self._host.show_waiting(f"{sign} {self.words}".strip())
        if wait is None and self._timer is not None:
            self._timer.pause()
        if before != (self.words, self.is_shown):
            self._changed()

"""ErrorBoundary: catches unexpected exceptions of handlers, timers, workers and callbacks.

Textual ends the app at the first unexpected exception and prints the locals of every frame, secret keys among
them; a message loop that raised stops for good. Here each exception is saved without locals (`crash_report`)
and reported on the screen where it happened, while the other screens and all transfers go on. A screen that
cannot be composed, or that fails again and again while it is painted, is replaced by `BrokenScreen`.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import ModalScreen, Screen
from textual.worker import WorkerFailed

from s3tui import crash_report
from s3tui.format import printable
from s3tui.tui.runtime.unexpected_errors import kept

if TYPE_CHECKING:
    from s3tui.tui.app import S3TuiApp

_STORM_S = 2.0
_STORM = 3
"""More errors than this on one screen within `_STORM_S` replace it by `BrokenScreen`."""


class ErrorBoundary:
    """Handles the unexpected errors of one app."""

    def __init__(self, app: S3TuiApp) -> None:
        self._app = app
        self._saved: dict[tuple[str, str], Path | None] = {}
        """Reports saved in this run, by error type and place: a repeated error is not saved again."""
        self._recent: list[tuple[int, float]] = []
        """The id of the screen and the time of each recent error."""
        guard_message_loops()

    def caught(self, error: BaseException, pump: MessagePump | None = None, *, fatal: bool = False) -> None:
        """Save `error` and show it to the user; never raises.

        Args:
            pump: the node whose message loop raised it, if known.
            fatal: the screen of `pump` cannot go on: it was not mounted.
        """
        if isinstance(error, WorkerFailed):
            error = error.error
        screen = self._screen_of(pump)
        sentence = self.sentence(error, _title(screen))
        app = self._app
        if app.is_ending or screen is None:
            return
        now = time.monotonic()
        self._recent = [(who, at) for who, at in self._recent if now - at < _STORM_S]
        self._recent.append((id(screen), now))
        is_storm = sum(who == id(screen) for who, _ in self._recent) > _STORM
        with suppress(Exception):  # handling an error must not raise another one
            if fatal or is_storm or _ends_its_screen(error, pump):
                self._recent.clear()
                app.call_later(self._replace, screen, sentence)
            else:
                app.say_anywhere(sentence)

    def sentence(self, error: BaseException, where: str) -> str:
        """Save the report of `error`; return the sentence for the user, while the app goes on."""
        return f"{self.report(error, where)}; esc goes back, transfers go on."

    def report(self, error: BaseException, where: str) -> str:
        """Save the report of `error`; return its description and the report's path, without a full stop."""
        key = (type(error).__name__, _place_of(error))
        if key not in self._saved:
            self._saved[key] = crash_report.save(error, where)
        file = self._saved[key]
        said = printable(crash_report.name_of(error))
        return f"Something went wrong in {where}: {said}. {kept(file)}"

    def _screen_of(self, pump: MessagePump | None) -> Screen[object] | None:
        with suppress(Exception):
            if isinstance(pump, Screen):
                return pump
            node = getattr(pump, "screen", None) if pump is not None and pump is not self._app else None
            return node if isinstance(node, Screen) else self._app.screen
        return None

    async def _replace(self, screen: Screen[object], sentence: str) -> None:
        """Replace `screen` by one that shows `sentence`."""
        from s3tui.tui.screens.common.broken import BrokenScreen

        app = self._app
        if screen not in app.screen_stack or app.is_ending:
            return
        while app.screen is not screen:
            await app.pop_screen()
        if isinstance(screen, ModalScreen):
            screen.dismiss(None)  # a dialog: its caller gets no answer
            app.say_anywhere(sentence)
        elif isinstance(screen, BrokenScreen):
            await app.pop_screen()  # not even that one can be shown: a toast is left
            app.say_anywhere(sentence)
        else:
            await app.switch_screen(BrokenScreen(app.session, app.transfers, sentence))


def guard_message_loops() -> None:
    """Wrap Textual's message dispatch, so that every message loop survives a handler that raised.

    Textual's loop ends there, and with it the widget: a key that fails once would be the last one. There is
    no public hook between a handler and its loop, so the one private method between them is wrapped.
    """
    if getattr(MessagePump._dispatch_message, "is_guarded", False):
        return
    dispatch: Callable[[MessagePump, Message], Awaitable[None]] = MessagePump._dispatch_message

    async def guarded(pump: MessagePump, message: Message) -> None:
        try:
            await dispatch(pump, message)
        except Exception as error:
            boundary = getattr(_app_of(pump), "error_boundary", None)
            if not isinstance(boundary, ErrorBoundary):
                raise
            is_fatal = isinstance(pump, Screen) and isinstance(message, events.Mount)
            boundary.caught(error, pump, fatal=is_fatal)

    guarded.is_guarded = True  # type: ignore[attr-defined]  # so that a second app wraps nothing again
    MessagePump._dispatch_message = guarded  # type: ignore[method-assign,assignment]  # see above


def _app_of(pump: MessagePump) -> object:
    with suppress(Exception):
        return pump.app
    return None


def _title(screen: object) -> str:
    """Return the user's name of a screen: `ObjectTreeScreen` is the object tree."""
    parts = "".join(f" {c.lower()}" if c.isupper() else c for c in type(screen).__name__).split()
    return "the " + " ".join(word for word in parts if word != "screen") if parts and screen else "the app"


def _ends_its_screen(error: BaseException, pump: MessagePump | None) -> bool:
    """Tell whether `error` leaves a screen that cannot be shown: composing or painting it raised."""
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename.endswith("_compositor.py"):
            return True
        if code.co_name == "_compose" and isinstance(pump, Screen):
            return True
        trace = trace.tb_next
    return False


def _place_of(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"

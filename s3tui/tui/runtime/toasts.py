"""Toasts: sentences that are shown for some seconds, on whatever full screen is open.

A dialog is read undisturbed: what would lie over it waits until it has closed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from textual.app import App
from textual.notifications import SeverityLevel
from textual.screen import ModalScreen


@dataclass(frozen=True, slots=True)
class _Toast:
    sentence: str
    severity: SeverityLevel
    seconds: float
    ends_at: float = 0.0
    """By the monotonic clock; of one that is shown."""


@runtime_checkable
class HasToasts(Protocol):
    """An app that owns toasts."""

    toasts: Toasts


class Toasts:
    def __init__(self, app: App[None]) -> None:
        self._app = app
        self._shown: list[_Toast] = []
        self._waiting: list[_Toast] = []

    def tell(self, sentence: str, severity: SeverityLevel, seconds: float) -> None:
        """Show a sentence, which must be printable; now, or once no dialog is open."""
        toast = _Toast(sentence, severity, seconds)
        if self._is_dialog_open:
            self._waiting.append(toast)
        else:
            self._show(toast)

    def hold(self) -> None:
        """Have what is shown wait: a dialog opens."""
        now = time.monotonic()
        left = [_Toast(each.sentence, each.severity, each.ends_at - now) for each in self._shown]
        self._waiting = [*(each for each in left if each.seconds > 0), *self._waiting]
        self._shown.clear()
        self._app.clear_notifications()
        self._app.call_later(self._clear)  # what was told to Textual, and has not come there yet

    @property
    def _is_dialog_open(self) -> bool:
        stack = self._app.screen_stack
        return bool(stack) and isinstance(stack[-1], ModalScreen)

    def _clear(self) -> None:
        if self._is_dialog_open:
            self._app.clear_notifications()

    def let_go(self) -> None:
        """Show what waits: a full screen is open again, unless another dialog opened at once."""
        if self._is_dialog_open:
            return
        waiting, self._waiting = self._waiting, []
        for toast in waiting:
            self._show(toast)

    def _show(self, toast: _Toast) -> None:
        now = time.monotonic()
        shown = _Toast(toast.sentence, toast.severity, toast.seconds, now + toast.seconds)
        self._shown = [*(each for each in self._shown if each.ends_at > now), shown]
        self._app.notify(toast.sentence, severity=toast.severity, markup=False, timeout=toast.seconds)

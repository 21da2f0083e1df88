"""Toasts wait while a dialog is open, however soon one opens behind another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from textual.screen import ModalScreen, Screen

from s3tui.tui.runtime.toasts import Toasts


class _App:
    """What Toasts asks of an app; what is told comes when `later` runs, as messages do."""

    def __init__(self) -> None:
        self.screen_stack: list[Screen[None]] = [Screen()]
        self.told: list[str] = []
        self.later: list[Callable[[], object]] = []

    def notify(self, sentence: str, **_: Any) -> None:
        self.later.append(lambda: self.told.append(sentence))

    def clear_notifications(self) -> None:
        self.told.clear()

    def call_later(self, call: Callable[[], object]) -> None:
        self.later.append(call)

    def run(self) -> list[str]:
        calls, self.later = self.later, []
        for call in calls:
            call()
        return self.told


def test_nothing_lies_over_a_dialog_that_opens_as_another_one_closes() -> None:
    app = _App()
    toasts = Toasts(cast("Any", app))
    toasts.tell("Read me.", "information", 60)
    app.screen_stack.append(ModalScreen())
    toasts.hold()
    assert app.run() == [], "it was on its way when the dialog opened"
    toasts.let_go()
    assert app.run() == [], "another dialog is open by now"
    app.screen_stack.pop()
    toasts.let_go()
    assert app.run() == ["Read me."]

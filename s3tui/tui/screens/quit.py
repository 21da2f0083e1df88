"""Quit while transfers run: wait for them, cancel them, or stay."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Static

from s3tui.format import duration
from s3tui.transfer.models import QueueSnapshot
from s3tui.tui.screens.dialogs import Dialog


class Leave(Enum):
    WHEN_DONE = "when_done"
    NOW = "now"


class QuitQuestion(Dialog[Leave]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "answer('WHEN_DONE')", "wait"),
        Binding("x", "answer('NOW')", "cancel them"),
        Binding("b", "dismiss_none", "back"),
    ]

    def __init__(self, snapshot: QueueSnapshot) -> None:
        super().__init__("Transfers are running")
        self._snapshot = snapshot

    def compose_question(self) -> Iterable[Widget]:
        moving = self._snapshot.running + self._snapshot.waiting
        left = "" if self._snapshot.eta_s is None else f", {duration(self._snapshot.eta_s)} left"
        yield Static(
            Content(
                f"{moving} transfer{'s' * (moving != 1)} not done{left}. "
                "Cancelling them leaves nothing half done under a final name."
            ),
            classes="sentence",
        )
        with Horizontal(classes="answers"):
            yield Button(Content("b back"), id="back", compact=True)
            yield Button(Content("w wait, then quit"), id="WHEN_DONE", compact=True)
            yield Button(Content("x cancel them and quit"), id="NOW", compact=True, variant="error")

    def on_mount(self) -> None:
        self.query_one("#back", Button).focus()

    def action_answer(self, name: str) -> None:
        self.dismiss(Leave[name])

    @on(Button.Pressed)
    def _press(self, event: Button.Pressed) -> None:
        if event.button.id == "back":
            self.dismiss(None)
        else:
            self.action_answer(str(event.button.id))

"""QuitQuestion: quit with unfinished transfers by keeping, awaiting or cancelling them, or stay."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Static

from s3tui.format import counted, duration
from s3tui.transfer.models import QueueSnapshot
from s3tui.tui.keymap.dialogs import QUIT_KEYS
from s3tui.tui.screens.common.dialog import ChoiceDialog


class Leave(Enum):
    KEEP = "keep"
    WHEN_DONE = "when_done"
    CANCEL = "cancel"


class QuitQuestion(ChoiceDialog[Leave]):
    """Quit dialog; a second ctrl-c quits and keeps all transfers, or stays if they cannot be kept."""

    BINDINGS: ClassVar[list[BindingType]] = [*QUIT_KEYS]

    def __init__(self, snapshot: QueueSnapshot, *, can_keep: bool) -> None:
        super().__init__("Transfers are not done", Leave)
        self._snapshot = snapshot
        self._can_keep = can_keep

    def holds_quit(self) -> bool:
        if self._can_keep:
            self.action_answer("KEEP")
        return True

    def compose_question(self) -> Iterable[Widget]:
        snapshot = self._snapshot
        number = snapshot.moving + snapshot.paused
        left = "" if snapshot.eta_s is None else f", {duration(snapshot.eta_s)} left"
        lines = [f"{counted(number, 'transfer')} not done{left}.", ""]
        if self._can_keep:
            lines.append("k  keeps them: they go on where they stopped, next time")
        if snapshot.moving:
            lines.append("w  waits, then quits")
        lines.append("x  cancels them: nothing half done stays under a final name")
        yield Static(Content("\n".join(lines)), classes="sentence")
        with Horizontal(classes="answers"):
            yield Button(Content("b back"), id="back", compact=True)
            if self._can_keep:
                yield Button(Content("k keep"), id="KEEP", compact=True, variant="primary")
            if snapshot.moving:
                yield Button(Content("w wait"), id="WHEN_DONE", compact=True)
            yield Button(Content("x cancel them"), id="CANCEL", compact=True, variant="error")

    def on_mount(self) -> None:
        self.query_one("#KEEP" if self._can_keep else "#back", Button).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "answer" or parameters != ("KEEP",) or self._can_keep

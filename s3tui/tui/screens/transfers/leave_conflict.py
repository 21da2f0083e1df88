"""LeaveConflict: asks what becomes of a transfer whose question is left without an answer."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Static

from s3tui.tui.keymap.dialogs import LEAVE_CONFLICT_KEYS
from s3tui.tui.screens.common.dialog import ChoiceDialog


class Leave(Enum):
    PAUSE = "pause"
    STOP = "stop"


class LeaveConflict(ChoiceDialog[Leave]):
    BINDINGS: ClassVar[list[BindingType]] = [*LEAVE_CONFLICT_KEYS]

    def __init__(self) -> None:
        super().__init__("Leave the question open?", Leave)

    def compose_question(self) -> Iterable[Widget]:
        lines = [
            "Nothing is skipped or overwritten without an answer.",
            "",
            "p  pauses the transfer: it asks again when it goes on",
            "x  stops it: what it moved before stays, nothing is left half done",
        ]
        yield Static(Content("\n".join(lines)), classes="sentence")
        with Horizontal(classes="answers"):
            yield Button(Content("b back"), id="back", compact=True)
            yield Button(Content("p pause"), id="PAUSE", compact=True)
            yield Button(Content("x stop"), id="STOP", compact=True, variant="error")

    def on_mount(self) -> None:
        self.query_one("#back", Button).focus()

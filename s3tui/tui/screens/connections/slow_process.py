"""SlowProcessDialog: a credential_process that takes its time, with what it says; it can be ended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label, Static

from s3tui.format import printable
from s3tui.s3.credentials.interaction import SlowProcess
from s3tui.tui.keymap.dialogs import SLOW_PROCESS_KEYS
from s3tui.tui.screens.common.dialog import Dialog

_LOOK_S = 0.5
_LINES = 8


class SlowProcessDialog(Dialog[bool]):
    """Answers `True` if the process is to be ended; it is closed once the process has ended by itself."""

    BINDINGS: ClassVar[list[BindingType]] = [*SLOW_PROCESS_KEYS]

    def __init__(self, process: SlowProcess) -> None:
        super().__init__("Waiting for keys")
        self._process = process

    def compose_question(self) -> Iterable[Widget]:
        name = printable(self._process.name)
        sentence = f"{name[:1].upper()}{name[1:]} takes its time. It has no terminal."
        yield Static(Content(sentence), classes="sentence")
        said = Static(Content(""), id="process-said")
        said.can_focus = True
        yield said
        yield Label(Content("x ends it   esc waits without this window"), classes="hint")

    def on_mount(self) -> None:
        self._look()
        self.set_interval(_LOOK_S, self._look)

    def _look(self) -> None:
        lines = [printable(line) for line in self._process.said().splitlines() if line.strip()]
        said = "\n".join(lines[-_LINES:]) or "It says nothing."
        self.query_one("#process-said", Static).update(Content(said))

    def action_end(self) -> None:
        self.dismiss(True)

"""Conflict: something is there already. Both sides, side by side, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Checkbox, Static

from s3tui.format import exact_size, timestamp
from s3tui.transfer.models import Conflict
from s3tui.tui.screens.dialogs import Dialog


@dataclass(frozen=True, slots=True)
class Side:
    words: str
    """Which side this is: `s3://bucket/key`, a path; printable already."""
    size: int | None = None
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConflictAnswer:
    conflict: Conflict
    for_all: bool


class ConflictQuestion(Dialog[ConflictAnswer]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "choose('SKIP')", "skip"),
        Binding("o", "choose('OVERWRITE')", "overwrite"),
        Binding("k", "choose('KEEP_BOTH')", "keep both"),
        Binding("a", "toggle_all", "for all"),
    ]

    def __init__(self, there: Side, coming: Side, *, many: bool) -> None:
        super().__init__("It is there already")
        self._there, self._coming, self._many = there, coming, many

    def compose_question(self) -> Iterable[Widget]:
        grid = Table.grid(padding=(0, 2, 0, 0))
        for label, side in (("there", self._there), ("coming", self._coming)):
            grid.add_row(label, Text(side.words, overflow="fold"))
            size = "" if side.size is None else exact_size(side.size)
            grid.add_row("", Text(f"{size}   {timestamp(side.modified) if side.modified else ''}", "dim"))
        yield Static(grid, classes="sentence")
        if self._many:
            yield Checkbox("a  the same answer for all that follow", compact=True)
        with Horizontal(classes="answers"):
            yield Button(Content("s skip"), id="SKIP", compact=True)
            yield Button(Content("k keep both"), id="KEEP_BOTH", compact=True)
            yield Button(Content("o overwrite"), id="OVERWRITE", compact=True, variant="error")

    def on_mount(self) -> None:
        self.query_one("#SKIP", Button).focus()

    def action_toggle_all(self) -> None:
        for box in self.query(Checkbox):
            box.toggle()

    def action_choose(self, name: str) -> None:
        for_all = any(box.value for box in self.query(Checkbox))
        self.dismiss(ConflictAnswer(Conflict[name], for_all))

    @on(Button.Pressed)
    def _press(self, event: Button.Pressed) -> None:
        self.action_choose(str(event.button.id))

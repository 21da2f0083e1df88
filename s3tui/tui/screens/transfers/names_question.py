"""NamesQuestion: shows the keys that get other local names, and asks whether to download them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Static

from s3tui.format import count, printable
from s3tui.transfer.download.local_names import LocalName
from s3tui.tui.keymap.dialogs import NAMES_KEYS
from s3tui.tui.screens.common.dialog import Dialog

_SHOWN = 200
"""Most names in the list; nobody reads a longer one."""


class NamesQuestion(Dialog[bool]):
    BINDINGS: ClassVar[list[BindingType]] = [*NAMES_KEYS]

    def __init__(self, sentence: str, names: Sequence[LocalName]) -> None:
        super().__init__("Some keys get other names here")
        self._sentence, self._names = sentence, names

    def compose_question(self) -> Iterable[Widget]:
        yield Static(Content(self._sentence), classes="sentence")
        with VerticalScroll():
            yield Static(self._table())
        with Horizontal(classes="answers"):
            yield Button(Content("cancel"), id="no", compact=True)
            yield Button(Content("g go on with these"), id="yes", compact=True, variant="primary")

    def _table(self) -> Table:
        grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
        for ratio in (4, 4, 3):
            grid.add_column(ratio=ratio, overflow="fold")
        for name in self._names[:_SHOWN]:
            grid.add_row(
                Text(printable(name.key, mark_spaces=True)),
                Text(f"→ {printable(str(name.path))}", "bold"),
                Text(printable(name.reason or ""), "dim"),
            )
        if len(self._names) > _SHOWN:
            grid.add_row(Text(f"… and {count(len(self._names) - _SHOWN)} more", "dim"))
        return grid

    def on_mount(self) -> None:
        self.query_one("#no", Button).focus()

    def action_go_on(self) -> None:
        self.dismiss(True)

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    @on(Button.Pressed)
    def _press(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

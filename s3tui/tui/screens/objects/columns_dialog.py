"""ColumnsDialog: which columns of objects are shown behind the name."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label

from s3tui.settings import Column
from s3tui.tui.keymap.dialogs import COLUMNS_KEYS, FIELD_KEYS
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.widgets.forms.check_box import CheckBox

_ABOUT = {
    Column.SIZE: "Size",
    Column.MODIFIED: "Modified   how long ago",
    Column.TIME: "Time       the same, to the minute",
    Column.CLASS: "Class      where some are not STANDARD",
}


class ColumnsDialog(Dialog[frozenset[Column]]):
    BINDINGS: ClassVar[list[BindingType]] = [*FIELD_KEYS, *COLUMNS_KEYS]

    def __init__(self, chosen: Collection[Column]) -> None:
        super().__init__("Columns")
        self._chosen = chosen

    def compose_question(self) -> Iterable[Widget]:
        with Vertical(id="columns"):
            for column, about in _ABOUT.items():
                yield CheckBox(about, column in self._chosen, id=column.value, compact=True)
        yield Label(
            Content("␣ shows or hides one   ↵ keeps them, also next time   esc cancels"), classes="hint"
        )

    def on_mount(self) -> None:
        self.query(CheckBox).first().focus()

    def action_submit(self) -> None:
        self.dismiss(
            frozenset(column for column in Column if self.query_one(f"#{column.value}", CheckBox).value)
        )

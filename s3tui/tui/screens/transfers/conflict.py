"""ConflictQuestion: shows an existing target beside the incoming object, and asks which policy to apply."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Checkbox, Static

from s3tui.format import exact_size, printable, timestamp
from s3tui.transfer.models import Conflict, ConflictAnswer, Side
from s3tui.tui.keymap.dialogs import CONFLICT_KEYS
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.text.sentences import tilde
from s3tui.tui.widgets.forms.check_box import CheckBox

_MOMENT_S = 0.5
_WIDE = 120
"""Width in cells from which both objects are shown side by side."""


class ConflictQuestion(Dialog[ConflictAnswer]):
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_WIDE, "-wide")]  # noqa: RUF012 - Textual's own declaration
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*CONFLICT_KEYS]

    def __init__(
        self,
        there: Side,
        coming: Side,
        *,
        many: bool,
        title: str = "It is there already",
        unexpected: bool = False,
    ) -> None:
        """`unexpected`: keys are ignored for half a second, as they were meant for the screen below."""
        super().__init__(title)
        self._there, self._coming, self._many = there, coming, many
        self._listens = not unexpected

    def compose_question(self) -> Iterable[Widget]:
        yield Static(self._sides(), classes="sentence")
        if self._many:
            yield CheckBox("a  the same answer for all that follow", compact=True)
        with Horizontal(classes="answers"):
            yield Button(Content("s skip"), id="SKIP", compact=True)
            yield Button(Content("k keep both"), id="KEEP_BOTH", compact=True)
            yield Button(Content("d if different"), id="OVERWRITE_IF_DIFFERENT", compact=True)
            yield Button(Content("o overwrite"), id="OVERWRITE", compact=True, variant="error")

    def _sides(self) -> Table:
        there, coming = _column(self._there), _column(self._coming)
        equal = [one == other for one, other in zip(there, coming, strict=True)]
        grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
        if self.app.size.width >= _WIDE:
            grid.add_column(width=9)
            grid.add_column(ratio=1)
            grid.add_column(ratio=1)
            grid.add_row("", Text("there", "bold"), Text("coming", "bold"))
            for label, one, other, same in zip(_LABELS, there, coming, equal, strict=True):
                if one or other:
                    style = "dim" if same else ""
                    cells = [Text(text or "–", style, overflow="fold") for text in (one, other)]
                    grid.add_row(Text(label, "dim"), *cells)
            return grid
        grid.add_column(width=7)
        grid.add_column(ratio=1)
        for label, column in (("there", there), ("coming", coming)):
            grid.add_row(Text(label, "bold"), Text(column[0], overflow="fold"))
            grid.add_row("", Text("   ".join(value for value in column[1:3] if value), "dim"))
            if column[3]:
                grid.add_row("", Text(column[3], "dim", overflow="fold"))
        return grid

    def on_mount(self) -> None:
        if self._listens:
            self._listen()
        else:
            self.set_timer(_MOMENT_S, self._listen)

    def _listen(self) -> None:
        self._listens = True
        self.query_one("#SKIP", Button).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._listens

    def action_toggle_all(self) -> None:
        for box in self.query(Checkbox):
            box.toggle()

    def action_choose(self, name: str) -> None:
        for_all = any(box.value for box in self.query(Checkbox))
        self.dismiss(ConflictAnswer(Conflict[name], for_all))

    @on(Button.Pressed)
    def _press(self, event: Button.Pressed) -> None:
        self.action_choose(str(event.button.id))


_LABELS = ("", "Size", "Modified", "Checksum")


def _column(side: Side) -> tuple[str, str, str, str]:
    return (
        printable(tilde(side.where)),
        "" if side.size is None else exact_size(side.size),
        "" if side.modified is None else timestamp(side.modified),
        "" if side.checksum is None else printable(side.checksum),
    )

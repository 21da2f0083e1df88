"""TransferPrompt: asks for the target, the conflict policy and the connection of a transfer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Grid
from textual.content import Content
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from s3tui.format import printable
from s3tui.transfer.models import Conflict
from s3tui.tui.keymap.dialogs import FIELD_KEYS
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.widgets.forms.choice import POLICIES, Choice


@dataclass(frozen=True, slots=True)
class Wish:
    """The answer: target, conflict policy and connection."""

    target: str
    conflict: Conflict
    connection: str
    """The chosen connection; empty if none was offered."""


class TransferPrompt(Dialog[Wish]):
    BINDINGS: ClassVar[list[BindingType]] = [*FIELD_KEYS]

    def __init__(
        self,
        title: str,
        sentence: str,
        *,
        value: str,
        yes: str,
        check: Callable[[str], str | None],
        suggester: Suggester | None = None,
        connections: Sequence[tuple[str, str]] = (),
    ) -> None:
        """`connections`: label and handle of each that can be chosen; the first is the default."""
        super().__init__(title)
        self._sentence, self._value, self._yes = sentence, value, yes
        self._check, self._suggester = check, suggester
        self._connections = connections

    def compose_question(self) -> Iterable[Widget]:
        if self._sentence:
            yield Static(Content(self._sentence), classes="sentence")
        with Grid(id="wish-fields"):
            yield Label(Content("To"))
            field = Input(self._value, suggester=self._suggester, compact=True, select_on_focus=False)
            field.cursor_position = len(self._value)
            yield field
            yield Label(Content("If there"))
            yield Choice(POLICIES, id="policy")
            if len(self._connections) > 1:
                yield Label(Content("With"))
                yield Choice([(printable(label), name) for label, name in self._connections], id="connection")
        yield Label(Content(""), id="wrong", classes="-wrong")
        keys = f"↵ {self._yes.lower()}   → takes the suggestion   ↓ ← → if there   esc cancels"
        yield Label(Content(keys), classes="hint")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def _connection(self) -> str:
        for choice in self.query("#connection").results(Choice):
            return str(choice.value)
        return self._connections[0][1] if self._connections else ""

    @on(Input.Changed)
    def _clear(self) -> None:
        self.query_one("#wrong", Label).update(Content(""))

    @on(Input.Submitted)
    def action_submit(self) -> None:
        target = self.query_one(Input).value
        wrong = self._check(target)
        if wrong is None:
            self.dismiss(Wish(target, self.query_one("#policy", Choice).value, self._connection()))
        else:
            self.query_one("#wrong", Label).update(Content(wrong))

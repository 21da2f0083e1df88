"""TypedConfirm: the question of what cannot be taken back, which wants a word typed."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from s3tui.tui.screens.common.question import Asked, Learning, Question


class TypedConfirm(Question):
    """A yes-or-no dialog that enables yes once `expected` is typed."""

    def __init__(
        self, title: str, sentence: str, *, yes: str, expected: str = "", learning: Learning | None = None
    ) -> None:
        super().__init__(title, sentence, yes=yes, no="Keep", learning=learning)
        self.expected = expected

    @property
    def is_grave(self) -> bool:
        return True

    def compose_field(self) -> Iterable[Widget]:
        demand, field = Static(id="demand", classes="sentence"), Input(compact=True, id="typed")
        demand.display = field.display = False
        yield from (demand, field)

    def take(self, asked: Asked) -> None:
        super().take(asked)
        self.expected = asked.expected

    def offer(self) -> None:
        super().offer()
        demand, field = self.query_one("#demand", Static), self.query_one("#typed", Input)
        demand.update(Content.assemble("Type ", (self.expected, "bold $error"), " to go on."))
        demand.display = field.display = self._is_answerable
        self.query_one("#yes", Button).disabled = True  # until it is typed
        if self._is_answerable:
            field.focus()

    @on(Input.Changed)
    def _check(self, event: Input.Changed) -> None:
        self.query_one("#yes", Button).disabled = event.value != self.expected

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        if event.value == self.expected:
            self.dismiss(True)

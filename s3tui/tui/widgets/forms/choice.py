"""Choice: a one-line selector of one of a few options, by ← → or a click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from s3tui.transfer.models import Conflict
from s3tui.tui.keymap.dialogs import CHOICE_KEYS

Value = TypeVar("Value")
_GAP = 2


class Choice(Static, Generic[Value], can_focus=True):
    DEFAULT_CSS = """
    Choice {
        height: 1;
        width: 1fr;
        background: $panel;
        color: $foreground 70%;
        &:focus { background: $accent 20%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*CHOICE_KEYS]

    @dataclass
    class Changed(Message):
        choice: Choice[Any]

        @property
        def control(self) -> Choice[Any]:
            return self.choice

    chosen: reactive[int] = reactive(0, init=False)

    def __init__(
        self,
        options: Sequence[tuple[str, Value]],
        *,
        chosen: int = 0,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._options = options
        self.set_reactive(Choice.chosen, chosen)

    @property
    def value(self) -> Value:
        return self._options[self.chosen][1]

    def on_mount(self) -> None:
        self.watch_chosen()

    def on_resize(self) -> None:
        self._show()

    def watch_chosen(self) -> None:
        self._show()
        self.post_message(self.Changed(self))

    @property
    def _fits(self) -> bool:
        return sum(len(label) + 1 + _GAP for label, _ in self._options) - _GAP <= self.size.width

    def _show(self) -> None:
        """Show all options, or where they do not fit the chosen one with its place among them."""
        if not self._fits:
            place = f"{self.chosen + 1} of {len(self._options)}"
            label = Content.styled(f"◂ {self._options[self.chosen][0]} ▸", "bold $accent")
            self.update(Content.assemble(label, f"   {place}"))
            return
        labels = [
            Content.styled(f"▸{label}", "bold $accent") if index == self.chosen else Content(f" {label}")
            for index, (label, _) in enumerate(self._options)
        ]
        self.update(Content(" " * _GAP).join(labels))

    def action_step(self, by: int) -> None:
        self.chosen = (self.chosen + by) % len(self._options)

    def on_click(self, event: events.Click) -> None:
        if not self._fits:
            self.action_step(-1 if event.x == 0 else 1)
            return
        end = 0
        for index, (label, _) in enumerate(self._options):
            end += len(label) + 1 + _GAP
            if event.x < end:
                self.chosen = index
                return


POLICIES: Sequence[tuple[str, Conflict]] = (
    ("ask", Conflict.ASK),
    ("skip", Conflict.SKIP),
    ("if different", Conflict.OVERWRITE_IF_DIFFERENT),
    ("overwrite", Conflict.OVERWRITE),
    ("keep both", Conflict.KEEP_BOTH),
)
"""Conflict policies for a target that exists; the first is the safe default."""

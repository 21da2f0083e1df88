"""Choice: a one-line selector of one of a few options, by ← → or a click."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
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
        color: $foreground 60%;
        &:focus { background: $accent 20%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*CHOICE_KEYS]

    chosen: reactive[int] = reactive(0, init=False)

    def __init__(self, options: Sequence[tuple[str, Value]], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._options = options

    @property
    def value(self) -> Value:
        return self._options[self.chosen][1]

    def on_mount(self) -> None:
        self.watch_chosen()

    def watch_chosen(self) -> None:
        labels = [
            Content.styled(f"▸{label}", "bold $accent") if index == self.chosen else Content(f" {label}")
            for index, (label, _) in enumerate(self._options)
        ]
        self.update(Content(" " * _GAP).join(labels))

    def action_step(self, by: int) -> None:
        self.chosen = (self.chosen + by) % len(self._options)

    def on_click(self, event: events.Click) -> None:
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

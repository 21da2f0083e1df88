"""CopyMenu: what can be copied, each value in full: a terminal may refuse the clipboard without a word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from s3tui.format import printable
from s3tui.tui.screens.dialogs import Dialog


class CopyMenu(Dialog[tuple[str, str]]):
    """Answers with what was chosen: its name and its value, unchanged."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "move(1)", "down", show=False),
        Binding("k", "move(-1)", "up", show=False),
        Binding("y", "dismiss_none", "close", show=False),
    ]

    def __init__(self, choices: Sequence[tuple[str, str, str]]) -> None:
        super().__init__("Copy")
        self._choices = choices

    def compose_question(self) -> Iterable[Widget]:
        widest = max(len(name) for _, name, _ in self._choices)
        yield OptionList(
            *(
                Option(
                    Content.assemble(
                        (f"{letter}  ", "$accent bold"),
                        (f"{name:<{widest}}  ", "$foreground 60%"),
                        printable(value),
                    )
                )
                for letter, name, value in self._choices
            ),
            compact=True,
        )
        yield Label(Content("↵ or its letter copies   esc closes"), classes="hint")

    def on_key(self, event: events.Key) -> None:
        for letter, name, value in self._choices:
            if event.character == letter:
                event.stop()
                self.dismiss((name, value))

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        _, name, value = self._choices[event.option_index]
        self.dismiss((name, value))

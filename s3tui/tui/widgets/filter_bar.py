"""FilterBar and PatternBar: one line to type what rows must hold, or be like; hidden while not used."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input


class FilterBar(Input):
    DEFAULT_CSS = """
    FilterBar {
        display: none;
        dock: bottom;
        background: $panel;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,down", "submit", "to the rows"),
        Binding("escape", "screen.escape", "clear"),
    ]

    def __init__(
        self,
        placeholder: str = "filter: only rows that hold this; ↵ to the rows, esc clears",
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(placeholder=placeholder, compact=True, id=id)

    @property
    def is_open(self) -> bool:
        return bool(self.display)

    def open(self) -> None:
        self.display = True
        self.focus()

    def close(self) -> None:
        """Hide it and clear what was typed."""
        self.value = ""
        self.display = False


class PatternBar(FilterBar):
    """Asks for a glob of the rows to mark, or to unmark."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "mark them"),
        Binding("escape", "screen.escape", "back"),
    ]

    marks = True
    """What shall happen to the rows."""

    def ask(self, *, marks: bool) -> None:
        self.marks = marks
        word = "mark" if marks else "unmark"
        self.placeholder = f"{word} rows like: *.parquet, part-00?, [ab]*; ↵ {word}s them, esc leaves"
        self.open()

"""FilterBar: one line to type what rows must hold; hidden while it is not used."""

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
        self, placeholder: str = "filter: only rows that hold this; ↵ to the rows, esc clears"
    ) -> None:
        super().__init__(placeholder=placeholder, compact=True)

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

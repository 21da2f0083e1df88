"""FilterBar and its kin: one line to type what rows must hold, or be like; hidden while not used."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import Input


class HiddenInput(Input):
    """Hidden until it is opened."""

    DEFAULT_CSS = """
    HiddenInput {
        display: none;
        dock: bottom;
        background: $panel;
    }
    """

    def __init__(self, placeholder: str = "", *, id: str | None = None) -> None:
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


class FilterBar(HiddenInput):
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
        super().__init__(placeholder, id=id)


class RowFilterBar(FilterBar):
    """Filters what is loaded; a `/` typed first asks the server instead."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(
            "filter loaded rows: what holds this; / again searches the server; esc clears", id=id
        )

    async def on_key(self, event: events.Key) -> None:
        if event.character == "/" and not self.value:
            event.prevent_default()
            event.stop()
            await self.run_action("screen.search")


class PatternBar(HiddenInput):
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


class SearchBar(HiddenInput):
    """Asks for a query of what is below here; see `browse.query`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "search"),
        Binding("escape", "screen.escape", "back"),
    ]

    def __init__(self) -> None:
        super().__init__("search: text  *.csv  /regex/  >10M  1k..2M  older:30d  class:GLACIER  !text")

    def ask(self, query: str, *, replaces: bool) -> None:
        """Open it with a query; with `replaces`, what is typed first takes its place."""
        self.select_on_focus = replaces
        self.value = query
        self.cursor_position = len(query)
        self.open()

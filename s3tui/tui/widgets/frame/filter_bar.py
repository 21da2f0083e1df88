"""Input lines for filters, mark patterns and search queries; hidden while not in use."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.widgets import Input

from s3tui.tui.keymap.dialogs import FILTER_LINE_KEYS, FIND_LINE_KEYS, PATTERN_LINE_KEYS, SEARCH_LINE_KEYS


class HiddenInput(Input):
    """An input that is hidden until it is opened."""

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
        """Hide and clear the input."""
        self.value = ""
        self.display = False


class FilterBar(HiddenInput):
    BINDINGS: ClassVar[list[BindingType]] = [*FILTER_LINE_KEYS]

    def __init__(
        self,
        placeholder: str = "filter: only rows that hold this; ↵ to the rows, esc clears",
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(placeholder, id=id)


class RowFilterBar(FilterBar):
    """Filters the loaded rows; a `/` typed first starts a search on the server instead."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(
            "filter loaded rows: what holds this; / again searches the server; esc clears", id=id
        )

    def show(self, needle: str) -> None:
        """Be there with the filter of the rows that are shown, or not at all without one."""
        self.value, self.display = needle, bool(needle)

    async def on_key(self, event: events.Key) -> None:
        if event.character == "/" and not self.value:
            event.prevent_default()
            event.stop()
            await self.run_action("screen.search")


class PatternBar(HiddenInput):
    """Input for a glob pattern of rows to mark or unmark."""

    BINDINGS: ClassVar[list[BindingType]] = [*PATTERN_LINE_KEYS]

    marks = True
    """True to mark the rows that match, False to unmark them."""

    def ask(self, *, marks: bool) -> None:
        self.marks = marks
        word = "mark" if marks else "unmark"
        self.placeholder = f"{word} rows like: *.parquet, part-00?, [ab]*; ↵ {word}s them, esc leaves"
        self.open()


class FindBar(HiddenInput):
    """Input for a text to find inside of an object."""

    BINDINGS: ClassVar[list[BindingType]] = [*FIND_LINE_KEYS]

    def __init__(self) -> None:
        super().__init__("find: text, or bytes like 0x50 4b 03 04; ↵ finds, esc leaves")


class SearchBar(HiddenInput):
    """Input for a search query below the current prefix; see `browse.source.query`."""

    BINDINGS: ClassVar[list[BindingType]] = [*SEARCH_LINE_KEYS]

    def __init__(self) -> None:
        super().__init__("search: text  *.csv  /regex/  >10M  1k..2M  older:30d  class:GLACIER  !text")

    def ask(self, query: str, *, replaces: bool) -> None:
        """Open the input with `query`; with `replaces`, typing overwrites it."""
        self.select_on_focus = replaces
        self.value = query
        self.cursor_position = len(query)
        self.open()

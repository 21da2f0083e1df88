"""LocalPane: files of this machine, with input lines to filter them and to mark those like a pattern."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from s3tui.format import count, printable
from s3tui.tui.clock import Clock
from s3tui.tui.keymap.dialogs import FILE_LINE_KEYS
from s3tui.tui.widgets.forms.local_list import LocalList
from s3tui.tui.widgets.frame.filter_bar import FilterBar, PatternBar


class LocalPane(Vertical):
    DEFAULT_CSS = """
    LocalPane { height: 1fr; min-height: 3; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*FILE_LINE_KEYS]

    @dataclass
    class PatternTyped(Message):
        sentence: str

    def __init__(self, folder: Path, clock: Clock) -> None:
        super().__init__()
        self.files = LocalList(folder, clock)

    def compose(self) -> ComposeResult:
        yield self.files
        yield FilterBar("filter: only names that hold this; ↵ to the list, esc clears", id="filter")
        yield PatternBar(id="pattern")

    def action_filter(self) -> None:
        self.query_one(FilterBar).open()

    def action_mark_like(self, marks: bool) -> None:
        self.query_one(PatternBar).ask(marks=marks)

    def close_bar(self) -> bool:
        """Go back to the list; tell whether there was an input line to leave."""
        bars = [bar for bar in (self.query_one(PatternBar), self.query_one(FilterBar)) if bar.is_open]
        if bars:
            bars[0].close()
            self.files.focus()
        return bool(bars)

    @on(Input.Changed, "#filter")
    def _filter(self, event: Input.Changed) -> None:
        event.stop()
        self.files.needle = event.value
        self.files.show_rows()

    @on(Input.Changed, "#pattern")
    def _count_like(self, event: Input.Changed) -> None:
        event.stop()
        bar = self.query_one(PatternBar)
        if bar.is_open and event.value:
            like = f"{count(self.files.like(event.value))} like “{printable(event.value)}”"
            self.post_message(self.PatternTyped(f"{like}: ↵ {'marks' if bar.marks else 'unmarks'} them."))

    @on(Input.Submitted)
    def _leave_bar(self, event: Input.Submitted) -> None:
        event.stop()
        self.files.focus()
        if isinstance(event.input, PatternBar):
            event.input.close()
            self.files.mark_like(event.value, marks=event.input.marks)

"""Help: every key that works on the screen below, by what it is for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Label, Static

from s3tui.tui.keymap import GROUPS


class HelpScreen(ModalScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,q,backspace", "dismiss(None)", "close"),
        Binding("j,down", "scroll(1)", "down"),
        Binding("k,up", "scroll(-1)", "up"),
    ]

    def __init__(self, title: str, bindings: Iterable[Binding]) -> None:
        super().__init__()
        self._title = title
        self._keys = list(bindings)

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog wide") as frame:
            frame.border_title = Content(f"Keys · {self._title}" if self._title else "Keys")
            yield from self._columns()
            yield Label(
                Content("esc closes   every key can be changed in config.toml: [keys]"), classes="hint"
            )

    def _columns(self) -> Iterable[Widget]:
        style = self.app.theme_variables
        grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
        grid.add_column(width=12)
        grid.add_column(ratio=1)
        for group in GROUPS:
            actions = self._actions(group)
            if actions:
                grid.add_row(Text(group.description, f"bold {style['accent']}"), "")
            for keys, words in actions:
                grid.add_row(Text(keys, "bold", justify="left"), Text(words))
        yield Static(grid)

    def _actions(self, group: Binding.Group) -> list[tuple[str, str]]:
        keys: dict[str, list[str]] = {}
        words: dict[str, str] = {}
        for binding in self._keys:
            if binding.group == group:
                keys.setdefault(binding.action, []).append(self.app.get_key_display(binding))
                words.setdefault(binding.action, binding.tooltip or binding.description)
        return [(" ".join(keys[action]), words[action]) for action in keys]

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines * 3, animate=False)

"""HelpScreen: the keys of the screen below, by group."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Label, Static

from s3tui.tui.keymap.binding import GROUPS
from s3tui.tui.keymap.dialogs import HELP_KEYS


class HelpScreen(ModalScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [*HELP_KEYS]

    def __init__(self, title: str, bindings: Iterable[Binding]) -> None:
        super().__init__()
        self._title = title
        self._keys = list(bindings)

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog") as frame:
            frame.border_title = Content(f"Keys · {self._title}" if self._title else "Keys")
            with Horizontal(id="help-columns"):
                for groups in self._columns():
                    yield Static(self._table(groups))
            yield Label(
                Content("esc closes   every key can be changed in config.toml: [keys]"), classes="hint"
            )

    def _columns(self) -> list[list[Binding.Group]]:
        """Distribute the groups over two columns of about equal height; over one if the screen is narrow."""
        lengths = {group: len(self._actions(group)) + 2 for group in GROUPS if self._actions(group)}
        if self.app.size.width < 90:
            return [list(lengths)]
        columns: list[list[Binding.Group]] = [[], []]
        height = 0
        for group, length in lengths.items():
            columns[height >= sum(lengths.values()) / 2 - 1].append(group)
            height += length
        return [column for column in columns if column]

    def _table(self, groups: Iterable[Binding.Group]) -> Table:
        accent = self.app.theme_variables["accent"]
        grid = Table.grid(padding=(0, 1, 0, 0), expand=True)
        grid.add_column(width=12)
        grid.add_column(ratio=1)
        for group in groups:
            grid.add_row(Text(group.description, f"bold {accent}"), "")
            for keys, description in self._actions(group):
                grid.add_row(Text(keys, "bold"), Text(description))
            grid.add_row("", "")
        return grid

    def _actions(self, group: Binding.Group) -> list[tuple[str, str]]:
        keys: dict[str, list[str]] = {}
        descriptions: dict[str, str] = {}
        for binding in self._keys:
            if binding.id and binding.group == group:
                keys.setdefault(binding.action, []).append(self.app.get_key_display(binding))
                descriptions.setdefault(binding.action, binding.tooltip or binding.description.capitalize())
        return [(" ".join(keys[action]), descriptions[action]) for action in keys]

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines * 3, animate=False)

"""Scrolled: a container of text that scrolls by the keys of lists."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.containers import VerticalScroll

from s3tui.tui.keymap.screens import SCROLL_KEYS


class Scrolled(VerticalScroll, inherit_bindings=False):
    BINDINGS: ClassVar[list[BindingType]] = [*SCROLL_KEYS]

    def action_scroll(self, lines: int) -> None:
        self.scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        self.action_scroll(pages * max(1, self.size.height - 1))

    def action_half_page(self, halves: int) -> None:
        self.action_scroll(halves * max(1, self.size.height // 2))

    def action_first(self) -> None:
        self.scroll_home(animate=False)

    def action_last(self) -> None:
        self.scroll_end(animate=False)

"""ScrolledPreview: a preview that handles the keys that scroll by itself, for lines that are all here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from s3tui.tui.keymap.screens import SCROLL_KEYS
from s3tui.tui.widgets.preview.preview_view import PreviewView

if TYPE_CHECKING:
    from s3tui.preview.formats.text_lines import Line


class ScrolledPreview(PreviewView):
    BINDINGS: ClassVar[list[BindingType]] = [*SCROLL_KEYS]

    def show_all(self, lines: Sequence[Line], header: str = "", language: str = "") -> None:
        """Show lines from the first on."""
        self.language = language
        self.show(lines, header)
        self.go_to(0)

    def action_scroll(self, rows: int) -> None:
        self.scroll(rows)

    def action_page(self, pages: int) -> None:
        self.scroll(pages * max(1, self.room - 1))

    def action_half_page(self, halves: int) -> None:
        self.scroll(halves * max(1, self.room // 2))

    def action_first(self) -> None:
        self.go_to(0)

    def action_last(self) -> None:
        self.go_to(max(0, len(self.lines) - 1))

"""ScrolledPreview: a preview of lines that are all here, the first and the last too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from s3tui.tui.widgets.preview.preview_view import PreviewView

if TYPE_CHECKING:
    from s3tui.preview.formats.text_lines import Line


class ScrolledPreview(PreviewView):
    def show_all(self, lines: Sequence[Line], header: str = "", language: str = "") -> None:
        """Show lines from the first on."""
        self.language = language
        self.show(lines, header)
        self.go_to(0)

    def action_first(self) -> None:
        self.go_to(0)

    def action_last(self) -> None:
        self.go_to(max(0, len(self.lines) - 1))

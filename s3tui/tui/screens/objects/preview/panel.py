"""PreviewPanel: the lines of a preview, or the state in their place, framed by what they are."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from s3tui.s3.errors import S3Error
from s3tui.tui.screens.objects.preview.views import View
from s3tui.tui.widgets.frame.filter_bar import FindBar
from s3tui.tui.widgets.frame.state_panel import Condition, StatePanel
from s3tui.tui.widgets.preview.preview_view import PreviewView

_BACK = "⌫ goes back"


class PreviewPanel(Vertical):
    def __init__(self) -> None:
        super().__init__(id="queue-panel", classes="panel")

    def compose(self) -> ComposeResult:
        view = PreviewView()
        yield from (StatePanel(view), view, FindBar())

    @property
    def lines(self) -> PreviewView:
        return self.query_one(PreviewView)

    @property
    def room(self) -> tuple[int, int]:
        """Columns and rows for a picture."""
        width, height = self.content_size
        return width, height

    @property
    def top_offset(self) -> int:
        """The offset of the first line in view; of fixed lines, its index."""
        lines, top = self.lines.lines, self.lines.top
        return lines[top].offset if top < len(lines) else 0

    def show(self, view: View) -> None:
        """Show the lines that a view has by now; scrolled as they are."""
        lines = self.lines
        lines.language, lines.picture = view.language, view.picture
        lines.show(view.pager.lines, view.header, is_first_line=view.begins_with_header)

    def clear_state(self) -> None:
        """Show the lines again."""
        self.query_one(StatePanel).clear()

    def show_state(self, condition: Condition, sentence: str) -> None:
        """Show a sentence in place of the lines."""
        self.query_one(StatePanel).show(condition, sentence, _BACK)

    def show_error(self, error: S3Error) -> None:
        self.query_one(StatePanel).show_error(error, keys=_BACK)

    def frame(self, title: str, caption: str) -> None:
        self.border_title, self.border_subtitle = Content(title), Content(caption)

    def open_find(self) -> None:
        self.query_one(FindBar).open()

    def close_find(self) -> bool:
        """Close the line to find in; say whether it was open."""
        bar = self.query_one(FindBar)
        if not bar.is_open:
            return False
        bar.close()
        self.lines.focus()
        return True

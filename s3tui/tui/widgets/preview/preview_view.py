"""PreviewView: lines that are scrolled by keys, wrapped or cut, with what was found in them marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from rich.cells import chop_cells
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from s3tui.format import printable
from s3tui.tui.keymap.screens import SCROLL_KEYS
from s3tui.tui.text.cells import TONES, StyledLine
from s3tui.tui.text.preview.half_blocks import half_blocks
from s3tui.tui.text.preview.highlight import cut, highlight
from s3tui.tui.widgets.tones import tone_style

if TYPE_CHECKING:
    from s3tui.preview.formats.text_lines import Line
    from s3tui.preview.preview import Picture

_NEAR = 400
"""Lines before either end at which more are asked for."""
_WHEEL = 3


class PreviewView(Widget, can_focus=True):
    """Paints `lines` from `top` on; the screen says which lines there are."""

    BINDINGS: ClassVar[list[BindingType]] = [*SCROLL_KEYS]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "preview--header",
        "preview--found",
        "preview--current",
        *(f"preview--{tone}" for tone in TONES),
    }
    DEFAULT_CSS = """
    PreviewView {
        height: 1fr;
        background: $surface;
        .preview--header { text-style: bold; color: $accent; }
        .preview--found { background: $warning 30%; }
        .preview--current { background: $foreground 10%; }
        .preview--dim { color: $foreground 70%; }
        .preview--strong { text-style: bold; }
        .preview--accent { color: $accent; }
        .preview--good { color: $success; }
        .preview--warn { color: $warning; }
        .preview--bad { color: $error; }
    }
    """

    @dataclass
    class Scrolled(Message):
        """Another line is the first one; `near`: an end of the lines, where more are wanted."""

        near: Literal["", "start", "end"]

    @dataclass
    class EndSought(Message):
        """The first line of all is wanted, or the last."""

        is_last: bool

    def __init__(self) -> None:
        super().__init__()
        self.lines: Sequence[Line] = ()
        self.header = ""
        """A line that stays above the others; printable."""
        self._first = 0
        """Index of the first line below the header: 1 where that is the first line."""
        self.top = 0
        """Index of the first line that is shown."""
        self.row = 0
        """Of its rows, if it is wrapped, the first that is shown."""
        self.left = 0
        """Cells that are cut at the left."""
        self.wraps = False
        self.needle = ""
        self.language = ""
        """What lines are highlighted by; empty: they are not."""
        self.picture: Picture | None = None
        """Drawn below the lines, in half blocks."""
        self._painted: list[tuple[int, int, str]] = []
        self.current: int | None = None
        """Index of the line that was gone to."""

    @property
    def room(self) -> int:
        """Rows for lines."""
        return max(1, self.size.height - bool(self.header))

    @property
    def last_top(self) -> tuple[int, int]:
        """The line and its row that stand first when the last one stands last."""
        left = self.room
        for index in range(len(self.lines) - 1, self._first - 1, -1):
            rows = self._height(index)
            if rows >= left:
                return index, rows - left
            left -= rows
        return self._first, 0

    def show(self, lines: Sequence[Line], header: str = "", *, is_first_line: bool = False) -> None:
        """Show other lines; scrolled as it is.

        Args:
            is_first_line: `header` is the first of them, too, and shown once.
        """
        self.lines, self.header, self._first = lines, header, int(is_first_line)
        self._stay_within()
        self.refresh()

    def go_to(self, index: int, *, marks: bool = False) -> None:
        """Show a line, with some of those before it, unless it is in view."""
        self.current = index if marks else None
        shown = [at for at, _, _ in self._rows()]
        if index not in shown[1:-1] or not marks:
            self.top, self.row = max(0, index - (self.room // 3 if marks else 0)), 0
            self._stay_within()
        self._tell()

    def shift(self, lines: int) -> None:
        """Have the same lines in view after so many came before them."""
        self.top = max(0, self.top + lines)
        self.current = None if self.current is None else self.current + lines

    def scroll(self, rows: int) -> None:
        """Scroll down, or up."""
        step, top, row = (1 if rows > 0 else -1), self.top, self.row
        for _ in range(abs(rows)):
            row += step
            if row < 0:
                top -= 1
                if top < self._first:
                    break
                row = self._height(top) - 1
            elif row >= self._height(top):
                top, row = top + 1, 0
        self.top, self.row = top, row
        self._stay_within()
        self._tell()

    def action_scroll(self, rows: int) -> None:
        self.scroll(rows)

    def action_page(self, pages: int) -> None:
        self.scroll(pages * max(1, self.room - 1))

    def action_half_page(self, halves: int) -> None:
        self.scroll(halves * max(1, self.room // 2))

    def action_first(self) -> None:
        self.post_message(self.EndSought(is_last=False))

    def action_last(self) -> None:
        self.post_message(self.EndSought(is_last=True))

    def scroll_sideways(self, cells: int) -> None:
        self.left = 0 if self.wraps else max(0, self.left + cells)
        self.refresh()

    def toggle_wrap(self) -> None:
        self.wraps, self.left, self.row = not self.wraps, 0, 0
        self._stay_within()
        self._tell()

    def _stay_within(self) -> None:
        self.top, self.row = max((self._first, 0), min((self.top, self.row), self.last_top))

    def _tell(self) -> None:
        near: Literal["", "start", "end"] = ""
        if self.top + self.room + _NEAR > len(self.lines):
            near = "end"
        if self.top < _NEAR and near == "":
            near = "start"
        self.refresh()
        self.post_message(self.Scrolled(near))

    def _height(self, index: int) -> int:
        return len(self._wrapped(index)) if self.wraps and index < len(self.lines) else 1

    def _wrapped(self, index: int) -> list[str]:
        text, width = printable(self.lines[index].text), max(2, self.size.width)
        return chop_cells(text, width) or [""]

    def _rows(self) -> Iterator[tuple[int, int, str]]:
        """Yield the rows in view, each with the index of its line, and that of its first character there."""
        left, row = self.room, self.row
        for index in range(self.top, len(self.lines)):
            rows = self._wrapped(index) if self.wraps else [self._cut(index)]
            first = sum(map(len, rows[:row])) if self.wraps else self.left
            for text in rows[row:][:left]:
                yield index, first, text
                first += len(text)
            left -= len(rows) - row
            row = 0
            if left <= 0:
                return

    def _cut(self, index: int) -> str:
        return printable(self.lines[index].text)[self.left :]

    def render_lines(self, crop: Region) -> list[Strip]:
        self._painted = list(self._rows())
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width, base = self.size.width, self.rich_style
        if self.header and y == 0:
            style = self.get_component_rich_style("preview--header")
            segments = self._segments([(self.header[self.left :], "")], style)
            return Strip(list(segments)).adjust_cell_length(width, style)
        y -= bool(self.header)
        if y >= len(self._painted):
            y -= len(self._painted)
            return Strip.blank(width, base) if self.picture is None else self._drawn(self.picture, y)
        index, first, text = self._painted[y]
        if index == self.current:
            base = base + self.get_component_rich_style("preview--current")
        line: StyledLine = [(text, "")]
        if self.language:
            line = cut(highlight(printable(self.lines[index].text), self.language), first, first + len(text))
        return Strip(list(self._segments(line, base))).adjust_cell_length(width, base)

    def _drawn(self, picture: Picture, y: int) -> Strip:
        """Return a row of a picture: the upper half of each cell is one pixel, the lower half another."""
        base = self.rich_style
        segments = [
            Segment("▀" * cells, base + Style(color=Color.from_rgb(*upper), bgcolor=Color.from_rgb(*lower)))
            for upper, lower, cells in half_blocks(picture, y)
        ]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _segments(self, line: StyledLine, style: Style) -> Iterator[Segment]:
        found = self.get_component_rich_style("preview--found")
        text, at = "".join(part for part, _ in line), 0
        for first, end in [*self._places(text), (len(text), len(text))]:
            for part, tone in cut(line, at, first):
                yield Segment(part, style + tone_style(self, "preview", tone))
            if end > first:
                yield Segment(text[first:end], style + found)
            at = end

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where what was looked for stands in a row."""
        needle, at = self.needle, 0
        where = text.lower() if needle == needle.lower() else text
        while needle and len(where) == len(text) and (place := where.find(needle, at)) >= 0:
            at = place + len(needle)
            yield place, at

    def on_resize(self, event: events.Resize) -> None:
        self._stay_within()
        self._tell()

    def on_mouse_scroll_down(self) -> None:
        self.scroll(_WHEEL)

    def on_mouse_scroll_up(self) -> None:
        self.scroll(-_WHEEL)

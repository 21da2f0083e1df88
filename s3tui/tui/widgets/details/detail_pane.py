"""Fields: labelled values in sections, aligned and wrapped. DetailPane: those of the row under a cursor."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, ClassVar

from rich.console import Group, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from s3tui.tui.text.cells import TONES, Tone, folded_path
from s3tui.tui.text.fields import Field, Section
from s3tui.tui.widgets.tones import tone_style

if TYPE_CHECKING:
    from s3tui.tui.text.preview.lines import PreviewText

_WIDEST_LABEL = 24
_LEAST_PREVIEW = 10
"""Lines that a preview has, if need be in the place of all sections but the first."""

_TONES_CSS = """
    .fields--dim { color: $foreground 70%; }
    .fields--faint { color: $foreground 30%; }
    .fields--strong { text-style: bold; }
    .fields--accent { color: $accent; }
    .fields--good { color: $success; }
    .fields--warn { color: $warning; }
    .fields--bad { color: $error; }
"""


class Fields(Static):
    """Shows sections of fields; the label column is as wide as its widest label."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"fields--{tone}" for tone in TONES),
    }
    DEFAULT_CSS = f"Fields {{ {_TONES_CSS} }}"

    def __init__(self, sections: Sequence[Section] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.sections = sections

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _: self.show(self.sections))
        self.show(self.sections)

    def show(self, sections: Sequence[Section]) -> None:
        self.sections = sections
        self.update(Group(*_blocks(self, sections)))


class DetailPane(ScrollView, can_focus=False):
    """Details of the row under the cursor, below its name; only lines that change are painted again."""

    COMPONENT_CLASSES: ClassVar[set[str]] = Fields.COMPONENT_CLASSES
    DEFAULT_CSS = f"""
    DetailPane {{
        width: 2fr;
        min-width: 54;
        max-width: 72;
        padding: 0 1;
        background: $surface;
        border: round $border-blurred;
        overflow-x: hidden;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        {_TONES_CSS}
    }}
    """

    title = ""
    sections: Sequence[Section] = ()
    sentence = ""
    uri = ""
    preview: PreviewText | None = None
    """Shown below all else, as far as there is room."""
    _tone: Tone = "dim"
    _lines: Sequence[Strip] = ()

    def show(
        self,
        title: str,
        sections: Sequence[Section],
        sentence: str = "",
        *,
        uri: str = "",
        tone: Tone = "dim",
    ) -> None:
        """Show a title with its URI, a sentence in a tone, and sections; each may be empty.

        A preview of the same URI stays.
        """
        self.preview = self.preview if uri == self.uri else None
        self.title, self.sections, self.sentence, self.uri = title, sections, sentence, uri
        self._tone = tone
        self._paint()

    def show_preview(self, preview: PreviewText) -> None:
        self.preview = preview
        self._paint()

    def _paint(self) -> None:
        width, height = self.scrollable_content_region.size
        before, self._lines = self._lines, self._render_lines(width, height)
        pairs = enumerate(zip_longest(before, self._lines))
        changed = [y - self.scroll_offset.y for y, (old, new) in pairs if old != new]
        if regions := [Region(0, y, width, 1) for y in changed if 0 <= y < height]:
            self.refresh(*regions)
        # A size of its own for every row would lay the screen out with each of them.
        self.virtual_size = Size(width, max(height, len(self._lines)))

    def _render_lines(self, width: int, height: int) -> list[Strip]:
        lines, style = self._render_sections(self.sections, width), self.rich_style
        if self.preview is not None:
            if height - len(lines) < _LEAST_PREVIEW:  # the first section has what matters most
                lines = self._render_sections(self.sections[:1], width)
            preview = self.preview.lines(width, height - len(lines) - 1)
            lines += [Strip.blank(width, style)] if preview else []
            for line in preview:
                segments = [Segment(text, style + tone_style(self, "fields", tone)) for text, tone in line]
                lines.append(Strip(segments).adjust_cell_length(width, style))
        return lines

    def _render_sections(self, sections: Sequence[Section], width: int) -> list[Strip]:
        blocks = _blocks(self, sections)
        if self.sentence:
            blocks = [self._text(self.sentence, self._tone), Text(), *blocks]
        if self.title:
            uri = [self._path(self.uri, width, "dim")] if self.uri else []
            blocks = [self._path(self.title, width, "strong"), *uri, Text(), *blocks]
        if not (blocks and width):
            return []
        console, style = self.app.console, self.rich_style
        lines = console.render_lines(
            Group(*blocks), console.options.update(width=width, height=None), pad=False
        )
        return [Strip(line).apply_style(style).adjust_cell_length(width, style) for line in lines]

    def _path(self, text: str, width: int, tone: Tone) -> Text:
        return self._text("\n".join(folded_path(text, width)), tone)

    def _text(self, text: str, tone: Tone) -> Text:
        return Text(text, tone_style(self, "fields", tone), overflow="fold")

    def render_line(self, y: int) -> Strip:
        number = y + self.scroll_offset.y
        if number < len(self._lines):
            return self._lines[number]
        return Strip.blank(self.scrollable_content_region.width, self.rich_style)

    def on_resize(self) -> None:
        self._paint()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        if self.is_mounted:
            self._paint()


def _blocks(widget: Widget, sections: Sequence[Section]) -> list[RenderableType]:
    """Return what shows `sections`, in the tones of `widget`."""
    widest = max((len(field.label) for section in sections for field in section.fields), default=0)
    blocks: list[RenderableType] = []
    for section in sections:
        if section.title:
            style = tone_style(widget, "fields", "accent")
            blocks += [Text(), Text(section.title, style)] if blocks else [Text(section.title, style)]
        blocks.append(_grid(widget, section.fields, min(widest, _WIDEST_LABEL)))
    return blocks


def _grid(widget: Widget, fields: Sequence[Field], label_width: int) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(width=label_width, overflow="fold")
    grid.add_column(ratio=1, overflow="fold")
    label = tone_style(widget, "fields", "dim")
    for field in fields:
        style = tone_style(widget, "fields", field.tone)
        grid.add_row(Text(field.label, label), Text(field.value, style, overflow="fold"))
    return grid

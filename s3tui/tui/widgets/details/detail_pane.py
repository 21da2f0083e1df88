"""Fields: labelled values in sections, aligned and wrapped. DetailPane: the same beside a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from s3tui.tui.text.cells import TONES
from s3tui.tui.text.fields import Field, Section
from s3tui.tui.widgets.tones import tone_style


class Fields(Static):
    """Shows sections of fields; the label column is as wide as its widest label."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"fields--{tone}" for tone in TONES),
    }
    DEFAULT_CSS = """
    Fields {
        .fields--dim { color: $foreground 55%; }
        .fields--faint { color: $foreground 30%; }
        .fields--strong { text-style: bold; }
        .fields--accent { color: $accent; }
        .fields--good { color: $success; }
        .fields--warn { color: $warning; }
        .fields--bad { color: $error; }
    }
    """

    def __init__(self, sections: Sequence[Section] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.sections = sections

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _: self.show(self.sections))
        self.show(self.sections)

    def show(self, sections: Sequence[Section]) -> None:
        self.sections = sections
        widest = max((len(field.label) for section in sections for field in section.fields), default=0)
        blocks: list[RenderableType] = []
        for section in sections:
            if section.title:
                style = tone_style(self, "fields", "accent")
                blocks += [Text(), Text(section.title, style)] if blocks else [Text(section.title, style)]
            blocks.append(self._grid(section.fields, min(widest, 24)))
        self.update(Group(*blocks))

    def _grid(self, fields: Sequence[Field], label_width: int) -> Table:
        grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
        grid.add_column(width=label_width, overflow="fold")
        grid.add_column(ratio=1, overflow="fold")
        label = tone_style(self, "fields", "dim")
        for field in fields:
            style = tone_style(self, "fields", field.tone)
            grid.add_row(Text(field.label, label), Text(field.value, style, overflow="fold"))
        return grid


class DetailPane(VerticalScroll, can_focus=False):
    """Details of the row under the cursor, with its name as the border title."""

    DEFAULT_CSS = """
    DetailPane {
        width: 2fr;
        max-width: 72;
        padding: 0 1;
        background: $surface;
        border: round $border-blurred;
        border-title-color: $foreground 80%;
        scrollbar-size-vertical: 1;
        #pane-words { color: $foreground 60%; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Static(id="pane-words")
        yield Fields()

    def show(self, title: str, sections: Sequence[Section], sentence: str = "") -> None:
        """Show sections below a sentence; either may be empty."""
        self.border_title = Content(title)
        note = self.query_one("#pane-words", Static)
        note.update(Content(sentence))
        note.display = bool(sentence)
        self.query_one(Fields).show(sections)

"""Tones → Rich styles of the current theme."""

from __future__ import annotations

from rich.style import Style
from textual.widget import Widget

from s3tui.tui.text.cells import Tone


def tone_style(widget: Widget, component: str, tone: Tone) -> Style:
    """Return the foreground style of a tone, without a background, to combine with that of a line."""
    if not tone:
        return Style.null()
    style = widget.get_component_rich_style(f"{component}--{tone}")
    return Style(color=style.color, bold=style.bold)

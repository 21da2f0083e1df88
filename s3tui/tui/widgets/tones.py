"""What the tones look like in the theme that is on."""

from __future__ import annotations

from rich.style import Style
from textual.widget import Widget

from s3tui.tui.text.cells import Tone


def tone_style(widget: Widget, component: str, tone: Tone) -> Style:
    """Return colour and weight alone, to lay over whatever a line's background is."""
    if not tone:
        return Style.null()
    style = widget.get_component_rich_style(f"{component}--{tone}")
    return Style(color=style.color, bold=style.bold)

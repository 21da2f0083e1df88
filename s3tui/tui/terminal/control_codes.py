"""Line filter that removes control characters from everything that is painted.

The app's own widgets pass text through `format.printable`, which makes odd characters visible. Textual's
widgets show what is typed, pasted or read from a disk as it is: this filter is the last barrier for it.
"""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter


class ControlCodes(LineFilter):
    """Removes unprintable characters from a line without moving the cells that follow."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if all(segment.control or segment.text.isprintable() for segment in segments):
            return segments
        return [
            segment if segment.control else Segment(_printable_cells(segment.text), segment.style)
            for segment in segments
        ]


def _printable_cells(text: str) -> str:
    """Return `text` with printable characters only, as wide as it was."""
    return "".join(char if char.isprintable() else " " * cell_len(char) for char in text)

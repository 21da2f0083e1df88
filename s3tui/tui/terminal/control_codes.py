"""The last look at what is painted: no control character reaches the terminal, whoever put it there.

What widgets of ours show passes `format.printable`, which makes odd characters visible. Those of the
library show what is typed, pasted, or read from a disk as it is: what is left there is taken out of the line.
"""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter


class ControlCodes(LineFilter):
    """Takes out of a line what is no printable character, without moving the cells that follow."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if all(segment.control or segment.text.isprintable() for segment in segments):
            return segments
        return [
            segment if segment.control else Segment(_printable_cells(segment.text), segment.style)
            for segment in segments
        ]


def _printable_cells(text: str) -> str:
    """Return `text` with nothing in it but what can be printed, as wide as it was."""
    return "".join(char if char.isprintable() else " " * cell_len(char) for char in text)

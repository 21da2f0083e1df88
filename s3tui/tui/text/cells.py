"""Fitting text into terminal cells: columns, ellipses and bars. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from rich.cells import cell_len, chop_cells, set_cell_size

Tone: TypeAlias = Literal["", "dim", "faint", "strong", "accent", "heading", "good", "warn", "bad"]
"""The meaning of a text, as a style; the theme says what it looks like."""

Cell: TypeAlias = tuple[str, Tone]
StyledLine: TypeAlias = Sequence[Cell]

TONES: tuple[Tone, ...] = ("dim", "faint", "strong", "accent", "heading", "good", "warn", "bad")


def left(text: str, width: int) -> str:
    """Return `text` left-aligned in exactly `width` cells, shortened at its end."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(set_cell_size(text, width - 1).rstrip() + "…", width)


def right(text: str, width: int) -> str:
    """Return `text` right-aligned in exactly `width` cells."""
    return " " * (width - cell_len(text)) + text if cell_len(text) <= width else left(text, width)


def middle(text: str, width: int) -> str:
    """Return `text` in at most `width` cells, shortened in its middle."""
    if cell_len(text) <= width:
        return text
    if width < 5:
        return left(text, width)
    tail = text[-((width - 1) * 2 // 3) :]
    while cell_len(tail) > (width - 1) * 2 // 3:
        tail = tail[1:]
    return set_cell_size(text, width - 1 - cell_len(tail)) + "…" + tail


def folded_path(text: str, width: int) -> list[str]:
    """Return a path in lines of at most `width` cells, broken behind slashes in their second halves."""
    lines = []
    while width > 1 and cell_len(text) > width:
        line = chop_cells(text, width)[0]
        if (end := line.rfind("/") + 1) > width // 2:
            line = line[:end]
        lines.append(line)
        text = text[len(line) :]
    return [*lines, text]


def bar(fraction: float | None, width: int, tone: Tone) -> StyledLine:
    """Return a progress bar of `width` cells; it is empty if the fraction is unknown."""
    full = 0 if fraction is None else round(max(0.0, min(1.0, fraction)) * width)
    return [("━" * full, tone), ("─" * (width - full), "faint")]

"""Labelled values in titled sections, as a detail pane shows them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from s3tui.tui.text.cells import Tone


@dataclass(frozen=True, slots=True)
class Field:
    """One labelled value."""

    label: str
    value: str
    """Printable already."""
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under a title."""

    title: str
    fields: Sequence[Field]

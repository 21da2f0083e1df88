"""Notice: one line for what just happened; gone when there is nothing to say."""

from __future__ import annotations

from typing import Literal

from textual.content import Content
from textual.widgets import Static

Kind = Literal["fact", "routed", "done", "warning", "error"]
_SIGNS: dict[Kind, str] = {"fact": "·", "routed": "↪", "done": "✓", "warning": "!", "error": "✗"}


class Notice(Static):
    DEFAULT_CSS = """
    Notice {
        height: auto;
        max-height: 3;
        padding: 0 1;
        background: $surface;
        display: none;
        &.-fact { color: $foreground; }
        &.-routed { color: $warning; }
        &.-done { color: $success; }
        &.-warning { color: $warning; }
        &.-error { color: $error; }
    }
    """

    def say(self, sentence: str, kind: Kind = "fact") -> None:
        """Show `sentence`, which must be printable already."""
        self.set_classes(f"-{kind}")
        self.update(Content(f"{_SIGNS[kind]} {sentence}"))
        self.display = True

    def clear(self) -> None:
        self.display = False

"""Notice: a line for the latest message and one for the status of ongoing work; hidden if both are empty."""

from __future__ import annotations

from typing import Literal

from textual.content import Content
from textual.reactive import reactive
from textual.timer import Timer
from textual.widgets import Static

Kind = Literal["fact", "routed", "done", "warning", "error"]
_SIGNS: dict[Kind, str] = {"fact": "·", "routed": "↪", "done": "✓", "warning": "!", "error": "✗"}

SHOWN_S: dict[Kind, float] = {"fact": 20, "routed": 20, "done": 20, "warning": 30, "error": 120}
"""How long a message stays, unless another one takes its place."""


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

    status: reactive[str] = reactive("", init=False)
    """Ongoing work; shown below the latest message."""
    _said: Content | None = None
    _timer: Timer | None = None

    def say(self, sentence: str, kind: Kind = "fact") -> None:
        """Show `sentence`, which must be printable already."""
        self.set_classes(f"-{kind}")
        self._said = Content(f"{_SIGNS[kind]} {sentence}")
        self._show()
        self._stop_timer()
        self._timer = self.set_timer(SHOWN_S[kind], self.clear)

    def clear(self) -> None:
        self._stop_timer()
        if self._said is not None:
            self._said = None
            self._show()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def watch_status(self) -> None:
        self._show()

    def _show(self) -> None:
        status = Content.styled(f"⋯ {self.status}", "$foreground 70%") if self.status else None
        lines = [line for line in (self._said, status) if line is not None]
        self.update(Content("\n").join(lines))
        self.display = bool(lines)

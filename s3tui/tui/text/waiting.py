"""Words on an answer that is awaited: a sign first, then the seconds and what it is. Pure."""

from __future__ import annotations

from dataclasses import dataclass

SIGNS = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
"""Of a spinner, in their order."""
STILL = "⋯"
"""The sign where nothing shall move."""
SHOWN_AFTER_S = 0.3
TOLD_AFTER_S = 2.0
TURN_S = 0.25
"""Between two signs."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A request, or several after one another, whose answers are awaited; times are monotonic."""

    begun_s: float
    answered_s: float
    """The time of the last answer; without one, of the request."""
    pages: int = 0
    """Those that came."""
    is_connecting: bool = False

    @property
    def awaited(self) -> str:
        if self.pages:
            return f"page {self.pages + 1:,} of …"
        return "connecting" if self.is_connecting else "first answer"

    def is_shown(self, now_s: float) -> bool:
        return now_s - self.begun_s >= SHOWN_AFTER_S

    def words(self, now_s: float) -> str:
        """Return what is awaited and for how long, once that is long."""
        seconds = now_s - self.answered_s
        return f"{self.awaited}, {seconds:.0f} s" if seconds >= TOLD_AFTER_S else ""

    def sign(self, now_s: float, *, moves: bool = True) -> str:
        """Return the sign that something is awaited, once it is shown."""
        if not self.is_shown(now_s):
            return ""
        return SIGNS[int((now_s - self.begun_s) / TURN_S) % len(SIGNS)] if moves else STILL

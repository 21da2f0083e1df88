"""Notice: a line for the latest message and one for the status of ongoing work; hidden if both are empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from textual.content import Content
from textual.reactive import reactive
from textual.timer import Timer
from textual.widgets import Static

if TYPE_CHECKING:
    from s3tui.transfer.models import QueueSnapshot

Kind = Literal["fact", "routed", "queued", "done", "warning", "error"]
_SIGNS: dict[Kind, str] = {
    "fact": "·",
    "routed": "↪",
    "queued": "·",
    "done": "✓",
    "warning": "!",
    "error": "✗",
}

SHOWN_S: dict[Kind, float] = {"fact": 20, "routed": 20, "queued": 20, "done": 20, "warning": 30, "error": 120}
"""How long a message stays, unless another one takes its place."""
_NO_ANSWERS: frozenset[Kind] = frozenset({"routed", "queued"})
"""What is told by the way: it waits until a refusal that is being read has gone."""
_READ: frozenset[Kind] = frozenset({"warning", "error"})


class _Said(NamedTuple):
    sentence: str
    kind: Kind
    about: str


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
        &.-queued { color: $foreground; }
        &.-done { color: $success; }
        &.-warning { color: $warning; }
        &.-error { color: $error; }
    }
    """

    status: reactive[str] = reactive("", init=False)
    """Ongoing work; shown below the latest message."""
    _said: _Said | None = None
    _next: _Said | None = None
    """What waits until the latest message has gone."""
    _timer: Timer | None = None

    def say(self, sentence: str, kind: Kind = "fact", *, about: str = "") -> None:
        """Show `sentence`, which must be printable already.

        `about`: the name of a transfer; what is said of it goes when it has ended.
        """
        said = _Said(sentence, kind, about)
        if self._said is not None and kind in _NO_ANSWERS and self._said.kind in _READ:
            self._next = said
            return
        self._stop_timer()
        self._said, self._next = said, None
        self.set_classes(f"-{kind}")
        self._show()
        self._timer = self.set_timer(SHOWN_S[kind], self._go_on)

    def clear(self) -> None:
        self._next = None
        self._go_on()

    def follow(self, queue: QueueSnapshot) -> None:
        """Take away what was said of transfers that have ended."""
        if self._next is not None and _is_over(self._next, queue):
            self._next = None
        if self._said is not None and _is_over(self._said, queue):
            self._go_on()

    def _go_on(self) -> None:
        self._stop_timer()
        following, self._next = self._next, None
        if self._said is not None:
            self._said = None
            self._show()
        if following is not None:
            self.say(*following[:2], about=following.about)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def watch_status(self) -> None:
        self._show()

    def _show(self) -> None:
        said = Content(f"{_SIGNS[self._said.kind]} {self._said.sentence}") if self._said else None
        status = Content.styled(f"⋯ {self.status}", "$foreground 70%") if self.status else None
        lines = [line for line in (said, status) if line is not None]
        self.update(Content("\n").join(lines))
        self.display = bool(lines)


def _is_over(said: _Said, queue: QueueSnapshot) -> bool:
    """Say whether what a message is about was in the queue, and has ended."""
    rows = [row for row in queue.transfers if row.name == said.about] if said.about else []
    return bool(rows) and all(row.state.is_final for row in rows)

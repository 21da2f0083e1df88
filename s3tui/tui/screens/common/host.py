"""ScreenHost: the protocol by which a controller uses the screen that owns it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, Protocol, TypeVar

from textual.app import App
from textual.screen import Screen
from textual.timer import Timer
from textual.worker import Worker

from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.widgets.frame.notice import Kind

P = ParamSpec("P")
T = TypeVar("T")


class ScreenHost(Protocol):
    """A screen as its controllers see it: its session, notices, workers and dialogs."""

    transfers: Transfers

    @property
    def app(self) -> App[object]: ...

    @property
    def session(self) -> Session: ...

    def say(self, sentence: str, kind: Kind = "fact", *, about: str = "") -> None:
        """Show a sentence, which must be printable, in the notice line; `about` a transfer of that name."""

    def clear_notice(self) -> None: ...

    def copy(self, text: str, what: str) -> Awaitable[None]:
        """Copy `text` to the terminal's clipboard, and show that."""

    def set_interval(self, interval: float, callback: Callable[[], object]) -> Timer: ...

    def show_waiting(self, words: str) -> None:
        """Show in the top bar what is awaited; nothing where that is empty."""

    def may_write(self) -> bool:
        """Tell whether this view may change anything; if not, show why."""

    def run(
        self,
        work: Callable[[], Coroutine[Any, Any, T]],
        group: str,
        *,
        exclusive: bool = False,
        name: str = "",
    ) -> Worker[T]:
        """Run a worker that ends with the screen; `exclusive` cancels the other workers of its group."""

    def cancel(self, group: str) -> None:
        """Cancel the workers of a group."""

    def later(self, handle: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Schedule a call in the screen's message loop; calls keep their order."""

    def ask(self, question: Screen[T]) -> Awaitable[T | None]:
        """Open a dialog and return its answer, `None` if it was dismissed; to be awaited in a worker."""

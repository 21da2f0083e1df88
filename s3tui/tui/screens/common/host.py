"""ScreenHost: what a controller sees of the screen that owns it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, Protocol, TypeVar

from textual.app import App
from textual.screen import Screen
from textual.worker import Worker

from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.widgets.frame.notice import Kind

P = ParamSpec("P")
T = TypeVar("T")


class ScreenHost(Protocol):
    transfers: Transfers

    @property
    def app(self) -> App[object]: ...

    @property
    def session(self) -> Session: ...

    def say(self, sentence: str, kind: Kind = "fact") -> None:
        """Show a sentence, printable already, in the notice line."""

    def clear_notice(self) -> None: ...

    def copy(self, text: str, what: str) -> Awaitable[None]:
        """Give `text` to the terminal's clipboard, and say so."""

    def may_write(self) -> bool:
        """Say whether anything may be changed from here; if not, tell the user."""

    def run(
        self,
        work: Callable[[], Coroutine[Any, Any, T]],
        group: str,
        *,
        exclusive: bool = False,
        name: str = "",
    ) -> Worker[T]:
        """Run a worker that ends with the screen; with `exclusive`, those of its group are cancelled."""

    def cancel(self, group: str) -> None:
        """Cancel the workers of a group."""

    def later(self, handle: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Have what a worker learned handled by the screen's message loop, in the order of such calls."""

    def ask(self, question: Screen[T]) -> Awaitable[T | None]:
        """Await the answer to a question, in a worker; `None`: the user walked away."""

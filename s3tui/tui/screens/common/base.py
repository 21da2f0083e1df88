"""FramedScreen: the base of all full screens, with top bar, body, notice and key bar."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.worker import Worker

from s3tui.format import printable
from s3tui.tui.messages import RegionsRouted, SamplesPut
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.toasts import HasToasts
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.connected_place import connected_place
from s3tui.tui.terminal.osc52 import find_obstacle
from s3tui.tui.text.place import Place
from s3tui.tui.widgets.frame.key_bar import KeyBar
from s3tui.tui.widgets.frame.notice import Kind, Notice
from s3tui.tui.widgets.frame.top_bar import TopBar

if TYPE_CHECKING:
    from s3tui.transfer.models import QueueSnapshot

P = ParamSpec("P")
T = TypeVar("T")

_WIDE = 120
"""The least columns for a pane beside the rows."""


class FramedScreen(Screen[None]):
    """A screen of the app; `session` is `None` while there is no connection."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_WIDE, "-wide")]  # noqa: RUF012 - Textual's own declaration
    BINDINGS: ClassVar[list[BindingType]] = []
    HELP_TITLE: ClassVar[str] = ""
    OFFERS_CONNECTIONS: ClassVar[bool] = True
    """True if the connection list can be opened from here."""
    HAS_PANE: ClassVar[bool] = False
    """True if there is a pane beside the rows, on a wide terminal."""
    SHOWS_QUEUE: ClassVar[bool] = False
    """True if transfers are shown here, so that finished ones need no notification."""

    def __init__(self, session: Session | None, transfers: Transfers) -> None:
        super().__init__()
        self._session = session
        self.transfers = transfers

    @property
    def session(self) -> Session:
        assert self._session is not None, "this screen needs a connection"
        return self._session

    @property
    def is_connected(self) -> bool:
        return self._session is not None

    @property
    def uri(self) -> str:
        """The S3 URI of what is shown; `s3://` if it has none."""
        return "s3://"

    def compose(self) -> ComposeResult:
        is_wide = self.app.size.width >= _WIDE  # here, so that nothing is styled twice
        self.set_class(is_wide, "-wide", update=False)
        self.set_class(not is_wide, "-narrow", update=False)
        yield TopBar()
        yield from self.compose_body()
        yield Notice()
        yield KeyBar()

    def compose_body(self) -> Iterable[Widget]:
        raise NotImplementedError

    def on_mount(self) -> None:
        self._show_known_queue()
        self.transfers.changed.subscribe(self, self.show_queue)
        self.show_place()

    def on_screen_resume(self) -> None:
        if isinstance(self.app, HasToasts):
            self.app.toasts.let_go()
        self._show_known_queue()
        self.show_status()

    def on_screen_suspend(self) -> None:
        """Clear the notice when another screen opens; behind a dialog it stays."""
        if not isinstance(self.app.screen, ModalScreen):
            self.clear_notice()

    def show_status(self) -> None:
        """Show the status of ongoing work on this connection, if any."""
        for notice in self.query(Notice):  # there is none before the screen is composed
            notice.status = self._session.status if self._session is not None else ""

    @on(SamplesPut)
    def _list_again(self) -> None:
        self.show_status()
        self.samples_put()

    def samples_put(self) -> None:
        """Called when the demo's sample data is complete, to list again."""

    @on(RegionsRouted)
    def _hear_of_regions(self, message: RegionsRouted) -> None:
        self.regions_routed(message.sentence)

    def regions_routed(self, sentence: str) -> None:
        """Called with a sentence on region redirects that were followed."""
        self.say(sentence, "routed")

    def _show_known_queue(self) -> None:
        if self.SHOWS_QUEUE or self.transfers.is_known:
            self.show_queue(self.transfers.snapshot)

    def show_queue(self, snapshot: QueueSnapshot) -> None:
        bar = self.query_one(TopBar)
        bar.failed_before, bar.queue = self.transfers.failed_before, snapshot
        self.query_one(Notice).follow(snapshot)

    def show_place(self) -> None:
        """Update the place in the top bar."""
        self.query_one(TopBar).place = self.place()

    def place(self) -> Place:
        return connected_place(self._session, title=self.HELP_TITLE)

    def show_waiting(self, words: str) -> None:
        """Show in the top bar what is awaited; nothing where that is empty."""
        for bar in self.query(TopBar):  # there is none before the screen is composed
            bar.waiting = words

    def pane_fitted(self) -> None:
        """Called when the pane beside the rows has got another width."""

    def say(self, sentence: str, kind: Kind = "fact", *, about: str = "") -> None:
        """Show a sentence, which must be printable, in the notice line; `about` a transfer of that name."""
        self.query_one(Notice).say(sentence, kind, about=about)

    def clear_notice(self) -> None:
        for notice in self.query(Notice):  # there is none before the screen is composed
            notice.clear()

    async def copy(self, text: str, what: str) -> None:
        """Copy `text` to the terminal's clipboard, and show whether the terminal can have taken it."""
        self.app.copy_to_clipboard(text)
        if (why := await find_obstacle()) is None:
            self.say(f"Copied {what}", "done")
        else:
            self.say(f"Not copied: {why}.   {what}", "warning")

    def run(
        self,
        work: Callable[[], Coroutine[Any, Any, T]],
        group: str,
        *,
        exclusive: bool = False,
        name: str = "",
    ) -> Worker[T]:
        """Run a worker that ends with the screen; `exclusive` cancels the other workers of its group."""

        async def worked() -> T:  # a worker takes no function that only returns a coroutine, as a lambda
            return await work()

        return self.run_worker(worked, group=group, exclusive=exclusive, name=name)

    def cancel(self, group: str) -> None:
        """Cancel the workers of a group."""
        self.workers.cancel_group(self, group)

    def later(self, handle: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Schedule a call in the screen's message loop; calls keep their order."""
        self.call_later(handle, *args, **kwargs)

    async def ask(self, question: Screen[T]) -> T | None:
        """Open a dialog and return its answer, `None` if it was dismissed; to be awaited in a worker."""
        return await self.app.push_screen_wait(question)

    def refusal(self, action: str) -> str | None:
        """Return why an action is disabled now, to be shown when its key is pressed; `None` if it is not."""
        return None

    def may_write(self) -> bool:
        """Tell whether this view may change anything; if not, show why."""
        return self.may_change()

    def may_change(self) -> bool:
        """Tell whether this connection may change anything; if not, show why."""
        if not self.session.connection.read_only:
            return True
        name = printable(self.session.connection.name)
        self.say(f"{name} is read-only: nothing is uploaded, changed or deleted.", "warning")
        return False

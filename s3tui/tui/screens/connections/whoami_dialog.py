"""WhoAmIDialog: whose keys the connection at hand has, and how long they last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import work
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label

from s3tui.connect.whoami import WhoAmI, who_am_i
from s3tui.s3.errors import S3Error
from s3tui.tui.keymap.dialogs import PREFIX_KEYS
from s3tui.tui.runtime.session import Session
from s3tui.tui.screens.common.dialog import LEARNING, Dialog
from s3tui.tui.text.sentences import explain
from s3tui.tui.text.whoami import whoami_fields
from s3tui.tui.widgets.details.detail_pane import Fields
from s3tui.tui.widgets.details.scrolled import Scrolled


class WhoAmIDialog(Dialog[None]):
    BINDINGS: ClassVar[list[BindingType]] = [*PREFIX_KEYS]

    def __init__(self, session: Session) -> None:
        super().__init__("Whose keys?")
        self._session = session

    def compose_question(self) -> Iterable[Widget]:
        with Scrolled(id="whoami"):
            yield Label(Content("Asking …"))
        yield Label(Content("esc closes"), classes="hint")

    def on_mount(self) -> None:
        self._look()

    @work(group=LEARNING, exclusive=True)
    async def _look(self) -> None:
        session = self._session
        shown: Widget
        try:
            known: WhoAmI = await session.run(lambda s3: who_am_i(s3, session.connection))
            shown = Fields(whoami_fields(session.connection, known, session.now()))
        except S3Error as error:
            shown = Label(Content(explain(error)))
        if self.is_open:
            frame = self.query_one("#whoami")
            await frame.remove_children()
            await frame.mount(shown)

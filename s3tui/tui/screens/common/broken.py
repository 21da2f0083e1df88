"""BrokenScreen: replaces a screen that failed, and shows the error."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from s3tui.tui.keymap.screens import BROKEN_KEYS
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.widgets.frame.state_panel import StatePanel


class BrokenScreen(FramedScreen):
    BINDINGS: ClassVar[list[BindingType]] = [*BROKEN_KEYS]
    HELP_TITLE = "An error"

    def __init__(self, session: Session | None, transfers: Transfers, sentence: str) -> None:
        super().__init__(session, transfers)
        self._sentence = sentence

    def compose_body(self) -> Iterable[Widget]:
        yield StatePanel()

    def on_mount(self) -> None:
        self.query_one(StatePanel).show(
            "failed", self._sentence, "esc goes back  ·  ^o other connections  ·  q quits"
        )

    def action_back(self) -> None:
        """Go back to the screen below, or to the connection list if there is none."""
        from s3tui.tui.screens.connections.connections import ConnectionsScreen

        if len(self.app.screen_stack) > 2:
            self.app.pop_screen()
        else:
            self.app.switch_screen(ConnectionsScreen(self._session, self.transfers))

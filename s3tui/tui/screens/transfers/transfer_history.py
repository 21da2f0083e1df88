"""TransferHistoryScreen: finished transfers of this run and earlier ones, with time and verification."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from s3tui.format import count, counted
from s3tui.transfer.models import Transfer, TransferState
from s3tui.tui.keymap.screens import HISTORY_KEYS
from s3tui.tui.messages import TransfersEnded
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.screens.common.connected_place import connected_place
from s3tui.tui.screens.transfers.transfer_detail import TransferDetail
from s3tui.tui.text.place import Place
from s3tui.tui.widgets.frame.state_panel import StatePanel
from s3tui.tui.widgets.lists.history_table import HistoryTable

_MOST = 1000


class TransferHistoryScreen(FramedScreen):
    HELP_TITLE = "History"
    BINDINGS: ClassVar[list[BindingType]] = [*HISTORY_KEYS]

    @dataclass
    class HistoryRead(Message):
        transfers: Sequence[Transfer]

    def compose_body(self) -> Iterable[Widget]:
        with Vertical(classes="panel", id="queue-panel"):
            table = HistoryTable(self.transfers.clock)
            yield from (table, StatePanel(table))

    def place(self) -> Place:
        return connected_place(self._session, title="Transfers of this run and before")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#queue-panel").border_title = Content("History")
        self.action_refresh()

    @on(TransfersEnded)
    def action_refresh(self) -> None:
        self.read_history()

    @work(group="history", exclusive=True)
    async def read_history(self) -> None:
        self.post_message(self.HistoryRead(await self.transfers.command(lambda queue: queue.history(_MOST))))

    @on(HistoryRead)
    def _show(self, message: HistoryRead) -> None:
        table, panel = self.query_one(HistoryTable), self.query_one(StatePanel)
        rows = message.transfers
        table.show(rows)
        if rows:
            panel.clear()
            newest = f", the newest {count(_MOST)}" if len(rows) == _MOST else ""
            self.query_one("#queue-panel").border_title = Content(f"{counted(len(rows), 'transfer')}{newest}")
            table.focus()
        else:
            panel.show("empty", "Nothing was moved yet.", "esc goes back")
        self.refresh_bindings()

    @property
    def current(self) -> Transfer | None:
        return self.query_one(HistoryTable).current if self.is_mounted else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "retry" or self._can_retry()

    @on(HistoryTable.CursorMoved)
    def _moved(self) -> None:
        self.refresh_bindings()

    def _can_retry(self) -> bool:
        transfer = self.current
        return transfer is not None and transfer.state in (TransferState.FAILED, TransferState.CANCELLED)

    @on(HistoryTable.Chosen)
    def _open_chosen(self) -> None:
        self.open_detail()

    @work(group="question", exclusive=True)
    async def open_detail(self) -> None:
        transfer = self.current
        if transfer is None:
            return
        detail = TransferDetail(transfer, self.transfers)
        if await self.app.push_screen_wait(detail) == "retry":
            self.action_retry()

    @work(group="commands")
    async def action_retry(self) -> None:
        transfer = self.current
        if transfer is None:
            return
        if await self.transfers.command(lambda queue: queue.repeat(transfer.id)):
            self.say("It is in the queue again: esc shows it.")
        else:
            self.say("It cannot be repeated: what it asked for is forgotten.", "error")

    def action_back(self) -> None:
        self.app.pop_screen()

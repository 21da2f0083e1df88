"""TransferQueueScreen: running, waiting, finished and failed transfers, with errors and progress."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widget import Widget

from s3tui.transfer.models import QueueSnapshot, Transfer, TransferState
from s3tui.tui.keymap.screens import QUEUE_KEYS
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.screens.common.connected_place import connected_place
from s3tui.tui.screens.transfers.queue_commands import MOVING, QueueController
from s3tui.tui.screens.transfers.transfer_history import TransferHistoryScreen
from s3tui.tui.text.place import Place
from s3tui.tui.widgets.details.part_map import PartMap
from s3tui.tui.widgets.frame.queue_header import QueueHeader, cancelled
from s3tui.tui.widgets.frame.state_panel import StatePanel
from s3tui.tui.widgets.lists.transfer_table import TransferTable


class TransferQueueScreen(FramedScreen):
    HELP_TITLE = "Transfers"
    SHOWS_QUEUE = True
    BINDINGS: ClassVar[list[BindingType]] = [*QUEUE_KEYS]

    def __init__(self, session: Session | None, transfers: Transfers) -> None:
        super().__init__(session, transfers)
        self._queue = QueueController(self)

    def compose_body(self) -> Iterable[Widget]:
        yield QueueHeader()
        with Vertical(classes="panel", id="queue-panel"):
            table = TransferTable(self.transfers.clock)
            yield from (table, StatePanel(table))
        yield PartMap()

    def place(self) -> Place:
        return connected_place(self._session, title="Transfers")

    @property
    def current(self) -> Transfer | None:
        return self.query_one(TransferTable).current if self.is_mounted else None

    def show_queue(self, snapshot: QueueSnapshot) -> None:
        super().show_queue(snapshot)
        table, panel = self.query_one(TransferTable), self.query_one(StatePanel)
        table.show(snapshot.transfers)
        if snapshot.transfers:
            panel.clear()
        else:
            panel.show(
                "empty",
                "Nothing moves.",
                "d downloads and u uploads, in a bucket  ·  H history  ·  esc goes back",
            )
        queue = self.transfers
        self.query_one(QueueHeader).show(snapshot, queue.down, queue.up, queue.now_s(), queue.failed_before)
        self._show_current()

    @on(TransferTable.CursorMoved)
    def _show_current(self) -> None:
        self.query_one(PartMap).show(self.current)
        self.refresh_bindings()

    @on(TransferTable.Chosen)
    def _explain(self) -> None:
        self._queue.explain()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enable actions that the transfer under the cursor, or any transfer, allows now."""
        snapshot, current = self.transfers.snapshot, self.current
        state = None if current is None else current.state
        moving = snapshot.moving
        match action:
            case "pause":
                return state in (*MOVING, TransferState.PAUSED)
            case "cancel":
                return state is TransferState.FAILED or (state is not None and not state.is_final)
            case "move" | "priority":
                return state is not None and not state.is_final
            case "retry":
                return state in (TransferState.FAILED, TransferState.CANCELLED, TransferState.WAITING)
            case "clear":
                return snapshot.done + snapshot.failed + cancelled(snapshot) > 0
            case "pause_all":
                return moving > 0
            case "go_on_all":
                return snapshot.paused + snapshot.failed > 0
            case "cancel_all":
                return moving + snapshot.paused > 0
        return True

    def action_pause(self) -> None:
        self._queue.pause_or_resume()

    def action_cancel(self) -> None:
        self._queue.cancel()

    def action_retry(self) -> None:
        self._queue.retry()

    def action_move(self, by: int) -> None:
        self._queue.move(by)

    def action_priority(self, by: int) -> None:
        self._queue.change_priority(by)

    def action_limits(self) -> None:
        self._queue.set_limits()

    def action_clear(self) -> None:
        self._queue.clear()

    def action_pause_all(self) -> None:
        self._queue.pause_all()

    def action_go_on_all(self) -> None:
        self._queue.go_on_all()

    def action_cancel_all(self) -> None:
        self._queue.cancel_all()

    def action_history(self) -> None:
        self.app.push_screen(TransferHistoryScreen(self._session, self.transfers))

    def action_back(self) -> None:
        self.app.pop_screen()

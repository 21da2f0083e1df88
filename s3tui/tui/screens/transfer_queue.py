"""The transfer queue: what moves, what moved, what did not and why."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from s3tui.format import count, duration, exact_size, printable, timestamp
from s3tui.transfer.models import Conflict, QueueSnapshot, State, Transfer
from s3tui.tui.keymap import QUEUE_KEYS
from s3tui.tui.screens.base import FramedScreen
from s3tui.tui.screens.conflict import ConflictQuestion, Side
from s3tui.tui.widgets.detail_pane import DetailPane, Field, Section
from s3tui.tui.widgets.path_input import tilde
from s3tui.tui.widgets.state_panel import StatePanel
from s3tui.tui.widgets.top_bar import Place
from s3tui.tui.widgets.transfer_table import SIGNS, TransferTable, amount
from s3tui.tui.words import short_rate

if TYPE_CHECKING:
    from s3tui.transfer.engine import TransferEngine


class TransferQueueScreen(FramedScreen):
    HELP_TITLE = "Transfers"
    BINDINGS: ClassVar[list[BindingType]] = [*QUEUE_KEYS]

    def compose_body(self) -> Iterable[Widget]:
        with Vertical(classes="panel", id="queue-panel"):
            yield TransferTable()
            yield StatePanel()
        yield DetailPane(id="transfer-detail")

    def place(self) -> Place:
        return self.connected_place(title="Transfers")

    def show_queue(self, snapshot: QueueSnapshot) -> None:
        super().show_queue(snapshot)
        table, panel = self.query_one(TransferTable), self.query_one(StatePanel)
        table.show(snapshot.transfers)
        table.display, panel.display = bool(snapshot.transfers), not snapshot.transfers
        if not snapshot.transfers:
            panel.show(
                "empty", "Nothing was moved yet.", "d downloads and u uploads, in a bucket  ·  esc goes back"
            )
        frame = self.query_one("#queue-panel")
        frame.border_title = Content(summary(snapshot))
        frame.border_subtitle = Content(speeds(snapshot))
        self._show_detail()
        self.refresh_bindings()

    @on(TransferTable.CursorMoved)
    def _moved(self) -> None:
        self._show_detail()
        self.refresh_bindings()

    @on(TransferTable.Chosen)
    def _explain(self) -> None:
        pane = self.query_one("#transfer-detail")
        pane.display = not pane.display

    def _show_detail(self) -> None:
        transfer = self.query_one(TransferTable).current
        pane = self.query_one(DetailPane)
        if transfer is None:
            pane.show("", [])
        else:
            pane.show(printable(transfer.name), transfer_sections(transfer))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what the transfer under the cursor can do now."""
        transfer = self.query_one(TransferTable).current if self.is_mounted else None
        state = None if transfer is None else transfer.state
        match action:
            case "pause":
                return state in (State.RUNNING, State.WAITING, State.PAUSED)
            case "cancel":
                return state is not None and not state.is_final
            case "retry":
                return state in (State.FAILED, State.CANCELLED)
            case "clear":
                return any(row.state.is_final for row in self.transfers.snapshot.transfers)
        return True

    def action_pause(self) -> None:
        transfer = self.query_one(TransferTable).current
        if transfer is not None and transfer.state is State.PAUSED:
            self.command(lambda queue: queue.resume(transfer.id))
        elif transfer is not None:
            self.command(lambda queue: queue.pause(transfer.id))

    def action_cancel(self) -> None:
        if (transfer := self.query_one(TransferTable).current) is not None:
            self.command(lambda queue: queue.cancel(transfer.id))

    def action_clear(self) -> None:
        self.command(lambda queue: queue.clear_finished())

    @work(group="question", exclusive=True)
    async def action_retry(self) -> None:
        transfer = self.query_one(TransferTable).current
        if transfer is None:
            return
        conflict: Conflict | None = None
        if transfer.error_code == "TargetExists":
            there = Side(printable(transfer.target))
            coming = Side(printable(transfer.source), transfer.bytes_total)
            answer = await self.app.push_screen_wait(ConflictQuestion(there, coming, many=False))
            if answer is None:
                return
            conflict = answer.conflict
        await self.transfers.command(lambda queue: queue.retry(transfer.id, conflict=conflict))

    @work(group="commands")
    async def command(self, command: Callable[[TransferEngine], Coroutine[Any, Any, object]]) -> None:
        await self.transfers.command(command)

    def action_back(self) -> None:
        self.app.pop_screen()


def summary(snapshot: QueueSnapshot) -> str:
    counts = [
        (snapshot.running, "running"),
        (snapshot.waiting, "waiting"),
        (snapshot.paused, "paused"),
        (snapshot.failed, "failed"),
        (snapshot.done, "done"),
    ]
    return " · ".join(f"{count(number)} {word}" for number, word in counts if number) or "Transfers"


def speeds(snapshot: QueueSnapshot) -> str:
    if not snapshot.running:
        return ""
    words = f"↓ {short_rate(snapshot.down_bps)}   ↑ {short_rate(snapshot.up_bps)}"
    return words if snapshot.eta_s is None else f"{words}   {duration(snapshot.eta_s)} left"


def transfer_sections(transfer: Transfer) -> list[Section]:
    sign, tone = SIGNS[transfer.state]
    tried = f" ({transfer.attempts} attempts)" if transfer.attempts > 1 else ""
    fields = [
        Field("State", f"{sign or transfer.direction.value} {transfer.state.value}{tried}", tone),
        Field("From", printable(tilde(transfer.source))),
        Field("To", printable(tilde(transfer.target))),
        Field("Moved", _moved(transfer)),
    ]
    if transfer.error:
        retry = "r asks what to do" if transfer.error_code == "TargetExists" else "r tries again"
        code = f" ({printable(transfer.error_code)})" if transfer.error_code else ""
        fields[1:1] = [Field("Why", f"{printable(transfer.error)}{code}", "bad"), Field("", retry, "dim")]
    if transfer.parts_total:
        fields.append(Field("Parts", f"{transfer.parts_done or 0} of {transfer.parts_total}"))
    notes = [
        (transfer.skipped, "skipped"),
        (transfer.failed_objects, "failed"),
        (transfer.renamed, "renamed"),
    ]
    if words := ", ".join(f"{count(number)} {word}" for number, word in notes if number):
        fields.append(Field("Of these", words, "warn"))
    if transfer.started_at is not None:
        until = f"  –  {timestamp(transfer.finished_at)}" if transfer.finished_at else ""
        fields.append(Field("When", f"{timestamp(transfer.started_at)}{until}", "dim"))
    fields.append(Field("With", printable(transfer.connection), "dim"))
    return [Section("", fields)]


def _moved(transfer: Transfer) -> str:
    words = exact_size(transfer.bytes_done)
    if transfer.bytes_total is not None and transfer.bytes_total != transfer.bytes_done:
        words += f" of {exact_size(transfer.bytes_total)}"
    return words if transfer.objects_total == 1 else f"{amount(transfer)} objects, {words}"

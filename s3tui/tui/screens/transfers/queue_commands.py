"""QueueCommands: actions on the current transfer of the queue, and on all transfers."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from textual import work

from s3tui.format import count, printable
from s3tui.transfer.models import Conflict, Side, Transfer, TransferState
from s3tui.tui.runtime.belonging import Belonging
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.screens.common.dialogs import Confirm
from s3tui.tui.screens.transfers.conflict import ConflictQuestion
from s3tui.tui.screens.transfers.limits import LimitsDialog
from s3tui.tui.screens.transfers.transfer_detail import TransferDetail

if TYPE_CHECKING:
    from s3tui.transfer.engine import TransferEngine

MOVING = (TransferState.RUNNING, TransferState.QUEUED, TransferState.WAITING)
"""States of transfers that run, or will run by themselves."""


class QueueCommands(FramedScreen):
    """Mixin for a screen with a `current` transfer."""

    @property
    def current(self) -> Transfer | None:
        raise NotImplementedError

    def ids(self, *states: TransferState) -> list[int]:
        return [row.id for row in self.transfers.snapshot.transfers if row.state in states]

    @work(group="commands")
    async def command(self, command: Callable[[TransferEngine], Coroutine[Any, Any, object]]) -> None:
        await self.transfers.command(command)

    def action_pause(self) -> None:
        transfer = self.current
        if transfer is not None and transfer.state is TransferState.PAUSED:
            self._resume(transfer)
        elif transfer is not None:
            self.command(lambda queue: queue.pause(transfer.id))

    def action_cancel(self) -> None:
        if (transfer := self.current) is not None:
            self.command(lambda queue: queue.cancel(transfer.id))

    def action_move(self, by: int) -> None:
        if (transfer := self.current) is not None:
            self.command(lambda queue: queue.move(transfer.id, by))

    def action_priority(self, by: int) -> None:
        if (transfer := self.current) is not None:
            self.command(lambda queue: queue.set_priority(transfer.priority + by, transfer.id))

    def action_clear(self) -> None:
        self.command(lambda queue: queue.clear_finished())

    @work(group="commands")
    async def action_pause_all(self) -> None:
        ids = self.ids(*MOVING)
        paused = await self.transfers.command(lambda queue: queue.pause(*ids))
        self.say(f"{count(paused)} paused: R lets them go on.")

    @work(group="question", exclusive=True)
    async def action_go_on_all(self) -> None:
        rows = [
            row
            for row in self.transfers.snapshot.transfers
            if row.state in (TransferState.PAUSED, TransferState.FAILED)
        ]
        able, why = await self._at_hand(rows)
        resumed = await self.transfers.command(lambda queue: queue.resume(*able))
        retried = await self.transfers.command(lambda queue: queue.retry(*able))
        numbers = [(resumed, "resumed"), (retried, "tried again"), (len(rows) - len(able), "paused still")]
        outcome = ", ".join(f"{count(number)} {word}" for number, word in numbers if number)
        self.say(f"{outcome}. {why}" if why else outcome, "warning" if why else "fact")

    @work(group="question", exclusive=True)
    async def _resume(self, transfer: Transfer) -> None:
        able, why = await self._at_hand([transfer])
        if why:
            self.say(why, "warning")
        await self.transfers.command(lambda queue: queue.resume(*able))

    async def _at_hand(self, rows: Sequence[Transfer]) -> tuple[list[int], str]:
        """Return the ids of transfers that can resume where they were started, and why another one cannot.

        If only the user can tell whether a connection is the right one, that is asked once for all of them.
        """
        whose = await self.transfers.whose(rows)
        confirmed = {
            handle: belonging.handle
            for handle, belonging in whose.items()
            if belonging.needs_answer and await self._is_it(belonging)
        }
        ready = {handle for handle, belonging in whose.items() if belonging.is_certain} | confirmed.keys()
        able = [row.id for row in rows if {row.connection, row.to_connection or row.connection} <= ready]
        if confirmed:
            await self.transfers.command(lambda queue: queue.rename_connections(confirmed, *able))
        missing = next((belonging for handle, belonging in whose.items() if handle not in ready), None)
        return able, "" if missing is None else printable(str(missing.refusal()))

    async def _is_it(self, belonging: Belonging) -> bool:
        begun, asked = printable(belonging.begun), printable(belonging.question)
        question = Confirm(
            "Whose transfer is this?",
            f"{begun}\n{asked}\nIt goes on there, and writes there, only if you say so.",
            yes="Yes, go on",
            no="No",
        )
        return await self.app.push_screen_wait(question) or False

    @work(group="question", exclusive=True)
    async def action_cancel_all(self) -> None:
        ids = self.ids(*MOVING, TransferState.PAUSED)
        question = Confirm(
            f"Cancel {count(len(ids))} transfer{'s' * (len(ids) != 1)}?",
            "What is done stays; nothing half done is left under a final name.",
            yes="Cancel them",
        )
        if await self.app.push_screen_wait(question):
            await self.transfers.command(lambda queue: queue.cancel(*ids))

    @work(group="question", exclusive=True)
    async def action_limits(self) -> None:
        await self.transfers.open()
        limits = await self.app.push_screen_wait(LimitsDialog(self.transfers.snapshot.limits))
        if limits is not None:
            await self.transfers.command(lambda queue: queue.set_limits(limits))

    @work(group="question", exclusive=True)
    async def action_retry(self) -> None:
        await self._retry()

    @work(group="question", exclusive=True)
    async def open_detail(self) -> None:
        transfer = self.current
        if transfer is None:
            return
        detail = TransferDetail(transfer, self.transfers)
        if await self.app.push_screen_wait(detail) == "retry":
            await self._retry(detail.transfer)

    async def _retry(self, transfer: Transfer | None = None) -> None:
        transfer = transfer or self.current
        if transfer is None:
            return
        conflict: Conflict | None = None
        if transfer.error_code == "TargetExists":
            question = ConflictQuestion(
                Side(transfer.target), Side(transfer.source, transfer.bytes_total), many=False
            )
            answer = await self.app.push_screen_wait(question)
            if answer is None:
                return
            conflict = answer.conflict
        able, why = await self._at_hand([transfer])
        if why:
            self.say(why, "warning")
        await self.transfers.command(lambda queue: queue.retry(*able, conflict=conflict))

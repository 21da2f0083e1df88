"""QueueController: actions on the current transfer of the queue, and on all transfers."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from s3tui.format import count, counted, printable
from s3tui.transfer.models import Conflict, Side, Transfer, TransferState
from s3tui.tui.runtime.belonging import Belonging
from s3tui.tui.screens.common.host import ScreenHost
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.transfers.conflict import ConflictQuestion
from s3tui.tui.screens.transfers.limits import LimitsDialog
from s3tui.tui.screens.transfers.transfer_detail import TransferDetail

if TYPE_CHECKING:
    from s3tui.transfer.engine import TransferEngine

_COMMANDS = "commands"
MOVING = (TransferState.RUNNING, TransferState.QUEUED, TransferState.WAITING)
"""States of transfers that run, or will run by themselves."""


class QueueHost(ScreenHost, Protocol):
    """A screen with a current transfer, as its controller sees it."""

    @property
    def current(self) -> Transfer | None:
        """The transfer under the cursor."""


class QueueController:
    """Sends commands to the engine; those that need an answer from the user run in workers."""

    def __init__(self, host: QueueHost) -> None:
        self._host = host

    def _ids(self, *states: TransferState) -> list[int]:
        return [row.id for row in self._host.transfers.snapshot.transfers if row.state in states]

    def _command(self, command: Callable[[TransferEngine], Coroutine[Any, Any, object]]) -> None:
        self._host.run(partial(self._host.transfers.command, command), _COMMANDS)

    def _ask(self, question: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a command that may open a dialog, one at a time."""
        self._host.run(question, "question", exclusive=True)

    def pause_or_resume(self) -> None:
        transfer = self._host.current
        if transfer is not None and transfer.state is TransferState.PAUSED:
            self._ask(partial(self._resume, transfer))
        elif transfer is not None:
            self._command(lambda queue: queue.pause(transfer.id))

    def cancel(self) -> None:
        if (transfer := self._host.current) is not None:
            self._command(lambda queue: queue.cancel(transfer.id))

    def move(self, by: int) -> None:
        if (transfer := self._host.current) is not None:
            self._command(lambda queue: queue.move(transfer.id, by))

    def change_priority(self, by: int) -> None:
        if (transfer := self._host.current) is not None:
            self._command(lambda queue: queue.set_priority(transfer.priority + by, transfer.id))

    def clear(self) -> None:
        self._command(lambda queue: queue.clear_finished())

    def pause_all(self) -> None:
        self._host.run(self._pause_all, _COMMANDS)

    async def _pause_all(self) -> None:
        ids = self._ids(*MOVING)
        paused = await self._host.transfers.command(lambda queue: queue.pause(*ids))
        self._host.say(f"{count(paused)} paused: R lets them go on.")

    def go_on_all(self) -> None:
        self._ask(self._go_on_all)

    async def _go_on_all(self) -> None:
        rows = [
            row
            for row in self._host.transfers.snapshot.transfers
            if row.state in (TransferState.PAUSED, TransferState.FAILED)
        ]
        able, why = await self._at_hand(rows)
        resumed = await self._host.transfers.command(lambda queue: queue.resume(*able))
        retried = await self._host.transfers.command(lambda queue: queue.retry(*able))
        numbers = [(resumed, "resumed"), (retried, "tried again"), (len(rows) - len(able), "paused still")]
        words = ", ".join(f"{count(number)} {word}" for number, word in numbers if number)
        self._host.say(f"{words}. {why}" if why else words, "warning" if why else "fact")

    async def _resume(self, transfer: Transfer) -> None:
        able, why = await self._at_hand([transfer])
        if why:
            self._host.say(why, "warning")
        await self._host.transfers.command(lambda queue: queue.resume(*able))

    async def _at_hand(self, rows: Sequence[Transfer]) -> tuple[list[int], str]:
        """Return the ids of transfers that can resume where they were started, and why another one cannot.

        If only the user can tell whether a connection is the right one, that is asked once for all of them.
        """
        whose = await self._host.transfers.whose(rows)
        confirmed = {
            handle: belonging.handle
            for handle, belonging in whose.items()
            if belonging.needs_answer and await self._is_it(belonging)
        }
        ready = {handle for handle, belonging in whose.items() if belonging.is_certain} | confirmed.keys()
        able = [row.id for row in rows if {row.connection, row.to_connection or row.connection} <= ready]
        if confirmed:
            await self._host.transfers.command(lambda queue: queue.rename_connections(confirmed, *able))
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
        return await self._host.ask(question) or False

    def cancel_all(self) -> None:
        self._ask(self._cancel_all)

    async def _cancel_all(self) -> None:
        ids = self._ids(*MOVING, TransferState.PAUSED)
        question = Confirm(
            f"Cancel {counted(len(ids), 'transfer')}?",
            "What is done stays; nothing half done is left under a final name.",
            yes="Cancel them",
        )
        if await self._host.ask(question):
            await self._host.transfers.command(lambda queue: queue.cancel(*ids))

    def set_limits(self) -> None:
        self._ask(self._set_limits)

    async def _set_limits(self) -> None:
        await self._host.transfers.open()
        limits = await self._host.ask(LimitsDialog(self._host.transfers.snapshot.limits))
        if limits is not None:
            await self._host.transfers.command(lambda queue: queue.set_limits(limits))

    def retry(self) -> None:
        self._ask(self._retry)

    def explain(self) -> None:
        self._ask(self._explain)

    async def _explain(self) -> None:
        transfer = self._host.current
        if transfer is None:
            return
        detail = TransferDetail(transfer, self._host.transfers)
        if await self._host.ask(detail) == "retry":
            await self._retry(detail.transfer)

    async def _retry(self, transfer: Transfer | None = None) -> None:
        transfer = transfer or self._host.current
        if transfer is None:
            return
        conflict: Conflict | None = None
        if transfer.error_code == "TargetExists":
            question = ConflictQuestion(
                Side(transfer.target), Side(transfer.source, transfer.bytes_total), many=False
            )
            answer = await self._host.ask(question)
            if answer is None:
                return
            conflict = answer.conflict
        able, why = await self._at_hand([transfer])
        if why:
            self._host.say(why, "warning")
        await self._host.transfers.command(lambda queue: queue.retry(*able, conflict=conflict))

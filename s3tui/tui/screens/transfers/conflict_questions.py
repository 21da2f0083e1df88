"""Questions: asks the user how to resolve conflicts that the engine meets in the S3 thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App

from s3tui.format import printable
from s3tui.transfer.models import Conflict, ConflictAnswer, ConflictFound, Transfer
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.ask_user import answer_to
from s3tui.tui.screens.transfers.conflict import ConflictQuestion
from s3tui.tui.screens.transfers.leave_conflict import Leave
from s3tui.tui.text.transfers.conflict import place_words

if TYPE_CHECKING:
    from s3tui.transfer.engine import TransferEngine


class Questions:
    """Asks about conflicts; the engine sees to it that only one of a transfer is open at a time."""

    def __init__(self, app: App[None], transfers: Transfers) -> None:
        self._app = app
        self._transfers = transfers

    async def ask(self, found: ConflictFound) -> ConflictAnswer:
        """Return the user's answer; to be awaited in the S3 thread. Cancellation closes the dialog."""
        given = await answer_to(self._app, lambda: self._question(found))
        # Without an answer nothing is skipped or written: the object fails, and can be tried again.
        return given or ConflictAnswer(Conflict.FAIL)

    def _question(self, found: ConflictFound) -> ConflictQuestion:
        row = self._row(found.transfer_id)
        return ConflictQuestion(
            found.there,
            found.incoming,
            many=row is not None and row.objects_total != 1,
            title=f"{printable(found.name)} is there already",
            unexpected=True,
            place=lambda: self._place(found.transfer_id),
            leave=lambda leave: self._leave(found.transfer_id, leave),
        )

    def _place(self, id: int) -> str:
        row = self._row(id)
        return "" if row is None else place_words(row)

    def _row(self, id: int) -> Transfer | None:
        return next((row for row in self._transfers.snapshot.transfers if row.id == id), None)

    def _leave(self, id: int, leave: Leave) -> None:
        """Pause or stop the transfer, which withdraws its question."""

        async def command(queue: TransferEngine) -> None:
            await (queue.pause(id) if leave is Leave.PAUSE else queue.cancel(id))

        async def send() -> None:
            await self._transfers.command(command)

        self._app.run_worker(send(), group="commands")

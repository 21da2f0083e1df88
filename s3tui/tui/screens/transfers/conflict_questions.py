"""Questions: asks the user how to resolve conflicts that the engine meets in the S3 thread."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import App

from s3tui.format import printable
from s3tui.transfer.models import Conflict, ConflictAnswer, ConflictFound, QueueSnapshot
from s3tui.tui.screens.common.ask_user import answer_to
from s3tui.tui.screens.transfers.conflict import ConflictQuestion


class Questions:
    """Asks about conflicts; the engine sees to it that only one is open at a time."""

    def __init__(self, app: App[None], snapshot: Callable[[], QueueSnapshot]) -> None:
        self._app = app
        self._snapshot = snapshot

    async def ask(self, found: ConflictFound) -> ConflictAnswer:
        """Return the user's answer; to be awaited in the S3 thread. Cancellation closes the dialog."""
        given = await answer_to(self._app, lambda: self._question(found))
        # A dismissed dialog leaves the existing target alone.
        return given or ConflictAnswer(Conflict.SKIP)

    def _question(self, found: ConflictFound) -> ConflictQuestion:
        return ConflictQuestion(
            found.there,
            found.incoming,
            many=self._is_of_many(found.transfer_id),
            title=f"{printable(found.name)} is there already",
            unexpected=True,
        )

    def _is_of_many(self, id: int) -> bool:
        return any(row.id == id and row.objects_total != 1 for row in self._snapshot().transfers)

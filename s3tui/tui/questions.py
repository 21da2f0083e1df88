"""Questions: what the engine asks about conflicts, put to the user from the S3 thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future

from textual.app import App
from textual.screen import ModalScreen
from textual.widgets import Input

from s3tui.format import printable
from s3tui.transfer.models import Conflict, ConflictAnswer, ConflictFound, QueueSnapshot
from s3tui.tui.screens.conflict import ConflictQuestion

_LATER_S = 0.3
"""How long to wait until whoever types has finished."""


class Questions:
    """One at a time: the engine sees to that."""

    def __init__(self, app: App[None], snapshot: Callable[[], QueueSnapshot]) -> None:
        self._app = app
        self._snapshot = snapshot

    async def ask(self, found: ConflictFound) -> ConflictAnswer:
        """Await the user's answer, in the S3 thread; cancelled, the question goes away."""
        answer: Future[ConflictAnswer] = Future()
        self._app.call_later(self._put, found, answer)
        return await asyncio.wrap_future(answer)

    def _put(self, found: ConflictFound, answer: Future[ConflictAnswer]) -> None:
        if answer.cancelled():
            return
        if isinstance(self._app.screen, ModalScreen) or isinstance(self._app.focused, Input):
            # What is being typed is not for this question.
            self._app.set_timer(_LATER_S, lambda: self._put(found, answer))
            return
        question = ConflictQuestion(
            found.there,
            found.coming,
            many=self._is_of_many(found.transfer_id),
            title=f"{printable(found.name)} is there already",
            unexpected=True,
        )
        answer.add_done_callback(lambda _: self._app.call_later(self._withdraw, question, answer))
        self._app.push_screen(question, lambda given: self._answer(answer, given))

    def _is_of_many(self, id: int) -> bool:
        return any(row.id == id and row.objects_total != 1 for row in self._snapshot().transfers)

    def _answer(self, answer: Future[ConflictAnswer], given: ConflictAnswer | None) -> None:
        if answer.set_running_or_notify_cancel():
            # Who walks away leaves what is there.
            answer.set_result(given or ConflictAnswer(Conflict.SKIP))

    def _withdraw(self, question: ConflictQuestion, answer: Future[ConflictAnswer]) -> None:
        if answer.cancelled() and question.is_current:
            question.dismiss(None)

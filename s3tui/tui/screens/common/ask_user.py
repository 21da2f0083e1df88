"""Asking the user by a dialog from the S3 thread, and awaiting the answer there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from textual.app import App
from textual.screen import ModalScreen
from textual.widgets import Input

from s3tui.tui.screens.common.dialog import Dialog

Answer = TypeVar("Answer")

_LATER_S = 0.3
"""Interval at which it is checked whether the user has stopped typing."""


async def answer_to(app: App[None], make: Callable[[], Dialog[Answer]]) -> Answer | None:
    """Open a dialog and return its answer, `None` if it was dismissed. Cancellation closes the dialog.

    Args:
        make: creates the dialog, in the app's thread, when no dialog is open and no field has the focus.
    """
    answer: Future[Answer | None] = Future()
    app.call_later(_put, app, make, answer)
    return await asyncio.wrap_future(answer)


def _put(app: App[None], make: Callable[[], Dialog[Answer]], answer: Future[Answer | None]) -> None:
    if answer.cancelled():
        return
    if isinstance(app.screen, ModalScreen) or isinstance(app.focused, Input):
        # Keys that are being typed are not meant for this dialog.
        app.set_timer(_LATER_S, lambda: _put(app, make, answer))
        return
    question = make()
    answer.add_done_callback(lambda _: app.call_later(_withdraw, question, answer))
    app.push_screen(question, lambda given: _answer(answer, given))


def _answer(answer: Future[Answer | None], given: Answer | None) -> None:
    if answer.set_running_or_notify_cancel():
        answer.set_result(given)


def _withdraw(question: Dialog[Answer], answer: Future[Answer | None]) -> None:
    if answer.cancelled():
        question.dismiss(None)

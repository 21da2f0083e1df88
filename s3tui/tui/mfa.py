"""CodeQuestion: the code of an MFA device, asked of the user for keys that are fetched in the S3 thread."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future

from textual.app import App
from textual.screen import ModalScreen
from textual.widgets import Input

from s3tui.format import printable
from s3tui.s3.errors import CredentialsError
from s3tui.tui.screens.dialogs import Prompt

_LATER_S = 0.3
"""How long to wait until whoever types has finished."""


class CodeQuestion:
    """Puts the question; the keys that come of an answer see to it that it is put once for all of them."""

    def __init__(self, app: App[None]) -> None:
        self._app = app

    async def ask(self, serial: str) -> str:
        """Await the code that the device shows, in the S3 thread; cancelled, the question goes away.

        Raises: CredentialsError, when none is given.
        """
        answer: Future[str | None] = Future()
        self._app.call_later(self._put, serial, answer)
        code = await asyncio.wrap_future(answer)
        if code is None:
            raise CredentialsError(f"no code of the device {serial} was given: trying again asks for it")
        return code

    def _put(self, serial: str, answer: Future[str | None]) -> None:
        if answer.cancelled():
            return
        if isinstance(self._app.screen, ModalScreen) or isinstance(self._app.focused, Input):
            # What is being typed is not for this question.
            self._app.set_timer(_LATER_S, lambda: self._put(serial, answer))
            return
        question = Prompt(
            "Code of your device",
            f"The role is given to whoever has {printable(serial)}. Its code now:",
            placeholder="123456",
            yes="Sign in",
            check=_wrong_code,
        )
        answer.add_done_callback(lambda _: self._app.call_later(self._withdraw, question, answer))
        self._app.push_screen(question, lambda given: self._answer(answer, given))

    def _answer(self, answer: Future[str | None], given: str | None) -> None:
        if answer.set_running_or_notify_cancel():
            answer.set_result(None if given is None else given.strip())

    def _withdraw(self, question: Prompt, answer: Future[str | None]) -> None:
        if answer.cancelled() and question.is_current:
            question.dismiss(None)


def _wrong_code(text: str) -> str | None:
    code = text.strip()
    return None if len(code) == 6 and code.isascii() and code.isdigit() else "A code has six digits."

"""CodeQuestion: the code of an MFA device, asked of the user for keys that are fetched in the S3 thread."""

from __future__ import annotations

from textual.app import App

from s3tui.format import printable
from s3tui.s3.errors import CredentialsError
from s3tui.tui.screens.common.ask_user import answer_to
from s3tui.tui.screens.common.dialogs import Prompt


class CodeQuestion:
    """Puts the question; the keys that come of an answer see to it that it is put once for all of them."""

    def __init__(self, app: App[None]) -> None:
        self._app = app

    async def ask(self, serial: str) -> str:
        """Await the code that the device shows, in the S3 thread; cancelled, the question goes away.

        Raises: CredentialsError, when none is given.
        """
        code = await answer_to(self._app, lambda: _question(serial))
        if code is None:
            raise CredentialsError(f"no code of the device {serial} was given: trying again asks for it")
        return code.strip()


def _question(serial: str) -> Prompt:
    return Prompt(
        "Code of your device",
        f"The role is given to whoever has {printable(serial)}. Its code now:",
        placeholder="123456",
        yes="Sign in",
        check=_wrong_code,
    )


def _wrong_code(text: str) -> str | None:
    code = text.strip()
    return None if len(code) == 6 and code.isascii() and code.isdigit() else "A code has six digits."

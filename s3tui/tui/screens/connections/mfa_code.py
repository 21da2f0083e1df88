"""CodeQuestion: asks the user for the code of an MFA device while the S3 thread fetches credentials."""

from __future__ import annotations

from textual.app import App

from s3tui.format import printable
from s3tui.s3.errors import CredentialsError
from s3tui.tui.screens.common.ask_user import answer_to
from s3tui.tui.screens.common.prompt import Prompt


class CodeQuestion:
    """Asks for MFA codes; the credentials provider asks once for all requests that wait for it."""

    def __init__(self, app: App[None]) -> None:
        self._app = app

    async def ask(self, serial: str) -> str:
        """Return the entered code; to be awaited in the S3 thread. Cancellation closes the dialog.

        Raises: CredentialsError, if no code is entered.
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

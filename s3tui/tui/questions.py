"""UserQuestions: asks the user what the S3 thread must know before it goes on: conflicts, codes, secrets.

Each is awaited in the S3 thread. The dialogs are imported when they are needed, for a fast first paint.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from s3tui.s3.credentials.interaction import Interaction

if TYPE_CHECKING:
    from s3tui.connect.keychain import NoSecret
    from s3tui.s3.credentials import Credentials
    from s3tui.s3.credentials.interaction import SignInPage, SlowProcess
    from s3tui.transfer.models import ConflictAnswer, ConflictFound
    from s3tui.tui.app import S3TuiApp


class UserQuestions:
    def __init__(self, app: S3TuiApp) -> None:
        self._app = app

    async def conflict(self, found: ConflictFound) -> ConflictAnswer:
        """Ask how to resolve a conflict."""
        from s3tui.tui.screens.transfers.conflict_questions import Questions

        return await Questions(self._app, self._app.transfers).ask(found)

    async def mfa_code(self, serial: str) -> str:
        """Ask for the code of an MFA device.

        Raises: CredentialsError.
        """
        from s3tui.tui.screens.connections.mfa_code import CodeQuestion

        return await CodeQuestion(self._app).ask(serial)

    async def sign_in(self, page: SignInPage) -> bool:
        """Show a page to sign in at; return, if the user leaves it, whether a code is wanted instead."""
        from s3tui.tui.screens.common.ask_user import answer_to
        from s3tui.tui.screens.connections.sign_in import SignInDialog

        wants_code = await answer_to(self._app, lambda: SignInDialog(page))
        return wants_code is True

    async def process(self, process: SlowProcess) -> None:
        """Show a process that takes its time; return if it is to be ended."""
        from s3tui.tui.screens.common.ask_user import answer_to
        from s3tui.tui.screens.connections.slow_process import SlowProcessDialog

        if not await answer_to(self._app, lambda: SlowProcessDialog(process)):
            await asyncio.Event().wait()  # it is waited for without the dialog

    def interaction(self) -> Interaction:
        """Return these ways to the user, for whatever fetches keys."""
        return Interaction(self.mfa_code, self.sign_in, self.process)

    async def secret(self, name: str, access_key: str, missing: NoSecret) -> Credentials | None:
        """Ask for the secret that no keyring gives."""
        from s3tui.tui.screens.connections.secret_prompt import ask_secret

        return await ask_secret(self._app, name, access_key, missing)

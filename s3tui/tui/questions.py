"""UserQuestions: asks the user what the S3 thread must know before it goes on: conflicts, codes, secrets.

Each is awaited in the S3 thread. The dialogs are imported when they are needed, for a fast first paint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s3tui.connect.keychain import NoSecret
    from s3tui.s3.credentials import Credentials
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

    async def secret(self, name: str, access_key: str, missing: NoSecret) -> Credentials | None:
        """Ask for the secret that no keyring gives."""
        from s3tui.tui.screens.connections.secret_prompt import ask_secret

        return await ask_secret(self._app, name, access_key, missing)

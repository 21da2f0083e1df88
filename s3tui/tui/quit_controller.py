"""QuitController: ends the app; with unfinished transfers the user says first what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s3tui.transfer.models import QueueSnapshot
    from s3tui.tui.app import S3TuiApp


class QuitController:
    def __init__(self, app: S3TuiApp) -> None:
        self._app = app
        self._waits = False
        self.cancels_transfers = False
        """Whether transfers are cancelled at the end, rather than kept for the next run."""

    def watch_queue(self, _: QueueSnapshot) -> None:
        """End the app once all is done that it waits for."""
        if self._waits and not self._app.transfers.busy:
            self._app.exit()

    async def quit(self) -> None:
        """End the app, unless the user stays; in a worker."""
        from s3tui.tui.screens.common.dialog import Dialog

        app = self._app
        if any(isinstance(screen, Dialog) and screen.holds_quit() for screen in app.screen_stack):
            return
        snapshot, can_keep = app.transfers.snapshot, app.transfers.can_keep
        if (app.transfers.busy or (snapshot.paused and not can_keep)) and not await self._ask(snapshot):
            return
        app.demo.stop_filling()
        app.exit()

    async def _ask(self, snapshot: QueueSnapshot) -> bool:
        """Ask what becomes of transfers; say whether the app ends now."""
        from s3tui.tui.screens.transfers.quit import Leave, QuitQuestion

        app = self._app
        answer = await app.push_screen_wait(QuitQuestion(snapshot, can_keep=app.transfers.can_keep))
        if answer is None:
            return False
        if answer is Leave.WHEN_DONE and app.transfers.busy:
            self._waits = True
            app.action_transfers()
            app.reporter.tell("s3tui ends when these are done.")
            return False
        self.cancels_transfers = answer is Leave.CANCEL
        return True

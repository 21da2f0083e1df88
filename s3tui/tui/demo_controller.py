"""DemoController: starts the demo, connects to it, and puts the rest of its sample data meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3tui.format import counted
from s3tui.tui.messages import SamplesPut
from s3tui.tui.runtime.demo_starter import DemoStarter, DemoUnavailable
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.text.sentences import explain

if TYPE_CHECKING:
    from textual.widget import AwaitMount

    from s3tui.tui.app import S3TuiApp
    from s3tui.tui.runtime.session import Session

_FILLING = "filling"


class DemoController:
    def __init__(self, app: S3TuiApp) -> None:
        self._app = app
        self.starter = DemoStarter(app.thread)

    def begin(self) -> None:
        """Show that the demo starts, then start it."""
        self._show_starting()
        self._app.call_after_refresh(self._start)

    async def open(self) -> None:
        """Connect to the demo; start it unless it runs."""
        if (connection := self.starter.connection) is not None:
            self._app.connect(connection)
            return
        self.starter.let_go()
        await self._show_starting()
        self._start()

    def stop_filling(self) -> None:
        self._app.workers.cancel_group(self._app, _FILLING)

    def let_go(self) -> None:
        """Let the server end, if there is one, without waiting for it."""
        self.starter.let_go()

    def _show_starting(self) -> AwaitMount:
        from s3tui.tui.screens.common.starting import StartingScreen

        return self._app.push_screen(StartingScreen(self._app.session, self._app.transfers))

    def _start(self) -> None:
        self._app.run_worker(self._connect(), group="demo", exclusive=True)

    async def _connect(self) -> None:
        app = self._app
        try:
            connection = await self.starter.start()
        except DemoUnavailable as error:
            app.ask_connection(f"The demo cannot start: {explain(error)}")
            return
        session = app.connect(connection, app.settings.uri if app.settings.demo else None)
        app.run_worker(self._fill(session), group=_FILLING)

    async def _fill(self, session: Session) -> None:
        """Upload the rest of the sample data, then have every open screen list again."""
        self._tell_filling(session)
        ticker = self._app.set_interval(1, lambda: self._tell_filling(session))
        try:
            await self.starter.fill()
        finally:
            ticker.stop()
            session.status = ""
        for screen in self._app.screen_stack:
            screen.post_message(SamplesPut())

    def _tell_filling(self, session: Session) -> None:
        put, screen = self.starter.put, self._app.screen
        so_far = f", {counted(put, 'object')} so far" if put else ""
        session.status = f"Sample data is still being put{so_far}: some may be missing."
        if isinstance(screen, FramedScreen):
            screen.show_status()

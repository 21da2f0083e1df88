"""S3TuiApp: owns what outlives screens (S3 thread, sessions, transfers, demo) and navigates between them.

All screens but the first are imported when they are first opened, for a fast first paint.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual._context import active_message_pump
from textual.binding import BindingType
from textual.reactive import reactive

from s3tui import paths
from s3tui.background import S3Thread
from s3tui.format import counted, printable, set_units
from s3tui.settings import DEFAULT_COLUMNS, Column, Settings
from s3tui.tui.clock import Clock, utc_now
from s3tui.tui.demo_controller import DemoController
from s3tui.tui.keymap.presets import keymap_of
from s3tui.tui.keymap.screens import APP_KEYS
from s3tui.tui.messages import (
    ColumnsChosen,
    ConnectionChosen,
    DemoChosen,
    ListingOpened,
    ObjectsPicked,
    SnapshotsWanted,
    UriEntered,
)
from s3tui.tui.navigator import Navigator
from s3tui.tui.questions import UserQuestions
from s3tui.tui.quit_controller import QuitController
from s3tui.tui.runtime.error_boundary import ErrorBoundary
from s3tui.tui.runtime.event_reporter import EventReporter
from s3tui.tui.runtime.preferences import Preferences
from s3tui.tui.runtime.request_recorder import RequestRecorder
from s3tui.tui.runtime.session import Session, SessionContext
from s3tui.tui.runtime.sessions import Sessions
from s3tui.tui.runtime.state_db import StateDb
from s3tui.tui.runtime.toasts import Toasts
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.buckets.bucket_list import BucketListScreen
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.terminal.app import TerminalApp
from s3tui.tui.text.sentences import explain
from s3tui.tui.widgets.frame.key_bar import KeyBar

if TYPE_CHECKING:
    from s3tui.browse.place.pick_output import Picked
    from s3tui.connect.connection import Connection
    from s3tui.s3.address.uri import S3Uri
    from s3tui.transfer.models import QueueSnapshot
    from s3tui.tui.commands import Commands

_KEYS_S = 2.0
"""Interval at which the time left of temporary keys is shown anew."""
_RECOVERY_S = 1.0
"""Delay of the recovery after the first paint: nothing waits for what an earlier run left."""


class S3TuiApp(TerminalApp):
    TITLE = "s3tui"
    CSS_PATH = "s3tui.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*APP_KEYS]
    ENABLE_COMMAND_PALETTE = False  # there is one in the app's own look

    columns: reactive[frozenset[Column]] = reactive(DEFAULT_COLUMNS, init=False)
    """The columns of objects behind the name, on all screens."""

    def __init__(
        self,
        settings: Settings,
        connection: Connection | None,
        *,
        clock: Clock = utc_now,
        greets: bool = False,
    ) -> None:
        """`greets`: give the hint for a first start, unless an earlier run did."""
        super().__init__(keymap_of(settings.preset, settings.keys), diffs=settings.diff)
        set_units(times=settings.times, sizes=settings.sizes)
        self.clock = clock
        self.settings = settings
        self._connection = connection
        self._greets = greets
        self.session: Session | None = None
        self.picked: Sequence[Picked] = ()
        """The objects that were chosen, to be printed when the app has ended."""
        self.error_boundary = ErrorBoundary(self)
        self.toasts = Toasts(self)
        self.reporter = EventReporter(
            self,
            self.toasts,
            rings=settings.bell,
            notify=lambda text: self.show_notice(text, settings.notices),
            shows_queue=self._shows_queue,
        )
        self.preferences = Preferences(self, settings, self.reporter.tell)
        self.set_reactive(S3TuiApp.columns, settings.columns)
        self.thread = S3Thread()
        self.thread.hold()
        self.state_db = StateDb(paths.state_dir() / "state.sqlite")
        self.requests = RequestRecorder(settings, self.reporter.observe)
        questions = UserQuestions(self)
        self.sessions = Sessions(
            SessionContext(
                self.thread,
                settings,
                self.requests.observe,
                self.state_db,
                clock,
                interaction=questions.interaction(),
                ask_secret=questions.secret,
            )
        )
        self.transfers = Transfers(self, self.thread, self.sessions, settings, questions.conflict, clock)
        self.navigator = Navigator(self, self.sessions, self.transfers)
        self.demo = DemoController(self)
        self._quitting = QuitController(self)

    @cached_property
    def commands(self) -> Commands:
        """Help, the palette and what was run last; nothing of it is needed for the first paint."""
        from s3tui.tui.commands import Commands

        return Commands(self)

    def post_display_hook(self) -> None:
        """Let the S3 thread begin once a screen is painted: what it imports would delay that."""
        if self.screen_stack and isinstance(self.screen, FramedScreen):
            self.thread.release()

    def show_pending(self, key: str) -> None:
        for bar in self.screen.query(KeyBar):
            bar.pending = key

    def on_mount(self) -> None:
        self.transfers.changed.subscribe(self, self._quitting.watch_queue)
        self.transfers.ended.subscribe(self, self.sessions.take_ended)
        self.transfers.ended.subscribe(self, self.reporter.take_ended)
        if self.settings.title:
            self.transfers.changed.subscribe(self, self._show_progress)
        if self.settings.demo:
            self.demo.begin()
        elif self.settings.snapshot is not None:
            self.open_snapshot(self.settings.snapshot)
        elif self.settings.inventory is not None:
            self.open_report(self.settings.inventory)
        elif self._connection is None:
            self.action_connections()
        else:
            self.connect(self._connection, self.settings.uri)
        self.preferences.watch()
        self.set_timer(_RECOVERY_S, self._recover)
        self.set_interval(_KEYS_S, self._show_keys)
        self.call_after_refresh(self.preferences.check_config)

    def _show_keys(self) -> None:
        """Show how long temporary keys last, which goes down by itself."""
        keys = None if self.session is None or not self.screen_stack else self.session.keys
        if keys is not None and keys.expires_at is not None and isinstance(self.screen, FramedScreen):
            self.screen.show_place()

    def _show_progress(self, snapshot: QueueSnapshot) -> None:
        from s3tui.tui.text.transfers.title import title_words

        words = title_words(snapshot)
        self.show_terminal_title(None if words is None else f"{words} – {self.TITLE}")

    @work(group="recovery")
    async def _recover(self) -> None:
        """Notify of transfers that an earlier run left; they stay paused until the user resumes them."""
        self.thread.release()
        await self.transfers.recover()
        if left := self.transfers.left:
            left_over = f"{counted(left, 'transfer')} from last time"
            self.reporter.tell(f"{left_over}: t shows {'them' if left > 1 else 'it'}, R there goes on.")
        await self.commands.remember()
        await self.state_db.look()
        if self.state_db.damage:
            damage = printable(self.state_db.damage)
            self.reporter.tell(f"{damage}. Bookmarks and history start anew.", "warning")

    async def on_unmount(self) -> None:
        """Close everything: no partial file, open upload, socket or demo server is left behind."""
        self.thread.release()
        self.thread.start()
        await self.thread.run(self._close())
        self.demo.let_go()
        await asyncio.to_thread(self.thread.stop)
        await asyncio.to_thread(self.state_db.close)
        await asyncio.to_thread(self.requests.close)

    async def _close(self) -> None:
        await self.transfers.aclose(keep=not self._quitting.cancels_transfers)
        await self.sessions.aclose()

    def connect(self, connection: Connection, uri: S3Uri | None = None) -> Session:
        """Switch to `connection`, and return its session; its first screen sends the first request."""
        self.session = session = self.sessions.of(connection)
        screens: list[FramedScreen] = [BucketListScreen(session, self.transfers)]
        if uri is not None:
            screens.append(tree := self.navigator.tree_screen(session, uri))
            if self.settings.opens_inventory:
                tree.controllers.inventories.key = uri.key
        self.run_worker(self._show(screens), group="navigation", exclusive=True)
        return session

    async def _show(self, screens: Sequence[FramedScreen]) -> None:
        await self.navigator.show(screens)
        if self._greets:
            self._greets = False
            self._greet()

    @work(group="settings")
    async def _greet(self) -> None:
        if hint := await self.commands.hint():
            self.reporter.tell(hint, seconds=20)

    @on(ConnectionChosen)
    def _use_connection(self, message: ConnectionChosen) -> None:
        self.connect(message.connection)

    @on(SnapshotsWanted)
    def _use_snapshots(self) -> None:
        self.navigator.open_snapshots()

    @work(group="navigation", exclusive=True)
    async def open_snapshot(self, file: Path) -> None:
        from s3tui.browse.source.source import SourceError

        try:
            await self.navigator.open_snapshot(file, self.session)
        except SourceError as error:
            self.ask_connection(explain(error))

    @work(group="question")
    async def open_report(self, place: Path) -> None:
        await self.navigator.open_report(place, self.session)

    @on(ListingOpened)
    async def _show_listing(self, message: ListingOpened) -> None:
        await self.navigator.open_listing(message)

    @on(ColumnsChosen)
    def _show_columns(self, message: ColumnsChosen) -> None:
        self.columns = message.columns
        self.preferences.keep_columns(message.columns)

    @on(ObjectsPicked)
    def _end_with(self, message: ObjectsPicked) -> None:
        self.picked = message.picked
        self.exit()

    @on(UriEntered)
    async def _go_there(self, message: UriEntered) -> None:
        await self.go(message.uri)

    @on(DemoChosen)
    async def _use_demo(self) -> None:
        await self.demo.open()

    def ask_connection(self, sentence: str) -> None:
        """Show the connection list with `sentence` as an error."""
        from s3tui.tui.screens.connections.connections import ConnectionsScreen

        screen = ConnectionsScreen(self.session, self.transfers)
        self.run_worker(self.navigator.show([screen]), group="navigation", exclusive=True)
        self.call_after_refresh(screen.say, sentence, "error")

    def _shows_queue(self) -> bool:
        return isinstance(self.screen, FramedScreen) and self.screen.SHOWS_QUEUE

    def say_anywhere(self, sentence: str) -> None:
        """Show an error on the current screen: in its notice line, or as a toast where it has none."""
        if isinstance(self.screen, FramedScreen):
            self.screen.say(sentence, "error")
        else:
            self.reporter.tell(sentence, "error")

    @property
    def is_ending(self) -> bool:
        return self._exit or self._closing or not self.screen_stack

    def _handle_exception(self, error: Exception) -> None:
        """Give an unexpected error to the error boundary; before there is a screen, end with it."""
        if self._running and self.screen_stack:
            self.error_boundary.caught(error, active_message_pump.get(None))
        else:
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """End the app with one sentence; Textual would print all locals, secret keys among them."""
        error = sys.exc_info()[1]
        if error is not None:
            self._exit_renderables.append(Text(f"{self.error_boundary.report(error, 'the start')}."))
        self._close_messages_no_wait()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("go_to", "whoami", "doctor"):
            return self.session is not None
        if action == "connections":
            return isinstance(self.screen, FramedScreen) and self.screen.OFFERS_CONNECTIONS
        if action == "pane":
            return isinstance(self.screen, FramedScreen) and self.screen.HAS_PANE
        return True

    def action_pane(self) -> None:
        """Give the pane beside the rows its next width, or hide it."""
        screen = self.screen
        assert isinstance(screen, FramedScreen)
        if not screen.has_class("-wide"):
            screen.say("The pane needs 120 columns: i shows all that is known of a row.", "warning")
            return
        self.preferences.next_pane()
        screen.call_after_refresh(screen.pane_fitted)

    def action_buckets(self) -> None:
        """Close all screens above the bucket list."""
        self.run_worker(self.navigator.open_buckets(), group="navigation", exclusive=True)

    def action_connections(self) -> None:
        self.navigator.open_connections(self.session)

    def action_whoami(self) -> None:
        from s3tui.tui.screens.connections.whoami_dialog import WhoAmIDialog

        if self.session is not None:
            self.push_screen(WhoAmIDialog(self.session))

    def action_transfers(self) -> None:
        self.navigator.toggle_transfers(self.session)

    def action_doctor(self) -> None:
        self.navigator.open_doctor(self.session)

    def action_requests(self) -> None:
        self.navigator.toggle_requests(self.session, self.requests, self.settings)

    def action_command_palette(self) -> None:
        self.commands.open_palette()

    def set_theme(self, name: str) -> None:
        self.theme = name

    def action_change_theme(self) -> None:
        self.commands.open_themes()

    def action_help(self) -> None:
        self.commands.open_help()

    @work(group="question", exclusive=True)
    async def action_go_to(self) -> None:
        from s3tui.tui.screens.menus.go_to import GoTo

        if self.session is not None:
            here = self.screen.uri if isinstance(self.screen, FramedScreen) else "s3://"
            to = await self.push_screen_wait(GoTo(self.session, here, self.sessions.known))
            if to is not None and to.connection is not None:
                self.connect(to.connection, to.uri)
            elif to is not None and to.uri is not None:
                await self.go(to.uri)

    async def go(self, uri: S3Uri) -> None:
        """Navigate to `uri` on the current connection."""
        assert self.session is not None, "there is no place without a connection"
        await self.navigator.go(self.session, uri)

    @work(group="question")
    async def action_quit(self) -> None:  # type: ignore[override]  # asks first, in a worker
        await self._quitting.quit()

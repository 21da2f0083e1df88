"""S3TuiApp: owns what outlives screens (S3 thread, sessions, transfers, demo) and navigates between them.

All screens but the first are imported when they are first opened, for a fast first paint.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on, work
from textual._context import active_message_pump
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.events import Event, Resize
from textual.filter import LineFilter
from textual.reactive import reactive
from textual.theme import Theme

from s3tui import paths
from s3tui.background import S3Thread
from s3tui.config.reader import ConfigError
from s3tui.format import counted, printable
from s3tui.settings import DEFAULT_COLUMNS, DEFAULT_THEME, Column, PaneWidth, Settings
from s3tui.tui.clock import Clock, utc_now
from s3tui.tui.commands import Commands
from s3tui.tui.keymap.binding import DISPLAY, is_key, is_sequence
from s3tui.tui.keymap.presets import keymap_of
from s3tui.tui.keymap.screens import APP_KEYS
from s3tui.tui.messages import (
    ColumnsChosen,
    ConnectionChosen,
    DemoChosen,
    ListingOpened,
    ObjectsPicked,
    SamplesPut,
    SnapshotsWanted,
    UriEntered,
)
from s3tui.tui.navigator import Navigator
from s3tui.tui.runtime.demo_starter import DemoStarter, DemoUnavailable
from s3tui.tui.runtime.error_boundary import ErrorBoundary
from s3tui.tui.runtime.event_reporter import EventReporter
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.sessions import Sessions
from s3tui.tui.runtime.state_db import StateDb
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.buckets.bucket_list import BucketListScreen
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.terminal.cell_diff import CellDiff
from s3tui.tui.terminal.control_codes import ControlCodes
from s3tui.tui.terminal.key_sequences import KeySequences
from s3tui.tui.terminal.type_ahead import TypeAhead
from s3tui.tui.text.sentences import config_sentence, explain
from s3tui.tui.themes import THEMES
from s3tui.tui.widgets.frame.key_bar import KeyBar

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.driver import Driver
    from textual.screen import Screen
    from textual.widget import AwaitMount

    from s3tui.browse.place.pick_output import Picked
    from s3tui.connect.connection import Connection
    from s3tui.connect.keychain import NoSecret
    from s3tui.s3.address.uri import S3Uri
    from s3tui.s3.credentials import Credentials
    from s3tui.transfer.models import ConflictAnswer, ConflictFound, QueueSnapshot

_RECOVERY_S = 1.0
"""Delay of the recovery after the first paint: nothing waits for what an earlier run left."""


class S3TuiApp(App[None]):
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
        super().__init__()
        self.clock = clock
        self.commands = Commands(self)
        self._greets = greets
        self.type_ahead = TypeAhead(self)
        self.settings = settings
        self.session: Session | None = None
        self.error_boundary = ErrorBoundary(self)
        self.reporter = EventReporter(self, rings=settings.bell, shows_queue=self._shows_queue)
        self._control_codes = ControlCodes()
        self._cell_diff = CellDiff(self, super()._display, is_on=settings.diff)
        self.thread = S3Thread()
        self.thread.hold()
        self.state_db = StateDb(paths.state_dir() / "state.sqlite")
        self.sessions = Sessions(
            self.thread,
            settings,
            observer=self.reporter.observe,
            state_db=self.state_db,
            clock=clock,
            mfa=self._ask_code,
            ask_secret=self._ask_secret,
        )
        self.transfers = Transfers(self, self.thread, self.sessions, settings, self._ask, clock)
        self.navigator = Navigator(self, self.sessions, self.transfers)
        self._connection = connection
        self.demo = DemoStarter(self.thread)
        self.picked: Sequence[Picked] = ()
        """The objects that were chosen, to be printed when the app has ended."""
        self._quits_when_done = False
        self._cancels_transfers = False
        for theme in THEMES:
            self.register_theme(theme)
        if settings.theme in self.available_themes:
            self._begin_with(settings.theme)
        self._theme_known = self.theme
        self._config_lock = asyncio.Lock()
        self.changed_keys = keymap_of(settings.preset, settings.keys)
        self.set_keymap(self.changed_keys)
        self._sequences = KeySequences(
            self, self.changed_keys.values(), put_back=self.type_ahead.put_back, show=self._show_pending
        )
        self.set_reactive(S3TuiApp.columns, settings.columns)
        self._pane = settings.pane
        self._fit_pane()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Paint what changed: called by screens with each frame of theirs."""
        self._cell_diff.display(screen, renderable)

    def post_display_hook(self) -> None:
        """Let the S3 thread begin once a screen is painted: what it imports would delay that."""
        if self.screen_stack and isinstance(self.screen, FramedScreen):
            self.thread.release()

    def _begin_with(self, theme: str) -> None:
        """Set the first theme; the default one before stylesheets are read, as a change reads them again."""
        if theme != DEFAULT_THEME:
            self.theme = theme
            return
        self.set_reactive(App.theme, theme)
        self.stylesheet.set_variables(self.get_css_variables())
        self.set_class(True, f"-theme-{theme}", update=False)

    def action_redraw(self) -> None:
        """Paint the whole screen again, as other programs may have written on the terminal."""
        self._cell_diff.forget()
        self.screen.refresh()

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Resize):  # also when the terminal was somebody else's for a while
            self._cell_diff.forget()
        if not self.type_ahead.held(event):
            for each in self._sequences.join(event):
                await super().on_event(each)

    def _show_pending(self, key: str) -> None:
        for bar in self.screen.query(KeyBar):
            bar.pending = key

    def get_driver_class(self) -> type[Driver]:
        from s3tui.tui.terminal.lifecycle import TerminalDriver

        return TerminalDriver

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        self.type_ahead.close()
        super().exit(result, return_code, message)

    def on_mount(self) -> None:
        self.transfers.changed.subscribe(self, self._watch_queue)
        self.transfers.ended.subscribe(self, self.sessions.take_ended)
        self.transfers.ended.subscribe(self, self.reporter.take_ended)
        if self.settings.demo:
            self._show_starting()
            self.call_after_refresh(self.start_demo)
        elif self.settings.snapshot is not None:
            self.open_snapshot(self.settings.snapshot)
        elif self.settings.inventory is not None:
            self.open_report(self.settings.inventory)
        elif self._connection is None:
            self.action_connections()
        else:
            self.connect(self._connection, self.settings.uri)
        self.theme_changed_signal.subscribe(self, self._theme_chosen)
        self.set_timer(_RECOVERY_S, self._recover)
        self.call_after_refresh(self._check_config)

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

    def _theme_chosen(self, theme: Theme) -> None:
        if theme.name != self._theme_known:
            self._theme_known = theme.name
            self._remember("theme", theme.name, "The theme is")

    @work(group="settings")
    async def _remember(self, key: str, value: str, what: str) -> None:
        from s3tui.config.writer import remember_setting

        file = paths.config_file()
        try:
            async with self._config_lock:
                await asyncio.to_thread(remember_setting, file, key, value)
        except ConfigError as error:
            self.reporter.tell(f"{what} for this run only: {printable(str(error))}", "warning")
        else:
            self.reporter.tell(f"{file.name} says now: {key} = {value}")

    @work(group="settings")
    async def _check_config(self) -> None:
        """Notify of mistakes in config.toml; what is wrong there does not count."""
        from s3tui.tui.runtime.config_names import problems

        if found := await asyncio.to_thread(problems):
            self.reporter.tell(config_sentence(paths.config_file().name, found), "warning", seconds=20)

    async def on_unmount(self) -> None:
        """Close everything: no partial file, open upload, socket or demo server is left behind."""
        self.thread.release()
        self.thread.start()
        await self.thread.run(self._close())
        self.demo.let_go()
        await asyncio.to_thread(self.thread.stop)
        await asyncio.to_thread(self.state_db.close)

    async def _close(self) -> None:
        await self.transfers.aclose(keep=not self._cancels_transfers)
        await self.sessions.aclose()

    def connect(self, connection: Connection, uri: S3Uri | None = None) -> None:
        """Switch to `connection`; its first screen sends the first request."""
        self.session = session = self.sessions.of(connection)
        screens: list[FramedScreen] = [BucketListScreen(session, self.transfers)]
        if uri is not None:
            screens.append(tree := self.navigator.tree_screen(session, uri))
            if self.settings.opens_inventory:
                tree.controllers.inventories.key = uri.key
        self.run_worker(self._show(screens), group="navigation", exclusive=True)

    async def _show(self, screens: Sequence[FramedScreen]) -> None:
        await self.navigator.show(screens)
        if self._greets:
            self._greets = False
            self._greet()

    @work(group="settings")
    async def _greet(self) -> None:
        if hint := await self.commands.hint():
            self.reporter.tell(hint, seconds=20)

    def pop_screen(self) -> AwaitComplete:
        """Remove the top screen, even if the caller is cancelled while it awaits that.

        The app's own message loop awaits the same task, and its cancellation would end the loop.
        """
        return AwaitComplete(asyncio.shield(super().pop_screen()))

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
            self.connect_or_ask(explain(error))

    @work(group="question")
    async def open_report(self, place: Path) -> None:
        await self.navigator.open_report(place, self.session)

    @on(ListingOpened)
    async def _show_listing(self, message: ListingOpened) -> None:
        from s3tui.tui.screens.objects.screen import ObjectTreeScreen

        if message.leaves_screen:
            self.pop_screen()
        if message.leaves_screen and isinstance(self.screen, ObjectTreeScreen):
            self.screen.controllers.navigation.open_listed(message.location)
        else:
            await self.push_screen(ObjectTreeScreen(message.session, self.transfers, message.location))

    @on(ColumnsChosen)
    def _show_columns(self, message: ColumnsChosen) -> None:
        self.columns = message.columns
        names = ", ".join(column.value for column in Column if column in self.columns)
        self._remember("columns", names, "The columns are so")

    @on(ObjectsPicked)
    def _end_with(self, message: ObjectsPicked) -> None:
        self.picked = message.picked
        self.exit()

    @on(UriEntered)
    async def _go_there(self, message: UriEntered) -> None:
        await self.go(message.uri)

    @on(DemoChosen)
    async def _use_demo(self) -> None:
        if (connection := self.demo.connection) is not None:
            self.connect(connection)
            return
        self.demo.let_go()
        await self._show_starting()
        self.start_demo()

    def _show_starting(self) -> AwaitMount:
        from s3tui.tui.screens.common.starting import StartingScreen

        return self.push_screen(StartingScreen(self.session, self.transfers))

    @work(group="demo", exclusive=True)
    async def start_demo(self) -> None:
        try:
            connection = await self.demo.start()
        except DemoUnavailable as error:
            self.connect_or_ask(f"The demo cannot start: {explain(error)}")
            return
        self.connect(connection, self.settings.uri if self.settings.demo else None)
        if self.session is not None:
            self._fill_demo(self.session)

    @work(group="filling")
    async def _fill_demo(self, session: Session) -> None:
        """Upload the rest of the sample data, then have every open screen list again."""
        self._tell_filling(session)
        ticker = self.set_interval(1, lambda: self._tell_filling(session))
        try:
            await self.demo.fill()
        finally:
            ticker.stop()
            session.status = ""
        for screen in self.screen_stack:
            screen.post_message(SamplesPut())

    def _tell_filling(self, session: Session) -> None:
        so_far = f", {counted(self.demo.put, 'object')} so far" if self.demo.put else ""
        session.status = f"Sample data is still being put{so_far}: some may be missing."
        if isinstance(self.screen, FramedScreen):
            self.screen.show_status()

    def connect_or_ask(self, sentence: str) -> None:
        """Show the connection list with `sentence` as an error."""
        from s3tui.tui.screens.connections.connections import ConnectionsScreen

        screen = ConnectionsScreen(self.session, self.transfers)
        self.run_worker(self.navigator.show([screen]), group="navigation", exclusive=True)
        self.call_after_refresh(screen.say, sentence, "error")

    async def _ask(self, found: ConflictFound) -> ConflictAnswer:
        """Ask the user how to resolve a conflict; awaited in the S3 thread."""
        from s3tui.tui.screens.transfers.conflict_questions import Questions

        return await Questions(self, self.transfers).ask(found)

    async def _ask_code(self, serial: str) -> str:
        """Ask the user for the code of an MFA device; awaited in the S3 thread.

        Raises: CredentialsError.
        """
        from s3tui.tui.screens.connections.mfa_code import CodeQuestion

        return await CodeQuestion(self).ask(serial)

    async def _ask_secret(self, name: str, access_key: str, missing: NoSecret) -> Credentials | None:
        """Ask the user for the secret that no keyring gives; awaited in the S3 thread."""
        from s3tui.tui.screens.connections.secret_prompt import ask_secret

        return await ask_secret(self, name, access_key, missing)

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

    def _watch_queue(self, snapshot: QueueSnapshot) -> None:
        if self._quits_when_done and not self.transfers.busy:
            self.exit()

    def copy_to_clipboard(self, text: str) -> None:
        """Ask the terminal to copy `text` (OSC 52); it may refuse silently, so callers show the text, too."""
        self._clipboard = text
        from s3tui.tui.terminal.osc52 import sequences

        if self._driver is not None:
            self._driver.write(sequences(text, in_tmux="TMUX" in os.environ, in_screen="STY" in os.environ))

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self._control_codes]

    def get_key_display(self, binding: Binding) -> str:
        key = binding.key
        if is_sequence(key) or not is_key(key):
            return key if is_key(key) else ""
        return binding.key_display or DISPLAY.get(key) or super().get_key_display(binding)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "go_to":
            return self.session is not None
        if action == "connections":
            return isinstance(self.screen, FramedScreen) and self.screen.OFFERS_CONNECTIONS
        if action == "pane":
            return isinstance(self.screen, FramedScreen) and self.screen.HAS_PANE
        return True

    def _fit_pane(self) -> None:
        for width in PaneWidth:
            self.set_class(width is self._pane, f"-pane-{width.value}")

    def action_pane(self) -> None:
        """Give the pane beside the rows its next width, or hide it."""
        screen = self.screen
        assert isinstance(screen, FramedScreen)
        if not screen.has_class("-wide"):
            screen.say("The pane needs 120 columns: i shows all that is known of a row.", "warning")
            return
        self._pane = self._pane.next
        self._fit_pane()
        screen.call_after_refresh(screen.pane_fitted)
        self._remember("pane", self._pane.value, "The pane is so")

    def action_buckets(self) -> None:
        """Close all screens above the bucket list."""
        self.run_worker(self.navigator.open_buckets(), group="navigation", exclusive=True)

    def action_connections(self) -> None:
        self.navigator.open_connections(self.session)

    def action_transfers(self) -> None:
        """Toggle the transfer queue."""
        from s3tui.tui.screens.transfers.transfer_queue import TransferQueueScreen

        if isinstance(self.screen, TransferQueueScreen):
            self.pop_screen()
        else:
            self.push_screen(TransferQueueScreen(self.session, self.transfers))

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
        from s3tui.tui.screens.common.go_to import GoTo

        if self.session is not None:
            here = self.screen.uri if isinstance(self.screen, FramedScreen) else "s3://"
            if (uri := await self.push_screen_wait(GoTo(self.session, here))) is not None:
                await self.go(uri)

    async def go(self, uri: S3Uri) -> None:
        """Navigate to `uri` on the current connection."""
        assert self.session is not None, "there is no place without a connection"
        await self.navigator.go(self.session, uri)

    @work(group="question")
    async def action_quit(self) -> None:  # type: ignore[override]  # asks first, in a worker
        from s3tui.tui.screens.common.dialog import Dialog

        if any(isinstance(screen, Dialog) and screen.holds_quit() for screen in self.screen_stack):
            return
        snapshot = self.transfers.snapshot
        if self.transfers.busy or (snapshot.paused and not self.transfers.can_keep):
            from s3tui.tui.screens.common.quit import Leave, QuitQuestion

            question = QuitQuestion(snapshot, can_keep=self.transfers.can_keep)
            answer = await self.push_screen_wait(question)
            if answer is None:
                return
            if answer is Leave.WHEN_DONE and self.transfers.busy:
                self._quits_when_done = True
                self.action_transfers()
                self.reporter.tell("s3tui ends when these are done.")
                return
            self._cancels_transfers = answer is Leave.CANCEL
        self.workers.cancel_group(self, "filling")
        self.exit()

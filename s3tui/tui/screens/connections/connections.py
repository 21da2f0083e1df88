"""ConnectionsScreen: the demo, saved connections, those found on this machine, and forms for new ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from s3tui import paths
from s3tui.background import abandonable
from s3tui.browse.source.source import SNAPSHOT_SUFFIX
from s3tui.config.reader import ConfigError
from s3tui.connect.connection import DEMO_ORIGIN, THIS_RUN, Connection, FromChain
from s3tui.connect.discover import found_connections
from s3tui.connect.identity import Handle
from s3tui.connect.store import ConnectionStore
from s3tui.format import printable
from s3tui.tui.keymap.screens import CONNECTION_KEYS
from s3tui.tui.messages import ConnectionChosen, DemoChosen, SnapshotsWanted
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.screens.common.connected_place import connected_place
from s3tui.tui.screens.connections.connection_changes import ConnectionChanges
from s3tui.tui.screens.connections.connection_form import ConnectionForm, FormKind
from s3tui.tui.screens.connections.connection_list import (
    DEMO,
    NEW,
    PUBLIC,
    SNAPSHOTS,
    SSO,
    ConnectionList,
    ConnectionRow,
    connection_rows,
)
from s3tui.tui.screens.connections.sso_picker import SsoPicker
from s3tui.tui.text.place import Place
from s3tui.tui.text.sentences import explain

_FIRST = 2
"""Length of the screen stack if this screen is the first one: Textual's default screen is below it."""


class ConnectionsScreen(FramedScreen):
    HELP_TITLE = "Connections"
    OFFERS_CONNECTIONS = False
    BINDINGS: ClassVar[list[BindingType]] = [*CONNECTION_KEYS]

    def __init__(self, session: Session | None, transfers: Transfers) -> None:
        super().__init__(session, transfers)
        self._store = ConnectionStore(paths.config_file())
        self._changes = ConnectionChanges(self, self._store)

    def compose_body(self) -> Iterable[Widget]:
        with Vertical(id="welcome"):
            yield Static(
                Content.assemble(
                    ("s3tui", "bold $accent"), " — Amazon S3 and everything that speaks its protocol"
                ),
                id="welcome-title",
            )
            yield ConnectionList(header=False)

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(ConnectionList).show([DEMO, NEW, PUBLIC, SSO])
        self.query_one(ConnectionList).focus()
        self.call_after_refresh(self.look)

    def place(self) -> Place:
        return connected_place(self._session, title="Connections" if self._session else "Welcome")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "back":
            return len(self.app.screen_stack) > _FIRST
        if action in ("forget", "edit", "duplicate", "move", "set_default") and self.is_mounted:
            entry = self.query_one(ConnectionList).current
            if action == "set_default" and entry is not None and entry.connection is not None:
                return entry.connection.origin not in (THIS_RUN, DEMO_ORIGIN)
            if entry is None or entry.connection is None or action in ("forget", "move"):
                return entry is not None and entry.is_saved
            is_ours = entry.is_saved or action == "duplicate"
            return is_ours and entry.connection.obstacle is None
        return True

    @work(group="look", exclusive=True)
    async def look(self) -> None:
        kept = await abandonable(lambda: any(paths.snapshots_dir().glob(f"*{SNAPSHOT_SUFFIX}")))
        try:
            saved, found = await abandonable(lambda: (self._store.connections(), found_connections()))
        except ConfigError as error:
            self.say(explain(error), "error")
            saved, found = [], await abandonable(found_connections)
        default = await abandonable(self._store.default)
        rows = connection_rows(saved, found, self.transfers.sessions.in_memory(), self._session, default)
        demo = replace(DEMO, is_current=self._is_demo)
        self.query_one(ConnectionList).show([demo, *rows, *[SNAPSHOTS] * kept, NEW, PUBLIC, SSO])

    @property
    def _is_demo(self) -> bool:
        return self._session is not None and self._session.connection.origin == DEMO_ORIGIN

    @on(ConnectionList.CursorMoved)
    def _moved(self) -> None:
        self.refresh_bindings()

    @on(ConnectionList.Chosen)
    def _choose(self) -> None:
        entry = self.query_one(ConnectionList).current
        if entry is not None and entry.name == DEMO.name and entry.connection is None:
            self.app.post_message(DemoChosen())
        elif entry == NEW:
            self.action_new()
        elif entry == PUBLIC:
            self._ask_form(FormKind.PUBLIC)
        elif entry == SSO:
            self._sign_in()
        elif entry == SNAPSHOTS:
            self.app.post_message(SnapshotsWanted())
        elif entry is not None and entry.connection is not None:
            if entry.connection.obstacle is not None:
                self.say(f"{printable(entry.connection.obstacle)}.", "warning")
            else:
                self.app.post_message(ConnectionChosen(entry.connection))

    def action_new(self) -> None:
        session = self._session
        elsewhere = None if session is None else session.elsewhere
        self._ask_form(FormKind.KEYS, elsewhere)

    def action_edit(self) -> None:
        self._ask_form(FormKind.EDIT, self._chosen())

    def action_duplicate(self) -> None:
        connection = self._chosen()
        if connection is not None and isinstance(connection.credentials, FromChain):
            self.say(
                f"{printable(connection.name)} is found anew each time: it has no keys to save.", "warning"
            )
        else:
            self._ask_form(FormKind.DUPLICATE, connection)

    @work(group="question", exclusive=True)
    async def _sign_in(self) -> None:
        picker = SsoPicker(self, self.transfers.sessions, self._store)
        if (connection := await picker.pick(self._names)) is not None:
            self.app.post_message(ConnectionChosen(connection))

    @property
    def _names(self) -> set[str]:
        return {row.connection.name for row in self.query_one(ConnectionList).rows if row.connection}

    def _chosen(self) -> Connection | None:
        row = self._current_row
        return None if row is None else row.connection

    @property
    def _current_row(self) -> ConnectionRow | None:
        """The row of the connection under the cursor."""
        row = self.query_one(ConnectionList).current
        return None if row is None or row.connection is None else row

    @work(group="question", exclusive=True)
    async def _ask_form(self, kind: FormKind, like: Connection | None = None) -> None:
        taken = self._names | {Handle.parse(handle).name for handle in self.transfers.connections()}
        connection = await self.app.push_screen_wait(
            ConnectionForm(kind, self._store, self.transfers.sessions.try_out, taken, like)
        )
        if connection is None:
            return
        if kind is FormKind.EDIT and connection.origin != THIS_RUN:
            self.say(f"Saved the connection {printable(connection.name)}.", "done")
            self.look()
        else:
            self.app.post_message(ConnectionChosen(connection))

    @work(group="question", exclusive=True)
    async def action_set_default(self) -> None:
        if (row := self._current_row) is not None:
            await self._changes.set_default(row)

    @work(group="question", exclusive=True)
    async def action_move(self, step: int) -> None:
        if (row := self._current_row) is not None:
            await self._changes.move(row, step)

    @work(group="question", exclusive=True)
    async def action_forget(self) -> None:
        if (row := self._current_row) is not None:
            await self._changes.forget(row)

    def action_back(self) -> None:
        self.app.pop_screen()

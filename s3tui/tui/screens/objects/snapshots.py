"""SnapshotsScreen: the listings that were kept on this machine, to be opened, compared and deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from s3tui import paths
from s3tui.browse.place.location import Location
from s3tui.browse.snapshot.comparison import Comparison
from s3tui.browse.snapshot.snapshot import Snapshot, snapshots_in
from s3tui.browse.source.source import LIVE, Live, Source, SourceError
from s3tui.connect.identity import Handle
from s3tui.format import counted, printable
from s3tui.tui.keymap.screens import SNAPSHOT_KEYS
from s3tui.tui.messages import ListingOpened
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.screens.objects.local_reports import LocalReportController
from s3tui.tui.screens.objects.snapshot_deletion import delete_snapshot
from s3tui.tui.screens.objects.snapshot_taking import SnapshotTakingController
from s3tui.tui.text.place import Place
from s3tui.tui.text.sentences import explain
from s3tui.tui.widgets.frame.notice import Notice
from s3tui.tui.widgets.frame.state_panel import StatePanel
from s3tui.tui.widgets.lists.snapshot_table import SnapshotTable

_NEEDS_ROW = frozenset({"compare", "mark", "delete"})


class SnapshotsScreen(FramedScreen):
    """One snapshot is taken at a time, by this screen: it ends with it."""

    HELP_TITLE = "Snapshots"
    BINDINGS: ClassVar[list[BindingType]] = [*SNAPSHOT_KEYS]

    def __init__(
        self,
        session: Session,
        transfers: Transfers,
        location: Location | None = None,
        *,
        left: Source | None = None,
    ) -> None:
        """
        Args:
            location: without one, none can be taken.
            left: what was opened from this list before: the cursor is on it.
        """
        super().__init__(session, transfers)
        self._left = left.old if isinstance(left, Comparison) else left
        self._location = location
        self._folder = paths.snapshots_dir()
        self.reports = LocalReportController(self)
        self._taking = SnapshotTakingController(self, location, self._folder)

    def compose_body(self) -> Iterable[Widget]:
        with Vertical(classes="panel", id="snapshots-panel"):
            table = SnapshotTable(self.session.now)
            yield from (table, StatePanel(table))

    def place(self) -> Place:
        return Place(title=self.HELP_TITLE) if self.session.is_offline else super().place()

    def on_mount(self) -> None:
        super().on_mount()
        self._state.show("loading", "Looking for snapshots…", "esc goes back")
        self.look()

    def action_refresh(self) -> None:
        self.look()

    @work(group="look", exclusive=True)
    async def look(self) -> None:
        try:
            snapshots, errors = await asyncio.to_thread(snapshots_in, self._folder)
        except SourceError as error:
            self.later(self._state.show_error, error, keys="esc goes back")
        else:
            self.later(self._show, snapshots, errors)

    def _show(self, snapshots: Sequence[Snapshot], errors: Sequence[SourceError]) -> None:
        table = self.query_one(SnapshotTable)
        table.show(snapshots)
        if isinstance(self._left, Snapshot):
            table.stand_on(self._left.file)
            self._left = None
        if snapshots:
            self._state.clear()
            table.focus()
        else:
            keys = "esc goes back"
            if self._location is not None:
                keys = f"n takes one of {printable(str(self._location))}  ·  {keys}"
            self._state.show("empty", "No listing was kept yet.", keys)
        number = len(snapshots)
        words = f"{counted(number, 'snapshot')}"
        self.query_one("#snapshots-panel").border_title = Content(words)
        if errors:
            more = f" And {len(errors) - 1} more." if len(errors) > 1 else ""
            self.say(f"{explain(errors[0])}{more}", "warning")
        self.refresh_bindings()

    @property
    def _state(self) -> StatePanel:
        return self.query_one(StatePanel)

    @property
    def current(self) -> Snapshot | None:
        return self.query_one(SnapshotTable).current if self.is_mounted else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "take":
            return self._location is not None and not self._taking.is_busy
        return action not in _NEEDS_ROW or self.current is not None

    @on(SnapshotTable.Chosen)
    def _open(self) -> None:
        if (snapshot := self.current) is not None:
            self._show_tree(snapshot, snapshot)

    def _show_tree(self, source: Snapshot | Comparison, snapshot: Snapshot) -> None:
        """Show a snapshot, or what it is compared with, in the tree that one came from or in a new one."""
        if self._taking.is_busy:
            self.say("A snapshot is being taken, and ends with this screen: esc stops it first.", "warning")
            return
        session = self.session
        if not session.is_called(snapshot.header.connection) and not session.is_offline:
            session = session.offline()
        header = snapshot.header
        location = Location(header.bucket, header.prefix, source=source)
        self.post_message(ListingOpened(session, location, leaves_screen=not session.is_offline))

    def action_inventory(self) -> None:
        self.run(self.reports.ask, "question", exclusive=True)

    def action_mark(self) -> None:
        table = self.query_one(SnapshotTable)
        if table.current is not None:
            table.marked = None if table.marked == table.current.file else table.current.file
            table.cursor += 1
            table.refresh()

    def action_compare(self) -> None:
        table = self.query_one(SnapshotTable)
        one, other = table.current, table.marked_row
        if one is None:
            return
        if other is None or other == one:
            if self.session.is_offline or not self.session.is_called(one.header.connection):
                name = printable(Handle.parse(one.header.connection).words)
                self.say(f"To compare it with now, open the connection {name}: ^o lists them.", "warning")
                return
            self._compare(one, LIVE)
        else:
            old, new = sorted((one, other), key=lambda snapshot: snapshot.header.begun_at)
            self._compare(old, new)

    def _compare(self, old: Snapshot, new: Snapshot | Live) -> None:
        comparison = Comparison(old, new)
        try:
            scope = comparison.scope
        except SourceError as error:
            self.say(explain(error), "warning")
            return
        narrow = replace(old, header=replace(old.header, prefix=scope))
        self._show_tree(comparison, narrow)

    def action_delete(self) -> None:
        if (snapshot := self.current) is not None:
            self.run(partial(self._delete, snapshot), "question", exclusive=True)

    async def _delete(self, snapshot: Snapshot) -> None:
        await delete_snapshot(self, snapshot)
        self.look()

    def action_take(self) -> None:
        self.run(self._taking.ask, "question", exclusive=True)

    def show_status(self) -> None:
        super().show_status()
        if (status := self._taking.status()) is not None:
            self.query_one(Notice).status = status

    def action_back(self) -> None:
        if self._taking.is_busy:
            self.run(self._taking.stop, "question", exclusive=True)
        else:
            self.app.pop_screen()

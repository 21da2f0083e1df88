"""Snapshots: listings that were kept on this machine. Taken, opened, compared and deleted here."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.worker import Worker, WorkerCancelled, WorkerFailed

from s3tui import paths
from s3tui.browse.place.location import Location
from s3tui.browse.snapshot.comparison import Comparison
from s3tui.browse.snapshot.snapshot import Snapshot, file_for, snapshots_in, suggested_name
from s3tui.browse.snapshot.take_snapshot import Progress, take_snapshot
from s3tui.browse.source.source import LIVE, Live, SourceError
from s3tui.connect.identity import Handle
from s3tui.format import count, printable
from s3tui.s3.errors import S3Error
from s3tui.tui.keymap import SNAPSHOT_KEYS
from s3tui.tui.messages import ListingOpened
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.text.place import Place
from s3tui.tui.text.sentences import explain, short_size
from s3tui.tui.widgets.frame.notice import Notice
from s3tui.tui.widgets.frame.state_panel import StatePanel
from s3tui.tui.widgets.lists.snapshot_table import SnapshotTable

_TAKING = "taking"
_NEEDS_ROW = frozenset({"compare", "mark", "delete"})


class SnapshotsScreen(FramedScreen):
    """One snapshot is taken at a time, by this screen: it ends with it."""

    HELP_TITLE = "Snapshots"
    BINDINGS: ClassVar[list[BindingType]] = [*SNAPSHOT_KEYS]

    @dataclass
    class SnapshotsRead(Message):
        snapshots: Sequence[Snapshot]
        errors: Sequence[SourceError]

    @dataclass
    class ReadFailed(Message):
        error: SourceError

    @dataclass
    class Progressed(Message):
        progress: Progress

    @dataclass
    class TakingFailed(Message):
        error: S3Error
        is_kept: bool
        """What came before it, as a part."""

    def __init__(self, session: Session, transfers: Transfers, location: Location | None = None) -> None:
        """Without a location, none can be taken."""
        super().__init__(session, transfers)
        self._location = location
        self._folder = paths.snapshots_dir()
        self._taking: tuple[str, Worker[None], threading.Event] | None = None
        """Its name, who takes it, and whether a part of it shall be kept."""
        self._progress = Progress(0, 0, 0.0)

    def compose_body(self) -> Iterable[Widget]:
        with Vertical(classes="panel", id="snapshots-panel"):
            yield SnapshotTable(self.session.now)
            yield StatePanel()

    def place(self) -> Place:
        return Place(title=self.HELP_TITLE) if self.session.is_offline else super().place()

    def on_mount(self) -> None:
        super().on_mount()
        self._show_state().show("loading", "looking for snapshots …", "esc goes back")
        self.look()

    def action_refresh(self) -> None:
        self.look()

    @work(group="look", exclusive=True)
    async def look(self) -> None:
        try:
            snapshots, errors = await asyncio.to_thread(snapshots_in, self._folder)
        except SourceError as error:
            self.post_message(self.ReadFailed(error))
        else:
            self.post_message(self.SnapshotsRead(snapshots, errors))

    @on(SnapshotsRead)
    def _show(self, message: SnapshotsRead) -> None:
        table = self.query_one(SnapshotTable)
        table.show(message.snapshots)
        if message.snapshots:
            table.display, self.query_one(StatePanel).display = True, False
            table.focus()
        else:
            keys = "esc goes back"
            if self._location is not None:
                keys = f"n takes one of {printable(str(self._location))}  ·  {keys}"
            self._show_state().show("empty", "No listing was kept yet.", keys)
        number = len(message.snapshots)
        words = f"{count(number)} snapshot{'s' * (number != 1)}"
        self.query_one("#snapshots-panel").border_title = Content(words)
        if message.errors:
            more = f" And {len(message.errors) - 1} more." if len(message.errors) > 1 else ""
            self.say(f"{explain(message.errors[0])}{more}", "warning")
        self.refresh_bindings()

    @on(ReadFailed)
    def _show_failure(self, message: ReadFailed) -> None:
        self._show_state().show_error(message.error, keys="esc goes back")

    def _show_state(self) -> StatePanel:
        self.query_one(SnapshotTable).display = False
        panel = self.query_one(StatePanel)
        panel.display = True
        return panel

    @property
    def current(self) -> Snapshot | None:
        return self.query_one(SnapshotTable).current if self.is_mounted else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "take":
            return self._location is not None and self._taking is None
        return action not in _NEEDS_ROW or self.current is not None

    @on(SnapshotTable.Chosen)
    def _open(self) -> None:
        if (snapshot := self.current) is not None:
            self._show_tree(snapshot, snapshot)

    def _show_tree(self, source: Snapshot | Comparison, snapshot: Snapshot) -> None:
        """Show a snapshot, or what it is compared with, in the tree that one came from or in a new one."""
        if self._taking is not None:
            self.say("A snapshot is being taken, and ends with this screen: esc stops it first.", "warning")
            return
        session = self.session
        if not session.is_called(snapshot.header.connection) and not session.is_offline:
            session = session.offline()
        header = snapshot.header
        location = Location(header.bucket, header.prefix, source=source)
        self.post_message(ListingOpened(session, location, leaves_screen=not session.is_offline))

    @work(group="question", exclusive=True)
    async def action_inventory(self) -> None:
        """Open an S3 Inventory report that lies on this machine."""
        from s3tui.tui.widgets.forms.path_input import PathSuggester

        answer = await self.app.push_screen_wait(
            Prompt(
                "Open an S3 Inventory report",
                "Its manifest.json, or the folder that it is in:",
                placeholder="a folder on this machine",
                yes="Open",
                suggester=PathSuggester(),
            )
        )
        if answer is not None:
            await self.open_report(Path(answer))

    async def open_report(self, place: Path) -> None:
        """Make a report ready, and show it; to be awaited in a worker."""
        from s3tui.browse.inventory.build import build
        from s3tui.browse.inventory.inventory import need_duckdb
        from s3tui.browse.inventory.manifest import local_report
        from s3tui.tui.screens.objects.inventory_progress import InventoryProgress

        try:
            need_duckdb()
            report = await asyncio.to_thread(lambda: local_report(paths.expanded(place)))
        except SourceError as error:
            self.say(explain(error), "error")
            return
        steps = build(report.manifest, report.files, paths.inventories_dir())
        progress = InventoryProgress(str(place), self.session.stream_local(steps))
        inventory = await self.app.push_screen_wait(progress)
        if inventory is not None:
            session = self.session if self.session.is_offline else self.session.offline()
            location = Location(inventory.bucket, source=inventory)
            self.post_message(ListingOpened(session, location))

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

    @work(group="question", exclusive=True)
    async def action_delete(self) -> None:
        snapshot = self.current
        if snapshot is None:
            return
        keys = f"{count(snapshot.header.objects)} keys"
        sentence = f"{printable(snapshot.name)}, {keys}. The bucket itself stays as it is."
        if not await self.app.push_screen_wait(Confirm("Delete this snapshot?", sentence, yes="Delete")):
            return
        try:
            await asyncio.to_thread(snapshot.file.unlink)
        except OSError as error:
            self.say(f"{printable(snapshot.name)} was not deleted: {explain(error)}", "error")
        else:
            self.say(f"deleted {printable(snapshot.name)}", "done")
        self.look()

    @work(group="question", exclusive=True)
    async def action_take(self) -> None:
        there = self._location
        if there is None or self._taking is not None:
            return
        name = await self.app.push_screen_wait(
            Prompt(
                "Take a snapshot",
                f"Everything below {printable(str(there))} is listed and kept on this machine, by this name:",
                value=suggested_name(there.bucket, there.prefix, self.session.now()),
                yes="Take",
                check=self._wrong_name,
                replaces=True,
            )
        )
        if name is None:
            return
        file, keep = file_for(self._folder, name), threading.Event()
        self._progress = Progress(0, 0, 0.0)
        worker = self.run_worker(self._take(there, file, keep), group=_TAKING, exclusive=True)
        self._taking = name, worker, keep
        self.clear_notice()
        self.show_status()
        self.refresh_bindings()

    def _wrong_name(self, name: str) -> str | None:
        if not name.strip():
            return "A name is needed."
        return "There is one of that name: choose another." if file_for(self._folder, name).exists() else None

    async def _take(self, there: Location, file: Path, keep: threading.Event) -> None:
        connection, now = self.session.handle, self.session.now
        taking = self.session.stream(
            lambda s3: take_snapshot(
                s3, there.bucket, there.prefix, file, connection=connection, now=now, keep=keep
            )
        )
        try:
            async with aclosing(taking):
                async for progress in taking:
                    self.post_message(self.Progressed(progress))
        except S3Error as error:
            self.post_message(self.TakingFailed(error, await asyncio.to_thread(file.exists)))

    @on(Progressed)
    def _show_progress(self, message: Progressed) -> None:
        if self._taking is None:
            return  # it was stopped meanwhile
        self._progress = message.progress
        if message.progress.snapshot is not None:
            self._end_taking()
            self.say(f"kept {message.progress.snapshot.name}: {self._so_far()}", "done")
        self.show_status()

    @on(TakingFailed)
    def _tell_failure(self, message: TakingFailed) -> None:
        if self._taking is not None:
            kept = " What was listed before that is kept as a part." if message.is_kept else ""
            self._end_taking()
            self.say(f"{explain(message.error)}{kept}", "error")

    def _end_taking(self) -> None:
        self._taking = None
        self.show_status()
        self.refresh_bindings()
        self.look()

    def _so_far(self) -> str:
        return f"{count(self._progress.objects)} keys, {short_size(self._progress.size)}"

    def show_status(self) -> None:
        super().show_status()
        if self._taking is not None:
            rate = count(round(self._progress.objects_per_s))
            words = f"Taking {printable(self._taking[0])}: {self._so_far()}, {rate} keys/s  ·  esc stops"
            self.query_one(Notice).status = words

    def action_back(self) -> None:
        if self._taking is None:
            self.app.pop_screen()
        else:
            self._stop()

    @work(group="question", exclusive=True)
    async def _stop(self) -> None:
        """Ask what shall become of the one that is being taken."""
        answer = await self.app.push_screen_wait(
            Confirm(
                "Stop taking the snapshot?",
                f"{self._so_far()} so far. A part says up to which key it goes; esc goes on taking.",
                yes="Keep the part",
                no="Throw it away",
                grave=False,
            )
        )
        if answer is None or self._taking is None:
            return
        name, worker, keep = self._taking
        if answer:
            keep.set()
        self._taking = None
        worker.cancel()
        with suppress(WorkerCancelled, WorkerFailed):
            await worker.wait()  # by then the file is there, or gone
        self._end_taking()
        kept = file_for(self._folder, name).exists()
        self.say(f"Stopped: {'the part is kept' if kept else 'nothing was kept'}.", "warning")

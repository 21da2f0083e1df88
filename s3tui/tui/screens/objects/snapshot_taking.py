"""SnapshotTakingController: takes a snapshot, one at a time, and stops it."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from textual.worker import Worker, WorkerCancelled, WorkerFailed

from s3tui.browse.place.location import Location
from s3tui.browse.snapshot.snapshot import file_for, suggested_name
from s3tui.browse.snapshot.take_snapshot import Progress, take_snapshot
from s3tui.format import count, counted, printable
from s3tui.s3.errors import S3Error
from s3tui.tui.screens.common.host import ScreenHost
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.text.sentences import explain, short_size

_TAKING = "taking"


class SnapshotsHost(ScreenHost, Protocol):
    """The screen of the snapshots as its controller sees it."""

    def look(self) -> object:
        """Read again which snapshots there are."""

    def show_status(self) -> None:
        """Show the status of ongoing work."""

    def refresh_bindings(self) -> None: ...


@dataclass
class _Taking:
    """The snapshot that is being taken."""

    name: str
    keep: threading.Event = field(default_factory=threading.Event)
    """Set if what was listed is kept as a part when it is stopped."""
    progress: Progress = field(default_factory=lambda: Progress(0, 0, 0.0))

    def so_far(self) -> str:
        return f"{counted(self.progress.objects, 'key')}, {short_size(self.progress.size)}"


class SnapshotTakingController:
    def __init__(self, host: SnapshotsHost, location: Location | None, folder: Path) -> None:
        """Without a location, none can be taken."""
        self._host, self._location, self._folder = host, location, folder
        self._taking: _Taking | None = None
        self._worker: Worker[None] | None = None

    @property
    def is_busy(self) -> bool:
        return self._taking is not None

    def status(self) -> str | None:
        """Return how far the snapshot is that is being taken, if one is."""
        if (taking := self._taking) is None:
            return None
        rate = count(round(taking.progress.objects_per_s))
        return f"Taking {printable(taking.name)}: {taking.so_far()}, {rate} keys/s  ·  esc stops"

    async def ask(self) -> None:
        """Ask for a name, and take the snapshot; in a worker."""
        there = self._location
        if there is None or self._taking is not None:
            return
        name = await self._host.ask(
            Prompt(
                "Take a snapshot",
                f"Everything below {printable(str(there))} is listed and kept on this machine, by this name:",
                value=suggested_name(there.bucket, there.prefix, self._host.session.now()),
                yes="Take",
                check=self._wrong_name,
                replaces=True,
            )
        )
        if name is None:
            return
        self._taking = taking = _Taking(name)
        self._worker = self._host.run(partial(self._take, taking, there), _TAKING, exclusive=True)
        self._host.clear_notice()
        self._host.show_status()
        self._host.refresh_bindings()

    def _wrong_name(self, name: str) -> str | None:
        if not name.strip():
            return "A name is needed."
        return "There is one of that name: choose another." if self._file(name).exists() else None

    def _file(self, name: str) -> Path:
        return file_for(self._folder, name)

    async def _take(self, taking: _Taking, there: Location) -> None:
        host, file, keep = self._host, self._file(taking.name), taking.keep
        connection, now = host.session.handle, host.session.now
        steps = host.session.stream(
            lambda s3: take_snapshot(
                s3, there.bucket, there.prefix, file, connection=connection, now=now, keep=keep
            )
        )
        try:
            async with aclosing(steps):
                async for progress in steps:
                    host.later(self._show_progress, taking, progress)
        except S3Error as error:
            host.later(self._tell_failure, taking, error, await asyncio.to_thread(file.exists))

    def _show_progress(self, taking: _Taking, progress: Progress) -> None:
        if taking is not self._taking:
            return  # it was stopped meanwhile
        taking.progress = progress
        if progress.snapshot is not None:
            self._end()
            self._host.say(f"Kept {progress.snapshot.name}: {taking.so_far()}.", "done")
        self._host.show_status()

    def _tell_failure(self, taking: _Taking, error: S3Error, is_kept: bool) -> None:
        """`is_kept`: what came before the failure, as a part."""
        if taking is self._taking:
            kept = " What was listed before that is kept as a part." if is_kept else ""
            self._end()
            self._host.say(f"{explain(error)}{kept}", "error")

    def _end(self) -> None:
        self._taking = None
        self._host.show_status()
        self._host.refresh_bindings()
        self._host.look()

    async def stop(self) -> None:
        """Ask what becomes of the snapshot that is being taken, and stop it; in a worker."""
        if (taking := self._taking) is None:
            return
        answer = await self._host.ask(
            Confirm(
                "Stop taking the snapshot?",
                f"{taking.so_far()} so far. A part says up to which key it goes; esc goes on taking.",
                yes="Keep the part",
                no="Throw it away",
                grave=False,
            )
        )
        if answer is None or taking is not self._taking or self._worker is None:
            return
        if answer:
            taking.keep.set()
        self._taking = None
        self._worker.cancel()
        with suppress(WorkerCancelled, WorkerFailed):
            await self._worker.wait()  # by then the file is there, or gone
        self._end()
        kept = self._file(taking.name).exists()
        self._host.say(f"Stopped: {'the part is kept' if kept else 'nothing was kept'}.", "warning")

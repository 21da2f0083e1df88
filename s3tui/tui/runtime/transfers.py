"""Transfers: access to the transfer engine for screens. Commands go in, snapshots come out.

Polls the engine only while something moves.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from textual.app import App
from textual.signal import Signal
from textual.timer import Timer

from s3tui import paths
from s3tui.background import S3Thread
from s3tui.format import printable
from s3tui.settings import Settings
from s3tui.tui.clock import Clock
from s3tui.tui.runtime.sessions import Sessions
from s3tui.tui.runtime.toasts import HasToasts
from s3tui.tui.text.transfers.throughput import Throughput

if TYPE_CHECKING:
    from s3tui.transfer.changes.change_log import ChangeLog
    from s3tui.transfer.changes.models import Change, Undo
    from s3tui.transfer.engine import TransferEngine
    from s3tui.transfer.journal.journal import Journal
    from s3tui.transfer.models import Ask, QueueSnapshot, Transfer
    from s3tui.transfer.requests import RunChange
    from s3tui.tui.runtime.belonging import Belonging

T = TypeVar("T")
JOURNAL = "transfers.sqlite"
INTERVAL_S = 1 / 8


class Transfers:
    """The transfer queue of the app; outlives every screen."""

    def __init__(
        self,
        app: App[None],
        thread: S3Thread,
        sessions: Sessions,
        settings: Settings,
        ask: Ask,
        clock: Clock,
    ) -> None:
        self.download_dir = settings.download_dir
        self.now_s: Callable[[], float] = time.monotonic
        """Monotonic clock of `down` and `up`."""
        self._snapshot: QueueSnapshot | None = None
        self.changed: Signal[QueueSnapshot] = Signal(app, "transfers-changed")
        self.ended: Signal[Sequence[Transfer]] = Signal(app, "transfers-ended")
        """Published with the transfers that are done, failed or cancelled since the last time."""
        self.down, self.up = Throughput(), Throughput()
        self._settings = settings
        self._ask = ask
        self.clock = clock
        self._ended: deque[Transfer] = deque()
        self._app = app
        self._thread = thread
        self.sessions = sessions
        self._engine: TransferEngine | None = None
        self._timer: Timer | None = None
        self._commands = 0
        self._opening = asyncio.Lock()
        self._journal: Journal | None = None
        self._begun_at = clock()
        self._left: frozenset[int] = frozenset()
        """Ids of the transfers that an earlier run left."""
        self.trouble = self._told = ""
        """A sentence on why there is no journal, or a new one; else empty."""

    @property
    def is_known(self) -> bool:
        """True once the engine was asked for its queue; before, nothing moves."""
        return self._snapshot is not None

    @property
    def snapshot(self) -> QueueSnapshot:
        from s3tui.transfer.models import QueueSnapshot  # too heavy for the first paint

        return self._snapshot or QueueSnapshot()

    @snapshot.setter
    def snapshot(self, snapshot: QueueSnapshot) -> None:
        self._snapshot = snapshot

    @property
    def busy(self) -> bool:
        """True while a transfer moves, or a command is under way."""
        return self._commands + self.snapshot.moving > 0

    @property
    def left(self) -> int:
        """Number of transfers that an earlier run left."""
        return len(self._left)

    @property
    def failed_before(self) -> int:
        """Number of the failed transfers that failed in an earlier run, and were not tried again since."""
        if not (self._left and self.snapshot.failed):
            return 0
        return sum(map(self._is_history, self.snapshot.transfers))

    def _is_history(self, row: Transfer) -> bool:
        from s3tui.transfer.models import TransferState

        if row.id not in self._left or row.state is not TransferState.FAILED:
            return False
        return row.finished_at is None or row.finished_at < self._begun_at

    async def open(self) -> None:
        """Start the engine and get its snapshot."""
        await self.command(_nothing)

    async def recover(self) -> None:
        """Start the engine if an earlier run left a journal."""
        if await asyncio.to_thread((paths.state_dir() / JOURNAL).exists):
            await self.open()

    async def command(self, command: Callable[[TransferEngine], Coroutine[Any, Any, T]]) -> T:
        """Run `command` on the engine in the S3 thread, return its result; watch the queue from then on."""
        self._thread.start()
        self._commands += 1
        try:
            result = await self._thread.run(self._run(command))
        finally:
            self._commands -= 1
            self._tell_trouble()
        self._watch()
        return result

    async def changes(self) -> ChangeLog:
        """Return the log of changes: their plans, and what became of them."""

        async def get(engine: TransferEngine) -> ChangeLog:
            assert engine.changes is not None
            return engine.changes

        return await self.command(get)

    async def run_change(
        self,
        change: Change,
        request: RunChange,
        *,
        title: str,
        undo: Undo,
        why: str,
        options: Mapping[str, object] | None = None,
    ) -> None:
        """Queue the job of a change that was agreed to.

        Args:
            options: more of what was asked for.

        Raises: TransferError, when it cannot be written down.
        """
        log = await self.changes()
        await log.agree(change, title=title, undo=undo, why=why, options=options)
        await self.command(lambda engine: engine.add(request))
        await log.start(change)

    def connections(self) -> list[str]:
        """Return the handles of the connections that are open in this run."""
        return self.sessions.handles()

    async def whose(self, transfers: Collection[Transfer]) -> dict[str, Belonging]:
        """Return the connection that each handle of `transfers` leads to now, by handle."""
        handles = {row.connection for row in transfers} | {row.to_connection for row in transfers}
        self._thread.start()
        return {handle: await self._thread.run(self.sessions.whose(handle)) for handle in handles if handle}

    def prepare(self) -> None:
        """Start worker processes for many small objects, while a question about them is open."""
        self._thread.start()
        self._thread.submit(self._run(lambda engine: engine.prepare()))

    @property
    def can_keep(self) -> bool:
        """True if unfinished transfers can be resumed by another run: the journal works."""
        return self._journal is not None and self._journal.failure is None

    async def aclose(self, *, keep: bool) -> None:
        """Stop the engine; with `keep`, unfinished transfers stay in the journal. In the S3 thread only."""
        if self._engine is not None:
            await self._engine.aclose(keep=keep)

    async def _run(self, command: Callable[[TransferEngine], Coroutine[Any, Any, T]]) -> T:
        async with self._opening:
            if self._engine is None:
                engine = await asyncio.to_thread(self._make_engine)
                self._left = frozenset(await engine.start())
                self._engine = engine
        return await command(self._engine)

    def _make_engine(self) -> TransferEngine:
        from s3tui.transfer.engine import DEFAULT_LIMITS, TransferEngine
        from s3tui.transfer.models import Limits

        settings = self._settings
        limits = Limits(
            rate_bps=settings.rate_bps,
            objects=settings.objects or DEFAULT_LIMITS.objects,
            parts=settings.parts or DEFAULT_LIMITS.parts,
        )
        self._journal = self._open_journal()
        return TransferEngine(
            self.sessions.client_for,
            limits=limits,
            journal=self._journal,
            ask=self._ask,
            patience_s=settings.patience_s,
            on_finished=self._ended.append,
            changes=self._open_changes(),
        )

    def _open_changes(self) -> ChangeLog:
        from s3tui.state import StateError
        from s3tui.transfer.changes.change_log import ChangeLog

        try:
            return ChangeLog.open(paths.state_dir())
        except StateError as error:
            self.trouble = (
                self.trouble or f"{printable(str(error))}. Changes cannot be undone by another run."
            )
            return ChangeLog.temporary()

    def _open_journal(self) -> Journal | None:
        from s3tui.state import StateError
        from s3tui.transfer.journal.journal import Journal

        try:
            journal = Journal.open(paths.state_dir())
        except StateError as error:
            self.trouble = f"{printable(str(error))}. Transfers end with s3tui this time."
            return None
        if journal.damage is not None:
            self.trouble = f"{printable(journal.damage)}. What was left of transfers is not known any more."
        return journal

    def _tell_trouble(self) -> None:
        """Notify once of a failure of the journal, also of a disk that has become full."""
        failure = None if self._journal is None else self._journal.failure
        if failure is not None:
            self.trouble = f"{printable(failure)}. What is moved from now on ends with s3tui."
        if self.trouble != self._told:
            self._told = self.trouble
            if isinstance(self._app, HasToasts):
                self._app.toasts.tell(self.trouble, "warning", 6)

    def _watch(self) -> None:
        if self._timer is None:
            self._timer = self._app.set_interval(INTERVAL_S, self._look)
        self._timer.resume()
        self._look()

    def _look(self) -> None:
        if self._engine is None or self._timer is None:
            return
        self._tell_trouble()
        snapshot = self._engine.snapshot()
        now_s = self.now_s()
        self.down.note(now_s, snapshot.down_bps)
        self.up.note(now_s, snapshot.up_bps)
        if snapshot.version != self.snapshot.version:
            self.snapshot = snapshot
            self.changed.publish(snapshot)
        ended = [self._ended.popleft() for _ in range(len(self._ended))]
        if ended:
            self.ended.publish(ended)
        if not self.busy and not self._ended:
            self._timer.pause()


async def _nothing(engine: TransferEngine) -> None:
    """Do nothing: only starts the engine."""

"""The transfer engine as the screens see it: commands in, snapshots out.

Watches the engine only while something moves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from textual.app import App
from textual.signal import Signal
from textual.timer import Timer

from s3tui.background import S3Thread
from s3tui.transfer.models import QueueSnapshot

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client
    from s3tui.transfer.engine import TransferEngine

T = TypeVar("T")
INTERVAL_S = 1 / 8


class Transfers:
    """The queue; outlives every screen."""

    def __init__(
        self,
        app: App[None],
        thread: S3Thread,
        client_for: Callable[[str], Awaitable[S3Client]],
        download_dir: Path,
    ) -> None:
        self.download_dir = download_dir
        self.snapshot = QueueSnapshot()
        self.changed: Signal[QueueSnapshot] = Signal(app, "transfers-changed")
        self._app = app
        self._thread = thread
        self._client_for = client_for
        self._engine: TransferEngine | None = None
        self._timer: Timer | None = None

    @property
    def busy(self) -> bool:
        return self.snapshot.running + self.snapshot.waiting > 0

    async def command(self, command: Callable[[TransferEngine], Coroutine[Any, Any, T]]) -> T:
        """Await what `command` makes of the engine, in the S3 thread, and watch what comes of it."""
        self._thread.start()
        result = await self._thread.run(self._run(command))
        self._watch()
        return result

    async def aclose(self) -> None:
        """Stop everything, leaving nothing half done; to be awaited in the S3 thread only."""
        if self._engine is not None:
            await self._engine.aclose()

    async def _run(self, command: Callable[[TransferEngine], Coroutine[Any, Any, T]]) -> T:
        if self._engine is None:
            self._engine = await asyncio.to_thread(self._make_engine)
        return await command(self._engine)

    def _make_engine(self) -> TransferEngine:
        from s3tui.transfer.engine import TransferEngine

        return TransferEngine(self._client_for)

    def _watch(self) -> None:
        if self._timer is None:
            self._timer = self._app.set_interval(INTERVAL_S, self._look)
        self._timer.resume()
        self._look()

    def _look(self) -> None:
        if self._engine is None or self._timer is None:
            return
        snapshot = self._engine.snapshot()
        if snapshot.version != self.snapshot.version:
            self.snapshot = snapshot
            self.changed.publish(snapshot)
        if not self.busy:
            self._timer.pause()

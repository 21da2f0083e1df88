"""DemoStarter: starts the demo's server when it is first needed, and ends it with the app."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from s3tui.background import S3Thread
from s3tui.connect.connection import Connection

if TYPE_CHECKING:
    from s3tui.demo import Demo


class DemoUnavailable(Exception):
    """The demo cannot start; the message says what would help."""


class DemoStarter:
    """Starts the server in the S3 thread; no module of the demo is imported before."""

    def __init__(self, thread: S3Thread) -> None:
        self._thread = thread
        self.demo: Demo | None = None
        self.put = 0
        """Number of sample objects that were put while the screen is open."""

    @property
    def connection(self) -> Connection | None:
        """The connection to the server, while it runs."""
        return self.demo.connection if self.demo is not None and self.demo.is_running else None

    async def start(self) -> Connection:
        """Start a server, and return once it serves requests; most of the sample data is still missing.

        Raises: DemoUnavailable.
        """
        await asyncio.to_thread(_import_demo)
        from s3tui.demo import DemoError, open_demo

        self._thread.start()
        try:
            self.demo = await self._thread.run(open_demo())
        except DemoError as error:
            raise DemoUnavailable(str(error)) from error
        return self.demo.connection

    async def fill(self) -> None:
        """Upload the rest of the sample data; if the server is gone, the next request reports that."""
        from s3tui.demo import DemoError

        if self.demo is not None:
            with suppress(DemoError):
                await self._thread.run(self.demo.finish(self._count))

    def _count(self) -> None:
        self.put += 1

    def let_go(self) -> None:
        """Let the server end, if there is one, without waiting for it."""
        if self.demo is not None:
            self.demo.let_go()


def _import_demo() -> None:
    import s3tui.demo  # noqa: F401 - in a thread, so that the screen keeps responding

"""Opens the demo: starts the server, and puts the objects of the first screen; the rest comes later."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from httpx import HTTPError

from s3tui.connect.connection import Connection
from s3tui.demo import sample_data
from s3tui.demo.server import DemoError, DemoServer
from s3tui.s3.client import S3Client
from s3tui.s3.errors import S3Error


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that is running; whoever opened it calls `stop`."""

    server: DemoServer

    @property
    def connection(self) -> Connection:
        return self.server.connection

    @property
    def is_running(self) -> bool:
        return self.server.is_running

    async def finish(self, put: Callable[[], None] = lambda: None) -> None:
        """Put the objects that take longer: run it in the background, in any event loop, once.

        `put` is called for each of the many at the end. Cancelling it leaves what was put until then.

        Raises: DemoError, when the server is gone.
        """
        try:
            async with S3Client(self.server.endpoint, self.server.root) as s3:
                await sample_data.seed_rest(s3, self.server.root, put)
        except* (S3Error, HTTPError) as errors:
            gone: ExceptionGroup[Exception] | None = errors
        else:
            gone = None
        if gone is not None:
            raise DemoError("the sample data cannot be put: the demo's server is gone") from gone

    def let_go(self) -> None:
        """Have the server end and remove its folder by itself, without waiting."""
        self.server.let_go()

    def stop(self) -> None:
        """End the server and remove its folder. Blocks for a moment."""
        self.server.stop()


async def open_demo() -> Demo:
    """Start the server and return when there are buckets to show, in about a second and a half.

    Raises: DemoError, when the extra is not installed or the server does not start.
    """
    server = DemoServer()
    try:
        await asyncio.to_thread(server.start)
        async with S3Client(server.endpoint, server.root) as s3:
            await sample_data.seed_first(s3)
    except BaseException:
        server.stop()
        raise
    return Demo(server)

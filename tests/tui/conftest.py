"""Fixtures of the terminal's tests: a connection to the real server, and the app on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from s3tui import crash_report
from s3tui.connect.connection import Connection, Given
from s3tui.s3.address.uri import S3Uri
from s3tui.settings import PreviewMode, Settings
from s3tui.tui.app import S3TuiApp
from s3tui.tui.terminal.app import forget_painted_lines
from tests.servers import S3Server
from tests.tui.harness import settle

Running = Callable[..., AbstractAsyncContextManager[Pilot[None]]]


@pytest.fixture(autouse=True)
def _nothing_unforeseen(home: Path, request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail where the app met an error that nothing was written to meet: the net would hide it."""
    yield
    if request.node.get_closest_marker("unforeseen") is None:
        found = [file.read_text() for file in crash_report.folder().glob("*.txt")]
        assert not found, found[0]


@pytest.fixture(scope="module")
def ministack(ministack: S3Server) -> S3Server:
    """Give each module a server without the buckets of others."""
    ministack.reset()
    return ministack


@pytest.fixture
def connection(ministack: S3Server) -> Connection:
    return Connection("test", ministack.endpoint, Given(ministack.credentials))


@pytest.fixture
def running(home: Path) -> Running:
    """Run the app at a place, settled; downloads go to the test's own home, previews are made on demand."""

    @asynccontextmanager
    async def run(
        connection: Connection | None,
        uri: str | None = None,
        size: tuple[int, int] = (140, 40),
        **settings: Any,
    ) -> AsyncIterator[Pilot[None]]:
        downloads = home / "Downloads"
        downloads.mkdir(exist_ok=True)
        place = None if uri is None else S3Uri.parse(uri)
        wanted = Settings(
            **{"uri": place, "download_dir": downloads, "preview": PreviewMode.ON_DEMAND, **settings}
        )
        try:
            async with S3TuiApp(wanted, connection).run_test(size=size) as pilot:
                await settle(pilot)
                yield pilot
        finally:
            forget_painted_lines()

    return run

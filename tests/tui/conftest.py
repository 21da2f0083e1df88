"""Fixtures of the terminal's tests: a connection to the real server, and the app on it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from s3tui.connect.connection import Connection, Given
from s3tui.s3.uri import S3Uri
from s3tui.settings import Settings
from s3tui.tui.app import S3TuiApp
from tests.servers import S3Server
from tests.tui.harness import settle

_SNAPSHOT_FOLDER = "TEXTUAL_SNAPSHOT_TEMPDIR"
_kept: dict[str, str] = {}


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep what the snapshot plugin put into the environment: the isolation of tests takes it away."""
    if folder := os.environ.get(_SNAPSHOT_FOLDER):
        _kept[_SNAPSHOT_FOLDER] = folder


Running = Callable[..., AbstractAsyncContextManager[Pilot[None]]]


@pytest.fixture(autouse=True)
def _snapshot_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in _kept.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def connection(ministack: S3Server) -> Connection:
    return Connection("test", ministack.endpoint, Given(ministack.credentials))


@pytest.fixture
def running(home: Path) -> Running:
    """Run the app at a place, settled; downloads go to the test's own home."""

    @asynccontextmanager
    async def run(
        connection: Connection | None, uri: str | None = None, size: tuple[int, int] = (140, 40)
    ) -> AsyncIterator[Pilot[None]]:
        downloads = home / "Downloads"
        downloads.mkdir(exist_ok=True)
        settings = Settings(uri=None if uri is None else S3Uri.parse(uri), download_dir=downloads)
        async with S3TuiApp(settings, connection).run_test(size=size) as pilot:
            await settle(pilot)
            yield pilot

    return run

"""The app on files that are damaged or cannot be written: it starts, says so, and goes on."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from textual.pilot import Pilot

from s3tui import paths
from s3tui.connect.connection import Anonymous, Connection, Given
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.models import ListObjectsPage
from s3tui.state import StateError
from s3tui.transfer.journal.journal import FILE
from s3tui.transfer.requests import DownloadObject
from s3tui.tui.app import S3TuiApp
from s3tui.tui.runtime.state_db import StateDb
from s3tui.tui.screens.objects.snapshots import SnapshotsScreen
from tests.earlier_release import lay_out
from tests.s3.listing.listing_server import SyntheticBucket, listing_server
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, until

NOWHERE = Connection("work", Endpoint.custom("http://127.0.0.1:9"), Anonymous())


def told(pilot: Pilot[None]) -> str:
    return "\n".join(notification.message for notification in pilot.app._notifications)


def schema(data: bytes) -> bytes:
    return data.replace(b"CREATE TABLE", b"CREATE TABL\xff", 1)


def page(data: bytes) -> bytes:
    return data[:4096] + b"\x07" * 4096 + data[8192:]


@pytest.mark.parametrize("damage", [schema, page])
@pytest.mark.parametrize(
    ("name", "lost"), [(FILE, "What was left of transfers"), ("state.sqlite", "Bookmarks and history")]
)
async def test_a_damaged_database_is_said_and_put_aside(
    running: Running, tmp_path: Path, name: str, lost: str, damage: Callable[[bytes], bytes]
) -> None:
    lay_out(tmp_path)
    file = paths.state_dir() / name
    data = damage(file.read_bytes())
    file.write_bytes(data)
    async with listing_server(SyntheticBucket(["a"])) as url:
        work = Connection("work", Endpoint.custom(url), Anonymous())
        async with running(work, "s3://b/") as pilot:
            await until(pilot, lambda: f"{name} was damaged" in told(pilot))
            assert lost in told(pilot)
            assert str(file.with_name(f"{name}.damaged")) in told(pilot).replace("\n", "")
            assert " a" in screen_text(pilot)
        async with running(work, "s3://b/") as pilot:
            await until(pilot, lambda: pilot.app.state_db._database is not None)  # type: ignore[attr-defined]  # of ours
            assert "damaged" not in told(pilot)
    assert file.with_name(f"{name}.damaged").read_bytes() == data


async def test_a_state_folder_that_cannot_be_is_said_and_nothing_else_is_lost(running: Running) -> None:
    paths.state_dir().parent.mkdir(parents=True)
    paths.state_dir().touch()
    async with listing_server(SyntheticBucket(["a", "b/c"])) as url:
        work = Connection("work", Endpoint.custom(url), Anonymous())
        async with running(work, "s3://b/") as pilot:
            await press(pilot, "d", "enter")
            await until(pilot, lambda: "Transfers end with s3tui this time" in told(pilot))
            await press(pilot, "down")
            assert "b/" in screen_text(pilot)


async def test_a_journal_that_fails_meanwhile_is_said(running: Running, ministack: S3Server) -> None:
    bucket = ministack.make_bucket("full")
    for key in ("a", "b"):
        ministack.boto3().put_object(Bucket=bucket, Key=key, Body=b"data")
    work = Connection("work", ministack.endpoint, Given(ministack.credentials))
    async with running(work, f"s3://{bucket}/") as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        await app.transfers.open()
        journal = app.transfers._journal
        assert journal is not None

        def full(database: sqlite3.Connection) -> None:
            pages = database.execute("PRAGMA page_count").fetchone()[0]
            database.execute(f"PRAGMA max_page_count={pages}")
            database.execute("UPDATE transfer SET row = zeroblob(100000)")

        await app.transfers.command(
            lambda engine: engine.add(
                DownloadObject("work", bucket, "a", paths.default_download_dir() / "first")
            )
        )
        await settle(pilot)
        journal.soon("full", full)
        await press(pilot, "d", "enter")
        await until(pilot, lambda: "transfers are not written down any more" in told(pilot))
        assert "full" in told(pilot)
        await until(pilot, lambda: (paths.default_download_dir() / "a").exists())


async def test_one_bad_snapshot_leaves_the_others(running: Running, tmp_path: Path) -> None:
    lay_out(tmp_path)
    good = paths.snapshots_dir() / "photos.s3tui.db"
    for number, place in enumerate((60, 100, 2000, 4200, 8200, 12000)):
        data = bytearray(good.read_bytes())
        data[place : place + 60] = b"\xff" * 60
        (paths.snapshots_dir() / f"bad{number}.s3tui.db").write_bytes(data)
    (paths.snapshots_dir() / "empty.s3tui.db").touch()
    shutil.copyfile(paths.config_file(), paths.snapshots_dir() / "text.s3tui.db")
    async with listing_server(SyntheticBucket(["a"])) as url:
        work = Connection("work", Endpoint.custom(url), Anonymous())
        async with running(work, "s3://b/") as pilot:
            await press(pilot, "S")
            assert isinstance(pilot.app.screen, SnapshotsScreen)
            assert "photos" in screen_text(pilot)
            assert "And" in screen_text(pilot), "more than one is bad"
            await press(pilot, "escape")
            assert " a" in screen_text(pilot)


class _Repeating(SyntheticBucket):
    """Each entry five times."""

    def page(self, **asked: object) -> ListObjectsPage:
        page = super().page(**asked)  # type: ignore[arg-type]  # as they came
        return ListObjectsPage(page.objects * 5, page.common_prefixes * 5, page.next_continuation_token)


async def test_the_app_lives_with_keys_that_come_again(running: Running) -> None:
    async with listing_server(_Repeating(["a", "p/1", "p/2"])) as url:
        work = Connection("work", Endpoint.custom(url), Anonymous())
        async with running(work, "s3://b/") as pilot:
            await press(pilot, "F", "F", "down", "o", "Z", "escape")
            assert "a" in screen_text(pilot)


async def test_what_is_remembered_is_begun_anew_when_it_turns_out_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "garbage").write_bytes(b"no database" * 1000)

    def as_if_it_were_ours(database: sqlite3.Connection) -> None:
        with closing(sqlite3.connect(tmp_path / "garbage")) as damaged:
            damaged.execute("SELECT * FROM places")

    state_db = StateDb(tmp_path / "state.sqlite")
    with pytest.raises(StateError, match="not a database"):
        await state_db.query(as_if_it_were_ours)
    assert not state_db.damage
    assert await state_db.query(lambda database: database.execute("SELECT * FROM places").fetchall()) == []
    assert "state.sqlite was damaged" in state_db.damage
    state_db.close()

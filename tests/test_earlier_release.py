"""Upgrades: transfers, bookmarks, sizes, snapshots and settings of an earlier release carry over."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from s3tui import paths
from s3tui.browse.place.bookmarks import SCHEMA, Whose, bookmarks, recent
from s3tui.browse.place.location import Location
from s3tui.browse.snapshot.snapshot import snapshots_in
from s3tui.config.reader import check_config
from s3tui.config.writer import remember_setting
from s3tui.connect.store import ConnectionStore
from s3tui.s3.client import S3Client
from s3tui.settings import Flags, load_settings
from s3tui.state import open_database
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.journal.journal import Journal
from s3tui.transfer.models import TransferState
from tests.earlier_release import LARGE, LOGS, OVER, PHOTOS, fill, lay_out
from tests.servers import S3Server
from tests.transfer.conftest import Rig


async def test_its_transfers_go_on_and_nothing_moves_twice(ministack: S3Server, tmp_path: Path) -> None:
    oracle, data, other = ministack.boto3(), ministack.make_bucket(), ministack.make_bucket()
    fill(oracle, data)
    lay_out(tmp_path, data=data, other=other)
    untouched = {key: (tmp_path / "files" / key).stat().st_mtime_ns for key in OVER}
    async with S3Client(ministack.endpoint, ministack.credentials) as client:

        async def client_for(connection: str) -> S3Client:
            return client

        engine = TransferEngine(client_for, journal=Journal.open(paths.state_dir()), processes=0)
        rig = Rig(engine, oracle, other, tmp_path)
        try:
            assert await engine.start() == [2, 4, 5, 6, 7], "what was done is history"
            states = [row.state for row in engine.snapshot().transfers]
            assert states == [TransferState.FAILED, *[TransferState.PAUSED] * 4]
            assert {row.id for row in await engine.history()} == {1, 2, 3}
            await engine.resume(4, 5, 6, 7)
            logs = await rig.done(4)
            assert (logs.objects_done, logs.bytes_done) == (30, sum(map(len, LOGS.values())))
            for id in (5, 6, 7):
                await rig.done(id)
        finally:
            await engine.aclose()
    for key, body in LOGS.items():
        assert (tmp_path / "files" / key).read_bytes() == body
    for key, modified in untouched.items():
        assert (tmp_path / "files" / key).stat().st_mtime_ns == modified, f"{key} was there already"
    assert (tmp_path / "files" / "large.bin").read_bytes() == LARGE
    assert rig.get("big.bin") == LARGE
    assert {key: rig.get(f"copy/{key.removeprefix('photos/')}") for key in PHOTOS} == PHOTOS


def test_its_places_are_known(tmp_path: Path) -> None:
    lay_out(tmp_path)
    with closing(open_database(paths.state_dir() / "state.sqlite", SCHEMA)) as database:
        for name in ("env", "work"):
            whose = Whose("http://127.0.0.1 key AKIAANY", name)
            assert set(recent(database, whose)) == {Location("data", "photos/"), Location("data", "logs/")}
            assert bookmarks(database, whose) == [Location("data", "photos/2024/")]


def test_its_snapshots_open(tmp_path: Path) -> None:
    lay_out(tmp_path)
    found, errors = snapshots_in(paths.snapshots_dir())
    assert [(each.name, each.header.prefix, each.header.objects, each.header.size) for each in found] == [
        ("photos", "photos/", 3, 60)
    ]
    assert errors == []


def test_its_settings_are_read_and_stay_as_they_were_written(tmp_path: Path) -> None:
    lay_out(tmp_path)
    file = paths.config_file()
    before = file.read_text()
    assert check_config(file, {}) == []
    settings = load_settings(Flags(), {}, file)
    assert (settings.theme, settings.objects) == ("nord", 12)
    (work,) = ConnectionStore(file).connections()
    assert (work.name, work.endpoint.region, work.read_only) == ("work", "us-east-1", True)
    remember_setting(file, "theme", "gruvbox")
    assert file.read_text() == before.replace('"nord"', '"gruvbox"')

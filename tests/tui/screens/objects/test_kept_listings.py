"""Snapshots on screen: taken, stopped, opened without a server, compared, deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from s3tui import paths
from s3tui.browse.place.location import Location
from s3tui.browse.snapshot.comparison import Comparison
from s3tui.browse.snapshot.snapshot import Snapshot, SnapshotWriter, file_for
from s3tui.connect.connection import Anonymous, Connection
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.models import ObjectSummary
from s3tui.tui.app import S3TuiApp
from s3tui.tui.screens.connections.connections import ConnectionsScreen
from s3tui.tui.screens.objects.detail.object_detail import ObjectDetailScreen
from s3tui.tui.screens.objects.snapshots import SnapshotsScreen
from tests.fault_proxy import Answer, FaultProxy, Request, Stall
from tests.s3.listing.listing_server import SyntheticBucket, listing_server
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, type_text, until
from tests.tui.screens.objects.test_objects import put, shown_keys, tree_screen

KEYS = ["a/1.log", "a/2.log", "a/deep/1.log", "b/1.log", "c.txt"]
MANY = [f"p/{number // 500:02}/{number:05}" for number in range(5300)]
NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
NOWHERE = Connection("test", Endpoint.custom("http://127.0.0.1:9"), Anonymous())


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    name = ministack.make_bucket("kept")
    put(ministack, name, KEYS)
    return name


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    async with listing_server(SyntheticBucket(MANY)) as url:
        with FaultProxy(url) as proxy:
            yield proxy


def is_later(request: Request) -> bool:
    return "start-after" in request.target or "continuation-token" in request.target


def keep(
    name: str, keys: list[str], *, bucket: str = "b", connection: str = "test", day: int = 1
) -> Snapshot:
    now = NOW.replace(day=day)
    writer = SnapshotWriter(file_for(paths.snapshots_dir(), name), connection, bucket, "", now)
    writer.add([ObjectSummary(key, len(key), now, key) for key in sorted(keys)])
    return writer.finish(now, is_complete=True)


def kept() -> list[str]:
    return sorted(file.name for file in paths.snapshots_dir().glob("*"))


def snapshots(pilot: Pilot[None]) -> SnapshotsScreen:
    assert isinstance(pilot.app.screen, SnapshotsScreen)
    return pilot.app.screen


async def test_a_snapshot_is_taken_opened_and_left_again(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "S")
        assert f"n takes one of s3://{bucket}/" in screen_text(pilot)
        await press(pilot, "n")
        await type_text(pilot, "before it all")
        await press(pilot, "enter")
        assert kept() == ["before-it-all.s3tui.db"]
        assert "Kept before-it-all: 5 keys, 38 B." in screen_text(pilot)
        assert "1 snapshot" in screen_text(pilot)
        ministack.boto3().delete_object(Bucket=bucket, Key="c.txt")
        await press(pilot, "enter")
        screen = tree_screen(pilot.app.screen)
        assert shown_keys(screen) == ["a/", "b/", "c.txt"]
        assert "snapshot before-it-all · " in screen_text(pilot)
        await press(pilot, "enter", "F")
        assert shown_keys(screen) == KEYS[:3]
        await press(pilot, "F", "escape")
        assert screen.location == Location(bucket), "where it was opened"
        row = snapshots(pilot).current
        assert row is not None, "in the list that it was opened from"
        assert row.name == "before-it-all"
        await press(pilot, "escape", "alt+left")
        assert isinstance(screen.location.source, Snapshot), "history goes back into it"
        await press(pilot, "backspace", "escape", "escape")
        assert shown_keys(screen) == ["a/", "b/"]


async def test_what_acts_on_the_bucket_is_hidden_and_explained(
    running: Running, connection: Connection, bucket: str
) -> None:
    keep("one", KEYS, bucket=bucket)
    async with running(connection, f"s3://{bucket}/") as pilot:
        assert "delete" in screen_text(pilot).splitlines()[-1]
        await press(pilot, "S", "enter")
        assert "delete" not in screen_text(pilot).splitlines()[-1]
        for key in ("D", "d", "u", "s", "z", "Z"):
            await press(pilot, key)
            assert "for the bucket as it is: esc goes there." in screen_text(pilot), key
            tree_screen(pilot.app.screen).clear_notice()
        await press(pilot, "end", "enter")
        assert isinstance(pilot.app.screen, ObjectDetailScreen)
        await until(pilot, lambda: "the object as it is now" in screen_text(pilot))


async def test_names_that_are_taken_are_not_taken_again(
    running: Running, connection: Connection, bucket: str
) -> None:
    keep("one", ["x"])
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "S", "n")
        await type_text(pilot, "one")
        await press(pilot, "enter")
        assert "There is one of that name: choose another." in screen_text(pilot)
        await press(pilot, "escape")
        assert Snapshot.open(paths.snapshots_dir() / "one.s3tui.db").header.objects == 1


@pytest.mark.parametrize(("answer", "there"), [("yes", 1000), ("no", None), ("escape", None)])
async def test_stopping_asks_what_becomes_of_it(
    running: Running, proxy: FaultProxy, answer: str, there: int | None
) -> None:
    proxy.add(Stall(), when=lambda r: is_later(r) and "delimiter" not in r.target, times=None)
    connection = Connection("many", proxy.endpoint, Anonymous())
    async with running(connection, "s3://many/", size=(100, 24)) as pilot:
        await press(pilot, "S", "n")
        await type_text(pilot, "part")
        await pilot.press("enter")
        await until(pilot, lambda: kept() and "keys/s  ·  esc stops" in screen_text(pilot))
        await until(pilot, lambda: len(proxy.requests) > 2)
        await pilot.press("escape")
        await until(pilot, lambda: "Stop taking the snapshot?" in screen_text(pilot))
        await pilot.press(*{"yes": ["right", "enter"], "no": ["enter"], "escape": ["escape"]}[answer])
        if answer == "escape":
            await until(pilot, lambda: "esc stops" in screen_text(pilot))
            assert [name.endswith(".part") for name in kept()] == [True], "it goes on"
            await pilot.press("escape", "enter")
        await settle(pilot)
        await until(pilot, lambda: "Stopped: " in screen_text(pilot))
        assert kept() == ([] if there is None else ["part.s3tui.db"])
        if there is not None:
            header = Snapshot.open(paths.snapshots_dir() / "part.s3tui.db").header
            assert (header.objects, header.last_key) == (there, MANY[there - 1])
            assert "the part is kept" in screen_text(pilot)
            assert " part" in screen_text(pilot)


async def test_a_refusal_is_said_and_keeps_a_part(running: Running, proxy: FaultProxy) -> None:
    denied = Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>")
    proxy.add(denied, when=lambda r: is_later(r) and "delimiter" not in r.target, times=None)
    connection = Connection("many", proxy.endpoint, Anonymous())
    async with running(connection, "s3://many/") as pilot:
        await press(pilot, "S", "n", "enter")
        assert len(kept()) == 1
        assert not Snapshot.open(paths.snapshots_dir() / kept()[0]).header.is_complete
        assert "is kept as a part" in " ".join(screen_text(pilot).split())


async def test_a_snapshot_opens_with_the_network_gone(running: Running) -> None:
    keep("one", KEYS, connection="work")
    async with running(None, snapshot=paths.snapshots_dir() / "one.s3tui.db", size=(100, 24)) as pilot:
        screen = tree_screen(pilot.app.screen)
        assert shown_keys(screen) == ["a/", "b/", "c.txt"]
        assert "snapshot one · 2026-11-01 08:00" in screen_text(pilot)
        assert "offline" not in screen_text(pilot)
        await press(pilot, "right", "end", "enter")
        assert "There is no connection" in screen_text(pilot)
        await press(pilot, "D")
        assert "open its connection, ^o lists them" in screen_text(pilot)
        await press(pilot, "escape")
        assert "1 snapshot" in screen_text(pilot)
        await press(pilot, "n")
        assert kept() == ["one.s3tui.db"], "there is nothing to take one of"
        await press(pilot, "equals_sign")
        assert "open the connection work" in screen_text(pilot)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, ConnectionsScreen)
        await until(pilot, lambda: "Snapshots" in screen_text(pilot))
    app = pilot.app
    assert isinstance(app, S3TuiApp)
    assert app.session is None


async def test_on_a_connection_that_is_down_what_was_kept_is_there(running: Running) -> None:
    keep("one", KEYS)
    async with running(NOWHERE, "s3://b/") as pilot:
        await until(pilot, lambda: "✗" in screen_text(pilot))
        await press(pilot, "S", "enter")
        assert shown_keys(tree_screen(pilot.app.screen)) == ["a/", "b/", "c.txt"]


async def test_a_snapshot_of_another_connection_opens_without_one(
    running: Running, connection: Connection, bucket: str
) -> None:
    keep("one", KEYS, connection="work")
    async with running(connection, f"s3://{bucket}/a/") as pilot:
        await press(pilot, "S", "enter")
        assert tree_screen(pilot.app.screen).session.is_offline
        assert shown_keys(tree_screen(pilot.app.screen)) == ["a/", "b/", "c.txt"]
        await press(pilot, "escape", "escape")
        assert tree_screen(pilot.app.screen).location == Location(bucket, "a/")


async def test_a_snapshot_is_compared_with_now(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "S", "n", "enter")
        client = ministack.boto3()
        client.delete_object(Bucket=bucket, Key="b/1.log")
        client.put_object(Bucket=bucket, Key="a/deep/1.log", Body=b"another")
        put(ministack, bucket, ["d.txt"])
        await press(pilot, "equals_sign")
        screen = tree_screen(pilot.app.screen)
        assert isinstance(screen.location.source, Comparison)
        assert shown_keys(screen) == ["a/", "b/", "d.txt"]
        text = screen_text(pilot)
        assert "+1 −1 ~1 · 3 same" in text
        assert "▸ ~ a/" in text
        assert "▸ - b/" in text
        assert "+ d.txt" in text
        await press(pilot, "enter", "enter")
        assert shown_keys(screen) == ["a/deep/1.log"]
        assert "+0 −0 ~1 · 0 same" in screen_text(pilot)
        assert "changed: this is what it came to" in screen_text(pilot)
        await press(pilot, "escape")
        assert screen.location == Location(bucket), "where it was opened"
        assert snapshots(pilot).current is not None


async def test_two_snapshots_are_compared_the_older_first(running: Running) -> None:
    keep("new", ["a/1", "same"], day=2)
    keep("old", ["b/1", "same"], day=1)
    async with running(NOWHERE) as pilot:
        await press(pilot, "S", "space", "equals_sign")
        await settle(pilot)
        assert shown_keys(tree_screen(pilot.app.screen)) == ["a/", "b/"]
        text = screen_text(pilot)
        assert "+1 −1 ~0 · 1 same · old → new" in text
        assert "▸ + a/" in text
        assert "▸ - b/" in text


async def test_what_is_the_same_is_said_to_be(running: Running) -> None:
    keep("new", ["a/1"], day=2)
    keep("old", ["a/1"], day=1)
    async with running(NOWHERE) as pilot:
        await press(pilot, "S", "space", "equals_sign")
        assert "Nothing differs under this prefix. +0 −0 ~0 · 1 same." in screen_text(pilot)
        await press(pilot, "escape")


async def test_deleting_asks_first(running: Running) -> None:
    keep("one", ["a"])
    async with running(NOWHERE) as pilot:
        await press(pilot, "S", "D", "enter")
        assert kept() == ["one.s3tui.db"], "no is the default"
        await press(pilot, "D", "right", "enter")
        assert kept() == []
        assert "No listing was kept yet." in screen_text(pilot)


async def test_damaged_files_are_named_and_the_others_open(running: Running) -> None:
    keep("one", KEYS)
    (paths.snapshots_dir() / "broken.s3tui.db").write_text("no database at all " * 200)
    async with running(NOWHERE) as pilot:
        await press(pilot, "S")
        assert "1 snapshot" in screen_text(pilot)
        assert "broken.s3tui.db cannot be read" in " ".join(screen_text(pilot).split())


async def test_a_folder_that_is_none_is_a_sentence(running: Running, tmp_path: Path) -> None:
    paths.snapshots_dir().parent.mkdir(parents=True)
    paths.snapshots_dir().write_text("a file")
    async with running(NOWHERE) as pilot:
        await press(pilot, "S")
        assert "cannot be read" in screen_text(pilot)


async def test_what_was_kept_is_searched_without_a_server(running: Running) -> None:
    keep("one", KEYS, connection="work")
    async with running(None, snapshot=paths.snapshots_dir() / "one.s3tui.db", size=(110, 24)) as pilot:
        screen = tree_screen(pilot.app.screen)
        await press(pilot, "f")
        await type_text(pilot, "*1.log")
        await press(pilot, "enter")
        assert shown_keys(screen) == ["a/1.log", "a/deep/1.log", "b/1.log"]
        await press(pilot, "escape")
        assert shown_keys(screen) == ["a/", "b/", "c.txt"]
        assert isinstance(screen.location.source, Snapshot)


async def test_a_search_of_a_comparison_finds_only_what_differs(running: Running) -> None:
    keep("new", ["a/1", "b/1", "same/1"], day=2)
    keep("old", ["b/2", "same/1"], day=1)
    async with running(NOWHERE) as pilot:
        await press(pilot, "S", "space", "equals_sign", "f")
        await type_text(pilot, "*1")
        await press(pilot, "enter")
        assert shown_keys(tree_screen(pilot.app.screen)) == ["a/1", "b/1"]
        assert "+ a/1" in screen_text(pilot)


async def test_two_are_compared_without_a_connection(running: Running) -> None:
    keep("new", ["a/1"], day=2)
    keep("old", ["b/1"], day=1)
    async with running(None, snapshot=paths.snapshots_dir() / "new.s3tui.db", size=(80, 24)) as pilot:
        await press(pilot, "escape", "space", "equals_sign")
        assert shown_keys(tree_screen(pilot.app.screen)) == ["a/", "b/"]
        assert "+1 −1 ~0 · 0 same · old → new" in screen_text(pilot)
        await press(pilot, "S")
        assert isinstance(pilot.app.screen, SnapshotsScreen), "it was opened from there"

"""The flat view: every key below a prefix as one list, with all that can be done to rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from s3tui.browse.place.location import Location
from s3tui.browse.rows.listing import State
from s3tui.connect.connection import Anonymous, Connection
from s3tui.s3.address.endpoint import Endpoint
from tests.fault_proxy import FaultProxy, Stall
from tests.s3.listing.listing_server import SyntheticBucket, listing_server
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import files_below, press, screen_text, settle, type_text, until
from tests.tui.screens.objects.test_objects import keys_of, put, shown_keys, tree_screen

KEYS = ["a/1.log", "a/2.log", "a/deep/1.log", "b/1.log", "c.txt"]


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    name = ministack.make_bucket("flat")
    put(ministack, name, KEYS)
    return name


async def test_every_key_below_a_prefix_is_a_row_named_by_its_path(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        screen = tree_screen(pilot.app.screen)
        await press(pilot, "F")
        assert shown_keys(screen) == keys_of(ministack, bucket)
        assert "flat · 5 loaded" in screen_text(pilot)
        await press(pilot, "F")
        assert shown_keys(screen) == ["a/", "b/", "c.txt"]
        assert "flat" not in str(screen.query_one("#list-panel").border_title)
        await press(pilot, "enter", "F")
        assert shown_keys(screen) == ["a/1.log", "a/2.log", "a/deep/1.log"]
        assert [screen.tree_model.root.name(row) for row in range(3)] == ["1.log", "2.log", "deep/1.log"]


async def test_the_cursor_stays_on_its_key_both_ways(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        screen = tree_screen(pilot.app.screen)
        await press(pilot, "down", "F")
        assert screen.current is not None
        assert screen.current.key == "b/1.log"  # the first below b/
        await press(pilot, "F")
        assert screen.current.key == "b/"


async def test_history_keeps_which_way_a_place_was_looked_at(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        screen = tree_screen(pilot.app.screen)
        await press(pilot, "enter", "F", "backspace")
        assert screen.location == Location(bucket)
        assert screen.current is not None
        assert screen.current.key == "a/"
        await press(pilot, "alt+left")
        assert screen.location == Location(bucket, "a/", is_flat=True)
        assert shown_keys(screen) == ["a/1.log", "a/2.log", "a/deep/1.log"]
        await press(pilot, "alt+left")
        assert shown_keys(screen) == ["a/1.log", "a/2.log", "a/deep/"]


async def test_a_flat_place_has_the_bookmark_of_the_place(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/a/") as pilot:
        await press(pilot, "b", "F")
        assert "★" in screen_text(pilot)
        await press(pilot, "b", "F")
        assert "★" not in screen_text(pilot)


async def test_rows_are_filtered_sorted_refreshed_and_sought_in_the_flat_view(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        screen = tree_screen(pilot.app.screen)
        await press(pilot, "F", "slash")
        await type_text(pilot, "1.log")
        await settle(pilot)
        assert shown_keys(screen) == ["a/1.log", "a/deep/1.log", "b/1.log"]
        await press(pilot, "escape", "o")
        assert shown_keys(screen) == KEYS[::-1]
        await press(pilot, *["o"] * 4)
        put(ministack, bucket, ["a/0.log"])
        await press(pilot, "r")
        assert shown_keys(screen) == ["a/0.log", *KEYS]
        await press(pilot, "s")
        await type_text(pilot, "a/de")
        await press(pilot, "enter")
        assert screen.location.is_flat
        assert screen.current is not None
        assert screen.current.key == "a/deep/1.log"


async def test_marked_keys_of_one_name_are_downloaded_below_their_paths(
    running: Running, connection: Connection, bucket: str, home: Path
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "F", "plus")
        await type_text(pilot, "*1.log")
        await press(pilot, "enter", "d")
        await pilot.pause()
        await press(pilot, "enter")
        assert files_below(home / "Downloads") == {key: key for key in KEYS if key.endswith("1.log")}


async def test_many_marked_objects_are_one_row_of_the_queue(
    running: Running, connection: Connection, ministack: S3Server, home: Path
) -> None:
    bucket = ministack.make_bucket("many")
    keys = [f"{number // 10}/{number:02}" for number in range(30)]
    for key in keys:
        ministack.boto3().put_object(Bucket=bucket, Key=key, Body=key.encode())
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "F", "ctrl+a", "d")
        await pilot.pause()
        await press(pilot, "enter")
        await press(pilot, "t")
        assert "30 objects" in screen_text(pilot)
        assert "30 / 30" in screen_text(pilot)
        downloads = home / "Downloads"
        assert {key: (downloads / key).read_text() for key in keys} == {key: key for key in keys}


async def test_marked_keys_of_one_name_are_copied_below_their_paths(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    other = ministack.make_bucket("other")
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "F", "ctrl+a")
        await pilot.press("c")
        await pilot.pause()
        await type_text(pilot, f"s3://{other}/kept/")
        await press(pilot, "enter")
        await until(pilot, lambda: len(keys_of(ministack, other)) == len(KEYS), "the copies")
        assert keys_of(ministack, other) == [f"kept/{key}" for key in KEYS]


async def test_a_flat_listing_that_is_stopped_claims_no_total(running: Running) -> None:
    keys = [f"{number // 100:03}/{number:05}" for number in range(2500)]
    async with listing_server(SyntheticBucket(keys)) as url:
        with FaultProxy(url) as proxy:
            proxy.add(Stall(), when=lambda r: "continuation-token" in r.target, times=None)
            proxy.add(Stall(), when=lambda r: "start-after" in r.target, times=None)
            connection = Connection("slow", Endpoint.custom(proxy.url), Anonymous())
            async with running(connection, "s3://b/") as pilot:
                screen = tree_screen(pilot.app.screen)
                await pilot.press("F")
                await until(pilot, lambda: len(screen.tree_model.root) == 1000, "the first page")
                assert "flat · 1,000 loaded, loading ⋯" in screen_text(pilot)
                await press(pilot, "escape")
                assert screen.tree_model.root.state is State.STOPPED
                assert "flat · 1,000 loaded, stopped: more ⋯" in screen_text(pilot)
                proxy.clear()
                await press(pilot, "end", "enter")
                assert shown_keys(screen) == keys
                assert "flat · 2,500 loaded" in screen_text(pilot)

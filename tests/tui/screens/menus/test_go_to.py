"""Going anywhere: the prompt, what it completes, history over buckets, bookmarks."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.widgets import OptionList

from s3tui.browse.place.location import Location
from s3tui.connect.connection import Connection, Given
from s3tui.tui.screens.buckets.bucket_list import BucketListScreen
from s3tui.tui.screens.menus.go_to import GoTo
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from s3tui.tui.widgets.lists.bucket_table import BucketTable
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, type_text, until
from tests.tui.screens.objects.test_objects import put, tree_screen


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    name = ministack.make_bucket("gone-to")
    put(ministack, name, ["a.txt", "logs/2025/1.log", "logs/2026/1.log", "logs/2026/2.log"])
    return name


def choices(go_to: object) -> list[str]:
    assert isinstance(go_to, GoTo)
    options = go_to.query_one(OptionList)
    return [str(options.get_option_at_index(at).prompt) for at in range(options.option_count)]


async def test_a_url_of_the_server_leads_to_its_object(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection) as pilot:
        await press(pilot, "ctrl+l")
        await type_text(pilot, f"{connection.endpoint.url}/{bucket}/logs/2026/2.log?X-Amz-Signature=0")
        await press(pilot, "enter")
        screen = tree_screen(pilot.app.screen)
        assert screen.location == Location(bucket, "logs/2026/")
        assert screen.current is not None
        assert screen.current.key == "logs/2026/2.log"


async def test_a_connections_name_in_front_leads_there(
    running: Running, connection: Connection, bucket: str, ministack: S3Server, home: Path
) -> None:
    keys = ministack.credentials
    (home / ".aws").mkdir()
    (home / ".aws" / "credentials").write_text(
        f"[there]\naws_access_key_id = {keys.access_key}\n"
        f"aws_secret_access_key = {keys.secret_key.reveal()}\nendpoint_url = {ministack.endpoint_url}\n"
    )
    async with running(connection) as pilot:
        await press(pilot, "ctrl+l")
        await type_text(pilot, "aws:th")
        await until(pilot, lambda: "» aws:there:" in choices(pilot.app.screen), "the name")
        await press(pilot, "tab")
        await type_text(pilot, f"aws:there:{bucket}/logs/")
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ObjectTreeScreen), "the place")
        await settle(pilot)
        screen = tree_screen(pilot.app.screen)
        assert screen.location == Location(bucket, "logs/")
        assert screen.session.connection.name == "aws:there"
        await press(pilot, "ctrl+l")
        await type_text(pilot, "test:")
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, BucketListScreen), "its buckets")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("wrok:bucket/k", "there is no connection 'wrok'"),
        ("https://bucket.s3.amazonaws.com/k", "is Amazon's; this connection asks"),
        ("s3:/bucket/k", "did you mean s3://bucket/k?"),
    ],
)
async def test_what_is_no_address_is_said_and_what_was_typed_stays(
    running: Running, connection: Connection, typed: str, said: str
) -> None:
    async with running(connection) as pilot:
        await press(pilot, "ctrl+l")
        await type_text(pilot, typed)
        await press(pilot, "enter")  # and what was typed has been completed by then
        assert isinstance(pilot.app.screen, GoTo)
        assert said in screen_text(pilot)
        assert pilot.app.focused is not None
        assert typed in screen_text(pilot)


async def test_buckets_and_prefixes_are_completed_from_the_server(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection) as pilot:
        await press(pilot, "ctrl+l")
        await type_text(pilot, bucket[:-1])
        await settle(pilot)
        assert f"  s3://{bucket}/" in choices(pilot.app.screen)
        await type_text(pilot, f"{bucket}/lo")
        await settle(pilot)
        assert choices(pilot.app.screen) == [f"  s3://{bucket}/logs/"]
        await press(pilot, "tab")
        assert choices(pilot.app.screen) == [f"  s3://{bucket}/logs/202{n}/" for n in (5, 6)]
        await press(pilot, "tab", "down", "down", "enter")
        assert tree_screen(pilot.app.screen).location == Location(bucket, "logs/2026/")


async def test_a_refused_completion_is_said_and_no_obstacle(
    running: Running, ministack: S3Server, bucket: str
) -> None:
    wrong = Connection("wrong", ministack.endpoint, Given(ministack.wrong_secret))
    async with running(wrong) as pilot:
        await press(pilot, "ctrl+l")
        await type_text(pilot, f"{bucket}/lo")
        await settle(pilot)
        assert "What is typed can still be opened." in screen_text(pilot)


async def test_history_leads_over_buckets_and_keeps_the_cursor(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    other = ministack.make_bucket("another")
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "down", "ctrl+l")
        await type_text(pilot, other)
        await press(pilot, "enter")
        assert tree_screen(pilot.app.screen).location == Location(other)
        await press(pilot, "alt+left")
        screen = tree_screen(pilot.app.screen)
        assert screen.location == Location(bucket)
        assert screen.current is not None
        assert screen.current.key == "logs/"
        await press(pilot, "alt+right")
        assert screen.location == Location(other)
        await press(pilot, "tilde")
        assert isinstance(pilot.app.screen, BucketListScreen)
        await press(pilot, "alt+left")
        assert tree_screen(pilot.app.screen).location == Location(other)


async def test_bookmarks_and_places_survive_the_end_of_the_app(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/logs/") as pilot:
        await press(pilot, "b")
        assert "a bookmark now" in screen_text(pilot)
        assert "logs ★" in screen_text(pilot)
        await press(pilot, "down", "enter")
    async with running(connection) as pilot:
        await press(pilot, "ctrl+l")
        assert choices(pilot.app.screen)[:2] == [f"★ s3://{bucket}/logs/", f"↺ s3://{bucket}/logs/2026/"]
        await press(pilot, "down", "enter")
        assert tree_screen(pilot.app.screen).location == Location(bucket, "logs/")
        await press(pilot, "b", "ctrl+l")
        assert f"★ s3://{bucket}/logs/" not in choices(pilot.app.screen)


async def test_a_bookmarked_bucket_has_a_star(running: Running, connection: Connection, bucket: str) -> None:
    async with running(connection) as pilot:
        table = pilot.app.screen.query_one(BucketTable)
        table.cursor = next(at for at, row in enumerate(table.rows) if row.name == bucket)
        await press(pilot, "b")
        await until(pilot, lambda: table.current is not None and table.current.bookmarked)
        assert f"★ {bucket}" in screen_text(pilot)


async def test_the_palette_leads_to_bookmarks(running: Running, connection: Connection, bucket: str) -> None:
    async with running(connection, f"s3://{bucket}/logs/") as pilot:
        await press(pilot, "b", "backspace", "colon")
        await pilot.press(*"logs")
        await until(pilot, lambda: "A bookmark" in screen_text(pilot))
        assert all(cell_len(sign) == 1 for sign in set(screen_text(pilot)) - {"\n"})
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ObjectTreeScreen), "the bookmark")
        await settle(pilot)
        assert tree_screen(pilot.app.screen).location == Location(bucket, "logs/")


async def test_a_state_database_that_cannot_be_used_is_said_and_nothing_else_suffers(
    running: Running, connection: Connection, bucket: str, home: Path
) -> None:
    (home / ".local").write_text("no folder")
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "b")
        assert "No bookmark was kept" in screen_text(pilot)
        await press(pilot, "down", "enter", "alt+left")
        assert tree_screen(pilot.app.screen).location == Location(bucket)
        await press(pilot, "ctrl+l")
        assert "cannot be used" in screen_text(pilot)

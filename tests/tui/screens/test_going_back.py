"""Places that were left are there at once when one comes back, and are listed again behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from textual.pilot import Pilot

from s3tui.connect.connection import Connection, Given
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from s3tui.tui.widgets.tree.object_tree import ObjectTree
from tests.fault_proxy import FaultProxy
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, type_text, until
from tests.tui.screens.test_objects import put, tree_screen

KEYS = [
    *(f"a{number:02}.txt" for number in range(20)),
    *(f"logs/{number}.log" for number in range(5)),
    *("logs/deep/x.log", "logs/deep/y.log"),
    *(f"z{number:02}.txt" for number in range(20)),
]
SIZE = (100, 20)


@pytest.fixture(scope="module")
def bucket(ministack: S3Server) -> str:
    name = ministack.make_bucket("back")
    ministack.boto3().put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    put(ministack, name, KEYS)
    return name


@pytest.fixture
def proxy(ministack: S3Server) -> Iterator[FaultProxy]:
    with FaultProxy(ministack.endpoint_url) as proxy:
        yield proxy


@pytest.fixture
def slow(proxy: FaultProxy, ministack: S3Server) -> Connection:
    return Connection("slow", proxy.endpoint, Given(ministack.credentials))


@dataclass(frozen=True)
class Left:
    """What one sees of the rows, and the marks."""

    lines: list[tuple[str | None, int]]
    cursor: str | None
    top: int
    marked: set[str]


def seen(screen: ObjectTreeScreen) -> Left:
    tree = screen.tree_model
    lines = [tree.line(number) for number in range(len(tree))]
    return Left(
        [(line.key, line.depth) for line in lines],
        lines[tree.cursor].key if lines else None,
        screen.query_one(ObjectTree).top,
        {row.key for row in tree.selection.rows()},
    )


def move_to(screen: ObjectTreeScreen, key: str) -> None:
    assert screen.tree_model.move_to(key)
    screen.query_one(ObjectTree).show(screen.tree_model)


async def arrange(pilot: Pilot[None]) -> ObjectTreeScreen:
    """Open a prefix in place, mark three rows, and have the cursor far down on a prefix in it."""
    screen = tree_screen(pilot.app.screen)
    await press(pilot, "down", "space", "space")
    move_to(screen, "logs/")
    await press(pilot, "right", "space", "end")
    move_to(screen, "logs/deep/")
    await settle(pilot)
    assert seen(screen).top > 0
    return screen


WAYS = {
    "up": (["enter"], ["backspace", "backspace"]),
    "up again": (["enter", "backspace"], ["backspace"]),
    "back": (["enter"], ["alt+left"]),
    "flat": (["F"], ["F"]),
    "versions": (["v"], ["alt+left"]),
    "the buckets": (["backspace"], ["enter"]),
    "detail": (["down", "up", "i"], ["escape"]),
    "snapshots": (["S"], ["escape"]),
}


@pytest.mark.parametrize("way", WAYS)
async def test_what_was_left_is_there_at_once_and_listed_again(
    running: Running, slow: Connection, proxy: FaultProxy, bucket: str, way: str
) -> None:
    async with running(slow, f"s3://{bucket}/", size=SIZE) as pilot:
        screen = await arrange(pilot)
        left = seen(screen)
        there, back = WAYS[way]
        await press(pilot, *there, *back[:-1])
        proxy.swallow()
        await pilot.press(back[-1])
        await until(pilot, lambda: isinstance(pilot.app.screen, ObjectTreeScreen), "the rows")
        screen = tree_screen(pilot.app.screen)
        assert seen(screen) == left
        assert "z04.txt" in screen_text(pilot) or "logs/" in screen_text(pilot)
        if way not in ("detail", "snapshots"):
            assert "as of just now · listing again" in screen_text(pilot)
        proxy.flow()
        await settle(pilot)
        assert seen(screen) == left
        assert "as of" not in screen_text(pilot)


async def test_leaving_a_search_leads_to_the_rows_that_were_there(
    running: Running, slow: Connection, proxy: FaultProxy, bucket: str
) -> None:
    async with running(slow, f"s3://{bucket}/", size=SIZE) as pilot:
        screen = await arrange(pilot)
        left = seen(screen)
        await press(pilot, "f")
        await type_text(pilot, "z1")
        await press(pilot, "enter")
        assert len(seen(screen).lines) == 10
        found = seen(screen)
        proxy.swallow()
        await pilot.press("escape")
        assert replace(seen(screen), top=left.top) == replace(left, cursor="z10.txt"), "where the result is"
        await pilot.press("alt+left")
        assert seen(screen) == found, "and what was found is not searched for again"
        assert "as of just now" in screen_text(pilot)
        assert "listing again" not in screen_text(pilot)
        proxy.flow()
        await settle(pilot)


async def test_an_expanded_prefix_is_there_at_once_when_it_is_entered(
    running: Running, slow: Connection, proxy: FaultProxy, bucket: str
) -> None:
    async with running(slow, f"s3://{bucket}/", size=SIZE) as pilot:
        screen = tree_screen(pilot.app.screen)
        move_to(screen, "logs/")
        await press(pilot, "right")
        proxy.swallow()
        await pilot.press("enter")
        assert screen.location.prefix == "logs/"
        assert [key for key, _ in seen(screen).lines] == [*(f"logs/{n}.log" for n in range(5)), "logs/deep/"]
        proxy.flow()
        await settle(pilot)
        assert len(seen(screen).lines) == 6


async def test_what_changed_is_merged_and_the_cursor_stays_on_its_row_and_line(
    running: Running, slow: Connection, proxy: FaultProxy, bucket: str, ministack: S3Server
) -> None:
    own = ministack.make_bucket("merge")
    put(ministack, own, KEYS)
    async with running(slow, f"s3://{own}/", size=SIZE) as pilot:
        screen = await arrange(pilot)
        left = seen(screen)
        await press(pilot, "enter")
        put(ministack, own, ["a05.new", "logs/deep.new"])
        ministack.boto3().delete_object(Bucket=own, Key="a00.txt")
        ministack.boto3().delete_object(Bucket=own, Key="a01.txt")
        await press(pilot, "alt+left")
        now = seen(screen)
        keys = [key for key, _ in now.lines]
        assert [key for key, _ in left.lines if key not in ("a00.txt", "a01.txt")] == [
            key for key in keys if key not in ("a05.new", "logs/deep.new")
        ]
        assert {"a05.new", "logs/deep.new"} <= set(keys)
        assert (now.cursor, now.marked) == (left.cursor, left.marked - {"a01.txt"})
        on_line = [key for key, _ in left.lines].index(left.cursor) - left.top
        assert keys.index(now.cursor) - now.top == on_line


async def test_with_the_server_gone_what_is_known_stays_and_is_marked_as_old(
    running: Running, slow: Connection, proxy: FaultProxy, bucket: str
) -> None:
    async with running(slow, f"s3://{bucket}/", size=SIZE) as pilot:
        screen = await arrange(pilot)
        left = seen(screen)
        await press(pilot, "enter")
        proxy.down()
        await pilot.press("alt+left")
        assert seen(screen) == left
        await until(pilot, lambda: "r tries again" in screen_text(pilot), "the error")
        now = seen(screen)
        assert (now.cursor, now.marked) == (left.cursor, left.marked)
        assert [line for line in now.lines if line[0]] == left.lines
        assert "47 loaded, failed" in screen_text(pilot)
        assert "as of just now" in screen_text(pilot)
        await press(pilot, "r")
        assert "as of just now" in screen_text(pilot)
        proxy.up()
        await press(pilot, "r")
        assert seen(screen).lines == left.lines
        assert "as of" not in screen_text(pilot)


async def test_a_filter_and_an_order_are_there_again(
    running: Running, slow: Connection, proxy: FaultProxy, bucket: str
) -> None:
    async with running(slow, f"s3://{bucket}/", size=SIZE) as pilot:
        screen = tree_screen(pilot.app.screen)
        await press(pilot, "o", "slash")
        await type_text(pilot, "logs")
        await press(pilot, "enter")
        assert [key for key, _ in seen(screen).lines] == ["logs/"]
        await press(pilot, "enter")
        assert "logs" not in screen.query_one("#filter").value  # type: ignore[attr-defined]  # an Input
        proxy.swallow()
        await pilot.press("backspace")
        assert [key for key, _ in seen(screen).lines] == ["logs/"]
        assert "1 of 41 loaded hold “logs”" in screen_text(pilot)
        proxy.flow()
        await settle(pilot)
        await press(pilot, "escape")
        assert seen(screen).lines[0][0] == "z19.txt"

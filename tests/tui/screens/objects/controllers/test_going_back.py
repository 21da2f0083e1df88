"""Places that were left are there at once when one comes back, and are listed again behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from s3tui.browse.place.location import Location
from s3tui.connect.connection import Anonymous, Connection, Given
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.models import Conflict
from s3tui.transfer.requests import CopyObject, UploadFile
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from s3tui.tui.widgets.tree.object_tree import ObjectTree
from tests.fault_proxy import FaultProxy, Stall
from tests.s3.listing.listing_server import SyntheticBucket, listing_server
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, type_text, until
from tests.tui.screens.objects.controllers.test_versions import question
from tests.tui.screens.objects.test_objects import put, tree_screen

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
            await until(pilot, lambda: "as of just now · listing again" in screen_text(pilot))
            assert seen(screen) == left
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
        await until(pilot, lambda: "47 loaded, failed" in screen_text(pilot), "the caption")
        now = seen(screen)
        assert (now.cursor, now.marked) == (left.cursor, left.marked)
        assert [line for line in now.lines if line[0]] == left.lines
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


def keys_of(screen: ObjectTreeScreen) -> list[str | None]:
    return [key for key, _ in seen(screen).lines]


async def test_what_was_deleted_written_and_copied_is_so_at_once_in_what_is_kept(
    running: Running, slow: Connection, proxy: FaultProxy, ministack: S3Server, home: Path
) -> None:
    own = ministack.make_bucket("changes")
    put(ministack, own, ["a.txt", "b.txt", "old/1", "old/2", "p/1", "z.txt"])
    (home / "new.txt").write_text("new")
    async with running(slow, f"s3://{own}/", size=SIZE) as pilot:
        screen = tree_screen(pilot.app.screen)
        session, transfers = screen.session, screen.transfers
        await press(pilot, "F", "F")
        await question(pilot, "D", Confirm)
        await press(pilot, "right", "enter")
        assert keys_of(screen) == ["b.txt", "old/", "p/", "z.txt"]
        move_to(screen, "old/")
        await question(pilot, "D", TypedConfirm)
        await type_text(pilot, "2")
        await press(pilot, "enter")
        proxy.add(Stall(), when=lambda request: request.method == "GET", times=None)
        new, there = home / "new.txt", "copies/z.txt"

        async def add(queue: TransferEngine) -> None:
            await queue.add(UploadFile(session.handle, new, own, "p/new.txt", Conflict.OVERWRITE))
            await queue.add(CopyObject(session.handle, own, "z.txt", own, there, conflict=Conflict.OVERWRITE))

        await transfers.command(add)
        await until(pilot, lambda: transfers.snapshot.done == 2, "both are done")
        await until(pilot, lambda: "copies/" in keys_of(screen), "the copy, where it is shown")
        assert keys_of(screen) == ["b.txt", "copies/", "p/", "z.txt"]
        await pilot.press("F")
        assert keys_of(screen) == ["b.txt", "copies/z.txt", "p/1", "p/new.txt", "z.txt"]
        sizes = {row.key: row.size for row in map(screen.tree_model.root.row, range(5))}
        assert (sizes["p/new.txt"], sizes["copies/z.txt"]) == (3, 5)
        proxy.clear()
        await press(pilot, "r")
        assert keys_of(screen) == ["b.txt", "copies/z.txt", "p/1", "p/new.txt", "z.txt"]


async def test_a_listing_that_was_stopped_says_so_also_when_one_comes_back(running: Running) -> None:
    keys = [*(f"p/{number:05}" for number in range(1500)), "q/1"]
    async with listing_server(SyntheticBucket(keys)) as url:
        with FaultProxy(url) as proxy:
            is_later = "continuation-token"
            proxy.add(Stall(), when=lambda request: is_later in request.target, times=None)
            proxy.add(Stall(), when=lambda request: "start-after" in request.target, times=None)
            many = Connection("many", proxy.endpoint, Anonymous())
            async with running(many, "s3://b/q/", size=SIZE) as pilot:
                screen = tree_screen(pilot.app.screen)
                screen.go(Location("b", "p/"))
                await until(pilot, lambda: "1,000 loaded, loading" in screen_text(pilot))
                await pilot.press("escape")
                assert "1,000 loaded, stopped" in screen_text(pilot)
                await press(pilot, "alt+left")
                assert screen.location.prefix == "q/"
                asked = len(proxy.requests)
                await press(pilot, "alt+right")
                assert "1,000 loaded, stopped: more ⋯" in screen_text(pilot)
                assert "as of just now" in screen_text(pilot)
                assert len(proxy.requests) == asked, "it stays stopped"
                proxy.clear()
                await press(pilot, "r")
                assert "1,500 loaded" in screen_text(pilot)
                assert "as of" not in screen_text(pilot)

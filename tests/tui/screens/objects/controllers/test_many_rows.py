"""More rows than are sorted at once: a listing that grows, threads beside the screen, marks by pattern."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from textual.pilot import Pilot

from s3tui.browse.place.location import Location
from s3tui.browse.rows.listing import State
from s3tui.browse.rows.tree import AT_ONCE
from s3tui.browse.rows.view import Order, SortBy
from s3tui.connect.connection import Anonymous, Connection
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from s3tui.tui.widgets.frame.filter_bar import PatternBar
from tests.fault_proxy import Answer, FaultProxy, Stall
from tests.s3.listing.listing_server import SyntheticBucket, listing_server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, type_text, until

KEYS = [f"p/{number:05}.{'csv' if number % 5 else 'json'}" for number in range(5300)]
SLOW_DOWN = Answer(503, body=b"<Error><Code>SlowDown</Code></Error>")


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    async with listing_server(SyntheticBucket(KEYS)) as url:
        with FaultProxy(url) as proxy:
            yield proxy


@pytest.fixture
def many(proxy: FaultProxy) -> Connection:
    return Connection("many", proxy.endpoint, Anonymous())


def screen_of(pilot: Pilot[None]) -> ObjectTreeScreen:
    assert isinstance(pilot.app.screen, ObjectTreeScreen)
    return pilot.app.screen


def shown(screen: ObjectTreeScreen) -> list[str | None]:
    return [screen.tree_model.line(number).key for number in range(len(screen.tree_model))]


async def test_all_of_a_prefix_is_listed_without_asking_for_more(running: Running, many: Connection) -> None:
    async with running(many, "s3://b/p/") as pilot:
        assert shown(screen_of(pilot)) == KEYS
        assert "5,300 loaded · by name" in screen_text(pilot)


async def test_many_rows_are_sorted_beside_the_screen_and_the_cursor_stays_on_its_key(
    running: Running, many: Connection
) -> None:
    assert len(KEYS) > AT_ONCE
    async with running(many, "s3://b/p/") as pilot:
        screen = screen_of(pilot)
        assert screen.tree_model.move_to("p/01234.csv")
        screen.controllers.arranging.arrange(order=Order(descending=True))
        assert shown(screen) == KEYS  # the old order, until the new one is done
        assert "sorting by name ↓ ⋯" in str(screen.query_one("#list-panel").border_title)
        await settle(pilot)
        assert shown(screen) == KEYS[::-1]
        assert screen.current is not None
        assert screen.current.key == "p/01234.csv"
        assert "sorting" not in screen_text(pilot)


async def test_the_last_order_and_filter_asked_for_win(running: Running, many: Connection) -> None:
    async with running(many, "s3://b/p/") as pilot:
        screen = screen_of(pilot)
        screen.controllers.arranging.arrange(order=Order(SortBy.SIZE, True))
        screen.controllers.arranging.arrange(needle="1")
        screen.controllers.arranging.arrange(order=Order(descending=True))
        screen.controllers.arranging.arrange(needle="99.csv")
        await settle(pilot)
        assert shown(screen) == [key for key in reversed(KEYS) if "99.csv" in key]
        screen.controllers.arranging.arrange(needle="7")
        await press(pilot, "escape")
        assert shown(screen) == KEYS[::-1]


async def test_rows_that_come_later_are_sorted_and_filtered_in(
    running: Running, many: Connection, proxy: FaultProxy
) -> None:
    async with running(many, "s3://b/elsewhere/") as pilot:
        screen = screen_of(pilot)
        screen.go(Location("b", "p/"))
        await until(pilot, lambda: len(screen.tree_model.root))
        screen.controllers.arranging.arrange(order=Order(descending=True), needle="json")
        await settle(pilot)
        assert shown(screen) == [key for key in reversed(KEYS) if "json" in key]


async def test_escape_stops_a_listing_and_enter_on_its_last_line_goes_on(
    running: Running, many: Connection, proxy: FaultProxy
) -> None:
    async with running(many, "s3://b/elsewhere/") as pilot:
        screen = screen_of(pilot)
        for parameter in ("start-after", "continuation-token"):
            proxy.add(Stall(), when=lambda request, p=parameter: p in request.target, times=None)  # type: ignore[misc]
        screen.go(Location("b", "p/"))
        await until(pilot, lambda: len(screen.tree_model.root) == 1000)
        assert "1,000 loaded, loading ⋯" in screen_text(pilot)
        await press(pilot, "escape")
        assert screen.tree_model.root.state is State.STOPPED
        assert "1,000 loaded, stopped: more ⋯" in screen_text(pilot)
        proxy.clear()
        await press(pilot, "end", "enter")
        assert shown(screen) == KEYS


async def test_a_listing_rests_at_its_limit_and_says_the_way_on(running: Running, many: Connection) -> None:
    async with running(many, "s3://b/elsewhere/") as pilot:
        screen = screen_of(pilot)
        screen.controllers.listing.most_rows = 2000
        screen.go(Location("b", "p/"))
        await settle(pilot)
        loaded = len(screen.tree_model.root)
        assert 2000 <= loaded < len(KEYS)
        assert screen.tree_model.root.state is State.MORE
        assert f"{loaded:,} loaded, more ⋯" in screen_text(pilot)
        assert "↵ on the last line goes on" in screen_text(pilot)
        screen.controllers.listing.most_rows = 10_000
        await press(pilot, "end", "enter")
        assert shown(screen) == KEYS


async def test_it_is_said_when_the_server_asks_to_slow_down(
    running: Running, many: Connection, proxy: FaultProxy
) -> None:
    proxy.add(SLOW_DOWN, when=lambda request: "continuation-token" in request.target, times=1)
    async with running(many, "s3://b/p/") as pilot:
        assert shown(screen_of(pilot)) == KEYS
        assert "The server asked to slow down" in screen_text(pilot)


async def test_refresh_keeps_the_place_among_many_rows(running: Running, many: Connection) -> None:
    async with running(many, "s3://b/p/") as pilot:
        screen = screen_of(pilot)
        screen.go(screen.location, key="p/04321.csv")
        await press(pilot, "space", "r")
        assert screen.current is not None
        assert screen.current.key == "p/04322.csv"
        assert [row.key for row in screen.tree_model.selection.rows()] == ["p/04321.csv"]


async def test_rows_are_marked_and_unmarked_by_pattern(running: Running, many: Connection) -> None:
    async with running(many, "s3://b/p/") as pilot:
        screen = screen_of(pilot)
        await press(pilot, "plus")
        await type_text(pilot, "*.json")
        await settle(pilot)
        assert "1,060 of 5,300 loaded are like “*.json”: ↵ marks them." in screen_text(pilot)
        assert screen.tree_model.selection.count == 0
        await press(pilot, "enter")
        assert screen.tree_model.selection.count == 1060
        assert "1,060 marked" in screen_text(pilot)
        await press(pilot, "o", "o", "minus")  # marks stay with their keys
        await type_text(pilot, "000*")
        await press(pilot, "enter")
        marked = {row.key for row in screen.tree_model.selection.rows()}
        assert marked == {key for key in KEYS if key.endswith("json") and not key.startswith("p/000")}


async def test_a_pattern_marks_only_what_the_filter_shows_and_escape_leaves_it(
    running: Running, many: Connection
) -> None:
    async with running(many, "s3://b/p/") as pilot:
        screen = screen_of(pilot)
        await press(pilot, "plus", "escape")
        assert not screen.query_one(PatternBar).is_open
        screen.controllers.arranging.arrange(needle="json")
        await settle(pilot)
        await press(pilot, "plus")
        await type_text(pilot, "0000?*")
        await press(pilot, "enter")
        assert sorted(row.key for row in screen.tree_model.selection.rows()) == [
            "p/00000.json",
            "p/00005.json",
        ]

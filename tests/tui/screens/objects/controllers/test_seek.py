"""Seeking: to a key far down, back a page at a time, and what is not read on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from s3tui.browse.place.location import Location
from s3tui.browse.rows.listing import State
from s3tui.connect.connection import Connection
from s3tui.s3.client import S3Client
from s3tui.s3.sending.capabilities import Capability
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from tests.fault_proxy import FaultProxy
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, type_text
from tests.tui.screens.objects.test_objects import put, shown_keys, tree_screen

KEYS = [f"events/{number:04}.log" for number in range(1250)]


@pytest.fixture(scope="module")
def events(ministack: S3Server) -> str:
    name = ministack.make_bucket("seek")
    put(ministack, name, [*KEYS, "small/a", "small/b"])
    return name


async def jump(pilot: Pilot[None], key: str) -> ObjectTreeScreen:
    await press(pilot, "s")
    await type_text(pilot, key)
    await press(pilot, "enter")
    await settle(pilot)
    return tree_screen(pilot.app.screen)


def current_key(screen: ObjectTreeScreen) -> str:
    assert screen.current is not None
    return screen.current.key


async def test_one_lands_at_a_key_and_nothing_far_before_it_is_read(
    running: Running, connection: Connection, events: str
) -> None:
    async with running(connection, f"s3://{events}/small/") as pilot:
        screen = await jump(pilot, "events/1200")
        assert screen.location == Location(events, "events/")
        assert current_key(screen) == "events/1200.log"
        assert shown_keys(screen) == KEYS[1100:]
        text = screen_text(pilot)
        assert "from 1100.log on" in text
        assert "The list begins in the middle" in text


async def test_up_from_the_top_reads_what_lies_before_until_the_beginning(
    running: Running, connection: Connection, events: str
) -> None:
    async with running(connection, f"s3://{events}/events/") as pilot:
        screen = await jump(pilot, "events/1200.log")
        await press(pilot, "space")  # a mark, and the cursor to 1201
        screen.tree_model.cursor = 0
        screen.show_tree()
        await press(pilot, "up")
        assert shown_keys(screen) == KEYS[100:]
        assert current_key(screen) == "events/1100.log"
        assert [row.key for row in screen.tree_model.selection.rows()] == ["events/1200.log"]
        screen.tree_model.cursor = 0
        screen.show_tree()
        await press(pilot, "pageup")
        assert shown_keys(screen) == KEYS
        assert screen.tree_model.root.begins_at is None
        assert screen.tree_model.root.state is State.COMPLETE
        assert " on ·" not in screen_text(pilot)


async def test_g_reads_from_the_beginning(running: Running, connection: Connection, events: str) -> None:
    async with running(connection, f"s3://{events}/events/") as pilot:
        screen = await jump(pilot, "events/1200.log")
        await press(pilot, "g")
        assert shown_keys(screen) == KEYS
        assert current_key(screen) == KEYS[0]


async def test_refresh_still_begins_in_the_middle_and_keeps_the_cursor(
    running: Running, connection: Connection, events: str
) -> None:
    async with running(connection, f"s3://{events}/events/") as pilot:
        screen = await jump(pilot, "events/1200.log")
        await press(pilot, "r")
        assert shown_keys(screen) == KEYS[1000:]
        assert current_key(screen) == "events/1200.log"


async def test_a_key_near_the_beginning_or_behind_the_end_is_no_special_case(
    running: Running, connection: Connection, events: str
) -> None:
    async with running(connection, f"s3://{events}/events/") as pilot:
        screen = await jump(pilot, "events/0003")
        assert shown_keys(screen) == KEYS
        assert current_key(screen) == "events/0003.log"
        screen = await jump(pilot, "events/zzz")
        assert current_key(screen) == KEYS[-1]


async def test_a_page_that_cannot_be_read_is_said_and_nothing_is_lost(
    running: Running, connection: Connection, events: str, proxy: FaultProxy
) -> None:
    async with running(replace(connection, endpoint=proxy.endpoint), f"s3://{events}/events/") as pilot:
        screen = await jump(pilot, "events/1200.log")
        screen.tree_model.cursor = 0
        screen.show_tree()
        proxy.down()
        await press(pilot, "up")
        assert "What is before events/1100.log was not read" in screen_text(pilot)
        assert shown_keys(screen) == KEYS[1100:]
        proxy.up()
        await press(pilot, "up")
        assert shown_keys(screen) == KEYS[100:]


async def test_going_to_a_key_far_down_leads_to_it(
    running: Running, connection: Connection, events: str
) -> None:
    async with running(connection, f"s3://{events}/") as pilot:
        await press(pilot, "ctrl+l")
        await type_text(pilot, f"s3://{events}/events/1249.log")
        await press(pilot, "enter")
        await settle(pilot)
        assert current_key(tree_screen(pilot.app.screen)) == "events/1249.log"


async def test_where_a_server_begins_at_no_key_all_of_it_is_read(
    running: Running, connection: Connection, events: str
) -> None:
    async def learn(s3: S3Client) -> None:
        s3.capabilities.learn(Capability.START_AFTER, False, "a listing")

    async with running(connection, f"s3://{events}/small/") as pilot:
        screen = await jump(pilot, "events/1200")
        assert screen.tree_model.root.begins_at == KEYS[1100]
        await screen.session.run(learn)
        screen.tree_model.cursor = 0
        screen.show_tree()
        await press(pilot, "up")
        await settle(pilot)
        assert (shown_keys(screen), current_key(screen)) == (KEYS, KEYS[1100])
        screen = await jump(pilot, "events/0700.log")
        assert (shown_keys(screen), current_key(screen)) == (KEYS, KEYS[700])
        assert screen.tree_model.root.begins_at is None

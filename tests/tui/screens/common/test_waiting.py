"""What takes long is seen to be awaited, and is stopped."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from textual.pilot import Pilot

from s3tui.browse.place.location import Location
from s3tui.connect.connection import Anonymous, Connection
from s3tui.tui.text.waiting import SIGNS
from tests.fault_proxy import FaultProxy, Stall
from tests.s3.listing.listing_server import SyntheticBucket, listing_server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, until
from tests.tui.screens.objects.test_objects import tree_screen

KEYS = [f"{number:05}" for number in range(2500)]


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    async with listing_server(SyntheticBucket(KEYS)) as url:
        with FaultProxy(url) as proxy:
            yield proxy


def shows(pilot: Pilot[None], awaited: str) -> bool:
    """Say whether the top bar and the rows' frame show that so much is awaited, for some seconds."""
    in_bar, *rest = screen_text(pilot).splitlines()
    words = rf"{awaited}, [0-9]+ s"
    return bool(re.search(f"[{SIGNS}] {words} *$", in_bar) and re.search(words, "\n".join(rest)))


def is_idle(pilot: Pilot[None]) -> bool:
    return screen_text(pilot).splitlines()[0].rstrip().endswith("idle")


async def test_a_page_that_does_not_come_is_named_with_its_seconds_and_stopped(
    running: Running, proxy: FaultProxy
) -> None:
    proxy.add(Stall(), when=lambda request: "continuation-token" in request.target, times=None)
    proxy.add(Stall(), when=lambda request: "start-after" in request.target, times=None)
    many = Connection("many", proxy.endpoint, Anonymous())
    async with running(many, "s3://b/nothing/", size=(100, 20)) as pilot:
        assert is_idle(pilot)
        tree_screen(pilot.app.screen).go(Location("b"))
        await until(pilot, lambda: not is_idle(pilot), "a sign")
        await until(pilot, lambda: shows(pilot, "page 2 of …"), "the seconds")
        assert "1,000 loaded, loading" in screen_text(pilot)
        assert ": esc stops" in screen_text(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: is_idle(pilot), "that nothing is awaited")
        assert "1,000 loaded, stopped: more" in screen_text(pilot)
        assert "page 2" not in screen_text(pilot)


async def test_buckets_that_do_not_come_are_named_with_their_seconds_and_stopped(
    running: Running, proxy: FaultProxy
) -> None:
    many = Connection("many", proxy.endpoint, Anonymous())
    async with running(many, "s3://b/nothing/", size=(100, 20)) as pilot:
        await press(pilot, "backspace", "backspace")
        proxy.add(Stall(), times=None)
        await pilot.press("r")
        await until(pilot, lambda: shows(pilot, "(first answer|connecting)"), "the seconds")
        await pilot.press("escape")
        await until(pilot, lambda: "r asks for the buckets" in screen_text(pilot), "that it was stopped")
        assert is_idle(pilot)

"""Archived objects in the tree: a sign from the listing alone, and its date beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from s3tui.connect.connection import Connection
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.screens.common.question import Confirm
from tests.fault_proxy import Answer, FaultProxy
from tests.s3.wire.test_restore_status import BODY, asks
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, until


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_rows_show_what_the_listing_says_and_no_head_is_sent_for_them(
    running: Running, connection: Connection, proxy: FaultProxy, size: tuple[int, int]
) -> None:
    proxy.add(Answer(200, body=BODY.replace(b"2026-12-01", b"2099-12-01")), when=asks, times=None)
    proxy.add(Answer(404), when=lambda request: request.method == "HEAD", times=None)
    async with running(replace(connection, endpoint=proxy.endpoint), "s3://b/", size=size) as pilot:
        await press(pilot, "end")
        rows = {name: line for line in screen_text(pilot).splitlines()[3:6] for name in line[4:11].split()}
        signs = {"asleep": "z", "coming": "↻", "here": "✓"}
        for name, sign in signs.items():
            found = {other for other in signs.values() if f" {other}" in rows[name][55:84]}
            assert found == {sign}
        asked = {request.target.rpartition("/")[2] for request in proxy.requests if request.method == "HEAD"}
        assert "coming" not in asked  # the cursor never was on it
        if size[0] == 140:
            assert "readable until 2099-12-01 00:00" in screen_text(pilot)


@pytest.mark.parametrize(
    ("row", "asks_first"),
    [(0, True), (1, True), (2, False)],
    ids=["asleep", "being restored", "restored"],
)
async def test_a_download_that_must_fail_is_asked_about_first(
    running: Running, connection: Connection, proxy: FaultProxy, row: int, asks_first: bool
) -> None:
    proxy.add(Answer(200, body=BODY.replace(b"2026-12-01", b"2099-12-01")), when=asks, times=None)
    proxy.add(Answer(404), when=lambda request: request.method == "HEAD", times=None)
    async with running(replace(connection, endpoint=proxy.endpoint), "s3://b/") as pilot:
        await until(pilot, lambda: "asleep" in screen_text(pilot))
        await press(pilot, *["down"] * row, "d")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm | Prompt))
        assert isinstance(pilot.app.screen, Confirm) is asks_first
        if asks_first:
            await press(pilot, "escape")
            assert not isinstance(pilot.app.screen, Confirm | Prompt)


async def test_of_marked_rows_it_is_said_how_many_are_archived(
    running: Running, connection: Connection, proxy: FaultProxy
) -> None:
    proxy.add(Answer(200, body=BODY), when=asks, times=None)
    proxy.add(Answer(404), when=lambda request: request.method == "HEAD", times=None)
    async with running(replace(connection, endpoint=proxy.endpoint), "s3://b/") as pilot:
        await until(pilot, lambda: "asleep" in screen_text(pilot))
        await press(pilot, "space", "space", "space", "d")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "of 3" in screen_text(pilot)

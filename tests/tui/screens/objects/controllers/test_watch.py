"""Watching a place: it is listed again and again, what is new is marked, and what is done ends it."""

from __future__ import annotations

from typing import cast

import pytest

from s3tui.browse.place.location import Location
from s3tui.connect.connection import Connection
from s3tui.settings import PreviewMode
from s3tui.tui.screens.objects.controllers.rows.listing import ListingController
from s3tui.tui.screens.objects.controllers.rows.watch import MOST_WATCHED, WatchController, wrong_span
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from s3tui.tui.widgets.tree.object_tree import ObjectTree
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, type_text, until
from tests.tui.screens.objects.controllers.tree_host import Host

_QUICK_S = 0.05


@pytest.mark.parametrize("text", ["5 s", "1s", "1 min", "1.5 h"])
def test_a_time_between_two_listings(text: str) -> None:
    assert wrong_span(text) is None


@pytest.mark.parametrize("text", ["", "5", "0.5 s", "off", "unlimited", "soon"])
def test_what_is_no_time_between_two_listings(text: str) -> None:
    assert "like 5 s" in (wrong_span(text) or "")


async def test_very_many_rows_are_not_listed_again_and_again() -> None:
    host = Host([f"{number:05}" for number in range(MOST_WATCHED + 1)], Location("b"))
    await WatchController(host.as_host, cast(ListingController, None)).ask()
    assert host.said == ["20,001 rows are too many to list again and again: watch at most 20,000 rows."]


async def test_new_rows_are_marked_until_something_is_done(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    bucket, client = ministack.make_bucket("watched"), ministack.boto3()
    for key in ("a.txt", "b.txt"):
        client.put_object(Bucket=bucket, Key=key, Body=b"one")
    async with running(connection, f"s3://{bucket}/", preview=PreviewMode.ON_DEMAND) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, ObjectTreeScreen)
        tree = screen.query_one(ObjectTree)

        def signs() -> list[str]:
            return [tree.render_line(line + 1).text[:8].strip() for line in range(len(tree.model))]

        await press(pilot, "colon")
        await type_text(pilot, "watch")
        await press(pilot, "enter")
        await type_text(pilot, "60 s")
        await press(pilot, "enter")
        assert " WATCH 1m 00s " in screen_text(pilot)
        screen.controllers.watch.start(_QUICK_S)
        client.put_object(Bucket=bucket, Key="aa.txt", Body=b"new")
        client.put_object(Bucket=bucket, Key="b.txt", Body=b"another")
        await until(pilot, lambda: signs() == ["≡ a.tx", "+≡ aa.t", "~≡ b.tx"], "the signs")
        await pilot.press("down", "escape")
        await until(pilot, lambda: "WATCH" not in screen_text(pilot), "its end, by esc")
        assert signs()[1] == "+≡ aa.t", "what is new can be dealt with"

        screen.controllers.watch.start(_QUICK_S)
        await pilot.press("up", "pagedown")
        assert screen.controllers.watch.is_on, "moving ends nothing"
        await pilot.press("space")
        await until(pilot, lambda: not screen.controllers.watch.is_on, "its end, by a key that acts")

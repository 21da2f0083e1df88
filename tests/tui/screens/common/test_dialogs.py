"""Questions and what may come between: another one above, a second answer, the end of the app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from s3tui.connect.connection import Connection
from s3tui.tui.app import S3TuiApp
from s3tui.tui.screens.buckets.bucket_list import BucketListScreen
from s3tui.tui.screens.common.question import Asked, Confirm
from s3tui.tui.screens.connections.connections import ConnectionsScreen
from s3tui.tui.screens.menus.go_to import GoTo
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from s3tui.tui.screens.transfers.quit import QuitQuestion
from s3tui.tui.widgets.frame.key_bar import KeyBar
from tests.fault_proxy import FaultProxy, Stall
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import screen_text, settle, until


@asynccontextmanager
async def while_one_moves(
    running: Running, connection: Connection, server: S3Server, proxy: FaultProxy
) -> AsyncIterator[Pilot[None]]:
    """Run the app in a bucket whose object is downloaded for as long as one looks."""
    bucket = server.make_bucket("moving")
    server.boto3().put_object(Bucket=bucket, Key="a.bin", Body=b"x" * 1000)
    proxy.add(Stall(10), when=lambda request: request.method == "GET" and "a.bin" in request.target)
    async with running(replace(connection, endpoint=proxy.endpoint), f"s3://{bucket}/") as pilot:
        await pilot.press("d")
        await pilot.press("enter")
        await until(pilot, lambda: app_of(pilot).transfers.snapshot.running, "the transfer")
        yield pilot


def app_of(pilot: Pilot[None]) -> S3TuiApp:
    assert isinstance(pilot.app, S3TuiApp)
    return pilot.app


async def press_for(pilot: Pilot[None], key: str, screen: type[object]) -> None:
    await pilot.press(key)
    await until(pilot, lambda: isinstance(pilot.app.screen, screen), f"{key} opens {screen}")


async def test_who_insists_with_ctrl_q_leaves_with_everything_kept(
    running: Running, connection: Connection, ministack: S3Server, proxy: FaultProxy
) -> None:
    async with while_one_moves(running, connection, ministack, proxy) as pilot:
        await press_for(pilot, "ctrl+q", QuitQuestion)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: not pilot.app.is_running, "the end")
    assert pilot.app.return_code == 0


async def test_who_thinks_better_of_quitting_is_heard_by_the_question_below(
    running: Running, connection: Connection, ministack: S3Server, proxy: FaultProxy
) -> None:
    async with while_one_moves(running, connection, ministack, proxy) as pilot:
        other = ministack.make_bucket("other")
        await press_for(pilot, "ctrl+l", GoTo)
        field = pilot.app.focused
        assert isinstance(field, Input)
        field.value = f"s3://{other}/"
        await press_for(pilot, "ctrl+q", QuitQuestion)
        await press_for(pilot, "b", GoTo)
        await press_for(pilot, "enter", ObjectTreeScreen)
        await until(pilot, lambda: app_of(pilot).screen_stack[-1].uri == f"s3://{other}/")  # type: ignore[attr-defined]  # an ObjectTreeScreen


async def test_an_answer_below_another_question_waits_until_that_is_gone(running: Running) -> None:
    async with running(None) as pilot:
        app = pilot.app
        given: list[tuple[str, bool | None]] = []
        below, above = (Confirm(name, "Sure?", yes="Yes") for name in ("below", "above"))
        await app.push_screen(below, lambda answer: given.append(("below", answer)))
        await app.push_screen(above, lambda answer: given.append(("above", answer)))
        below.dismiss(True)
        await settle(pilot)
        assert app.screen is above
        assert given == []
        above.dismiss(False)
        await until(pilot, lambda: isinstance(app.screen, ConnectionsScreen), "both are gone")
        assert given == [("above", False), ("below", True)]


async def test_a_second_answer_takes_nothing_else_away(running: Running) -> None:
    async with running(None) as pilot:
        app = pilot.app
        given: list[bool | None] = []
        question = Confirm("Sure?", "Sure?", yes="Yes")
        await app.push_screen(question, given.append)
        question.dismiss(True)
        question.dismiss(False)
        await settle(pilot)
        assert isinstance(app.screen, ConnectionsScreen)
        assert given == [True]


async def test_a_double_click_on_a_key_that_leaves_a_screen_leaves_one(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    bucket = ministack.make_bucket("clicked")
    async with running(connection, f"s3://{bucket}/") as pilot:
        app = pilot.app
        y = app.screen.query_one(KeyBar).region.y
        at = screen_text(pilot).splitlines()[y].index("⌫"), y
        for _ in range(2):
            for kind in (events.MouseDown, events.MouseUp):
                event = kind(None, *at, 0, 0, 1, False, False, False, *at)
                event.set_sender(app)
                app.post_message(event)
        await until(pilot, lambda: not isinstance(app.screen, ObjectTreeScreen), "it is left")
        await settle(pilot)
        assert isinstance(app.screen, BucketListScreen)


@pytest.mark.parametrize(("key", "answer"), [("y", True), ("n", False)])
async def test_a_letter_answers_once_its_contents_are_there(running: Running, key: str, answer: bool) -> None:
    learned = asyncio.Event()

    async def learning() -> AsyncGenerator[str | bool | Asked, None]:
        yield "counting …"
        await learned.wait()
        yield Asked("One object.")

    async with running(None) as pilot:
        given: list[bool | None] = []
        question = Confirm("Sure?", "Sure?", yes="Delete", learning=learning())
        await pilot.app.push_screen(question, given.append)
        await pilot.pause()
        await pilot.press(key)
        assert given == []
        learned.set()
        await until(pilot, lambda: "One object." in screen_text(pilot), "what it is about")
        assert "y Delete · n Keep" in screen_text(pilot)
        await pilot.press(key)
        await until(pilot, lambda: given, "the answer")
        assert given == [answer]

"""The frame of a screen: notices that go away, a connection to click, failures that are no news."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from textual.app import App, ComposeResult
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from s3tui.connect.connection import Connection
from s3tui.transfer.models import Direction, QueueSnapshot, Transfer, TransferState
from s3tui.tui.screens.connections.connections import ConnectionsScreen
from s3tui.tui.text.place import Chip, Place
from s3tui.tui.themes import LEAST_CONTRAST, THEMES, contrast
from s3tui.tui.widgets.frame import notice
from s3tui.tui.widgets.frame.notice import Notice
from s3tui.tui.widgets.frame.queue_header import summary
from s3tui.tui.widgets.frame.top_bar import TopBar
from tests.tui.conftest import Running
from tests.tui.harness import until


class NoticeApp(App[None]):
    def compose(self) -> ComposeResult:
        yield Notice()


async def test_a_notice_goes_away_but_not_what_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(notice.SHOWN_S, "fact", 0.01)
    monkeypatch.setitem(notice.SHOWN_S, "error", 1e6)
    app = NoticeApp()
    async with app.run_test() as pilot:
        line = app.query_one(Notice)
        line.say("It was kept.")
        assert line.display
        while line.display:
            await pilot.pause(0.01)
        line.say("It was kept.")
        line.say("It failed.", "error")
        line.status = "Counting"
        await pilot.pause(0.05)
        assert "It failed." in str(line.render())
        line.say("It was kept.")
        while "kept" in str(line.render()):
            await pilot.pause(0.01)
        assert "Counting" in str(line.render())


@pytest.mark.parametrize(("kind", "refusal"), product(("routed", "queued"), ("warning", "error")))
async def test_a_refusal_is_read_before_what_is_told_by_the_way(
    monkeypatch: pytest.MonkeyPatch, kind: notice.Kind, refusal: notice.Kind
) -> None:
    monkeypatch.setitem(notice.SHOWN_S, refusal, 0.05)
    app = NoticeApp()
    async with app.run_test() as pilot:
        line = app.query_one(Notice)
        line.say("It may not.", refusal)
        line.say("It went elsewhere.", kind)
        assert "It may not." in str(line.render())
        while "elsewhere" not in str(line.render()):
            await pilot.pause(0.01)
        line.say("It may not.", refusal)
        assert "It may not." in str(line.render()), "what answers a key does not wait"
        line.say("It went elsewhere.", kind)
        line.clear()
        assert not line.display, "on another screen nothing of it is told"


def queue_of(name: str, state: TransferState) -> QueueSnapshot:
    row = Transfer(1, "c", Direction.DELETE, name, f"s3://b/{name}", "", state=state)
    return QueueSnapshot(transfers=(row,))


@pytest.mark.parametrize("is_read", [False, True], ids=["shown", "waiting"])
@pytest.mark.parametrize("state", TransferState)
async def test_what_has_ended_is_not_said_to_be_in_the_queue(
    monkeypatch: pytest.MonkeyPatch, state: TransferState, *, is_read: bool
) -> None:
    monkeypatch.setitem(notice.SHOWN_S, "error", 0.05)
    app = NoticeApp()
    async with app.run_test() as pilot:
        line = app.query_one(Notice)
        if is_read:
            line.say("It may not.", "error")
        line.say("a is in the queue.", "queued", about="a")
        line.follow(queue_of("b", state))
        line.follow(queue_of("a", state))
        while "It may not." in str(line.render()):
            await pilot.pause(0.01)
        assert ("in the queue" in str(line.render())) is not state.is_final


async def test_a_click_on_the_connection_lists_connections(running: Running, connection: Connection) -> None:
    async with running(connection) as pilot:
        await pilot.click(TopBar, offset=(2, 0))
        await until(pilot, lambda: isinstance(pilot.app.screen, ConnectionsScreen), "the list")


async def test_what_failed_in_another_run_is_no_news_in_the_top_bar() -> None:
    class BarApp(App[None]):
        def compose(self) -> ComposeResult:
            yield TopBar()

    app = BarApp()
    async with app.run_test():
        bar = app.query_one(TopBar)
        bar.queue = QueueSnapshot(failed=2)
        assert "2 failed" in bar.render_line(0).text
        bar.failed_before = 1
        assert "1 failed" in bar.render_line(0).text
        bar.failed_before = 2
        assert "failed" not in bar.render_line(0).text
        assert "idle" in bar.render_line(0).text


LONG = "a connection with quite a long name"
PLACES = [
    Place(
        connection=LONG,
        production=True,
        read_only=True,
        crumbs=("bucket", "logs", "2026"),
        region="eu-west-1",
    ),
    Place(connection=LONG, crumbs=("b" * 63, "x" * 40), region="ap-southeast-2", production=True),
    Place(crumbs=("bucket",)),
]
WAYS = [
    (),
    (Chip("AS OF 11 mo", "time"), Chip("FLAT", "way"), Chip("SEARCH", "way")),
    (Chip("COMPARISON", "kept"),),
]


@pytest.mark.parametrize("width", [60, 80, 140])
@pytest.mark.parametrize("theme", [*THEMES, BUILTIN_THEMES["nord"]], ids=lambda theme: theme.name)
async def test_modes_are_read_and_legible_at_every_width(width: int, theme: Theme) -> None:
    class BarApp(App[None]):
        def compose(self) -> ComposeResult:
            yield TopBar()

    app = BarApp()
    async with app.run_test(size=(width, 5)) as pilot:
        app.register_theme(theme)
        app.theme = theme.name
        bar = app.query_one(TopBar)
        for place, ways in product(PLACES, WAYS):
            bar.place = replace(place, ways=ways)
            await pilot.pause()
            strip = bar.render_line(0)
            assert strip.cell_length == width
            told = {chip.text: chip.tone for chip in bar.place.chips}
            for text in told:
                assert f" {text} " in strip.text
            chips = [segment for segment in strip if segment.text.strip() in told]
            colors = {segment.style.bgcolor for segment in chips if segment.style}
            assert len(colors) == len(set(told.values()))
            for segment in chips:
                assert segment.style is not None
                on_it, chip = map(Color.from_rich_color, (segment.style.color, segment.style.bgcolor))
                assert contrast(on_it, chip) >= LEAST_CONTRAST


def test_the_queue_tells_what_failed_before_from_what_failed_now() -> None:
    snapshot = QueueSnapshot(failed=3, done=1)
    assert summary(snapshot, 2).split(" · ")[:3] == ["1 failed", "2 failed before", "1 done"]
    assert "before" not in summary(snapshot)

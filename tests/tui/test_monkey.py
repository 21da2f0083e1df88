"""A monkey at the keyboard, with a mouse, before a server that fails now and then.

Nothing that hands do ends the app, leaves a screen that takes no keys, or writes under --read-only.
"""

from __future__ import annotations

import asyncio
import random
from functools import partial
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from s3tui import paths
from s3tui.connect.connection import Anonymous, Connection
from s3tui.connect.store import ConnectionStore
from s3tui.tui.app import S3TuiApp
from s3tui.tui.messages import DemoChosen
from s3tui.tui.screens.help import HelpScreen
from s3tui.tui.type_ahead import TypeAhead
from tests.fault_proxy import Answer, Cut, Fault, FaultProxy, Request, Reset
from tests.long import SEED, rng, share
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import until
from tests.tui.test_type_ahead import key_event

KEYS = [
    *"abcdefghijklmnoprstuvwxyzABCDEFGHIJKLMNOPRSTUVWXYZ0123456789/:?+-*=~.,<>[]{}()%&é表",
    *["up", "down", "left", "right", "home", "end", "pageup", "pagedown", "enter", "escape", "tab"],
    *["shift+tab", "space", "backspace", "delete", "f1", "f5", "shift+up", "shift+down", "alt+left"],
    *["alt+right", "ctrl+l", "ctrl+o", "ctrl+s", "ctrl+a", "ctrl+p", "ctrl+u", "ctrl+b", "ctrl+f"],
]
"""All but what quits or stops, which has its own tests, and what leads to the demo, which has no proxy."""
PASTES = [
    "s3://{bucket}/deep/", "\n\nlines\nmore", "/etc/hostname", "re:(", ">99999", "~nobody/x", "\x1b[31m",
    "x" * 3000, "s3:/b/k", "", "a\tb", "\N{FAMILY}\N{ZERO WIDTH JOINER}\N{FAMILY}",
]  # fmt: skip
SIZES = [(140, 40), (80, 24), (100, 30), (40, 10), (200, 60), (20, 5)]
READS = frozenset({"GET", "HEAD", "OPTIONS"})
FAULTS: list[Fault] = [
    Answer(503, body=b"<Error><Code>SlowDown</Code></Error>"),
    Answer(500, body=b"<Error><Code>InternalError</Code></Error>"),
    Answer(403, body=b"<Error><Code>AccessDenied</Code><Message>\x1b]0;no\x07</Message></Error>"),
    Answer(404, body=b"<Error><Code>NoSuchKey</Code></Error>"),
    Answer(200, body=b"<html>a proxy's page</html>"),
    Reset(after=None),
    Cut(after=40),
]
BURST = 12
KEYS_THERE = ["a.txt", "b.csv", "deep/1", "deep/2/3", "deep/2/4", "two\nlines", "\U0001f44b\U0001f3fd.txt"]
MOUSE = (
    events.MouseDown,
    events.MouseUp,
    events.MouseMove,
    events.MouseScrollDown,
    events.MouseScrollUp,
)


@pytest.fixture
def bucket(ministack: S3Server, home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(home)  # a folder that it types is made there
    name = ministack.make_bucket("monkey")
    for key in (
        "a.txt",
        "b.csv",
        "deep/1",
        "deep/2/3",
        "deep/2/4",
        "two\nlines",
        "\N{WAVING HAND SIGN}\U0001f3fd.txt",
    ):
        ministack.boto3().put_object(Bucket=name, Key=key, Body=b"x" * 100)
    return name


class Monkey:
    def __init__(self, pilot: Pilot[None], draw: random.Random, bucket: str) -> None:
        self._pilot, self._draw, self._bucket = pilot, draw, bucket
        self.last: list[str] = []
        """What it did of late, for who wants to do it again."""

    async def act(self) -> int:
        """Do a few things at once, then wait for nothing, a little, or until all has settled."""
        number = self._draw.randint(1, BURST)
        for _ in range(number):
            event = self._event()
            self.last = [*self.last[-60:], str(event)]
            event.set_sender(self._pilot.app)
            self._pilot.app.post_message(event)
        for _ in range(self._draw.choice([0, 0, 1, 2, 5])):
            await self._pilot.pause(0)
        await asyncio.sleep(self._draw.choice([0, 0, 0, 0.01, 0.05]))
        return number

    def _event(self) -> events.Event:
        kind = self._draw.random()
        if kind < 0.86:
            return key_event(self._draw.choice(KEYS))
        if kind < 0.9:
            return events.Paste(self._draw.choice(PASTES).format(bucket=self._bucket))
        if kind < 0.92:
            width, height = self._draw.choice(SIZES)
            return events.Resize(events.Size(width, height), events.Size(width, height))
        return self._mouse()

    def _mouse(self) -> events.MouseEvent:
        width, height = self._pilot.app.size
        x, y = self._draw.randrange(width), self._draw.randrange(height)
        button = self._draw.choice([0, 1, 1, 3])
        return self._draw.choice(MOUSE)(None, x, y, 0, 0, button, False, False, False, x, y)


def is_flaky(draw: random.Random, one_in: int) -> bool:
    return draw.randrange(one_in) == 0


def has_settled(ahead: TypeAhead, often: int) -> bool:
    return ahead.is_idle or ahead.settled >= often


async def rest(pilot: Pilot[None]) -> None:
    """Wait until all that was typed had its effect, for as long as keys have theirs."""
    app = pilot.app
    assert isinstance(app, S3TuiApp)
    ahead = app.type_ahead
    while not ahead.is_idle:
        wanted = ahead.settled + 1
        await until(pilot, partial(has_settled, ahead, wanted), "a key had its effect")


async def still_takes_keys(pilot: Pilot[None], monkey: Monkey) -> None:
    """See that escape leads away from wherever the monkey is, and that keys then do what they do."""
    app = pilot.app
    assert isinstance(app, S3TuiApp)
    try:
        await rest(pilot)
        for _ in range(60):
            if len(app.screen_stack) <= 2 and not isinstance(app.focused, Input):
                break
            pilot.app.post_message(key_event("escape"))
            await pilot.pause()
            await rest(pilot)
        depth = len(app.screen_stack)
        assert depth <= 2
        app.post_message(key_event("f1"))
        await until(pilot, lambda: isinstance(app.screen, HelpScreen), "help opens")
        app.post_message(key_event("escape"))
        await until(pilot, lambda: len(app.screen_stack) == depth, "help closes")
    except AssertionError as error:
        at_work = [worker for worker in app.workers if not worker.is_finished]
        waiting = f"{app.screen_stack}, focus {app.focused}, workers {at_work}"
        waiting += f"; {vars(app.type_ahead)}"
        raise AssertionError(f"stuck: {waiting}\nafter {monkey.last} (seed {SEED})") from error


@pytest.mark.long
@pytest.mark.timeout(share(240, 14_000))
@pytest.mark.parametrize("read_only", [True, False])
async def test_a_monkey_neither_ends_the_app_nor_gets_it_stuck(
    running: Running, connection: Connection, bucket: str, ministack: S3Server, *, read_only: bool
) -> None:
    draw = rng(f"monkey {read_only}")
    fails = rng(f"server {read_only}")
    with FaultProxy(ministack.endpoint_url) as proxy:
        flaky = Connection("flaky", proxy.endpoint, connection.credentials, read_only=read_only)
        for fault in FAULTS:
            proxy.add(fault, when=lambda _: is_flaky(fails, 120), times=None)
        ConnectionStore(paths.config_file()).save(Connection("other", proxy.endpoint, Anonymous()))
        left = share(300, 20_000)
        async with running(flaky, f"s3://{bucket}/", read_only=read_only) as pilot:
            pilot.app.disable_messages(DemoChosen)  # it has no proxy
            monkey = Monkey(pilot, draw, bucket)
            try:
                while left > 0:
                    for _ in range(30):
                        left -= await monkey.act()
                    assert pilot.app.is_running, f"it ended after {monkey.last} (seed {SEED})"
            except Exception as error:
                raise AssertionError(f"{type(error).__name__} after {monkey.last} (seed {SEED})") from error
            proxy.clear()
            await still_takes_keys(pilot, monkey)
        writes = [request for request in proxy.requests if is_write(request)]
        assert not (read_only and writes), writes


def is_write(request: Request) -> bool:
    return request.method not in READS and "?select" not in request.target

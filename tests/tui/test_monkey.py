"""Monkey tests: random keys and clicks, before a server that fails now and then.

Nothing that hands do ends the app, leaves a screen that takes no keys, or writes under --read-only.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import monotonic
from typing import ClassVar

import pytest
from textual import events
from textual.app import ScreenStackError
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from s3tui import paths
from s3tui.connect.connection import Anonymous, Connection
from s3tui.connect.store import ConnectionStore
from s3tui.s3.address.uri import S3Uri
from s3tui.settings import PreviewMode
from s3tui.tui.app import S3TuiApp
from s3tui.tui.messages import DemoChosen
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.screens.menus.command_menu import HelpScreen
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from s3tui.tui.terminal.type_ahead import TypeAhead
from tests import servers
from tests.fault_proxy import Answer, Cut, Fault, FaultProxy, Request, Reset
from tests.long import SEED, rng, share
from tests.patience import PATIENCE_S
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import until
from tests.tui.terminal.test_type_ahead import key_event

KEYS = [
    *"abcdefghijklmnoprstuvwxyzABCDEFGHIJKLMNOPRSTUVWXYZ0123456789/:?+-*=~.,<>[]{}()%&é表",
    *["up", "down", "left", "right", "home", "end", "pageup", "pagedown", "enter", "escape", "tab"],
    *["shift+tab", "space", "backspace", "delete", "f1", "f5", "shift+up", "shift+down", "alt+left"],
    *["alt+right", "ctrl+l", "ctrl+o", "ctrl+s", "ctrl+a", "ctrl+p", "ctrl+u", "ctrl+b", "ctrl+f"],
]
"""All but what stops, which has its own tests, and what leads to the demo, which has no proxy."""
QUITS = ["q", "ctrl+c", "ctrl+q"]
"""Seldom pressed: each may end the app, which then begins anew on what it left."""
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
BURST, ROUND = 12, share(150, 500)
"""How many at once at most, and after how many one sees whether keys are taken still, and goes back."""
BUCKET = "monkey"
KEYS_THERE = ["a.txt", "b.csv", "deep/1", "deep/2/3", "deep/2/4", "two\nlines", "\U0001f44b\U0001f3fd.txt"]
MANY = [f"many/{number}" for number in range(share(3, 1200))]
"""By `make long`, more than one request is needed to delete them."""
ESCAPES = 20
"""So many stop a listing, clear what is typed and the marks, and leave a screen, or that takes its time."""
MOUSE = (
    events.MouseDown,
    events.MouseUp,
    events.MouseMove,
    events.MouseScrollDown,
    events.MouseScrollUp,
)


@pytest.fixture(scope="module")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A server of its own: the monkey deletes whatever it comes across."""
    with servers.ministack(tmp_path_factory.mktemp("monkey")) as server:
        yield server


@pytest.fixture(autouse=True)
def _in_its_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)  # a folder that it types is made there


def fill(server: S3Server) -> None:
    """Have the bucket and all of its keys there, whatever the monkey left of them."""
    s3 = server.boto3()
    s3.create_bucket(Bucket=BUCKET)
    put = partial(s3.put_object, Bucket=BUCKET, Body=b"x" * 100)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: put(Key=key), [*KEYS_THERE, *MANY]))


class Monkey:
    def __init__(self, pilot: Pilot[None], draw: random.Random) -> None:
        assert isinstance(pilot.app, S3TuiApp)
        self.app = pilot.app
        self.pilot, self._draw = pilot, draw
        self.last: list[str] = []
        """What it did of late, for who wants to do it again."""

    async def play(self, number: int) -> int:
        """Do about `number` things, or fewer if they end the app; return how many."""
        done = 0
        try:
            while done < number and not self.app.is_ending:
                done += await self.act()
                assert self.app.is_running or self.app.is_ending
        except Exception as error:
            raise AssertionError(f"{type(error).__name__} after {self.last} (seed {SEED})") from error
        return done

    async def act(self) -> int:
        """Do a few things at once, then wait for nothing, a little, or for their effect, and agree to it."""
        number = self._draw.randint(1, BURST)
        for _ in range(number):
            for event in self._events():
                self.last = [*self.last[-60:], str(event)]
                event.set_sender(self.app)
                self.app.post_message(event)
        try:
            for _ in range(self._draw.choice([0, 0, 1, 2, 5])):
                await self.pilot.pause(0)
            if self._draw.randrange(15) == 0:
                await self.rest()
                for event in self._answer():
                    event.set_sender(self.app)
                    self.app.post_message(event)
        except (AssertionError, ScreenStackError):
            if not self.app.is_ending:  # then there is nothing to wait for
                raise
        await asyncio.sleep(self._draw.choice([0, 0, 0, 0.01, 0.05]))
        return number

    def _events(self) -> list[events.Event]:
        kind = self._draw.random()
        if kind < 0.004:
            return [key_event(self._draw.choice(QUITS))]
        if kind < 0.02:
            return self._answer()
        if kind < 0.86:
            return [key_event(self._draw.choice(KEYS))]
        if kind < 0.9:
            return [events.Paste(self._draw.choice(PASTES).format(bucket=BUCKET))]
        if kind < 0.92:
            width, height = self._draw.choice(SIZES)
            return [events.Resize(Size(width, height), Size(width, height))]
        return [self._mouse()]

    def _answer(self) -> list[events.Event]:
        """Agree where that takes more than chance: what is asked for is typed, the other button pressed."""
        screen = self.app.screen
        if isinstance(screen, TypedConfirm):
            return [events.Paste(screen.expected), key_event("enter")]
        return [key_event("tab"), key_event("enter")]

    def _mouse(self) -> events.MouseEvent:
        width, height = self.app.size
        x, y = self._draw.randrange(width), self._draw.randrange(height)
        button = self._draw.choice([0, 1, 1, 3])
        return self._draw.choice(MOUSE)(None, x, y, 0, 0, button, False, False, False, x, y)

    async def press(self, key: str) -> None:
        """Press `key` and wait until it had its effect: for as long as keys before it have theirs."""
        self.app.post_message(key_event(key))
        await self.pilot.pause()
        await self.rest()

    async def rest(self) -> None:
        """Wait until all that was typed had its effect."""
        ahead = self.app.type_ahead
        while not ahead.is_idle:
            wanted = ahead.settled + 1
            await until(self.pilot, partial(has_settled, ahead, wanted), "a key had its effect")


def is_flaky(draw: random.Random, one_in: int) -> bool:
    return draw.randrange(one_in) == 0


def has_settled(ahead: TypeAhead, often: int) -> bool:
    return ahead.is_idle or ahead.settled >= often


async def still_takes_keys(monkey: Monkey, patience_s: float = PATIENCE_S) -> None:
    """See that escape leads away from wherever the monkey is, and that keys then do what they do.

    Args:
        patience_s: a screen may take so long until it is left, however often escape is pressed.
    """
    app, pilot = monkey.app, monkey.pilot
    try:
        await monkey.press("escape")  # no key waits any more for a question that is not there yet
        while len(app.screen_stack) > 2 or isinstance(app.focused, Input):
            await lead_away(monkey, patience_s)
        depth = len(app.screen_stack)
        await monkey.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen), "help opens")
        await monkey.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == depth, "help closes")
    except (AssertionError, ScreenStackError) as error:
        if app.is_ending:
            return  # it was to end when its transfers are done
        at_work = [worker for worker in app.workers if not worker.is_finished]
        waiting = f"{app.screen_stack}, focus {app.focused}, workers {at_work}"
        waiting += f"; {vars(app.type_ahead)}"
        raise AssertionError(f"stuck: {error}: {waiting}\nafter {monkey.last} (seed {SEED})") from error


async def lead_away(monkey: Monkey, patience_s: float) -> None:
    """Press escape, and in a bucket the way to the buckets, until this screen is left.

    In the first one, press it until the field is left that has the focus.
    """
    app, here = monkey.app, monkey.app.screen
    is_first = len(app.screen_stack) <= 2

    def is_left() -> bool:
        return not isinstance(app.focused, Input) if is_first else here not in app.screen_stack

    pressed, begun = 0, monotonic()
    while not is_left():
        assert pressed < ESCAPES or monotonic() < begun + patience_s, f"escape does not lead away from {here}"
        await monkey.press("escape")
        if isinstance(app.screen, ObjectTreeScreen) and not (is_left() or isinstance(app.focused, Input)):
            await monkey.press("tilde")  # escape never leaves a bucket
        pressed += 1


@pytest.mark.long
@pytest.mark.timeout(share(300, 14_000))
@pytest.mark.parametrize("read_only", [True, False])
async def test_a_monkey_neither_ends_the_app_nor_gets_it_stuck(
    running: Running, connection: Connection, ministack: S3Server, *, read_only: bool
) -> None:
    draw = rng(f"monkey {read_only}")
    fails = rng(f"server {read_only}")
    with FaultProxy(ministack.endpoint_url) as proxy:
        flaky = Connection("flaky", proxy.endpoint, connection.credentials, read_only=read_only)
        ConnectionStore(paths.config_file()).save(Connection("other", proxy.endpoint, Anonymous()))
        left = share(200, 20_000)
        while left > 0:
            fill(ministack)
            async with running(
                flaky, f"s3://{BUCKET}/", read_only=read_only, preview=PreviewMode.AUTO
            ) as pilot:
                pilot.app.disable_messages(DemoChosen)  # it has no proxy
                monkey = Monkey(pilot, draw)
                while left > 0 and not monkey.app.is_ending:
                    for fault in FAULTS:
                        proxy.add(fault, when=lambda _: is_flaky(fails, 120), times=None)
                    left -= await monkey.play(min(left, ROUND))
                    proxy.clear()
                    if not monkey.app.is_ending:
                        await still_takes_keys(monkey)
                        monkey.app.connect(flaky, S3Uri.parse(f"s3://{BUCKET}/"))
            assert not monkey.app.return_code, f"it ended after {monkey.last} (seed {SEED})"
        writes = [request for request in proxy.requests if is_write(request)]
        assert not (read_only and writes), writes


def is_write(request: Request) -> bool:
    return request.method not in READS and "?select" not in request.target


class Trap(Screen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "app.bell", "nothing")]


async def test_a_screen_that_escape_does_not_leave_is_found(running: Running) -> None:
    async with running(None) as pilot:
        monkey = Monkey(pilot, rng("trap"))
        await pilot.app.push_screen(Trap())
        with pytest.raises(AssertionError, match=r"does not lead away from Trap"):
            await still_takes_keys(monkey, patience_s=0)

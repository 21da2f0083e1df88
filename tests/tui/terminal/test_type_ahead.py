"""Keys typed at any speed do what they do when each waits for the one before it."""

from __future__ import annotations

import asyncio
import random
import shutil
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import Input
from textual.worker import WorkerState

from s3tui.connect.connection import Connection
from s3tui.s3.address.uri import S3Uri
from s3tui.tui.app import S3TuiApp
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.screens.connections.connection_form import ConnectionForm
from s3tui.tui.screens.connections.connections import ConnectionsScreen
from s3tui.tui.screens.menus.command_menu import Palette
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from s3tui.tui.widgets.frame.filter_bar import HiddenInput
from tests.fault_proxy import FaultProxy, Stall
from tests.long import rng, share
from tests.servers import S3Server
from tests.terminal import Terminal, run_in_terminal
from tests.tui.conftest import Running
from tests.tui.harness import settle, until

KEYS = ["D.txt", "Data/1.csv", "Data/2.csv", "a.txt", "b.parquet", "quote.md", "t.txt", "y/D"]
ROWS = ["D.txt", "Data/", "a.txt", "b.parquet", "quote.md", "t.txt", "y/"]

OPENERS = ["slash", "slash slash", "plus", "minus", "f", "s", "ctrl+l", "colon", "d", "u", "y"]
"""What opens a field, or a menu, from the tree."""
MOVES = ["down", "up", "j", "k", "g", "G", "end", "home", "space", "a", "ctrl+a"]
EDITS = ["escape", "backspace", "left", "right", "home", "end", "ctrl+u"]
TEXT = "Dqtyu/ .*x:csv~+-é"
LEAVES = frozenset(
    ["D", "delete", "q", "ctrl+c", "c", "t", "i", "F", "v", "T", "r", "z", "Z", "S", "I", "P", "o"]
)
"""What on the tree asks the server, destroys, or ends: what follows it is about something else."""


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    name = ministack.make_bucket("typed")
    for key in KEYS:
        ministack.boto3().put_object(Bucket=name, Key=key, Body=b"x")
    return name


def keys_of(server: S3Server, bucket: str) -> list[str]:
    return [entry["Key"] for entry in server.boto3().list_objects_v2(Bucket=bucket).get("Contents", ())]


def key_event(key: str) -> events.Key:
    character = (
        key
        if len(key) == 1
        else {"slash": "/", "plus": "+", "minus": "-", "colon": ":", "space": " "}.get(key)
    )
    return events.Key(_character_to_key(key) if len(key) == 1 and not key.isalnum() else key, character)


def send(pilot: Pilot[None], keys: Sequence[str]) -> None:
    """Have keys come as a terminal sends a burst: one after another, waiting for nothing."""
    for key in keys:
        event = key_event(key)
        event.set_sender(pilot.app)
        pilot.app.post_message(event)


async def at_rest(pilot: Pilot[None]) -> None:
    """Wait until every key had its effect, and what it led to has come."""
    app = pilot.app
    assert isinstance(app, S3TuiApp)
    await pilot.pause()
    await until(pilot, lambda: app.type_ahead.is_idle and not is_working(app), "all had its effect")
    await pilot.pause()


def is_working(app: S3TuiApp) -> bool:
    """Say whether anything runs but an open question."""
    running = [worker for worker in app.workers if not worker.is_finished]
    asks = any(worker.group == "question" for worker in running)
    others = any(worker.group != "question" for worker in running)
    return others or (asks and not isinstance(app.screen, ModalScreen))


def state_of(pilot: Pilot[None]) -> dict[str, object]:
    """Return what the user can tell: screens, focus, what stands in fields, the cursor, marks."""
    app = pilot.app
    fields = {
        f"{type(field).__name__}#{field.id}": (field.value, bool(field.display))
        for screen in app.screen_stack
        for field in screen.query(Input)
    }
    tree = next(screen for screen in app.screen_stack if isinstance(screen, ObjectTreeScreen))
    return {
        "screens": [type(screen).__name__ for screen in app.screen_stack],
        "focus": f"{type(app.focused).__name__}#{app.focused.id}" if app.focused is not None else None,
        "fields": fields,
        "location": str(tree.location),
        "cursor": None if tree.current is None else tree.current.key,
        "marked": sorted(row.key for row in tree.targets()),
        "shown": [tree.tree_model.line(number).key for number in range(len(tree.tree_model))],
    }


async def start_again(pilot: Pilot[None], connection: Connection, bucket: str) -> None:
    app = pilot.app
    assert isinstance(app, S3TuiApp)
    while isinstance(app.screen, ModalScreen):
        app.screen.dismiss(None)
        await pilot.pause()
    app.connect(connection, S3Uri.parse(f"s3://{bucket}/"))
    await settle(pilot)
    await until(
        pilot, lambda: isinstance(app.screen, ObjectTreeScreen) and app.screen.tree_model.loaded == len(ROWS)
    )
    await settle(pilot)


async def type_slowly(pilot: Pilot[None], keys: Sequence[str]) -> list[str]:
    """Type until something is asked that must not be answered in advance; return what was typed."""
    typed: list[str] = []
    for key in keys:
        is_field, is_dialog = isinstance(pilot.app.focused, Input), isinstance(pilot.app.screen, Dialog)
        on_tree = not is_field and not is_dialog
        if on_tree and (key in LEAVES or key not in (*MOVES, *[o.split()[0] for o in OPENERS], "escape")):
            continue
        if key == "escape" and on_tree:
            continue  # it leads back to the buckets when there is nothing else to leave
        if key in ("enter", "down") and is_field and not isinstance(pilot.app.focused, HiddenInput):
            continue  # it starts what was asked for
        if not is_field and is_dialog and key != "escape":
            continue  # a menu's letters copy
        send(pilot, [key])
        typed.append(key)
        await at_rest(pilot)
    return typed


def drawn_keys(draw: random.Random) -> list[str]:
    """Return what somebody may type: a key that opens a field, text, and what is done in and with fields."""
    keys = draw.choice(OPENERS).split()
    for _ in range(draw.randint(1, 6)):
        kind = draw.random()
        if kind < 0.5:
            keys += draw.choices(TEXT, k=draw.randint(1, 8))
        elif kind < 0.65:
            keys += draw.choice(OPENERS).split()
        else:
            keys.append(draw.choice([*MOVES, *EDITS, "enter"]))
    return keys


@pytest.mark.long
@pytest.mark.timeout(share(300, 14_000))
async def test_keys_typed_at_any_speed_do_the_same(
    running: Running, connection: Connection, bucket: str
) -> None:
    """Draw sequences and where they are split, in one app that starts at the same place each time."""
    draw = rng("type ahead")
    async with running(connection, f"s3://{bucket}/") as pilot:
        for _ in range(share(8, 1500)):
            keys = drawn_keys(draw)
            await start_again(pilot, connection, bucket)
            typed = await type_slowly(pilot, keys)
            slowly = state_of(pilot)
            await start_again(pilot, connection, bucket)
            rest = typed
            while rest:
                at = draw.choice([len(rest), draw.randint(1, len(rest))])
                send(pilot, rest[:at])
                rest = rest[at:]
                for _ in range(draw.choice([0, 0, 1, 3])):
                    await pilot.pause(0)
            await at_rest(pilot)
            assert state_of(pilot) == slowly, f"typed in bursts: {typed}"


async def test_a_grave_question_takes_no_key_that_was_typed_before_it_was_there(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        send(pilot, ["D", "tab", "enter", "enter", "y", "right", "enter"])
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm), "it asks")
        await at_rest(pilot)
        assert isinstance(pilot.app.screen, Confirm)
        assert keys_of(ministack, bucket) == KEYS
        send(pilot, ["escape", "down", "D", "3", "2", "enter"])
        await until(pilot, lambda: isinstance(pilot.app.screen, TypedConfirm), "it counted, and asks")
        await at_rest(pilot)
        assert pilot.app.screen.query_one(Input).value == ""
        assert keys_of(ministack, bucket) == KEYS


async def test_what_is_typed_behind_another_view_that_s3_must_allow_waits_and_escape_takes_it_back(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    with FaultProxy(ministack.endpoint_url) as proxy:
        slow = Connection("slow", proxy.endpoint, connection.credentials)
        async with running(slow, f"s3://{bucket}/") as pilot:
            tree = pilot.app.screen
            proxy.add(Stall(), when=lambda request: "?versioning" in request.target, times=None)
            send(pilot, ["v", "slash", "x"])
            await until(pilot, lambda: any("?versioning" in r.target for r in proxy.requests), "it asks")
            assert not tree.query_one("#filter", Input).display
            send(pilot, ["escape", "slash", "y"])
            app = pilot.app
            assert isinstance(app, S3TuiApp)
            await until(pilot, lambda: app.type_ahead.is_idle, "nothing is held")
            assert app.screen is tree
            assert tree.query_one("#filter", Input).value == "y"


async def test_movements_and_text_of_a_burst_follow_each_other_at_once(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    name = ministack.make_bucket("many")
    for number in range(120):
        ministack.boto3().put_object(Bucket=name, Key=f"{number:03}", Body=b"")
    async with running(connection, f"s3://{name}/") as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        tree = app.screen
        assert isinstance(tree, ObjectTreeScreen)
        before = app.type_ahead.settled
        send(pilot, ["down"] * 100)
        await until(pilot, lambda: tree.tree_model.cursor == 100)
        assert app.type_ahead.settled == before
        send(pilot, ["slash", *"1" * 60])
        await until(pilot, lambda: tree.query_one("#filter", Input).value == "1" * 60)
        assert app.type_ahead.settled - before <= 3


async def test_keys_behind_one_that_ends_the_app_are_dropped(
    running: Running, connection: Connection, bucket: str
) -> None:
    for keys in (["q", "t"], ["q", "c"], ["q", "colon"], ["q", "u"], ["q", "slash", "x"]):
        async with running(connection, f"s3://{bucket}/") as pilot:
            send(pilot, keys)
            await until(pilot, lambda: not pilot.app.is_running, "it ended")
        assert pilot.app.return_code == 0


async def test_a_form_that_is_typed_in_one_burst_holds_each_value_in_its_field(running: Running) -> None:
    async with running(None) as pilot:
        assert isinstance(pilot.app.screen, ConnectionsScreen)
        send(pilot, ["n", *"test", "tab", *"eu-q", "tab", *"AKIAD", "tab", *"secret-qt/D"])
        await at_rest(pilot)
        form = pilot.app.screen
        assert isinstance(form, ConnectionForm)
        values = {field.id: field.value for field in form.query(Input) if field.value}
        assert values == {"name": "test", "region": "eu-q", "access": "AKIAD", "secret": "secret-qt/D"}


def in_terminal(folder: Path, home: Path, server: S3Server, bucket: str) -> AbstractContextManager[Terminal]:
    environment = {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "TERM": "screen-256color",
        "AWS_ACCESS_KEY_ID": server.credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": server.credentials.secret_key.reveal(),
        "AWS_ENDPOINT_URL": server.endpoint_url,
    }
    return run_in_terminal([sys.executable, "-m", "s3tui", f"s3://{bucket}/"], folder, environment)


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
@pytest.mark.parametrize(
    ("burst", "shown"),
    [
        ("/D", "│/ D"),
        ("/quote", "quote"),
        ("//quote", "↵ finds everything"),
        ("+*.md", "*.md"),
        (":que", "que"),
    ],
)
def test_bursts_in_a_real_terminal(
    burst: str, shown: str, tmp_path: Path, home: Path, ministack: S3Server, bucket: str
) -> None:
    with in_terminal(tmp_path, home, ministack, bucket) as terminal:
        terminal.wait_for("quote.md")
        terminal.type(burst)
        screen = terminal.wait_for(shown.removeprefix("│/ "))
        assert "Delete" not in screen
        assert (
            burst.startswith(":") or "Copy" not in screen
        )  # the palette lists commands until it has filtered
        terminal.type("x")
        terminal.wait_for(burst.lstrip("/+:") + "x")


async def test_escape_does_not_break_off_the_way_to_another_screen(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        arrival = asyncio.Event()
        way = app.run_worker(arrival.wait(), group="navigation")
        wanted = app.type_ahead.settled + 3
        send(pilot, ["t", "escape"])
        await until(pilot, lambda: app.type_ahead.settled >= wanted, "the keys were looked at")
        assert not way.is_finished
        assert isinstance(app.screen, ObjectTreeScreen)
        arrival.set()
        await until(pilot, lambda: app.type_ahead.is_idle, "the keys had their effect")
        assert way.state is WorkerState.SUCCESS


async def test_the_palette_is_asked_for_again_above_itself(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        await pilot.press("colon")
        await until(pilot, lambda: isinstance(app.screen, Palette), "the palette")
        palette = app.screen
        app.action_transfers()  # as a command of it does
        await until(pilot, lambda: app.screen is not palette, "the queue above it")
        send(pilot, ["colon"])
        await at_rest(pilot)
        assert sum(isinstance(screen, Palette) for screen in app.screen_stack) == 1

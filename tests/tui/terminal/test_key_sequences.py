"""Two keys for one thing: what is shown meanwhile, what time or another key makes of the first."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from s3tui.connect.connection import Connection
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.screens.common.question import Question
from s3tui.tui.screens.menus.clipboard_menu import ClipboardMenu
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from s3tui.tui.screens.transfers.transfer_prompt import TransferPrompt
from s3tui.tui.terminal import key_sequences
from s3tui.tui.widgets.frame.filter_bar import RowFilterBar
from s3tui.tui.widgets.frame.key_bar import KeyBar
from tests.long import rng, share
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, until
from tests.tui.terminal.test_type_ahead import send

KEYS = [f"{number:02}.txt" for number in range(60)]


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    name = ministack.make_bucket("sequences")
    for key in KEYS:
        ministack.boto3().put_object(Bucket=name, Key=key, Body=b"x")
    return name


@pytest.fixture(autouse=True)
def _no_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loaded machine takes its time between two keys."""
    monkeypatch.setattr(key_sequences, "LIMIT_S", 1e6)


def at(pilot: Pilot[None]) -> int:
    assert isinstance(pilot.app.screen, ObjectTreeScreen)
    return pilot.app.screen.tree_model.cursor


def pending(pilot: Pilot[None]) -> str:
    return pilot.app.screen.query_one(KeyBar).pending


async def test_vim_moves_deletes_and_copies(running: Running, connection: Connection, bucket: str) -> None:
    async with running(connection, f"s3://{bucket}/", size=(100, 30), preset="vim") as pilot:
        await press(pilot, "G", "k")
        assert at(pilot) == 58
        await press(pilot, "g")
        assert (at(pilot), pending(pilot)) == (58, "g")
        assert " g … " in screen_text(pilot).splitlines()[-1]
        await press(pilot, "g")
        assert (at(pilot), pending(pilot)) == (0, "")
        await press(pilot, "ctrl+d", "ctrl+d", "ctrl+u")
        assert 0 < at(pilot) < 28
        await press(pilot, "g", "g", "y", "y")
        assert pilot.app.clipboard == f"s3://{bucket}/00.txt"
        await press(pilot, "d", "d")
        await until(pilot, lambda: isinstance(pilot.app.screen, Question), "the question")
        await press(pilot, "escape")


async def test_escape_takes_the_first_key_back_and_a_field_takes_it_as_text(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/", preset="vim") as pilot:
        await press(pilot, "space", "d", "escape")
        assert isinstance(pilot.app.screen, ObjectTreeScreen)
        assert (pending(pilot), pilot.app.screen.tree_model.selection.count) == ("", 1)
        await press(pilot, "slash", "g", "d", "d")
        assert pilot.app.screen.query_one(RowFilterBar).value == "gdd"


async def test_another_key_or_the_time_makes_the_first_mean_what_it_does_alone(
    running: Running, connection: Connection, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(connection, f"s3://{bucket}/", preset="vim") as pilot:
        send(pilot, ["y", "u"])  # the menu, and the letter of the URI there
        await until(pilot, lambda: pilot.app.clipboard == f"s3://{bucket}/00.txt", "the URI")
        monkeypatch.setattr(key_sequences, "LIMIT_S", 0.01)
        for key, opens in (("y", ClipboardMenu), ("d", Prompt)):
            await press(pilot, key)
            await until(pilot, lambda kind=opens: isinstance(pilot.app.screen, kind), "what it opens alone")  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            assert isinstance(pilot.app.screen, Dialog)
            await press(pilot, "escape")


@pytest.mark.parametrize("seed", map(str, range(share(4, 60))))
async def test_of_keys_in_a_burst_none_is_lost_and_none_comes_twice(
    running: Running, connection: Connection, bucket: str, seed: str
) -> None:
    keys = rng(seed).choices(["j", "k", "g", "G", "ctrl+d", "ctrl+f"], k=24)
    async with running(connection, f"s3://{bucket}/", size=(100, 30), preset="vim") as pilot:
        tree = pilot.app.screen
        assert isinstance(tree, ObjectTreeScreen)
        send(pilot, keys)
        await settle(pilot)
        in_a_burst, left = at(pilot), pending(pilot)
        await press(pilot, *["escape"] * bool(left), "home")
        for key in keys:
            await press(pilot, key)
        assert (in_a_burst, left) == (at(pilot), pending(pilot))


async def test_midnight_commander_views_copies_deletes_and_marks(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/", preset="mc") as pilot:
        tree = pilot.app.screen
        assert isinstance(tree, ObjectTreeScreen)
        await press(pilot, "insert")
        assert tree.tree_model.selection.count == 1
        for key, opens in (("f5", TransferPrompt), ("f8", Question)):
            await press(pilot, key)
            await until(pilot, lambda kind=opens: isinstance(pilot.app.screen, kind), key)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            await press(pilot, "escape")
        was = pilot.app.classes
        await press(pilot, "tab")
        assert pilot.app.classes != was, "the pane has another width"
        await press(pilot, "f3")
        assert pilot.app.screen is not tree

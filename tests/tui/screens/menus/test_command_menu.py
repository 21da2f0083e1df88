"""Help and the palette: what they list, what typing finds, and that ↵ runs it below."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from s3tui.connect.connection import Connection
from s3tui.settings import Settings
from s3tui.tui.app import S3TuiApp
from s3tui.tui.screens.connections.connection_form import ConnectionForm
from s3tui.tui.screens.connections.connections import ConnectionsScreen
from s3tui.tui.screens.menus.command_menu import HelpScreen, Palette
from s3tui.tui.screens.transfers.transfer_queue import TransferQueueScreen
from s3tui.tui.widgets.lists.command_list import CommandList
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, type_text, until


def rows(pilot: Pilot[None]) -> dict[str, str]:
    """Return the names of the commands that are listed by their ids, in their order."""
    return {row.id: row.name for row in pilot.app.screen.query_one(CommandList).rows if not row.is_heading}


async def open_menu(pilot: Pilot[None], key: str, typed: str = "") -> None:
    await pilot.press(key)
    await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen | Palette), "the menu")
    if typed:
        await type_text(pilot, typed)
        await settle(pilot)


async def test_help_lists_each_key_with_name_and_id_and_runs_the_chosen_one(running: Running) -> None:
    async with running(None, size=(140, 40)) as pilot:
        below = pilot.app.screen
        await open_menu(pilot, "question_mark")
        listed = {each.binding.id for each in below.active_bindings.values() if each.binding.id}
        assert listed <= rows(pilot).keys()
        lines = screen_text(pilot).splitlines()
        (line,) = [line for line in lines if "connections.new" in line and "Enter an endpoint" in line]
        assert line.split()[1:4] == ["n", "New", "Enter"]
        await type_text(pilot, "connections.new")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConnectionForm), "what was chosen")
        await settle(pilot)
        assert pilot.app.screen_stack[-2] is below


async def test_a_refused_key_is_listed_says_why_and_does_nothing(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    bucket = ministack.make_bucket()
    ministack.boto3().put_object(Bucket=bucket, Key="a.txt", Body=b"a")
    async with running(connection, f"s3://{bucket}/") as pilot:
        await open_menu(pilot, "f1", "objects.inventory")
        assert "manifest.json" in screen_text(pilot)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, HelpScreen)
        await press(pilot, "escape")
        assert pilot.app.screen.query_one(Input).value == ""
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, HelpScreen)


@pytest.mark.parametrize("size", [(140, 40), (80, 24), (60, 20)])
async def test_help_fits_says_where_one_is_and_keeps_the_cursor_in_view(
    running: Running, connection: Connection, size: tuple[int, int]
) -> None:
    async with running(connection, size=size) as pilot:
        await open_menu(pilot, "question_mark")
        await settle(pilot)
        number = len(rows(pilot))
        assert f"1 of {number} · ↓ more below" in screen_text(pilot)
        assert " Open " in screen_text(pilot)  # the heading of the first group
        for _ in range(number):
            await pilot.press("down")
        await settle(pilot)
        assert f"{number} of {number} · ↑ more above ─" in screen_text(pilot)
        last = list(rows(pilot).values())[-1]
        assert last in screen_text(pilot)
        await press(pilot, "pageup", "pageup", "pageup", "pageup", "pageup", "pageup")
        assert f"1 of {number} · ↓ more below" in screen_text(pilot)


async def test_help_in_a_dialog_is_that_of_the_dialog(running: Running) -> None:
    async with running(None, size=(80, 24)) as pilot:
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConnectionForm))
        await open_menu(pilot, "f1")
        assert "Keys · " in screen_text(pilot)
        assert "dialog.close" in rows(pilot)
        assert "app.transfers" not in rows(pilot)
        await type_text(pilot, "dialog.close")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConnectionsScreen), "the form closed")


async def test_a_question_mark_is_text_once_something_is_typed(running: Running) -> None:
    async with running(None) as pilot:
        await open_menu(pilot, "question_mark")
        await press(pilot, "x", "question_mark")
        assert pilot.app.screen.query_one(Input).value == "x?"
        await press(pilot, "escape", "question_mark")
        assert not isinstance(pilot.app.screen, HelpScreen)


async def test_the_palette_begins_with_what_was_run_last_also_in_the_next_run(running: Running) -> None:
    async with running(None) as pilot:
        await open_menu(pilot, "colon", "transfers")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, TransferQueueScreen), "the queue")
        await press(pilot, "t")
        await open_menu(pilot, "ctrl+p")
        assert next(iter(rows(pilot))) == "app.transfers"
        assert not any(id.startswith("list.") and "up" in id for id in rows(pilot))
    async with running(None) as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        await app.commands.remember()
        await open_menu(pilot, "colon")
        assert next(iter(rows(pilot))) == "app.transfers"


async def test_a_click_runs_a_command(running: Running) -> None:
    async with running(None) as pilot:
        await open_menu(pilot, "colon", "connections.new")
        await pilot.click(CommandList, offset=(3, 0))
        await until(pilot, lambda: isinstance(pilot.app.screen, ConnectionForm), "what was clicked")
        await settle(pilot)


async def test_the_first_start_gives_a_hint_of_five_keys_and_the_next_ones_do_not(
    connection: Connection, home: Path
) -> None:
    hints = []
    for _ in range(2):
        app = S3TuiApp(Settings(keys={"objects.download": "f9"}), connection, greets=True)
        async with app.run_test(size=(80, 24)) as pilot:
            await settle(pilot)
            hints.append([each.message for each in app._notifications if "First steps" in each.message])
            if hints[-1]:
                await pilot.press("question_mark")
                await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen), "the help")
                app.reporter.tell("A transfer ended.", seconds=60)
                await settle(pilot)
                assert not list(app._notifications), "nothing lies over what is read"
                await pilot.press("escape")
                await until(pilot, lambda: len(pilot.app._notifications) == 2, "what waited")
    hint = "First steps: ↵ opens, ␣ marks, F9 downloads, / filters, ? shows every key and runs it."
    assert hints == [[hint], []]

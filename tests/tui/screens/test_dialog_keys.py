"""Each key of dialogs that ask S3 nothing is pressed, and runs what the table of keys says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from textual.binding import Binding
from textual.pilot import Pilot

from s3tui.s3.credentials.interaction import SignInPage, SlowProcess
from s3tui.settings import DEFAULT_COLUMNS, Settings
from s3tui.transfer.models import Limits, QueueSnapshot
from s3tui.tui.keymap import dialogs
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.connections.sign_in import SignInDialog
from s3tui.tui.screens.connections.slow_process import SlowProcessDialog
from s3tui.tui.screens.menus.clipboard_menu import ClipboardMenu
from s3tui.tui.screens.menus.command_menu import HelpScreen
from s3tui.tui.screens.objects.columns_dialog import ColumnsDialog
from s3tui.tui.screens.objects.prefix_detail import PrefixDetail
from s3tui.tui.screens.transfers.leave_conflict import LeaveConflict
from s3tui.tui.screens.transfers.limits import LimitsDialog
from s3tui.tui.screens.transfers.quit import QuitQuestion
from s3tui.tui.text.command_rows import CommandRow
from tests.tui.harness import settle, until
from tests.tui.recorded_actions import Recording

ROWS = [CommandRow("a.b", "One", "About one", "x"), CommandRow("a.c", "Two", "About two", "y")]
DIALOGS: Mapping[str, tuple[Callable[[], Dialog[Any]], list[Binding]]] = {
    "columns": (
        lambda: ColumnsDialog(DEFAULT_COLUMNS),
        [*dialogs.DIALOG_KEYS, *dialogs.FIELD_KEYS, *dialogs.COLUMNS_KEYS],
    ),
    "limits": (lambda: LimitsDialog(Limits()), dialogs.FIELD_KEYS),
    "quit": (lambda: QuitQuestion(QueueSnapshot(running=1), can_keep=True), dialogs.QUIT_KEYS),
    "leave a conflict": (LeaveConflict, dialogs.LEAVE_CONFLICT_KEYS),
    "prefix": (lambda: PrefixDetail("b", "p/", []), dialogs.PREFIX_KEYS),
    "help": (lambda: HelpScreen("Keys", ROWS), dialogs.MENU_KEYS),
    "yes or no": (lambda: Confirm("Sure?", "Sure?", yes="Delete"), dialogs.CONFIRM_KEYS),
    "sign in by a code": (
        lambda: SignInDialog(SignInPage("corp", "https://x.test/?code=A", "AB-CD", "https://x.test")),
        [each for each in dialogs.SIGN_IN_KEYS if each.action != "device"],
    ),
    "sign in by a browser": (
        lambda: SignInDialog(SignInPage("corp", "https://x.test")),
        [each for each in dialogs.SIGN_IN_KEYS if each.action != "copy_code"],
    ),
    "slow process": (
        lambda: SlowProcessDialog(SlowProcess("a process", lambda: "Code: ")),
        dialogs.SLOW_PROCESS_KEYS,
    ),
    "copy": (lambda: ClipboardMenu([("k", "key", "a")]), dialogs.CLIPBOARD_KEYS),
}


async def open_dialog(pilot: Pilot[None], make: Callable[[], Dialog[Any]]) -> Dialog[Any]:
    dialog = make()
    await pilot.app.push_screen(dialog)
    await until(pilot, lambda: pilot.app.screen is dialog and dialog.focused is not None, "the dialog")
    return dialog


async def close_all(pilot: Pilot[None]) -> None:
    while isinstance(pilot.app.screen, Dialog):
        await pilot.app.pop_screen()


@pytest.mark.timeout(300)
async def test_each_key_of_a_dialog_runs_what_it_says(home: Path) -> None:
    app = Recording(Settings(), None)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        for name, (make, bindings) in DIALOGS.items():
            dialog = await open_dialog(pilot, make)
            for binding in bindings:
                for key in Binding.make_bindings([binding]):
                    if app.screen is not dialog:
                        await close_all(pilot)
                        dialog = await open_dialog(pilot, make)
                    app.ran.clear()
                    await pilot.press(key.key)
                    said = f"{key.key} in {name}: {binding.action}"
                    # A field takes enter by itself: it answers.
                    await until(pilot, lambda: binding.action in app.ran or app.screen is not dialog, said)  # noqa: B023
                    assert app.is_running
            await close_all(pilot)

"""Each key of dialogs is listed by their help, is pressed, and runs what the table of keys says."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest
from textual.binding import Binding
from textual.pilot import Pilot

import s3tui.tui.screens
from s3tui import paths
from s3tui.browse.inspect.object_facts import ObjectId
from s3tui.connect.connection import Anonymous, Connection
from s3tui.connect.store import ConnectionStore
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.credentials.interaction import SignInPage, SlowProcess
from s3tui.s3.models import ObjectHead
from s3tui.s3.sending.request_log import RequestLog
from s3tui.settings import DEFAULT_COLUMNS, Settings
from s3tui.transfer.download.local_names import LocalName
from s3tui.transfer.editing.object_state import ObjectState
from s3tui.transfer.models import Direction, Limits, QueueSnapshot, Side, Transfer, TransferState
from s3tui.tui.keymap import dialogs
from s3tui.tui.screens.buckets.settings_dialogs import SettingsMenu
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.screens.common.diff_dialog import DiffDialog
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.connections.connection_form import ConnectionForm, FormKind
from s3tui.tui.screens.connections.sign_in import SignInDialog
from s3tui.tui.screens.connections.slow_process import SlowProcessDialog
from s3tui.tui.screens.connections.whoami_dialog import WhoAmIDialog
from s3tui.tui.screens.menus.clipboard_menu import ClipboardMenu
from s3tui.tui.screens.menus.command_menu import CommandMenu, HelpScreen
from s3tui.tui.screens.menus.go_to import GoTo
from s3tui.tui.screens.objects.columns_dialog import ColumnsDialog
from s3tui.tui.screens.objects.detail.file_comparison import FileComparisonDialog
from s3tui.tui.screens.objects.editing.attribute_dialog import AttributesDialog
from s3tui.tui.screens.objects.editing.restore_dialog import RestoreDialog
from s3tui.tui.screens.objects.links.link_dialog import LinkDialog
from s3tui.tui.screens.objects.links.link_form import Linked
from s3tui.tui.screens.objects.prefix_detail import PrefixDetail
from s3tui.tui.screens.requests.totals import RequestTotals
from s3tui.tui.screens.transfers.conflict import ConflictQuestion
from s3tui.tui.screens.transfers.leave_conflict import LeaveConflict
from s3tui.tui.screens.transfers.limits import LimitsDialog
from s3tui.tui.screens.transfers.names_check import NamesCheck
from s3tui.tui.screens.transfers.names_question import NamesQuestion
from s3tui.tui.screens.transfers.quit import QuitQuestion
from s3tui.tui.screens.transfers.transfer_detail import TransferDetail
from s3tui.tui.screens.transfers.transfer_prompt import TransferPrompt
from s3tui.tui.screens.transfers.upload_picker import UploadPicker
from s3tui.tui.text.command_rows import CommandRow
from tests.tui.harness import settle, until
from tests.tui.recorded_actions import Recording

NOWHERE = Connection("nowhere", Endpoint.custom("http://127.0.0.1:9"), Anonymous())
HEAD = ObjectHead(size=1, etag="e", last_modified=None, headers=(), metadata={})
FAILED = Transfer(1, "c", Direction.UPLOAD, "k", "/k", "s3://b/k", state=TransferState.FAILED)
FORM = [*dialogs.FORM_KEYS, *dialogs.FIELD_KEYS]
ROWS = [CommandRow("a.b", "One", "About one", "x"), CommandRow("a.c", "Two", "About two", "y")]


class StillLooking(NamesCheck):
    def look(self) -> None:  # type: ignore[override]  # of a bucket that takes long
        """Come to no end."""


async def refused(*_: object) -> NoReturn:
    raise ValueError("It was not asked for here.")


async def nothing() -> str:
    return ""


async def none_known() -> Mapping[str, Connection]:
    return {}


DIALOGS: Mapping[str, tuple[Callable[[Recording], Dialog[Any]], Sequence[Binding]]] = {
    "columns": (
        lambda _: ColumnsDialog(DEFAULT_COLUMNS),
        [*dialogs.DIALOG_KEYS, *dialogs.FIELD_KEYS, *dialogs.COLUMNS_KEYS],
    ),
    "limits": (lambda _: LimitsDialog(Limits()), dialogs.FIELD_KEYS),
    "quit": (lambda _: QuitQuestion(QueueSnapshot(running=1), can_keep=True), dialogs.QUIT_KEYS),
    "leave a conflict": (lambda _: LeaveConflict(), dialogs.LEAVE_CONFLICT_KEYS),
    "prefix": (lambda _: PrefixDetail("b", "p/", []), dialogs.PREFIX_KEYS),
    "help": (lambda _: HelpScreen("Keys", ROWS), dialogs.MENU_KEYS),
    "yes or no": (lambda _: Confirm("Sure?", "Sure?", yes="Delete"), dialogs.CONFIRM_KEYS),
    "sign in by a code": (
        lambda _: SignInDialog(SignInPage("corp", "https://x.test/?code=A", "AB-CD", "https://x.test")),
        [each for each in dialogs.SIGN_IN_KEYS if each.action != "device"],
    ),
    "sign in by a browser": (
        lambda _: SignInDialog(SignInPage("corp", "https://x.test")),
        [each for each in dialogs.SIGN_IN_KEYS if each.action != "copy_code"],
    ),
    "slow process": (
        lambda _: SlowProcessDialog(SlowProcess("a process", lambda: "Code: ")),
        dialogs.SLOW_PROCESS_KEYS,
    ),
    "copy": (lambda _: ClipboardMenu([("k", "key", "a")]), dialogs.CLIPBOARD_KEYS),
    "conflict": (
        lambda _: ConflictQuestion(Side("/a"), Side("s3://b/a"), many=True, leave=lambda _: None),
        dialogs.CONFLICT_KEYS,
    ),
    "upload": (lambda _: UploadPicker("b", "", on_folder=lambda: None), dialogs.UPLOAD_KEYS),
    "connection": (
        lambda _: ConnectionForm(FormKind.KEYS, ConnectionStore(paths.config_file()), refused),
        dialogs.CONNECTION_FORM_KEYS,
    ),
    "names": (lambda _: NamesQuestion("Some do.", [LocalName("a:", "a_")]), dialogs.NAMES_KEYS),
    "go to": (lambda app: GoTo(app.sessions.of(NOWHERE), "s3://b/", none_known), dialogs.GO_TO_KEYS),
    "link": (
        lambda _: LinkDialog(Linked(["k"]), refused, find_caveat=nothing, now=lambda: datetime.now(UTC)),
        [*FORM, *dialogs.CHOICE_KEYS],
    ),
    "attributes": (lambda _: AttributesDialog("k", ObjectState(HEAD)), FORM),
    "restore": (lambda _: RestoreDialog("k", ["GLACIER"], ""), [*FORM, *dialogs.CHOICE_KEYS]),
    "where to": (
        lambda _: TransferPrompt("Download k", "", value="/k", yes="Download", check=lambda _: "It is not."),
        dialogs.FIELD_KEYS,
    ),
    "comparison": (
        lambda app: FileComparisonDialog(app.sessions.of(NOWHERE), ObjectId("b", "k"), Path("/k")),
        dialogs.FILE_COMPARISON_KEYS,
    ),
    "transfer": (
        lambda app: TransferDetail(FAILED, app.transfers),
        [each for each in dialogs.TRANSFER_KEYS if each.action != "report"],
    ),
    "looking at names": (
        lambda app: StillLooking(app.sessions.of(NOWHERE), "b", [("p/", Path("/p"))]),
        dialogs.NAMES_CHECK_KEYS,
    ),
    "whose keys": (lambda app: WhoAmIDialog(app.sessions.of(NOWHERE)), dialogs.PREFIX_KEYS),
    "totals": (lambda _: RequestTotals(RequestLog(), None), dialogs.TOTALS_KEYS),
    "settings": (lambda _: SettingsMenu("b"), []),
    "difference": (lambda _: DiffDialog("Send it?", "", [], [("s", "send it"), ("e", "edit")]), []),
}


ELSEWHERE = {"PlanDialog": "objects/test_syncs.py"}
"""Dialogs with keys that another test presses."""


async def open_dialog(pilot: Pilot[None], make: Callable[[Recording], Dialog[Any]]) -> Dialog[Any]:
    app = pilot.app
    assert isinstance(app, Recording)
    dialog = make(app)
    await app.push_screen(dialog)
    await until(
        pilot, lambda: app.screen is dialog and bool(dialog.focused or not dialog.focus_chain), "the dialog"
    )
    return dialog


async def close_all(pilot: Pilot[None]) -> None:
    while isinstance(pilot.app.screen, Dialog):
        await pilot.app.pop_screen()


async def check_help(pilot: Pilot[None], dialog: Dialog[Any], bindings: Sequence[Binding]) -> None:
    """Check that F1 lists the keys of a dialog, and the letters that answer."""
    await until(pilot, lambda: dialog.listens, "a dialog that takes keys")
    await pilot.press("f1")
    await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen), "the help")
    help = pilot.app.screen
    assert isinstance(help, HelpScreen)
    listed = {key for row in help.rows if not row.refusal for key in row.keys.split()}
    keys = {pilot.app.get_key_display(each) for each in Binding.make_bindings(bindings)}
    assert keys | dialog.letters.keys() <= listed, dialog
    await pilot.press("escape")
    await until(pilot, lambda: pilot.app.screen is dialog, "the dialog again")


@pytest.mark.timeout(300)
async def test_each_key_of_a_dialog_is_listed_and_runs_what_it_says(home: Path) -> None:
    app = Recording(Settings(), None)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        for name, (make, bindings) in DIALOGS.items():
            dialog = await open_dialog(pilot, make)
            if not isinstance(dialog, CommandMenu):
                await check_help(pilot, dialog, bindings)
            keys = [
                (key.key, binding.action) for binding in bindings for key in Binding.make_bindings([binding])
            ]
            for key, action in [*keys, *((letter, "") for letter in dialog.letters)]:
                if app.screen is not dialog or key == "enter":
                    await close_all(pilot)
                    dialog = await open_dialog(pilot, make)
                app.ran.clear()
                await pilot.press(key)
                # A field takes enter by itself: it answers. So does a letter.
                await until(
                    pilot,
                    lambda: action in app.ran or app.screen is not dialog,  # noqa: B023
                    f"{key} in {name}: {action}",
                )
                assert app.is_running
            await close_all(pilot)


def dialogs_with_keys() -> Iterator[type[Dialog[Any]]]:
    for module in pkgutil.walk_packages(s3tui.tui.screens.__path__, "s3tui.tui.screens."):
        for _, owner in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if (
                owner.__module__ == module.name
                and issubclass(owner, Dialog)
                and owner.__dict__.get("BINDINGS")
            ):
                yield owner


async def test_no_dialog_is_left_out(home: Path) -> None:
    app = Recording(Settings(), None)
    async with app.run_test() as pilot:
        await settle(pilot)
        made = [type(make(app)) for make, _ in DIALOGS.values()]
    left = {each.__name__ for each in dialogs_with_keys() if not any(issubclass(one, each) for one in made)}
    assert left == set(ELSEWHERE)

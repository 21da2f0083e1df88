"""The error boundary: wherever an error is raised, the app and its transfers go on, and no secret is told."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress

import pytest
from textual import work
from textual.app import ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from s3tui import crash_report
from s3tui.connect.connection import Connection
from s3tui.tui.app import S3TuiApp
from s3tui.tui.screens.common.base import FramedScreen
from tests.long import rng, share
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, until

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


class Mute(Exception):
    def __str__(self) -> str:
        raise ValueError("it has no words")


ERRORS: list[Callable[[], Exception]] = [
    lambda: RuntimeError("boom"),
    lambda: KeyError(("a", 1)),
    lambda: UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
    lambda: ExceptionGroup("many", [ValueError("one"), ExceptionGroup("more", [KeyError("two")])]),
    lambda: RecursionError("too deep"),
    lambda: Mute(),
    lambda: ValueError("\x1b]0;title\x07 \u202e[red]"),
    lambda: OSError(5, "Input/output error"),
    lambda: EOFError(),
    lambda: AssertionError(),
    lambda: MemoryError(),
    lambda: LookupError(f"https://user:{SECRET}@proxy:1/"),
]


class Told(Message):
    pass


class Trap(Static, can_focus=True):
    """Raises where it is told to."""

    BINDINGS = [("x", "spring", "spring"), ("z", "note", "note")]  # noqa: RUF012 - Textual's own declaration
    level: reactive[int] = reactive(0, init=False)

    def __init__(self, where: str, error: Exception) -> None:
        super().__init__("a trap")
        self.where, self.error = where, error
        self.noted = 0

    def spring(self, where: str) -> None:
        key = SECRET  # a local of the frame that raises  # noqa: F841
        if self.where == where:
            raise self.error

    def compose(self) -> ComposeResult:
        self.spring("widget compose")
        yield from ()

    def on_mount(self) -> None:
        self.spring("widget mount")

    def on_told(self) -> None:
        self.spring("message")

    def watch_level(self) -> None:
        self.spring("watcher")

    def action_note(self) -> None:
        self.noted += 1

    def on_key(self, event: object) -> None:
        self.spring("key")

    async def on_click(self) -> None:
        self.spring("click")

    def on_idle(self) -> None:
        if self.where == "idle":
            self.where = "was idle"
            raise self.error

    def action_spring(self) -> None:
        """Do what leads to the error."""
        self.spring("action")
        match self.where:
            case "message":
                self.post_message(Told())
            case "watcher":
                self.level += 1
            case "timer":
                self.set_timer(0.01, lambda: self.spring("timer"))
            case "interval":
                self.set_interval(0.01, lambda: self.spring("interval"), repeat=2)
            case "call later":
                self.call_later(self.spring, "call later")
            case "call next":
                self.call_next(self.spring, "call next")
            case "app call later":
                self.app.call_later(self.spring, "app call later")
            case "after refresh":
                self.call_after_refresh(self.spring, "after refresh")
            case "worker":
                self.toil()
            case "thread":
                self.toil_apart()
            case "render":
                self.refresh()

    @work
    async def toil(self) -> None:
        self.spring("worker")

    @work(thread=True)
    def toil_apart(self) -> None:
        self.spring("thread")

    def render(self) -> str:
        if self.where == "render":
            raise self.error
        return "a trap"


class TrapScreen(FramedScreen):
    def __init__(self, app: S3TuiApp, where: str, error: Exception) -> None:
        super().__init__(app.session, app.transfers)
        self.where, self.error = where, error

    def compose_body(self) -> Iterable[Widget]:
        if self.where == "screen compose":
            raise self.error
        yield Trap(self.where, self.error)
        yield Input()

    def on_mount(self) -> None:
        if self.where == "screen mount":
            raise self.error
        with suppress(Exception):
            self.query_one(Trap).focus()


class TrapDialog(ModalScreen[bool]):
    def __init__(self, where: str, error: Exception) -> None:
        super().__init__()
        self.where, self.error = where, error

    def compose(self) -> ComposeResult:
        if self.where == "dialog compose":
            raise self.error
        yield Input()

    def on_mount(self) -> None:
        if self.where == "dialog mount":
            raise self.error


WHERE = [
    "action", "message", "watcher", "key", "click", "timer", "interval", "call later", "call next",
    "app call later", "after refresh", "worker", "thread", "render", "idle", "widget compose",
    "widget mount", "screen compose", "screen mount",
]  # fmt: skip
_RNG = rng("net")
CASES = [
    (where, number) for where in WHERE for number in _RNG.sample(range(len(ERRORS)), share(1, len(ERRORS)))
]


def reports() -> list[str]:
    return [file.read_text() for file in sorted(crash_report.folder().glob("*.txt"))]


async def spring(pilot: Pilot[None], where: str) -> None:
    app = pilot.app
    if where == "click":
        await pilot.click(Trap)
    elif where not in ("screen compose", "screen mount") and app.screen.query(Trap):
        await pilot.press("x")
    await pilot.pause()


@pytest.mark.long
@pytest.mark.parametrize(("where", "number"), CASES)
@pytest.mark.unforeseen
async def test_the_app_outlives_any_error_and_tells_of_it(
    running: Running, connection: Connection, where: str, number: int
) -> None:
    async with running(connection) as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        await app.push_screen(TrapScreen(app, where, ERRORS[number]()))
        await pilot.pause()
        await spring(pilot, where)
        await until(pilot, lambda: reports(), "a report of what was raised")
        await until(pilot, lambda: "Something went wrong in" in screen_text(pilot), "a word of it")
        assert SECRET not in screen_text(pilot)
        if (traps := app.screen.query(Trap)) and where not in ("render", "widget compose", "widget mount"):
            trap = traps.first()
            trap.where = "nowhere"
            trap.focus()
            await pilot.press("z")
            assert trap.noted == 1, "the loop of the widget that failed goes on"
        await press(pilot, "t")
        assert "Transfers" in screen_text(pilot), "other screens open"
        await press(pilot, "t")
        assert app.is_running
        assert not app.return_code
    for file in crash_report.folder().iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not any(SECRET in report for report in reports())


@pytest.mark.parametrize("where", ["dialog compose", "dialog mount"])
@pytest.mark.unforeseen
async def test_who_waits_for_a_dialog_that_cannot_open_gets_no_answer(
    running: Running, connection: Connection, where: str
) -> None:
    async with running(connection) as pilot:
        app = pilot.app
        answers: list[bool | None] = []
        app.push_screen(TrapDialog(where, RuntimeError("boom")), answers.append)
        await until(pilot, lambda: answers == [None], "the dialog's end")
        await settle(pilot)
        assert not isinstance(app.screen, ModalScreen)
        assert "Something went wrong" in screen_text(pilot)


@pytest.mark.unforeseen
async def test_an_error_that_comes_again_and_again_is_written_once(
    running: Running, connection: Connection
) -> None:
    async with running(connection) as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        await app.push_screen(TrapScreen(app, "action", RuntimeError("boom")))
        await pilot.pause()
        for _ in range(3):
            await pilot.press("x")
        assert len(reports()) == 1


@pytest.mark.unforeseen
def test_only_the_newest_reports_are_kept() -> None:
    for number in range(crash_report.KEPT + 5):
        crash_report.save(RuntimeError(f"no. {number}"), "a test")
    assert len(reports()) == crash_report.KEPT
    assert f"no. {crash_report.KEPT + 4}" in reports()[-1]


def test_a_report_that_cannot_be_written_is_no_error(home: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null/state")
    assert crash_report.save(RuntimeError("boom"), "a test") is None


class Counting(ModalScreen[None]):
    """Looks for its widgets again and again, as what counts or reads for a screen does."""

    def compose(self) -> ComposeResult:
        yield Static(id="total")
        for _ in range(50):
            yield Static()

    def on_mount(self) -> None:
        self.count()

    @work
    async def count(self) -> None:
        for number in range(10**6):
            self.query_one("#total", Static).update(str(number))
            await asyncio.sleep(0)


async def test_what_works_for_a_screen_ends_before_its_widgets(running: Running) -> None:
    """A row that is gone, a folder that is counted: no error of a screen that is left (see the fixture)."""
    async with running(None) as pilot:
        for _ in range(5):
            dialog = Counting()
            await pilot.app.push_screen(dialog)
            dialog.dismiss(None)
            await until(pilot, lambda: pilot.app.screen is not dialog, "the dialog is gone")  # noqa: B023
            await until(pilot, lambda: all(w.node is not dialog for w in pilot.app.workers), "its end")  # noqa: B023

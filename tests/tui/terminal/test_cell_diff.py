"""The cell diff in a real process: the screen is what a full repaint shows, whatever happened before."""

from __future__ import annotations

import hashlib
import inspect
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path

import pytest
from textual._compositor import ChopsUpdate, Compositor, CompositorUpdate, LayoutUpdate
from textual.app import App

from tests.long import rng, share
from tests.pseudo_terminal import QUIET_S, PseudoTerminal, run_on_pty
from tests.servers import S3Server
from tests.slow_line import slow_line

ROOT = Path(__file__).parents[3]
NAMES = [f"report-{number:02}.txt" for number in range(60)]
ODD = ["\N{THUMBS UP SIGN}\U0001f3fd.txt", "übergröße.txt", "te\u0301te\u0301.txt", "日本語.txt"]
DOWN, UP, PAGE_DOWN, END, HOME = b"\x1b[B", b"\x1b[A", b"\x1b[6~", b"\x1b[F", b"\x1b[H"
ESC, REDRAW = b"\x1b", b"\x12"
_STILL = """
import sys
from textual.widgets import Input
Input._toggle_cursor = lambda self: None
from s3tui.cli import main
sys.exit(main())
"""
"""The app, with a cursor that does not blink in fields: what is painted comes from keys alone."""
_BROKEN = """
import sys
from textual.widgets import Input
Input._toggle_cursor = lambda self: None
from s3tui.tui.terminal.shadow_screen import ShadowScreen
whole, calls = ShadowScreen.put, []
def put(self, x, y, strip):
    calls.append(y)
    if len(calls) > 400:
        raise RuntimeError("no such cell")
    whole(self, x, y, strip)
ShadowScreen.put = put
from s3tui.cli import main
sys.exit(main())
"""
_OTHER_TEXTUAL = """
import sys, textual
from textual.widgets import Input
Input._toggle_cursor = lambda self: None
textual.__version__ = "8.3.0"
from s3tui.cli import main
sys.exit(main())
"""


@pytest.fixture(scope="module")
def bucket(ministack: S3Server) -> str:
    name = ministack.make_bucket("cells")
    for key in [*NAMES, *ODD]:
        ministack.boto3().put_object(Bucket=name, Key=key, Body=key.encode())
    return name


@pytest.fixture
def environment(home: Path, ministack: S3Server) -> dict[str, str]:
    # A preview comes by itself some time after the key: it would be taken for what the key painted.
    (home / ".config" / "s3tui").mkdir(parents=True)
    (home / ".config" / "s3tui" / "config.toml").write_text('preview = "on demand"\n')
    return {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": os.defpath,
        "PYTHONPATH": str(ROOT),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "AWS_ACCESS_KEY_ID": ministack.credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": ministack.credentials.secret_key.reveal(),
        "AWS_ENDPOINT_URL": ministack.endpoint_url,
    }


@contextmanager
def browsing(
    bucket: str,
    environment: dict[str, str],
    *options: str,
    program: str = _STILL,
    line: Callable[[int], AbstractContextManager[int]] = nullcontext,
    shows: str = NAMES[0],
) -> Iterator[PseudoTerminal]:
    command = [sys.executable, "-c", program, *options, "--read-only", f"s3://{bucket}/"]
    with run_on_pty(command, environment, folder=environment["HOME"], line=line) as terminal:
        terminal.wait_for(shows, etag(shows))
        terminal.settle()
        repaint(terminal)
        yield terminal


def etag(key: str) -> str:
    """Return what the pane says of an object once its head is there."""
    return hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()


def repaint(terminal: PseudoTerminal) -> None:
    """Have every cell painted again, and see what time that takes."""
    painted, cells = terminal.painted, sum(map(len, terminal.cells()))
    began = time.monotonic()
    terminal.send(REDRAW)
    terminal.wait_until(lambda: terminal.painted - painted > cells * 0.9, "the screen is painted again")
    terminal.lag_s = time.monotonic() - began
    terminal.settle()


def is_what_a_repaint_shows(terminal: PseudoTerminal, after: object, quiet_s: float = QUIET_S) -> None:
    """Compare what is shown with a repaint, unless keys from before were still to be handled: then again."""
    waited_s = 0.0
    while waited_s <= 4 * terminal.lag_s:
        terminal.settle(quiet_s)
        waited_s = terminal.quiet_s(quiet_s)
        before, text = terminal.cells(), terminal.text()
        repaint(terminal)
    differ = [
        (x, y) for y, row in enumerate(terminal.cells()) for x, cell in enumerate(row) if cell != before[y][x]
    ]
    assert not differ, f"after {after}, cells {differ[:10]} differ\n{text}\n{terminal.text()}"


def await_no_hint(terminal: PseudoTerminal) -> None:
    """Wait until the hint of a first start has come and gone by itself."""
    terminal.wait_for("First steps")
    terminal.wait_until(lambda: "First steps" not in terminal.text(), "the hint is gone")


STEPS: list[tuple[bytes, str]] = [
    (DOWN, etag(NAMES[1])),
    (DOWN * 3, etag(NAMES[4])),
    (PAGE_DOWN * 2, "report-50"),
    (DOWN * 3, "report-50"),
    (b" ", "marked"),
    (b"?", "esc closes"),
    (ESC, "report-50"),
    (b"/", "filter"),
    (b"-1", "report-11"),
    (ESC * 2, "report-40"),
    (END, etag(ODD[0])),
    (UP, etag(ODD[3])),
    (HOME, etag(NAMES[0])),
    (b"i", "report-00"),
    (ESC, "report-01"),
    (b"t", "t"),
    (b"t", "report-01"),
    (b":", "runs it"),
    (b"the", "heme"),
    (ESC, "Commands"),
    (ESC, "report-01"),
    (b"y", "s3://"),
    (ESC, "report-01"),
    (b"~", "Created"),
]


def test_after_each_step_a_full_repaint_shows_the_same(bucket: str, environment: dict[str, str]) -> None:
    with browsing(bucket, environment) as terminal:
        await_no_hint(terminal)
        for keys, text in STEPS:
            terminal.send(keys)
            terminal.wait_for(text)
            is_what_a_repaint_shows(terminal, (keys, text))


KEYS = [
    DOWN,
    UP,
    PAGE_DOWN,
    b"\x1b[5~",
    END,
    HOME,
    b"\r",
    b"\x1b[C",
    b"\x1b[D",
    b" ",
    b"\t",
    b"\x7f",
    ESC,
    ESC,
]
KEYS += [b"?", b"/", b"f", b"F", b"v", b"i", b"o", b"z", b"t", b"y", b"s", b"w", b"a", b"e", b"-", b"1", b"b"]
KEYS += [b":theme" + ESC, b"/men" + ESC]
SIZES = [(140, 40), (80, 24), (60, 20), (200, 60)]


@pytest.mark.long
@pytest.mark.timeout(share(300, 7000))
def test_a_monkey_leaves_the_screen_as_a_full_repaint_shows_it(
    bucket: str, environment: dict[str, str]
) -> None:
    draw, pressed = rng("cells"), list[bytes]()
    with browsing(bucket, environment) as terminal:
        for number in range(1, share(120, 10_000) + 1):
            key = draw.choice(KEYS)
            pressed.append(key)
            terminal.send(key)
            terminal.read(draw.choice([0, 0, 0.02, 0.1]))
            if draw.randrange(40) == 0:
                terminal.resize(*draw.choice(SIZES))
            if number % 50 == 0:
                assert terminal.process.poll() is None, f"it ended after {pressed[-60:]}"
                is_what_a_repaint_shows(terminal, pressed[-60:], quiet_s=0.8)


def test_what_others_wrote_on_the_terminal_goes(bucket: str, environment: dict[str, str]) -> None:
    with browsing(bucket, environment) as terminal:
        before = terminal.cells()
        terminal.garble()
        assert terminal.cells() != before
        terminal.send(REDRAW)
        terminal.wait_until(lambda: terminal.cells() == before, "it is painted again")
        terminal.garble()
        terminal.process.send_signal(signal.SIGSTOP)
        terminal.process.send_signal(signal.SIGCONT)
        terminal.wait_until(lambda: terminal.cells() == before, "it is painted when it goes on")
        terminal.resize(139, 40)
        terminal.wait_until(lambda: "report-00.txt" in terminal.text(), "it is painted in another size")
        terminal.settle(0.8)
        terminal.garble()
        terminal.resize(140, 40)
        terminal.wait_until(lambda: terminal.cells() == before, "it is painted in its old size")


def bytes_for(terminal: PseudoTerminal, keys: bytes, *texts: str) -> int:
    terminal.settle()
    before = terminal.written
    terminal.send(keys)
    terminal.wait_for(*texts)
    terminal.settle()
    return terminal.written - before


def test_a_step_takes_what_changes(bucket: str, environment: dict[str, str]) -> None:
    """The budgets of benchmarks/output.py, which measures; here only that they are kept."""
    with browsing(bucket, environment) as terminal:
        assert bytes_for(terminal, DOWN, etag(NAMES[1])) <= 1_500
        assert bytes_for(terminal, PAGE_DOWN * 2, "report-50") <= 4_000
        assert bytes_for(terminal, b"?", "esc closes") <= 8_000
        assert bytes_for(terminal, ESC, "report-50") <= 8_000
        written = terminal.written
        terminal.settle()
        assert terminal.written == written


def test_on_a_slow_line_frames_are_merged_and_no_key_is_lost(
    ministack: S3Server, environment: dict[str, str]
) -> None:
    """Textual alone puts 30 frames of 2 KB and more in front of such a line."""
    bucket = ministack.make_bucket("slow")
    keys = [f"{index:03}-{'abcdefghij'[index % 10] * 30}.txt" for index in range(300)]
    for key in [*NAMES[:1], *keys]:
        ministack.boto3().put_object(Bucket=bucket, Key=key, Body=key.encode())
    pressed = 200
    line = partial(slow_line, rate_bps=10_000, buffered=2048)
    with browsing(bucket, environment, line=line, shows=keys[0]) as terminal:
        for _ in range(pressed):
            terminal.send(DOWN)
            terminal.read(0.02)
        written = terminal.written
        terminal.wait_for(etag(keys[pressed]))
        terminal.settle(1.0)
        assert terminal.written - written < 30_000
        is_what_a_repaint_shows(terminal, "held keys")


def test_without_it_rows_are_painted_and_lines_of_the_pane_but_no_screen(
    bucket: str, environment: dict[str, str]
) -> None:
    with browsing(bucket, environment, "--no-diff") as terminal:
        painted = terminal.painted
        assert 1_000 < bytes_for(terminal, DOWN, etag(NAMES[1])) < 6_000
        assert terminal.painted - painted < 1_500
        is_what_a_repaint_shows(terminal, "a cursor key")


@pytest.mark.parametrize("program", [_BROKEN, _OTHER_TEXTUAL])
@pytest.mark.unforeseen
def test_after_an_error_and_with_another_textual_it_paints_as_textual_does(
    bucket: str, environment: dict[str, str], program: str
) -> None:
    with browsing(bucket, environment, program=program) as terminal:
        terminal.send(PAGE_DOWN * 2)
        terminal.wait_for("report-50")
        assert bytes_for(terminal, b"?", "esc closes") > 8_000
        terminal.send(ESC)
        terminal.settle()
        is_what_a_repaint_shows(terminal, "help")


def test_the_hook_has_the_shape_that_is_relied_on() -> None:
    """Of what is private in Textual: who changes its version looks at `cell_diff` anew where this fails."""
    assert list(inspect.signature(App._display).parameters) == ["self", "screen", "renderable"]
    assert list(inspect.signature(LayoutUpdate).parameters) == ["strips", "region"]
    assert list(inspect.signature(ChopsUpdate).parameters) == ["chops", "spans", "chop_ends"]
    assert issubclass(LayoutUpdate, CompositorUpdate)
    assert issubclass(ChopsUpdate, CompositorUpdate)
    assert list(inspect.signature(CompositorUpdate.render_segments).parameters) == ["self", "console"]
    made = {digest(each) for each in (App._display, LayoutUpdate, ChopsUpdate, Compositor.render_update)}
    assert made == SHAPE


def digest(code: object) -> str:
    assert inspect.isclass(code) or inspect.isroutine(code)
    return hashlib.sha256(inspect.getsource(code).encode()).hexdigest()[:12]


SHAPE = {"4b78dff6669a", "619efe1cea78", "772c6b21953a", "7c7d3e0bf714"}
"""Of Textual 8.2.8."""

"""Bytes and cells that terminal browsers write for a key: what they cost on a slow line.

    python -m benchmarks.output [--repeat 5] [--only NAME …] [--options OPTION …]

Each program runs on a pseudo-terminal of 140 × 40 with true colours, on the same server and the same flat
bucket of 5 000 keys; a step is over when nothing was written for 0.4 s. Medians. s3ranger is
measured where it is on the PATH.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from s3tui.demo import sample_data
from s3tui.demo.server import DemoServer
from s3tui.s3.client import S3Client
from tests.pseudo_terminal import PseudoTerminal, run_on_pty
from tests.slow_line import slow_line

_REPEAT_S = 0.033
"""Between two of a key that is held."""
_STILL_S = 2.0
BUCKET = "a-flat-bucket"
LARGE_KEY = "000-large.bin"
_KEYS = 5_000
_LARGE = 24 * 1024 * 1024
_PARALLEL = 8

DOWN, PAGE, HOME = b"\x1b[B", b"\x1b[6~", b"\x1b[H"
ESC, ENTER, PALETTE = b"\x1b", b"\r", b"\x10"

_DATA_TABLE = f"""
from textual.app import App
from textual.widgets import DataTable, Footer, Header

class Stock(App):
    def compose(self):
        yield Header()
        yield DataTable(cursor_type="row")
        yield Footer()
    def on_mount(self):
        table = self.query_one(DataTable)
        table.add_columns("Name", "Size", "Modified", "Class")
        rows = [(f"2026-09-{{n:05}}.json.gz", "17 B", "2026-09-01 12:00", "STANDARD") for n in range({_KEYS})]
        table.add_rows(rows)

Stock().run()
"""


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    keys: bytes
    budget: int | None = None
    """Bytes, for s3tui."""
    before: bytes = b""
    """Keys that are not measured."""
    lasts_s: float = 0.0
    """Count for so long, in place of until nothing comes."""


def moves(home: bytes = b"\x1b[H", end: bytes = b"\x1b[F") -> tuple[Step, ...]:
    """Return the steps of the cursor; `home` and `end` are the keys to the first and the last row."""
    return (
        Step("cursor key", DOWN, 1_500, before=home + DOWN),
        Step("cursor key at the scrolling edge", DOWN, 2_500, before=home + PAGE),
        Step("page", PAGE, 4_000),
        Step("last row", end, before=home),
        Step("first row", home, before=end),
    )


IDLE = Step("idle, a second", b"", 0, lasts_s=1.0)
PALETTE_STEPS = (
    Step("palette, opens", PALETTE, 12_000, before=ESC),
    Step("palette, closes", ESC, 12_000, before=PALETTE),
)
OURS = (
    *moves(),
    Step("cursor key, from a preview of bytes", DOWN, before=HOME),
    Step("help, opens", b"?", 8_000, before=ESC),
    Step("help, closes", ESC, 8_000, before=b"?"),
    Step("question (D), opens", b"D", 8_000, before=ESC),
    Step("question (D), closes", ESC, 8_000, before=b"D"),
    Step("filter (/), opens", b"/", 3_000, before=ESC),
    Step("filter (/), closes", ESC, 8_000, before=b"/"),
    Step("queue (t), opens", b"t"),
    Step("queue (t), closes", b"t"),
    *PALETTE_STEPS,
    IDLE,
)
_ON_A_SLOW_LINE = ("s3tui", "stock DataTable")
"""Also held down on a line of 100 ms each way, 125 kB/s and 16 KiB in front."""
_DOWNLOAD = HOME + b"d"


@dataclass(frozen=True, slots=True)
class Browser:
    name: str
    command: Sequence[str]
    arrive: Callable[[PseudoTerminal], None]
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class Cost:
    written: int
    painted: int


def browsers(url: str, options: Sequence[str]) -> list[Browser]:
    ours = (sys.executable, "-m", "s3tui", *options)
    ranger = ("s3ranger", "--endpoint-url", url, "--region-name", "us-east-1", "--enable-pagination")
    return [
        Browser("s3tui", (*ours, f"s3://{BUCKET}/"), _in_bucket, OURS),
        Browser("s3tui, buckets", ours, _in_list, (Step("cursor key", DOWN, 1_500), IDLE)),
        Browser("s3tui, a transfer", (*ours, f"s3://{BUCKET}/"), _in_queue, (
            Step("queue progress, a second", b"", 2_000, lasts_s=1.0),)),
        Browser("stock DataTable", (sys.executable, "-c", _DATA_TABLE), _at_table, (
            *moves(b"\x1b[1;5H", b"\x1b[1;5F"), *PALETTE_STEPS, IDLE)),
        Browser("s3ranger", ranger, _by_enter, (*moves(), IDLE)),
    ]  # fmt: skip


def _in_bucket(terminal: PseudoTerminal) -> None:
    terminal.wait_for("00009.json.gz")
    terminal.settle(1.5)


def _in_list(terminal: PseudoTerminal) -> None:
    terminal.wait_for(BUCKET)
    terminal.settle(1.5)


def _in_queue(terminal: PseudoTerminal) -> None:
    _in_bucket(terminal)
    terminal.send(_DOWNLOAD)
    terminal.wait_for("Download")
    terminal.settle()
    terminal.send(ENTER)
    terminal.wait_for("queue")
    terminal.send(b"t")
    terminal.wait_for("kB/s")
    _count_for(terminal, 3.0)


def _at_table(terminal: PseudoTerminal) -> None:
    terminal.wait_for("00009.json.gz", timeout_s=60)
    terminal.settle(1.5)


def _by_enter(terminal: PseudoTerminal) -> None:
    terminal.wait_for(BUCKET, timeout_s=60)
    terminal.settle(1.5)
    terminal.send(ENTER)
    terminal.wait_for("json.gz", timeout_s=60)
    terminal.settle(1.5)


def measure(browser: Browser, environment: dict[str, str], repeat: int) -> dict[str, list[Cost]]:
    with run_on_pty(browser.command, environment, folder=environment["HOME"]) as terminal:
        browser.arrive(terminal)
        return {step.name: [_cost(terminal, step) for _ in range(repeat)] for step in browser.steps}


def seconds_behind(browser: Browser, environment: dict[str, str], key: bytes, count: int) -> float:
    """Hold a key on a slow line; return the seconds from its end until the screen changes no more."""
    with run_on_pty(browser.command, environment, folder=environment["HOME"], line=slow_line) as terminal:
        browser.arrive(terminal)
        for _ in range(count):
            terminal.send(key)
            _count_for(terminal, _REPEAT_S)
        released = changed = time.monotonic()
        before = terminal.text()
        while time.monotonic() < changed + _STILL_S:
            if terminal.read(0.02) and (text := terminal.text()) != before:
                before, changed = text, time.monotonic()
        return changed - released


def _cost(terminal: PseudoTerminal, step: Step) -> Cost:
    if step.before:
        terminal.send(step.before)
        terminal.settle()
    written, painted = terminal.written, terminal.painted
    if step.keys:
        terminal.send(step.keys)
    if step.lasts_s:
        _count_for(terminal, step.lasts_s)
    else:
        terminal.settle()
    return Cost(terminal.written - written, terminal.painted - painted)


def _count_for(terminal: PseudoTerminal, seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        terminal.read(left)


@contextmanager
def filled_server() -> Iterator[DemoServer]:
    """The demo's server, with a flat bucket of 5 000 keys besides its own."""
    server = DemoServer()
    server.start()
    try:
        asyncio.run(_fill(server))
        yield server
    finally:
        server.stop()


async def _fill(server: DemoServer) -> None:
    async with S3Client(server.endpoint, server.root) as s3:
        await sample_data.seed_first(s3)
        await s3.create_bucket(BUCKET)
        await s3.put_object(BUCKET, LARGE_KEY, bytes(_LARGE))
        left = iter(range(_KEYS))

        async def put() -> None:
            for number in left:
                await s3.put_object(BUCKET, f"2026-09-{number:05}.json.gz", b"x" * 17)

        async with asyncio.TaskGroup() as group:
            for _ in range(_PARALLEL):
                group.create_task(put())


def environment_of(server: DemoServer, home: Path) -> dict[str, str]:
    """Return the environment of a program that browses `server`, with its own home and a slow download."""
    config = home / ".config/s3tui/config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text('[transfer]\nrate = "200 kB/s"\n')
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "AWS_ACCESS_KEY_ID": server.user.access_key,
        "AWS_SECRET_ACCESS_KEY": server.user.secret_key.reveal(),
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": server.endpoint.url,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.output", description=__doc__)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--only", nargs="+")
    parser.add_argument(
        "--options", nargs="+", default=[], help="options of s3tui: no-diff", metavar="OPTION"
    )
    asked = parser.parse_args()
    options = [f"--{option}" for option in asked.options]
    print(f"{'':24}{'':34}{'bytes':>9}{'cells':>8}{'budget':>9}")
    with filled_server() as server:
        for browser in browsers(server.endpoint.url, options):
            if (asked.only and browser.name not in asked.only) or not shutil.which(browser.command[0]):
                continue
            with tempfile.TemporaryDirectory(prefix="s3tui-bench-") as home:
                costs = measure(browser, environment_of(server, Path(home)), asked.repeat)
            for step in browser.steps:
                written = statistics.median(cost.written for cost in costs[step.name])
                painted = statistics.median(cost.painted for cost in costs[step.name])
                is_ours = browser.name.startswith("s3tui") and step.budget is not None
                budget = f"{step.budget:9,}" + " over" * (written > (step.budget or 0)) if is_ours else ""
                print(f"{browser.name:24}{step.name:34}{written:9,.0f}{painted:8,.0f}{budget}", flush=True)
            if browser.name in _ON_A_SLOW_LINE:
                for name, key, count in (("300 × cursor key", DOWN, 300), ("30 × page", PAGE, 30)):
                    with tempfile.TemporaryDirectory(prefix="s3tui-bench-") as home:
                        behind = seconds_behind(browser, environment_of(server, Path(home)), key, count)
                    print(f"{browser.name:24}{name}, on a slow line: the screen rests after {behind:.2f} s")


if __name__ == "__main__":
    main()

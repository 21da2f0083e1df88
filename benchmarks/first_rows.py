"""How soon a terminal browser shows the first rows of a million keys: each in tmux, told by the same keys.

    python -m benchmarks.first_rows [--rounds 3] [--patience 60] [--only NAME …]

Every program is started, brought to the bucket, and the clock runs from the Enter on its one prefix until the
first key of it can be read on the screen (looked at every 5 ms). The server answers a page of 1 000 after
20 ms. s3ranger and awss3tui (whose command is `s3`) are measured where they are on the PATH.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.listing.__main__ import server
from benchmarks.listing.server import SHOWN_BUCKET, rendered

PREFIX = "data/"


@dataclass(frozen=True, slots=True)
class Browser:
    name: str
    command: Sequence[str]
    to_bucket: Sequence[str] = ()
    """Keys that bring the cursor onto the bucket, when the list of buckets is there."""
    to_prefix: Sequence[str] = ()


def browsers(url: str) -> list[Browser]:
    ranger = ("s3ranger", "--endpoint-url", url, "--region-name", "us-east-1")
    return [
        Browser("s3tui", (sys.executable, "-m", "s3tui", "--endpoint-url", url)),
        Browser("s3ranger", (*ranger, "--enable-pagination")),
        Browser("s3ranger, all at once", (*ranger, "--disable-pagination")),
        Browser("awss3tui", ("s3",)),
    ]


class Terminal:
    """A program in a tmux of its own."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], home: Path) -> None:
        self._tmux = ("tmux", "-u", "-S", str(home / "tmux"), "-f", "/dev/null")
        variables = [f"{name}={value}" for name, value in environment.items()]
        subprocess.run(
            [*self._tmux, "new-session", "-d", "-x", "120", "-y", "40", "env", *variables, *command],
            check=True,
        )

    def press(self, *keys: str) -> None:
        for key in keys:
            subprocess.run([*self._tmux, "send-keys", key], check=True)
            time.sleep(0.3)

    def wait_for(self, text: str, patience_s: float) -> float | None:
        """Return the seconds until `text` is on the screen; `None`, when it does not come."""
        start = time.perf_counter()
        while time.perf_counter() - start < patience_s:
            if text in self.screen():
                return time.perf_counter() - start
            time.sleep(0.005)
        return None

    def screen(self) -> str:
        return subprocess.run(
            [*self._tmux, "capture-pane", "-p"], capture_output=True, text=True, check=False
        ).stdout

    def end(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)


def measure(browser: Browser, url: str, first_name: str, patience_s: float) -> float | None:
    home = Path(tempfile.mkdtemp(prefix="s3tui-bench-"))
    environment = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "TERM": "screen-256color",
        "LANG": "C.UTF-8",
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": url,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    terminal = Terminal(browser.command, environment, home)
    try:
        for text, keys in ((SHOWN_BUCKET, browser.to_bucket), ("data", browser.to_prefix)):
            if terminal.wait_for(text, 30) is None:
                raise SystemExit(f"{browser.name} never showed {text}:\n{terminal.screen()}")
            time.sleep(1)
            terminal.press(*keys)
            if text == SHOWN_BUCKET:
                terminal.press("Enter")
        start = time.perf_counter()
        subprocess.run([*terminal._tmux, "send-keys", "Enter"], check=True)
        if terminal.wait_for(first_name, patience_s) is None:
            return None
        return time.perf_counter() - start
    finally:
        terminal.end()
        shutil.rmtree(home, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_rows", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--patience", type=float, default=60, metavar="S")
    parser.add_argument("--only", nargs="+")
    asked = parser.parse_args()
    space = rendered("flat", 1_000_000)
    first_name = space.keys[0].removeprefix(PREFIX)
    with server() as url:
        urllib.request.urlopen(
            f"{url}/{SHOWN_BUCKET}?list-type=2&delimiter=/"
        ).read()  # has it render the keys
        for browser in browsers(url):
            if (asked.only and browser.name not in asked.only) or shutil.which(browser.command[0]) is None:
                continue
            took = [measure(browser, url, first_name, asked.patience) for _ in range(asked.rounds)]
            shown = [seconds for seconds in took if seconds is not None]
            said = f"{statistics.median(shown) * 1000:,.0f} ms" if shown else "–"
            missed = len(took) - len(shown)
            print(
                f"{browser.name:<28}{said:>12}"
                + f"   {missed} × nothing in {asked.patience:.0f} s" * (missed > 0),
                flush=True,
            )


if __name__ == "__main__":
    main()

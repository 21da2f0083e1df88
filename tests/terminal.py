"""A real terminal for tests: a program in tmux, its keys and its screen."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.patience import PATIENCE_S


class Terminal:
    """One program in one tmux window of its own server; `run_in_terminal` makes it."""

    def __init__(self, folder: Path) -> None:
        self._tmux = ["tmux", "-u", "-S", str(folder / "tmux.socket"), "-f", os.devnull]
        self._status = folder / "exit-status"

    def start(self, command: Sequence[str], environment: Mapping[str, str], width: int, height: int) -> None:
        settings = [f"{name}={value}" for name, value in environment.items()]
        # The shell notes the status: tmux does not always learn of it.
        note = ["sh", "-c", '"$@"; echo $? > ' + shlex.quote(str(self._status)), "sh"]
        line = shlex.join([*note, "env", "-i", *settings, *command])
        # The window stays when the program has ended, so that its last words can be read.
        self._run(
            "new-session", "-d", "-x", str(width), "-y", str(height), line, ";", "set", "remain-on-exit", "on"
        )

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names: `Enter`, `C-l`, `M-Left`, `d`."""
        self._run("send-keys", *keys)

    def type(self, text: str) -> None:
        self._run("send-keys", "-l", text)

    def screen(self) -> str:
        return self._run("capture-pane", "-p")

    def modes(self) -> dict[str, int]:
        """Return whether the other screen is on, the mouse is asked for, and the cursor is shown."""
        names = ("alternate_on", "mouse_any_flag", "cursor_flag")
        said = self._run("display", "-p", " ".join(f"#{{{name}}}" for name in names))
        return dict(zip(names, map(int, said.split()), strict=True))

    def wait_for(self, *texts: str, timeout_s: float = PATIENCE_S) -> str:
        """Return the screen once all `texts` are on it.

        Raises: AssertionError, with the screen as it is when time is up.
        """
        return self.wait_until(
            lambda screen: all(text in screen for text in texts), " and ".join(texts), timeout_s
        )

    def wait_until(self, holds: Callable[[str], bool], what: str, timeout_s: float = PATIENCE_S) -> str:
        end = time.monotonic() + timeout_s
        while not holds(screen := self.screen()):
            assert time.monotonic() < end, f"after {timeout_s:g} s still not: {what}\n{screen}"
            time.sleep(0.05)
        return screen

    def exit_status(self, timeout_s: float = PATIENCE_S) -> int:
        """Wait for the program to end, and return its exit status."""
        self.wait_until(
            lambda _: self._status.exists() and bool(self._status.read_text()), "it ended", timeout_s
        )
        return int(self._status.read_text())

    def close(self) -> None:
        self._run("kill-server")

    def _run(self, *arguments: str) -> str:
        return subprocess.run(
            [*self._tmux, *arguments], check=True, capture_output=True, text=True, timeout=PATIENCE_S
        ).stdout


@contextmanager
def run_in_terminal(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    width: int = 100,
    height: int = 30,
) -> Iterator[Terminal]:
    """Run `command` in a terminal with nothing in its environment but what is given."""
    terminal = Terminal(folder)
    terminal.start(command, environment, width, height)
    try:
        yield terminal
    finally:
        terminal.close()

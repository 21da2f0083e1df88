"""A pseudo-terminal for tests and benchmarks: a program, each byte that it writes, and its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

import pyte
from rich.cells import cell_len

from tests.patience import PATIENCE_S

QUIET_S = 0.4
"""A program that writes nothing for so long has painted what it had to."""


class CountingScreen(pyte.Screen):
    """A screen that counts the cells that were painted."""

    painted = 0

    def draw(self, data: str) -> None:
        self.painted += cell_len(data)
        super().draw(data)


class PseudoTerminal:
    """One program on a pseudo-terminal; `run_on_pty` makes it."""

    def __init__(
        self, terminal: int, line: int, process: subprocess.Popen[bytes], width: int, height: int
    ) -> None:
        """`line` is what is read and written: the terminal itself, or what leads to it."""
        self._terminal, self._line, self.process = terminal, line, process
        self._screen = CountingScreen(width, height)
        self._stream = pyte.ByteStream(self._screen)
        self.written = 0
        """Bytes that the program wrote."""
        self.log = bytearray()
        """The latest of them: `log.clear()` forgets them."""
        self.lag_s = 0.0
        """Time that a key took to be answered, where a test measured it: long on a loaded machine."""

    @property
    def painted(self) -> int:
        return self._screen.painted

    def send(self, keys: bytes) -> None:
        os.write(self._line, keys)

    def resize(self, width: int, height: int) -> None:
        self._screen.resize(height, width)
        termios.tcsetwinsize(self._terminal, (height, width))

    def garble(self) -> None:
        """Write on the screen as another program would, without this one's knowledge."""
        self._stream.feed(b"\x1b7\x1b[5;5H\x1b[31mBroadcast message\x1b[20;9Hfrom root\x1b[m\x1b8")

    def read(self, timeout_s: float) -> bool:
        """Take what comes within a time; tell whether anything did."""
        if not select.select([self._line], [], [], max(0.0, timeout_s))[0]:
            return False
        try:
            data = os.read(self._line, 65_536)
        except OSError:  # Linux says so when the other side is gone
            data = b""
        self.written += len(data)
        self.log += data
        self._stream.feed(data)
        return bool(data)

    def settle(self, quiet_s: float = QUIET_S) -> None:
        """Read until nothing comes any more: for `quiet_s`, and for longer from a program that is slow."""
        while self.read(self.quiet_s(quiet_s)):
            pass

    def quiet_s(self, at_least_s: float = QUIET_S) -> float:
        """Return for how long a program that has nothing to paint is quiet."""
        return max(at_least_s, 8 * self.lag_s)

    def wait_for(self, *texts: str, timeout_s: float = PATIENCE_S) -> None:
        """Read until all `texts` are on the screen.

        Raises: AssertionError, with the screen as it is when time is up.
        """
        self.wait_until(
            lambda: all(text in self.text() for text in texts), " and ".join(texts), timeout_s=timeout_s
        )

    def wait_until(self, holds: Callable[[], bool], what: str, *, timeout_s: float = PATIENCE_S) -> None:
        end = time.monotonic() + timeout_s
        while not holds():
            assert time.monotonic() < end, f"after {timeout_s:g} s still not: {what}\n{self.text()}"
            self.read(min(0.1, end - time.monotonic()))

    def text(self) -> str:
        return "\n".join(self._screen.display)

    def cells(self) -> list[list[tuple[object, ...]]]:
        """Return the characters with their look, row by row; of blanks, only what is seen of them."""
        rows = self._screen.buffer
        return [[_seen(rows[y][x]) for x in range(self._screen.columns)] for y in range(self._screen.lines)]


def _seen(cell: pyte.screens.Char) -> tuple[object, ...]:
    if cell.data == " " and not (cell.underscore or cell.strikethrough or cell.reverse):
        return " ", cell.bg
    return tuple(cell)


@contextmanager
def run_on_pty(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    folder: str | Path | None = None,
    width: int = 140,
    height: int = 40,
    line: Callable[[int], AbstractContextManager[int]] = nullcontext,
) -> Iterator[PseudoTerminal]:
    """Run `command` on a terminal with nothing in its environment but what is given; `line` leads to it."""
    terminal, program_side = pty.openpty()
    termios.tcsetwinsize(program_side, (height, width))
    try:
        process = subprocess.Popen(
            command,
            stdin=program_side,
            stdout=program_side,
            stderr=program_side,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
            # Its terminal, so that it hears of another size.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
    finally:
        os.close(program_side)
    try:
        with line(terminal) as there:
            yield PseudoTerminal(terminal, there, process, width, height)
    finally:
        _end(process, terminal)
        os.close(terminal)


def _end(process: subprocess.Popen[bytes], terminal: int) -> None:
    """End the program as a closed terminal would, and read what it still writes, which would block it."""
    process.send_signal(signal.SIGTERM)
    until = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < until:
        if select.select([terminal], [], [], 0.1)[0]:
            with suppress(OSError):
                os.read(terminal, 65_536)
    if process.poll() is None:
        process.kill()
    process.wait()

"""Programs in the place of the app: they have the terminal until they end, and its keys that send signals.

^C and ^Z are the program's: of ^C the app takes no notice, and with ^Z it stops as the program does. What the
program leaves behind, modes of the terminal or a failure to start, is put right before the app goes on.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from textual.app import App

_IGNORED = (signal.SIGINT, signal.SIGQUIT)


def run_in_foreground(app: App[object], command: Sequence[str]) -> int:
    """Run a program in the place of the app until it ends; return its exit status.

    Raises: SuspendNotSupported; OSError, where it cannot be started.
    """
    failure: OSError | None = None
    status = 0
    with app.suspend(), _signals_for_program(), _modes_kept():
        try:
            status = subprocess.run(command, check=False).returncode
        except OSError as error:  # one that passed through `suspend` would leave the terminal as it is
            failure = error
    if failure is not None:
        raise failure
    return status


@contextmanager
def _signals_for_program() -> Iterator[None]:
    """Leave the signals of keys to the program: handlers, as a program inherits what is ignored."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _take_no_notice) for number in _IGNORED}
    before[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _take_no_notice(number: int, frame: object) -> None:
    """Handle a signal of a key: the program has it, too."""


@contextmanager
def _modes_kept() -> Iterator[None]:
    """Put back the modes of the terminal, which a program that crashed leaves as it needed them."""
    fd = next((each for each in _terminals() if os.isatty(each)), None)
    if fd is None:
        yield
        return
    modes = termios.tcgetattr(fd)
    try:
        yield
    finally:
        with suppress(termios.error):  # it was closed
            termios.tcsetattr(fd, termios.TCSADRAIN, modes)


def _terminals() -> Iterator[int]:
    for stream in (sys.__stdin__, sys.__stderr__):
        with suppress(AttributeError, OSError, ValueError):
            assert stream is not None
            yield stream.fileno()

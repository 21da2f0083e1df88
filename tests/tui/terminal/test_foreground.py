"""A program in the place of the app has the terminal and its keys, and gives back a terminal that works."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_SCRIPT = """\
import signal, sys, termios
from contextlib import contextmanager
from s3tui.tui.terminal.foreground import run_in_foreground

class Suspended:
    @contextmanager
    def suspend(self):  # as Textual has it: what is raised inside leaves the terminal to the program
        yield
        print("resumed", flush=True)

signal.signal(signal.SIGINT, lambda *_: print("interrupted", flush=True))
signal.signal(signal.SIGTSTP, lambda *_: print("stop is handled", flush=True))
try:
    print(run_in_foreground(Suspended(), sys.argv[1:]), flush=True)
except OSError as error:
    print(type(error).__name__, flush=True)
print(termios.tcgetattr(0)[3] & termios.ECHO != 0 if sys.stdin.isatty() else "", flush=True)
"""


def begin(*command: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
    """Begin a program with a process group of its own, as a shell does."""
    return subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, *command],
        stdin=stdin,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    )


def said(process: subprocess.Popen[str]) -> list[str]:
    with process:
        assert process.stdout is not None
        return process.stdout.read().split()


def test_a_program_that_cannot_be_started_leaves_no_terminal_behind(tmp_path: Path) -> None:
    nothing = tmp_path / "editor"
    nothing.write_text("no program")
    nothing.chmod(0o755)
    assert said(begin(str(nothing))) == ["resumed", "OSError"]


def test_an_interrupt_is_the_program_s_alone() -> None:
    assert said(begin("sh", "-c", "trap 'exit 7' INT; kill -INT 0; sleep 9")) == ["resumed", "7"]


def test_what_a_program_is_sent_ends_it() -> None:
    """A shell has no trap for what it was told to ignore."""
    assert said(begin("sh", "-c", "kill -INT $$; sleep 9")) == ["resumed", "-2"]


def test_a_program_that_stops_its_group_stops_the_app_too() -> None:
    process = begin("sh", "-c", "kill -TSTP 0; echo on")
    try:
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
    finally:
        os.killpg(process.pid, signal.SIGCONT)
    assert said(process) == ["on", "resumed", "0"]


@contextmanager
def pseudo_terminal() -> Iterator[int]:
    ours, theirs = os.openpty()
    try:
        yield theirs
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize("ends", ["exit 0", "kill -9 $$"])
def test_modes_that_a_program_leaves_behind_are_put_back(ends: str) -> None:
    with pseudo_terminal() as terminal:
        assert said(begin("sh", "-c", f"stty raw -echo; {ends}", stdin=terminal))[-1] == "True"

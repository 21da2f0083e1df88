"""The terminal that this process belongs to, whatever became of its standard streams; without Textual."""

from __future__ import annotations

import os
import sys
import termios

TTY = "/dev/tty"


def has_terminal() -> bool:
    """Say whether there is a terminal for keys and for what is painted."""
    if sys.stdin.isatty() and sys.stderr.isatty():
        return True
    try:
        os.close(os.open(TTY, os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def forget_typed() -> None:
    """Throw away what was typed while the app ended: the shell is not to run it."""
    try:
        tty = os.open(TTY, os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return
    try:
        termios.tcflush(tty, termios.TCIFLUSH)
    except termios.error:
        return
    finally:
        os.close(tty)

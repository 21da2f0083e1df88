"""The controlling terminal of this process, whatever its standard streams are; without Textual."""

from __future__ import annotations

import os
import sys
import termios

TTY = "/dev/tty"


def has_terminal() -> bool:
    """Return whether there is a terminal for keys and for the screen."""
    if sys.stdin.isatty() and sys.stderr.isatty():
        return True
    try:
        os.close(os.open(TTY, os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def forget_typed() -> None:
    """Discard keys typed while the app ended: the shell is not to run them."""
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

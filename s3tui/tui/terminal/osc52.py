"""Copying to the terminal's clipboard by OSC 52, also through tmux and GNU screen.

Source: *Operating System Commands* of xterm's control sequences; tmux(1), `set-clipboard`.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from base64 import b64encode
from collections.abc import Mapping

from s3tui.tui.terminal.passthrough import for_screen, for_tmux

_NO_CLIPBOARD = {"linux": "the console of Linux", "Apple_Terminal": "Apple's Terminal"}


def sequences(text: str, *, in_tmux: bool, in_screen: bool = False) -> str:
    """Return the control sequences that ask the terminal to copy `text` to its clipboard.

    tmux handles the plain sequence if `set-clipboard` is on, and passes the wrapped one to the outer terminal
    if `allow-passthrough` is; it does not report failure. GNU screen passes the wrapped one on.
    """
    plain = f"\x1b]52;c;{b64encode(text.encode('utf-8', 'surrogateescape')).decode()}\a"
    if in_tmux:
        return plain + for_tmux(plain)
    return for_screen(plain) if in_screen else plain


def obstacle(environment: Mapping[str, str]) -> str | None:
    """Return the reason why the terminal cannot have copied, or `None` if it can. May ask tmux."""
    if "TMUX" in environment:
        if _tmux_option("-sv", "set-clipboard") == "on":
            return None
        if _tmux_option("-gv", "allow-passthrough") in ("on", "all"):
            return None
        return "tmux keeps it from the terminal until you run: tmux set -s set-clipboard on"
    for name in (environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")):
        if name in _NO_CLIPBOARD:
            return f"{_NO_CLIPBOARD[name]} takes nothing from programs"
    return None


async def find_obstacle() -> str | None:
    """Return the obstacle of the terminal that this process runs in, without blocking the loop."""
    return await asyncio.to_thread(obstacle, os.environ)


def _tmux_option(scope: str, name: str) -> str:
    command = ["tmux", "show-options", scope, name]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=2).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return "on"  # not known: assume that it is

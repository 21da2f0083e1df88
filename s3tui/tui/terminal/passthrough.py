"""Passthrough of control sequences by terminal multiplexers to the terminal outside.

Source: tmux(1), `allow-passthrough`; screen(1), *Control Sequences*: DCS passes a string on.
"""

from __future__ import annotations

_SCREEN_TAKES = 240
"""Maximum length of one string in bytes; GNU screen drops longer ones."""
_UTF8 = 4
"""The most bytes of a character."""


def for_tmux(sequence: str) -> str:
    """Wrap a sequence for tmux, which passes it on if `allow-passthrough` is on, and does not report it."""
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"


def for_screen(sequence: str) -> str:
    """Wrap a sequence for GNU screen, in strings that it takes."""
    most = _SCREEN_TAKES if sequence.isascii() else _SCREEN_TAKES // _UTF8
    parts = [sequence[at : at + most] for at in range(0, len(sequence), most)]
    return "".join(f"\x1bP{part}\x1b\\" for part in parts)

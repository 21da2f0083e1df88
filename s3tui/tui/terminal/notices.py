"""Desktop notices by the terminal (OSC 9 and OSC 777), and its title (OSC 2).

Source: *Operating System Commands* of xterm's control sequences, with the stack of titles; iTerm2's
*Proprietary Escape Codes* for OSC 9; rxvt-unicode's `notify` extension for OSC 777.
"""

from __future__ import annotations

from collections.abc import Mapping

from s3tui.format import printable
from s3tui.settings import NoticeProtocol
from s3tui.tui.terminal.passthrough import for_screen, for_tmux

TITLE = "s3tui"
KEEP_TITLE, RESTORE_TITLE = "\x1b[22;2t", "\x1b[23;2t"
"""Put the window's title on the terminal's stack, and take it from there."""
_MOST_CHARACTERS = 160
_KNOWS_777 = ("rxvt", "foot")


def notice(text: str, protocol: NoticeProtocol, environment: Mapping[str, str]) -> str:
    """Return the control sequence that has the terminal show `text` outside of its window; maybe nothing.

    A terminal that knows neither ignores them. Some know both, and would show two notices.
    """
    if protocol is NoticeProtocol.AUTO:
        protocol = _known(environment)
    body = _plain(text)
    match protocol:
        case NoticeProtocol.OSC_777:
            sequence = f"\x1b]777;notify;{TITLE};{body}\a"
        case NoticeProtocol.OSC_9:
            # Text that begins with a number and a semicolon would be another command.
            sequence = f"\x1b]9;{TITLE}: {body}\a"
        case _:
            return ""
    if "TMUX" in environment:
        return for_tmux(sequence)
    return for_screen(sequence) if "STY" in environment else sequence


def window_title(text: str) -> str:
    """Return the control sequence that sets the window's title; tmux and screen have one of their own."""
    return f"\x1b]2;{_plain(text)}\a"


def _known(environment: Mapping[str, str]) -> NoticeProtocol:
    """Guess what the terminal knows; the console of Linux would print both."""
    terminal = environment.get("TERM", "")
    if terminal == "linux":
        return NoticeProtocol.OFF
    is_777 = "VTE_VERSION" in environment or terminal.startswith(_KNOWS_777)
    return NoticeProtocol.OSC_777 if is_777 else NoticeProtocol.OSC_9


def _plain(text: str) -> str:
    """Return one short line without control characters, and without what parts the fields of OSC 777."""
    line = printable(" ".join(text.split())).replace(";", ",")
    return line if len(line) <= _MOST_CHARACTERS else f"{line[: _MOST_CHARACTERS - 1]}…"

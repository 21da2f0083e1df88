"""The terminal's clipboard: OSC 52, also through tmux. Pure.

Source: *Operating System Commands* of xterm's control sequences; tmux(1), `allow-passthrough`.
"""

from __future__ import annotations

from base64 import b64encode


def sequences(text: str, *, in_tmux: bool) -> str:
    """Return what asks a terminal to take `text` into its clipboard.

    tmux takes the plain request when its `set-clipboard` is on, and hands the wrapped one to the terminal
    around it when `allow-passthrough` is; neither says when it did not.
    """
    plain = f"\x1b]52;c;{b64encode(text.encode('utf-8', 'surrogateescape')).decode()}\a"
    if not in_tmux:
        return plain
    return plain + "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\"

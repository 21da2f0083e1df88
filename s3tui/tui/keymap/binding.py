"""Key bindings: their constructor, their groups in the help screen, and signs of keys."""

from __future__ import annotations

from textual.binding import Binding

MOVE = Binding.Group("Move")
OPEN = Binding.Group("Open")
SELECT = Binding.Group("Select")
TRANSFER = Binding.Group("Transfer")
CHANGE = Binding.Group("Change")
FIND = Binding.Group("Find")
APP = Binding.Group("s3tui")

GROUPS = (OPEN, SELECT, TRANSFER, CHANGE, FIND, MOVE, APP)
"""Groups of bindings, in the order of the help screen."""

DISPLAY = {
    "enter": "↵",
    "space": "␣",
    "backspace": "⌫",
    "escape": "esc",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "delete": "del",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "tab": "⇥",
    "equals_sign": "=",
    "alt+left": "alt ←",
    "alt+up": "alt ↑",
    "shift+up": "shift ↑",
    "shift+down": "shift ↓",
    "alt+right": "alt →",
    **{f"f{number}": f"F{number}" for number in range(1, 13)},
}


def key(
    id: str,
    keys: str,
    action: str,
    description: str,
    group: Binding.Group,
    tooltip: str = "",
    *,
    show: bool = True,
    priority: bool = False,
) -> Binding:
    """Return a binding.

    Args:
        id: under which config.toml can give it other keys; unique.
        keys: by comma, as Textual names them.
        description: a word or two.
        tooltip: what it does, in half a line.
        show: whether the key bar has it.
        priority: whether it comes before what has the focus.
    """
    return Binding(
        keys, action, description, show=show, tooltip=tooltip, id=id, group=group, priority=priority
    )

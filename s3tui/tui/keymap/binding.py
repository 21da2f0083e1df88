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


def no_key(id: str) -> str:
    """Return the name of a key that nobody has, for a binding that only the palette and help run."""
    return f"<{id}>"


def is_key(key: str) -> bool:
    """Say whether it can be pressed: not where the binding has no key."""
    return not (key.startswith("<") and len(key) > 1)


def is_sequence(key: str) -> bool:
    """Say whether it stands for two keys, one after the other, as `gg` does."""
    return len(key) == 2 and key.isascii() and key.isprintable() and " " not in key and key not in _NAMES


_NAMES = frozenset({"up", *(f"f{number}" for number in range(1, 10))})
"""Names of single keys that are two letters long."""

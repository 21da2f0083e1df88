"""Names that config.toml may use and that only the app knows: themes, bindings, connections."""

from __future__ import annotations

from collections.abc import Iterator

from textual.theme import BUILTIN_THEMES

from s3tui import paths
from s3tui.config.reader import Names, Problem, check_config
from s3tui.config.template import KeyLine
from s3tui.connect.by_name import known_names
from s3tui.tui.keymap.binding import is_key
from s3tui.tui.keymap.table import all_bindings
from s3tui.tui.themes import THEMES


def theme_names() -> list[str]:
    return sorted([*BUILTIN_THEMES, *(theme.name for theme in THEMES)])


def names() -> Names:
    """Return the names that there are; they are looked up when the file uses one."""
    return {
        "theme": theme_names,
        "keys": lambda: [binding.id or "" for binding in all_bindings()],
        "connection": known_names,
    }


def problems() -> list[Problem]:
    """Return all that is wrong in the user's config.toml. Reads files."""
    return check_config(paths.config_file(), names())


def key_lines() -> Iterator[KeyLine]:
    """Yield each binding once, by screen."""
    seen: set[str] = set()
    for binding in all_bindings():
        id = binding.id or ""
        if id not in seen:
            seen.add(id)
            name = binding.description[:1].upper() + binding.description[1:]
            about = f"{name}: {binding.tooltip}" if binding.tooltip else name
            keys = binding.key if is_key(binding.key) else "none"
            yield KeyLine(id.partition(".")[0], id, keys, about)

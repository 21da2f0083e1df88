"""Writes config.toml out: every option with its default, all keys; what is printed to be kept or changed."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from s3tui.config.options import CONNECTION_OPTIONS, OPTIONS, Option
from s3tui.config.sync_options import SYNC_OPTIONS

_WIDTH = 100
_HEAD = """\
# The settings of s3tui, each with its default: take the # away from a line, and change it.
# `s3tui --check-config` says what is wrong in it.
"""
_KEYS = """
[keys]
# Another key, or several, by the id that ? shows: "objects.delete" = "D,f8".
# `s3tui --keys` prints all of them; "none" takes the keys away, and "gg" is g twice.
# preset = "vim", or "mc", begins with the keys that hands know from there.
"""
_CONNECTIONS = """
# A connection; as many as you like, each with a name of its own.
"""


_SYNCS = """
# A saved sync, for the comparison screen and for `s3tui sync NAME`; as many as you like.
"""


class KeyLine(NamedTuple):
    """A binding, as it is printed."""

    group: str
    id: str
    keys: str
    about: str


def config_text() -> str:
    """Return a whole config.toml in which every option is a comment without a blank behind its `#`."""
    lines = [_HEAD]
    for table, options in groupby(OPTIONS, key=lambda option: option.name.rpartition(".")[0]):
        if table:
            lines.append(f"\n[{table}]\n")
        lines += [line for option in options for line in _commented(option, option.default)]
    lines += [_KEYS, _CONNECTIONS, "#[connections.example]\n"]
    for option in CONNECTION_OPTIONS:
        # A connection needs one of its five kinds of keys; it is the one that needs nothing else.
        lines += _commented(option, True if option.key == "anonymous" else option.default)
    lines += [_SYNCS, "#[syncs.example]\n"]
    examples = {"source": "~/site", "target": "s3://bucket/site/"}
    for option in SYNC_OPTIONS:
        lines += _commented(option, examples.get(option.key, option.default))
    return "".join(lines)


def keys_text(bindings: Iterable[KeyLine]) -> str:
    """Return the table `keys` of config.toml with all bindings."""
    lines = [
        "# Every key of s3tui by its id: copy the lines that you change into config.toml.\n",
        "\n[keys]\n",
    ]
    for group, keys in groupby(bindings, key=lambda line: line.group):
        found = [(f"{_toml(line.id)} = {_toml(line.keys)}", line.about) for line in keys]
        width = max(len(assignment) for assignment, _ in found)
        lines.append(f"\n# {group}\n")
        lines += [f"{assignment:{width}}  # {about}".rstrip(" #") + "\n" for assignment, about in found]
    return "".join(lines)


def _commented(option: Option, value: bool | float | str) -> Iterator[str]:
    yield "\n"
    yield from (f"# {line}\n" for line in textwrap.wrap(option.about, _WIDTH))
    yield f"#{option.key} = {_toml(value)}\n"


def _toml(value: bool | float | str) -> str:
    """Return a value as TOML writes it, which for these is as JSON does."""
    return json.dumps(value, ensure_ascii=False)

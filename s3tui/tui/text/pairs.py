"""Names and values as lines of text, `name=value` each, and back. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""A token, which the name of a header must be (RFC 9110, 5.6.2)."""
_SPLIT = re.compile(r"((?:[^\\=]|\\.)*)=(.*)", re.DOTALL)
_REMOVAL = "-"


def lines_of(pairs: Mapping[str, str]) -> str:
    """Return pairs as lines; an equals sign in a name is escaped by a backslash."""
    return "\n".join(f"{_escaped(name)}={value}" for name, value in pairs.items())


def read_pairs(text: str, what: str, before: Mapping[str, str] | None = None) -> dict[str, str]:
    """Parse lines of `name=value`; spaces around both are dropped, but for lines as they were.

    Args:
        what: the name of the field, for the sentence.
        before: pairs of which unchanged lines keep their spaces.

    Raises: ValueError, with the sentence for the user.
    """
    same = {f"{_escaped(name)}={value}": (name, value) for name, value in (before or {}).items()}
    pairs: dict[str, str] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        name, value = same.get(line) or _pair(line, what)
        if name in pairs:
            raise ValueError(f"In {what}, {name} is there twice.")
        pairs[name] = value
    return pairs


def read_pair_changes(text: str, what: str) -> dict[str, str | None]:
    """Parse lines of `name=value`, which set, and `-name`, which removes.

    Raises: ValueError, with the sentence for the user.
    """
    removed = [line.strip() for line in text.splitlines() if _is_removal(line)]
    rest = "\n".join(line for line in text.splitlines() if not _is_removal(line))
    set_: Mapping[str, str] = read_pairs(rest, what)
    names = [line.removeprefix(_REMOVAL).strip() for line in removed]
    if both := [name for name in names if name in set_]:
        raise ValueError(f"In {what}, {both[0]} is set and removed.")
    return {**set_, **dict.fromkeys(names)}


def check_metadata_names(names: Mapping[str, object]) -> None:
    """Check names of user metadata, which are a part of a header's.

    Raises: ValueError, with the sentence for the user.
    """
    for name in names:
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"{name} cannot be a name in metadata: letters, digits, - and _ can.")


def _is_removal(line: str) -> bool:
    line = line.strip()
    return line.startswith(_REMOVAL) and "=" not in line and len(line) > 1


def _pair(line: str, what: str) -> tuple[str, str]:
    match = _SPLIT.fullmatch(line)
    name = "" if match is None else re.sub(r"\\(.)", r"\1", match[1].strip())
    if match is None or not name:
        raise ValueError(f"In {what}, {line.strip()} is not name=value.")
    return name, match[2].strip()


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace("=", "\\=")

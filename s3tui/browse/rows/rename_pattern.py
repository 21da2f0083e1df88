"""Patterns for many new names: substitutions as `s/old/new/`, templates with counters and dates. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from s3tui.format import zoned

_FIELD = re.compile(r"\{(n|name|ext|date|time)(?::(\d{1,9})(?:\+(\d{1,6}))?)?\}")
_FLAGS = {"i", "g"}
_LONGEST = 200
"""Characters of a substitution: what is longer may take the engine too long."""
_NESTED = re.compile(r"[*+}]\)?[*+{]")


@dataclass(frozen=True, slots=True)
class Named:
    """The last segment of a key, and when the object was written."""

    name: str
    modified: datetime | None = None


def new_names(names: Sequence[Named], pattern: str) -> list[str]:
    """Return what a pattern makes of names, in their order.

    `s/old/new/` replaces the first match of a regular expression, with `g` every one, with `i` in any case.
    Else it is a template: `{n}` counts from 1, `{n:001}` with three digits, `{n:100+10}` from 100 by tens;
    `{name}` is the name without its extension, `{ext}` that with its dot, `{date}` and `{time}` are those of
    the object.

    Raises: ValueError, with the sentence for the user.
    """
    if pattern[:1] == "s" and len(pattern) > 1 and not (pattern[1].isalnum() or pattern[1] in "{ \\"):
        made = _substituted(names, pattern)
    else:
        if not _FIELD.search(pattern):
            raise ValueError("Write s/old/new/, or a template with {n}, {name}, {ext}, {date} or {time}.")
        made = [_filled(named, pattern, number) for number, named in enumerate(names)]
    for named, new in zip(names, made, strict=True):
        if not new.strip("/"):
            raise ValueError(f"{named.name} would have no name.")
    return made


def _substituted(names: Sequence[Named], pattern: str) -> list[str]:
    separator = pattern[1]
    parts = re.split(rf"(?<!\\){re.escape(separator)}", pattern[2:])
    if len(parts) != 3:
        raise ValueError(
            f"A substitution has three {separator} like s{separator}old{separator}new{separator}."
        )
    old, new, flags = (part.replace(f"\\{separator}", separator) for part in parts)
    if not old:
        raise ValueError("What is to be replaced is empty.")
    if not set(flags) <= _FLAGS:
        raise ValueError("Behind the last one stand g, for every match, and i, for any case.")
    if len(old) > _LONGEST or _NESTED.search(old):
        raise ValueError("That expression is too intricate: repeat nothing that is repeated.")
    try:
        expression = re.compile(old, re.IGNORECASE if "i" in flags else 0)
        return [expression.sub(new, named.name, count=0 if "g" in flags else 1) for named in names]
    except (re.error, IndexError, RecursionError, OverflowError) as error:
        raise ValueError(f"The expression is wrong: {error}.") from error


def _filled(named: Named, pattern: str, number: int) -> str:
    stem, dot, extension = named.name.rpartition(".")
    if not stem:
        stem, dot, extension = named.name, "", ""

    def value(field: re.Match[str]) -> str:
        match field[1]:
            case "n":
                start, by = field[2] or "1", int(field[3] or 1)
                return str(int(start) + number * by).zfill(len(start))
            case "name":
                return stem
            case "ext":
                return dot + extension
        if named.modified is None:
            raise ValueError(f"Of {named.name} the listing tells no date.")
        at = zoned(named.modified)
        return f"{at:%Y-%m-%d}" if field[1] == "date" else f"{at:%H-%M-%S}"

    return _FIELD.sub(value, pattern)

"""Keeps columns aligned beside characters whose width terminals disagree on, by cursor positioning.

Some terminals give a combining mark a cell of its own, where others, and our layout, combine it with the
letter before it. Behind such text, or behind each mark if there is no room, the cursor is sent to its column.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from rich.cells import cell_len

# Blocks with combining marks, joining jamo or regional indicators; all else has an undisputed width.
_MAY_BE_DISPUTED = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u1dff\u200b-\u200f\u20d0-\u20ff\u2de0-\u2dff\u302a-\u302f\u3099\u309a"
    "\ua66f-\uabff\ud7b0-\ud7fb\ufb1e\ufe00-\ufe2f\U00010a00-\U00011fff\U00016af0-\U00016fff"
    "\U0001d165-\U0001d1ff\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]"
)
# Cursor positions, links, styles, control characters after which the column is unknown, and text.
_SEGMENTS = re.compile(
    r"\x1b\[(?P<row>\d+);(?P<column>\d+)H|(?P<link>\x1b\].*?(?:\x1b\\|\x07))|(?P<style>\x1b\[[\d;:]*m)"
    r"|(?P<lost>\x1b[^\x1b]?|[\x00-\x1a\x1c-\x1f])|(?P<text>[^\x00-\x1f]+)",
    re.DOTALL,
)

_GROUPS = re.compile("(.+?)( {2,}|$)")
"""Text up to two blanks or more, and the blanks behind it."""


def with_fixed_columns(data: str) -> str:
    """Return terminal output with the cursor repositioned behind each character of disputed width."""
    if _MAY_BE_DISPUTED.search("".join(set(data))) is None:
        return data  # nearly always; the set is small, as few characters differ
    painted: list[str] = []
    column: int | None = None
    for segment in _SEGMENTS.finditer(data):
        text = segment["text"]
        if segment["column"]:
            column = int(segment["column"])
        elif segment["lost"]:
            column = None  # until it is set again
        elif text and column is not None:
            painted.append(_fixed(text, column))
            column += cell_len(text)
            continue
        painted.append(segment[0])
    return "".join(painted)


def may_be_disputed(text: str) -> bool:
    """Tell whether terminals may disagree on the width of some character of `text`."""
    return _MAY_BE_DISPUTED.search(text) is not None


def _fixed(text: str, column: int) -> str:
    """Return `text`, which begins at `column`, with the cursor repositioned behind disputed characters."""
    painted: list[str] = []
    for group in _GROUPS.finditer(text):
        phrase, room = group.groups()
        disputed = sum(map(_is_disputed, phrase)) if _MAY_BE_DISPUTED.search(phrase) else 0
        first = column + cell_len(text[: group.start()])
        if not disputed:
            painted.append(phrase)
        elif disputed <= len(room):
            # However wide they are here, they reach no further than the blanks.
            painted.append(_set(phrase, first, cell_len(group[0])))
            continue
        else:
            painted.extend(_set_each(phrase, first))
        painted.append(room)
    return "".join(painted)


def _set_each(text: str, column: int) -> Iterator[str]:
    for start, end in _clusters(text):
        cluster = text[start:end]
        if end - start == 1 and not _is_disputed(cluster):
            yield cluster
        else:
            first = column + cell_len(text[:start])
            yield _set(cluster, first, column + cell_len(text[:end]) - first)


def _set(text: str, column: int, width: int) -> str:
    """Return `text` painted on cleared cells, as it may fill fewer of them than the layout says."""
    return f"{' ' * width}\x1b[{column}G{text}\x1b[{column + width}G"


def _clusters(text: str) -> list[tuple[int, int]]:
    """Return the start and end of each letter together with its combining marks."""
    starts = [index for index, character in enumerate(text) if not index or not _is_disputed(character)]
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def _is_disputed(character: str) -> bool:
    return (
        _MAY_BE_DISPUTED.match(character) is not None
        and (cell_len(character) == 0 or unicodedata.category(character).startswith("M"))
    ) or "\U0001f1e6" <= character <= "\U0001f1ff"

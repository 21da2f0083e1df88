"""What stands beside characters whose width terminals dispute stands in its column all the same.

Some terminals give a mark its own cell that others, and our layout, set upon the letter before it. Behind
them, or where there is no room behind each of them, the cursor is sent to the column of the layout.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from rich.cells import cell_len

# Of blocks that have marks, jamo that join or regional indicators; what lies outside is never disputed.
_MAY_BE_DISPUTED = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u1dff\u200b-\u200f\u20d0-\u20ff\u2de0-\u2dff\u302a-\u302f\u3099\u309a"
    "\ua66f-\uabff\ud7b0-\ud7fb\ufb1e\ufe00-\ufe2f\U00010a00-\U00011fff\U00016af0-\U00016fff"
    "\U0001d165-\U0001d1ff\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]"
)
# What moves the cursor to a place, what ends a line, what leaves the cursor alone, and text.
_SEGMENTS = re.compile(
    r"\x1b\[(?P<row>\d+);(?P<column>\d+)H|(?P<link>\x1b\].*?(?:\x1b\\|\x07))|(?P<style>\x1b\[[\d;:]*m)"
    r"|(?P<lost>\x1b[^\x1b]?|[\x00-\x1a\x1c-\x1f])|(?P<text>[^\x00-\x1f]+)",
    re.DOTALL,
)

_GROUPS = re.compile("(.+?)( {2,}|$)")
"""Words that stand together, and the blanks behind them."""


def with_fixed_columns(data: str) -> str:
    """Return what is painted with the cursor set anew behind each character of disputed width."""
    if _MAY_BE_DISPUTED.search("".join(set(data))) is None:
        return data  # as nearly always: few of what is painted are different characters
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


def _fixed(text: str, column: int) -> str:
    """Return `text`, which begins at `column`, with the cursor set anew behind what is disputed."""
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
    """Paint `text` on cells that were cleared: it may fill fewer than it has."""
    return f"{' ' * width}\x1b[{column}G{text}\x1b[{column + width}G"


def _clusters(text: str) -> list[tuple[int, int]]:
    """Return where each letter begins and ends, with the marks upon it."""
    starts = [index for index, character in enumerate(text) if not index or not _is_disputed(character)]
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def _is_disputed(character: str) -> bool:
    return (
        _MAY_BE_DISPUTED.match(character) is not None
        and (cell_len(character) == 0 or unicodedata.category(character).startswith("M"))
    ) or "\U0001f1e6" <= character <= "\U0001f1ff"

"""The differences of two lists of lines, as hunks with context; in bounded time, whatever they hold. Pure.

Lines that are in both once only are anchors, in the longest order that both share (patience diff); between
anchors small gaps are compared line by line, and large ones are taken as replaced.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

T = TypeVar("T", bound=Hashable)

_MOST_COMPARED = 400_000
"""Pairs of lines in a gap that are compared with each other."""
_CONTEXT = 3

Block = tuple[int, int, int, int]
"""Lines of the one that become lines of the other: first and end of each."""


def changed_blocks(old: Sequence[T], new: Sequence[T]) -> list[Block]:
    """Return the blocks that differ, in order."""
    first = 0
    most = min(len(old), len(new))
    while first < most and old[first] == new[first]:
        first += 1
    behind = 0
    while behind < most - first and old[-1 - behind] == new[-1 - behind]:
        behind += 1
    end_old, end_new = len(old) - behind, len(new) - behind
    blocks: list[Block] = []
    at_old, at_new = first, first
    for place_old, place_new in [*_anchors(old, new, first, end_old, end_new), (end_old, end_new)]:
        if (at_old, at_new) != (place_old, place_new):
            blocks += _gap(old, new, (at_old, place_old, at_new, place_new))
        at_old, at_new = place_old + 1, place_new + 1
    return blocks


def _anchors(
    old: Sequence[T], new: Sequence[T], first: int, end_old: int, end_new: int
) -> list[tuple[int, int]]:
    in_old, in_new = Counter(old[first:end_old]), Counter(new[first:end_new])
    places = {line: place for place, line in enumerate(new[first:end_new], first) if in_new[line] == 1}
    pairs = [
        (place, places[line])
        for place, line in enumerate(old[first:end_old], first)
        if in_old[line] == 1 and line in places
    ]
    return _increasing(pairs)


def _increasing(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest run of pairs, ordered by the first, in which the second increases, too."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, (_, place) in enumerate(pairs):
        at = bisect_left(tails, place)
        before.append(ends[at - 1] if at else -1)
        if at == len(tails):
            tails.append(place)
            ends.append(index)
        else:
            tails[at], ends[at] = place, index
    found: list[tuple[int, int]] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        found.append(pairs[index])
        index = before[index]
    return found[::-1]


def _gap(old: Sequence[T], new: Sequence[T], block: Block) -> Iterator[Block]:
    first_old, end_old, first_new, end_new = block
    if (end_old - first_old) * (end_new - first_new) > _MOST_COMPARED:
        yield block
        return
    matcher = SequenceMatcher(None, old[first_old:end_old], new[first_new:end_new], autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            yield first_old + a, first_old + b, first_new + c, first_new + d


def unified(
    old: Sequence[str], new: Sequence[str], *, most: int = 20_000, blocks: Sequence[Block] | None = None
) -> list[str]:
    """Return hunks as `diff -u` prints them, without the names; at most so many lines.

    Args:
        blocks: of both, where they are known already.
    """
    lines: list[str] = []
    if blocks is None:
        blocks = changed_blocks(old, new)
    index = 0
    while index < len(blocks) and len(lines) < most:
        last = index
        while last + 1 < len(blocks) and blocks[last + 1][0] - blocks[last][1] <= 2 * _CONTEXT:
            last += 1
        lines += _hunk(old, new, blocks[index : last + 1])
        index = last + 1
    return lines[:most]


def _hunk(old: Sequence[str], new: Sequence[str], blocks: Sequence[Block]) -> Iterator[str]:
    first_old, first_new = max(0, blocks[0][0] - _CONTEXT), max(0, blocks[0][2] - _CONTEXT)
    end_old, end_new = min(len(old), blocks[-1][1] + _CONTEXT), min(len(new), blocks[-1][3] + _CONTEXT)
    yield f"@@ -{_span(first_old, end_old)} +{_span(first_new, end_new)} @@"
    at = first_old
    for a, b, c, d in blocks:
        yield from (f" {line}" for line in old[at:a])
        yield from (f"-{line}" for line in old[a:b])
        yield from (f"+{line}" for line in new[c:d])
        at = b
    yield from (f" {line}" for line in old[at:end_old])


def _span(first: int, end: int) -> str:
    length = end - first
    return f"{first + (length > 0)}" + (f",{length}" if length != 1 else "")

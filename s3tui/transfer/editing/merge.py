"""Three-way merge of two edits of one text, by lines, and their difference. Pure; bytes stay as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from s3tui.line_diff import changed_blocks, unified

MARK = b"<<<<<<< mine\n"
"""Begins the lines of a conflict."""
_MOST_DIFF_LINES = 2000


@dataclass(frozen=True, slots=True)
class Merged:
    """The outcome of a merge: both edits, and how many places had to be marked as conflicts."""

    data: bytes
    conflicts: int


def merge(base: bytes, mine: bytes, theirs: bytes) -> Merged:
    """Return both edits of `base` in one; where both changed the same lines differently, they are marked."""
    lines: list[bytes] = []
    conflicts = 0
    own, other, origin = (data.splitlines(keepends=True) for data in (mine, theirs, base))
    for was, ours, others in _regions(origin, own, other):
        if ours == others or others == was:
            lines += ours
        elif ours == was:
            lines += others
        else:
            conflicts += 1
            lines += [MARK, *_ended(ours), b"=======\n", *_ended(others), b">>>>>>> theirs\n"]
    return Merged(b"".join(lines), conflicts)


def _ended(lines: Sequence[bytes]) -> list[bytes]:
    """Return lines of which the last one ends, too, so that a mark stands on a line of its own."""
    return [*lines[:-1], lines[-1] if lines[-1].endswith(b"\n") else lines[-1] + b"\n"] if lines else []


def _regions(
    base: Sequence[bytes], mine: Sequence[bytes], theirs: Sequence[bytes]
) -> Iterator[tuple[Sequence[bytes], Sequence[bytes], Sequence[bytes]]]:
    """Yield, in turn, what lies between lines that all three have, and these lines."""
    at_base = at_mine = at_theirs = 0
    own, other = _matches(base, mine), _matches(base, theirs)
    for line in range(len(base)):
        if line not in own or line not in other or own[line] < at_mine or other[line] < at_theirs:
            continue
        yield base[at_base:line], mine[at_mine : own[line]], theirs[at_theirs : other[line]]
        yield base[line : line + 1], base[line : line + 1], base[line : line + 1]
        at_base, at_mine, at_theirs = line + 1, own[line] + 1, other[line] + 1
    yield base[at_base:], mine[at_mine:], theirs[at_theirs:]


def _matches(base: Sequence[bytes], other: Sequence[bytes]) -> dict[int, int]:
    """Return for each line of `base` that `other` kept its number there."""
    found: dict[int, int] = {}
    at = to = 0
    for first, end, first_other, end_other in changed_blocks(base, other):
        found.update(zip(range(at, first), range(to, first_other), strict=True))
        at, to = end, end_other
    found.update(zip(range(at, len(base)), range(to, len(other)), strict=True))
    return found


def difference(before: str, after: str, names: tuple[str, str]) -> list[str]:
    """Return the lines of a unified diff, the first ones of a very long one."""
    lines = unified(before.splitlines(), after.splitlines(), most=_MOST_DIFF_LINES + 1)
    if len(lines) > _MOST_DIFF_LINES:
        lines[-1] = "…"
    return [f"--- {names[0]}", f"+++ {names[1]}", *lines] if lines else []

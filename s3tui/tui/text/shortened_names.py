"""Shortens long names to the width of a column, so that they still differ from their neighbours. Pure.

A name is cut to ranges of its characters, with an ellipsis in each gap. Names with a slash keep their end,
other names their beginning and end, as long as that tells them from the rows above and below.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len

ELLIPSIS = "…"
_NARROWEST = 4
"""Cells below which there is no choice of what to keep."""
_SLASH = "/"

Range = tuple[int, int]


def shorten(name: str, width: int, beside: Sequence[str] = ()) -> str:
    """Return `name` in at most `width` cells (one at least), cut where it is like the names `beside` it."""
    return join(name, kept(name, width, beside))


def join(name: str, ranges: Sequence[Range]) -> str:
    """Return the ranges of a name, with an ellipsis for what is left out."""
    parts, end = [], 0
    for start, stop in ranges:
        parts += [ELLIPSIS * (start > end), name[start:stop]]
        end = stop
    return "".join([*parts, ELLIPSIS * (end < len(name))])


def kept(name: str, width: int, beside: Sequence[str] = ()) -> Sequence[Range]:
    """Return the ranges of `name` to show in `width` cells; each gap takes one of them."""
    if cell_len(name) <= width:
        return [(0, len(name))]
    if width < _NARROWEST:
        return [(0, _end(name, 0, width - 1))]
    others = [other for other in beside if other != name]
    ways: list[Callable[[], Sequence[Range]]] = [
        lambda: _tail(name, width, others),
        lambda: _ends(name, width),
    ]
    if _SLASH not in name[:-1] or not others:
        ways.reverse()
    for way in ways:
        if _tells(ranges := way(), name, others):
            return ranges
    return _around_differences(name, width, others)


def shared_folders(name: str, other: str) -> str:
    """Return what both names begin with, up to a slash."""
    return name[: name.rfind(_SLASH, 0, _common(name, other)) + 1]


def _common(name: str, other: str) -> int:
    """Return the number of characters at the beginning that both names have."""
    pairs = enumerate(zip(name, other, strict=False))
    return next((index for index, (one, two) in pairs if one != two), min(len(name), len(other)))


def _first_difference(name: str, other: str) -> int:
    return min(_common(name, other), len(name) - 1)


def _last_difference(name: str, other: str) -> int:
    """Return the last index where the names differ, counted from their ends; -1 if `other` ends in `name`."""
    return len(name) - 1 - _common(name[::-1], other[::-1])


def _tells(ranges: Sequence[Range], name: str, others: Sequence[str]) -> bool:
    """Say whether names cut in the same way differ as they are shown: where they begin or where they end."""
    begins = ranges[0][1] if ranges[0][0] == 0 else 0
    ends = ranges[-1][0] if ranges[-1][1] == len(name) else len(name)
    return all(
        _first_difference(name, other) < begins or _last_difference(name, other) >= ends for other in others
    )


def _tail(name: str, width: int, others: Sequence[str]) -> Sequence[Range]:
    """Return the end of a name; it begins at a slash, if what differs is behind that."""
    start = _start(name, len(name), width - 1)
    needed = min((_last_difference(name, other) for other in others), default=len(name) - 1)
    slash = name.find(_SLASH, start, max(start, needed) + 1)
    return [(start if slash < 0 else slash, len(name))]


def _ends(name: str, width: int) -> Sequence[Range]:
    """Return two thirds from the beginning of a name and one from its end."""
    tail = (width - 1) // 3
    return _ranges((0, _end(name, 0, width - 1 - tail)), (_start(name, len(name), tail), len(name)))


def _around_differences(name: str, width: int, others: Sequence[str]) -> Sequence[Range]:
    """Return what is around the first characters that differ, then of the end what there is room for."""
    differences = [_first_difference(name, other) for other in others]
    near, far = min(differences), max(differences)
    lead = _folder(name, near, width // 2)
    room = width - 1 - (lead > 0)
    between = cell_len(name[lead : far + 1])
    if between <= room:
        tail = min(room // 3, room - between)
        return _ranges((lead, _end(name, lead, room - tail)), (_start(name, len(name), tail), len(name)))
    second = max(_folder(name, far, width // 2), lead)
    half = max((room - 1) // 2, cell_len(name[lead : near + 1]))
    return _ranges((lead, _end(name, lead, half)), (second, _end(name, second, room - 1 - half)))


def _folder(name: str, index: int, most: int) -> int:
    """Return where to begin, to show the character at `index`: at the slash before it, if that is near."""
    slash = max(0, name.rfind(_SLASH, 0, index))
    return slash if cell_len(name[slash:index]) < most else _start(name, index, most // 2)


def _ranges(*ranges: Range) -> Sequence[Range]:
    """Return the ranges that are not empty; those that meet are one."""
    joined: list[Range] = []
    for start, stop in ranges:
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(stop, joined[-1][1])
        elif start < stop:
            joined.append((start, stop))
    return joined


def _end(name: str, start: int, width: int) -> int:
    """Return the end of the longest part from `start` on that fits in `width` cells."""
    end = min(len(name), max(start, start + width))
    while end > start and cell_len(name[start:end]) > width:
        end -= 1
    return end


def _start(name: str, end: int, width: int) -> int:
    """Return the start of the longest part up to `end` that fits in `width` cells."""
    start = max(0, min(end, end - width))
    while start < end and cell_len(name[start:end]) > width:
        start += 1
    return start

"""An animated SVG of a short session: one exported screenshot a step, each visible for its time."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


def animated(frames: Sequence[tuple[str, float]]) -> str:
    """Return one SVG that shows frames one after another, for ever.

    Args:
        frames: SVGs of the same size as Textual exports them, their class names unlike each other's, and
            for how many seconds each is seen.
    """
    match = _SIZE.search(frames[0][0])
    assert match is not None, "a screenshot has a viewBox"
    width, height = match.groups()
    total = sum(seconds for _, seconds in frames)
    styles, groups, begin = [], [], 0.0
    for number, (svg, seconds) in enumerate(frames):
        end = begin + seconds
        styles.append(_keyframes(number, 100 * begin / total, 100 * end / total, total))
        groups.append(f'<g class="frame frame-{number}">{svg}</g>')
        begin = end
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f"<style>.frame {{ visibility: hidden; }}\n{''.join(styles)}</style>{''.join(groups)}</svg>\n"
    )


def _keyframes(number: int, begin: float, end: float, total: float) -> str:
    hidden = "0% { visibility: hidden; } " if begin else ""
    return (
        f"@keyframes show-{number} {{ {hidden}{begin:.3f}% {{ visibility: visible; }} "
        f"{end:.3f}% {{ visibility: hidden; }} 100% {{ visibility: hidden; }} }}\n"
        f".frame-{number} {{ animation: show-{number} {total:g}s step-end infinite; }}\n"
    )

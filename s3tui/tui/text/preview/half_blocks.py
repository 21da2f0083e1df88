"""Pictures as half blocks: two pixels a cell, one above the other. Pure."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from s3tui.preview.preview import Picture

Rgb: TypeAlias = tuple[int, int, int]
_STEP = 8
"""Colours that differ by less are one: a terminal is sent fewer of them."""


def half_blocks(picture: Picture, line: int) -> Iterator[tuple[Rgb, Rgb, int]]:
    """Yield runs of a line: the colours of the upper and the lower half, and how many cells have them.

    Below the last row of an odd number of pixels, the lower half is as the upper one.
    """
    if not 0 <= line * 2 < picture.height:
        return
    pixels = _pixels(picture.pixels)
    upper = _row(pixels, picture.width, line * 2)
    lower = _row(pixels, picture.width, min(line * 2 + 1, picture.height - 1))
    for (above, below), cells in groupby(zip(upper, lower, strict=True)):
        yield above, below, sum(1 for _ in cells)


@lru_cache(maxsize=2)
def _pixels(text: str) -> bytes:
    return b64decode(text)


def _row(pixels: bytes, width: int, y: int) -> Iterator[Rgb]:
    for at in range(y * width * 3, (y + 1) * width * 3, 3):
        red, green, blue = pixels[at : at + 3]
        yield red - red % _STEP, green - green % _STEP, blue - blue % _STEP

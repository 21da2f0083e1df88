"""Finds bytes and lines in an object by reading through it, portion by portion."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from s3tui.preview.ranged_file import RangedFile

_PORTION = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Found:
    """The place of what was looked for; `None` if it is nowhere."""

    offset: int | None


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes that were looked through until now."""

    looked: int


def pattern_of(text: str, codec: str) -> re.Pattern[bytes]:
    """Return what finds a text in bytes: letters of ASCII in either case, if all of them are small.

    `0x` and hexadecimal digits in pairs stand for the bytes that they name.
    """
    digits = text[2:].replace(" ", "")
    if text.startswith("0x") and digits and re.fullmatch(r"(?:[0-9a-fA-F]{2})+", digits):
        return re.compile(re.escape(bytes.fromhex(digits)), re.DOTALL)
    is_small = text == text.lower()
    return re.compile(re.escape(text.encode(codec, "replace")), re.IGNORECASE if is_small else 0)


async def find(
    file: RangedFile, pattern: re.Pattern[bytes], length: int, start: int, *, backwards: bool = False
) -> AsyncGenerator[Found | Progress, None]:
    """Look for a pattern from `start` on, or before it; yield progress, and at last what was found.

    Args:
        length: of what the pattern finds, in bytes.

    Raises: S3Error.
    """
    looked, at = 0, start
    while at > 0 if backwards else at < file.size:
        first = max(0, at - _PORTION) if backwards else at
        end = min(file.size, (at if backwards else first + _PORTION) + length - 1)
        data = await file.read(first, end - first, ahead=0)
        found = [match.start() for match in pattern.finditer(data)]
        if backwards:
            found = [place for place in found if first + place < at]
        if found:
            yield Found(first + (found[-1] if backwards else found[0]))
            return
        looked += abs(first - at) if backwards else _PORTION
        at = first if backwards else first + _PORTION
        yield Progress(min(looked, file.size))
    yield Found(None)


async def find_line(
    file: RangedFile, number: int, newline: bytes, first: int = 0
) -> AsyncGenerator[Found | Progress, None]:
    """Look for the line with a number, counted from 1; the first one begins at `first`.

    Raises: S3Error.
    """
    left, at, width = number - 1, first, len(newline)
    if left <= 0:
        yield Found(first)
        return
    while at < file.size:
        data = await file.read(at, _PORTION, ahead=0)
        ends = [m.end() for m in re.finditer(re.escape(newline), data) if m.start() % width == 0]
        if len(ends) >= left:
            place = at + ends[left - 1]
            yield Found(place if place < file.size else None)
            return
        left -= len(ends)
        at += len(data)
        yield Progress(at)
    yield Found(None)


@dataclass(frozen=True, slots=True)
class Target:
    """A place to go to: a line, counted from 1, or an offset."""

    line: int | None = None
    offset: int | None = None


_OFFSET = re.compile(r"(\d+)\s*([kmgt])(i?)b?", re.IGNORECASE)


def parse_target(text: str, size: int) -> Target:
    """Parse a place as people write it: `1200` is a line, `0x1f00`, `10M` and `50%` are offsets.

    Raises: ValueError, with the sentence for the user.
    """
    word = text.strip().lower().replace(",", "").replace("_", "")
    if word.isdecimal() and word.isascii() and len(word) < 19:
        return Target(line=max(1, int(word)))
    if re.fullmatch(r"0x[0-9a-f]{1,16}", word):
        return Target(offset=int(word, 16))
    if (share := re.fullmatch(r"(\d{1,3}(?:\.\d{1,6})?)\s*%", word)) and float(share[1]) <= 100:
        return Target(offset=int(size * float(share[1]) / 100))
    if match := _OFFSET.fullmatch(word):
        return Target(offset=int(match[1][:18]) * (1024 if match[3] else 1000) ** (" kmgt".index(match[2])))
    raise ValueError("A place is a line like 1200, an offset like 0x1f00 or 10M, or a share like 50%.")

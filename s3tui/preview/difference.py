"""The difference of two objects or versions of text: read up to a bound, and compared line by line."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from s3tui.format import count, counted
from s3tui.line_diff import changed_blocks, unified
from s3tui.preview.formats.encoding import find_encoding
from s3tui.preview.formats.json_lines import JsonLines
from s3tui.preview.formats.languages import language_of
from s3tui.preview.formats.line_format import LineFormat
from s3tui.preview.formats.text_lines import TextLines, line_endings
from s3tui.preview.formats.xml_lines import XmlLines
from s3tui.preview.ranged_file import RangedFile

MOST = 1024 * 1024
"""Bytes that are read of each."""
_MOST_SHOWN = 20_000


@dataclass(frozen=True, slots=True)
class Difference:
    """Lines as `diff -u` prints them, and a sentence on what they are of."""

    lines: tuple[str, ...]
    sentence: str


async def difference(old: RangedFile, new: RangedFile, name: str) -> Difference:
    """Compare the first mebibyte of two objects.

    Args:
        name: of both, which tells how lines are made of them.

    Raises: S3Error.
    """
    before, after = await asyncio.gather(old.read(0, MOST, ahead=0), new.read(0, MOST, ahead=0))
    is_whole = old.size <= MOST and new.size <= MOST
    return await asyncio.to_thread(_compared, before, after, name, is_whole)


def _compared(before: bytes, after: bytes, name: str, is_whole: bool) -> Difference:
    part = "" if is_whole else " Of each the first 1 MiB was compared."
    if before == after:
        return Difference((), f"They hold the same bytes.{part}")
    old, new = _lines(before, name, is_whole), _lines(after, name, is_whole)
    if old is None or new is None:
        at = next((at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), None)
        place = min(len(before), len(after)) if at is None else at
        return Difference(
            (), f"They are not both text. The first difference is at byte {count(place)}.{part}"
        )
    blocks = changed_blocks(old, new)
    lines = unified(old, new, most=_MOST_SHOWN + 1, blocks=blocks)
    if not lines:
        return Difference((), f"Their lines are the same; line ends or white space differ.{part}")
    gone, came = sum(b - a for a, b, _, _ in blocks), sum(d - c for _, _, c, d in blocks)
    if len(lines) > _MOST_SHOWN:
        lines.pop()
        part = f" Here are the first {counted(_MOST_SHOWN, 'line')} of that.{part}"
    return Difference(tuple(lines), f"{counted(gone, 'line')} gone, {counted(came, 'line')} came.{part}")


def _lines(data: bytes, name: str, is_whole: bool) -> list[str] | None:
    """Return the lines of text, structured text a value or an element each; `None` of what is no text."""
    if not data:
        return []
    encoding = find_encoding(data, is_whole=is_whole)
    if encoding is None:
        return None
    make: LineFormat = TextLines(encoding, newline=line_endings(data[:8192], encoding)[0])
    language = language_of(name)
    if encoding.unit == 1 and data.count(b"\n") < len(data) // 1_000:  # minified
        make = JsonLines() if language == "json" else XmlLines() if language == "xml" else make
    return [line.text for line in make.feed(data, final=True)]

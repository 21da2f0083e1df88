"""A log: text, of which the last lines matter."""

from __future__ import annotations

from s3tui.preview.formats.encoding import find_encoding
from s3tui.preview.formats.text_lines import TextLines, line_endings
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Preview, Room
from s3tui.preview.source import BLOCK, Source


def look(source: Source, room: Room) -> Preview:
    if source.size is None:
        raise Mismatch
    begin = max(0, source.size - BLOCK)
    tail = source.read(begin, BLOCK)
    if begin:
        begin, tail = _whole_lines(begin, tail)
    encoding = find_encoding(tail, is_whole=True)
    if encoding is None:
        raise Mismatch
    newline, ending = line_endings(tail, encoding)
    lines = TextLines(encoding, begin, newline=newline).feed(tail, final=True)
    facts = ["the end of it" if begin else "", encoding.label, ending]
    return Preview(
        "log", tuple(filter(None, facts)), tuple(line.text for line in lines[-room.lines :]), language="log"
    )


def _whole_lines(begin: int, tail: bytes) -> tuple[int, bytes]:
    """Leave out the first line of a tail, which is cut; in UTF-16, its newline has two bytes."""
    cut = tail.find(b"\n") + 1
    if 0 < cut < len(tail) and tail[cut] == 0:
        cut += 1
    return begin + cut, tail[cut:]

"""Bytes of any kind, as hexadecimal numbers."""

from __future__ import annotations

from s3tui.preview.formats.hex_rows import WIDTH, hex_rows
from s3tui.preview.preview import Preview, Room
from s3tui.preview.source import BLOCK, Source


def look(source: Source, room: Room) -> Preview:
    head = source.read(0, min(BLOCK, room.lines * WIDTH), ahead=0)
    return Preview("bytes", ("binary",), tuple(hex_rows(head, size=source.size)))

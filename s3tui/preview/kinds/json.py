"""JSON, indented."""

from __future__ import annotations

from s3tui.preview.formats.json_lines import JsonLines
from s3tui.preview.formats.text_lines import Line
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.kinds.text import read_head
from s3tui.preview.preview import Preview, Room
from s3tui.preview.source import Source

_PORTION = 4 * 1024


def look(source: Source, room: Room) -> Preview:
    head, encoding, is_whole = read_head(source)
    if encoding.unit > 1:
        raise Mismatch  # shown as text: RFC 8259 §8.1 knows UTF-8 alone
    body = head[encoding.mark :]
    if not encoding.is_sure:
        body = body.decode(encoding.codec, "replace").encode()
    lines = _first_lines(body, encoding.mark, room, is_whole=is_whole)
    facts = () if encoding.label in ("UTF-8", "ASCII") else (encoding.label,)
    return Preview("JSON", facts, tuple(line.text for line in lines[: room.lines]), language="json")


def _first_lines(body: bytes, offset: int, room: Room, *, is_whole: bool) -> list[Line]:
    """Return the first lines: no more is read of the text than they take."""
    tokens, lines = JsonLines(offset, width=room.width), list[Line]()
    for at in range(0, len(body), _PORTION):
        lines += tokens.feed(body[at : at + _PORTION])
        if len(lines) >= room.lines:
            return lines
    return lines + tokens.feed(b"", final=True) if is_whole or not lines else lines

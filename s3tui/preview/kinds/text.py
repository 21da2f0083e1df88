"""Text, from its first line on."""

from __future__ import annotations

from itertools import islice

from s3tui.format import counted
from s3tui.preview.formats.encoding import Encoding, find_encoding
from s3tui.preview.formats.languages import kind_name, language_of
from s3tui.preview.formats.text_lines import line_endings, lines_of
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Preview, Room
from s3tui.preview.source import BLOCK, Source


def look(source: Source, room: Room) -> Preview:
    head, encoding, is_whole = read_head(source)
    lines = [line.text for line in islice(lines_of(head, encoding, is_whole=is_whole), room.lines)]
    facts = [encoding.label, line_endings(head, encoding)[1]]
    if is_whole:
        number = head.decode(encoding.codec, "replace").count("\n") + (not head.endswith(b"\n"))
        facts.append(f"{counted(number, 'line')}")
    name = source.name
    return Preview(kind_name(name), tuple(filter(None, facts)), tuple(lines), language=language_of(name))


def read_head(source: Source) -> tuple[bytes, Encoding, bool]:
    """Return the first bytes of a text, its encoding, and whether they are all.

    Raises: Mismatch, if it is no text.
    """
    head = source.read(0, BLOCK)
    is_whole = source.size is not None and source.size <= len(head)
    encoding = find_encoding(head, is_whole=is_whole)
    if encoding is None:
        raise Mismatch
    return head, encoding, is_whole

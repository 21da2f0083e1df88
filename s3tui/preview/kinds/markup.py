"""XML and what is written in it, indented by its elements; it is not parsed."""

from __future__ import annotations

from s3tui.preview.formats.languages import kind_name
from s3tui.preview.formats.text_lines import Line
from s3tui.preview.formats.xml_lines import XmlLines
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.kinds.text import read_head
from s3tui.preview.preview import Preview, Room
from s3tui.preview.source import Source

_PORTION = 4 * 1024


def look(source: Source, room: Room) -> Preview:
    head, encoding, is_whole = read_head(source)
    if encoding.unit > 1:
        raise Mismatch  # shown as text
    tags, lines = XmlLines(encoding.mark), list[Line]()
    for at in range(encoding.mark, len(head), _PORTION):
        lines += tags.feed(head[at : at + _PORTION])
        if len(lines) >= room.lines:
            break
    else:
        lines += tags.feed(b"", final=True) if is_whole or not lines else []
    kind = kind_name(source.name)
    texts = tuple(line.text for line in lines[: room.lines])
    return Preview("XML" if kind == "text" else kind, (encoding.label,), texts, language="xml")

"""CSV and TSV, as a table."""

from __future__ import annotations

from s3tui.format import counted
from s3tui.preview.formats.delimited import read_table
from s3tui.preview.formats.text_lines import line_endings
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.kinds.text import read_head
from s3tui.preview.preview import Preview, Room
from s3tui.preview.source import Source

_TABS = (".tsv", ".tab")


def look(source: Source, room: Room) -> Preview:
    head, encoding, is_whole = read_head(source)
    text = head[encoding.mark :].decode(encoding.codec, "backslashreplace")
    delimiter = "\t" if source.name.lower().endswith(_TABS) and "\t" in text else None
    found = read_table(text, is_whole=is_whole, rows=room.lines, delimiter=delimiter)
    if found is None:
        raise Mismatch
    columns = len(found.table.columns)
    facts = [
        f"{counted(columns, 'column')}",
        found.delimiter if columns > 1 else "",
        "" if found.has_header else "no header",
        encoding.label,
        line_endings(head, encoding)[1],
    ]
    return Preview("CSV", tuple(filter(None, facts)), table=found.table)

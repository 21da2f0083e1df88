"""JSON Lines: an object a line, as a table of their members; other values as they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice

from s3tui.format import counted
from s3tui.preview.formats.text_lines import lines_of
from s3tui.preview.kinds.text import read_head
from s3tui.preview.preview import Column, Preview, Room, Table
from s3tui.preview.source import Source

_MOST_COLUMNS = 60


def look(source: Source, room: Room) -> Preview:
    head, encoding, is_whole = read_head(source)
    lines = list(islice(lines_of(head, encoding, is_whole=is_whole), room.lines))
    records = [_record(line.text) for line in lines if line.text.strip() and not line.continues]
    objects = [record for record in records if record is not None]
    if len(objects) < len(records) or not objects:
        return Preview("JSON Lines", (encoding.label,), tuple(line.text for line in lines))
    return Preview("JSON Lines", (counted(len(objects[0]), "member"),), table=_table(objects))


def _record(line: str) -> dict[str, object] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _table(records: Sequence[dict[str, object]]) -> Table:
    names = list(dict.fromkeys(name for record in records for name in record))[:_MOST_COLUMNS]
    columns = tuple(Column(name, _is_numeric([record.get(name) for record in records])) for name in names)
    return Table(columns, tuple(tuple(_cell(record.get(name)) for name in names) for record in records))


def _is_numeric(values: Sequence[object]) -> bool:
    told = [value for value in values if value is not None]
    return bool(told) and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in told
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(", ", ": "))

"""Avro: the fields of its schema, and its first records."""

from __future__ import annotations

from itertools import islice

import fastavro

from s3tui.format import counted
from s3tui.preview.kinds.extra.cells import table_of
from s3tui.preview.kinds.extra.reading import Reading
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Preview, Room
from s3tui.preview.source import Source

_ROWS = 200


def look(source: Source, room: Room) -> Preview:
    if source.read(0, 4) != b"Obj\x01":
        raise Mismatch
    reader = fastavro.reader(Reading(source))
    schema = reader.writer_schema
    name = str(schema.get("name", "")) if isinstance(schema, dict) else ""
    fields = schema.get("fields") if isinstance(schema, dict) else None
    records = list(islice(reader, min(room.lines, _ROWS)))
    facts = [name, str(reader.codec), f"the first {counted(len(records), 'record')}"]
    if not isinstance(fields, list):
        return Preview("Avro", tuple(filter(None, facts)), table=table_of(["value"], [records]))
    names = [str(each["name"]) for each in fields]
    columns = [[record.get(name) for record in records] for name in names]
    lines = tuple(f"{each['name']}: {_type(each['type'])}" for each in fields)
    facts.insert(1, counted(len(names), "field"))
    return Preview("Avro", tuple(filter(None, facts)), lines, table_of(names, columns))


def _type(schema: object) -> str:
    """Return a type of Avro in a word or two."""
    if isinstance(schema, list):
        return " or ".join(_type(each) for each in schema)
    if not isinstance(schema, dict):
        return str(schema)
    kind = str(schema.get("logicalType") or schema.get("type"))
    inner = schema.get("items") or schema.get("values")
    return f"{kind} of {_type(inner)}" if inner is not None else kind

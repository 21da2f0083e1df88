"""Arrow (Feather, IPC files) and ORC: the schema, and the first rows where those are not too many bytes."""

from __future__ import annotations

from itertools import islice

import pyarrow
import pyarrow.orc

from s3tui.format import counted
from s3tui.preview.kinds.extra.cells import table_of
from s3tui.preview.kinds.extra.reading import Reading
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Preview, Room
from s3tui.preview.source import BeyondBound, Source

_COLUMNS = 8
"""Columns whose rows are read."""
_ROWS = 200


def look(source: Source, room: Room) -> Preview:
    head = source.read(0, 6)
    if source.size is None or not head.startswith((b"ARROW1", b"ORC")):
        raise Mismatch
    name = "ORC" if head.startswith(b"ORC") else "Arrow"
    schema, facts = _schema(source, name)
    lines = tuple(f"{field.name}: {field.type}" for field in islice(schema, room.lines))
    chosen = list(range(min(_COLUMNS, len(schema))))
    try:
        batch = _first_batch(source, name, chosen)
    except BeyondBound as beyond:
        sentence = "Its first rows come only with all others of their batch."
        return Preview(name, facts, lines, sentence=sentence, more=beyond.needed)
    rows = min(room.lines, _ROWS)
    columns = [] if batch is None else [column.slice(0, rows).to_pylist() for column in batch.columns]
    table = None if batch is None else table_of(list(batch.schema.names), columns)
    return Preview(name, facts, lines, table)


def _schema(source: Source, name: str) -> tuple[pyarrow.Schema, tuple[str, ...]]:
    if name == "ORC":
        orc = pyarrow.orc.ORCFile(Reading(source))
        parts = counted(orc.nstripes, "stripe")
        return orc.schema, (counted(orc.nrows, "row"), parts, counted(len(orc.schema), "column"))
    file = pyarrow.ipc.open_file(Reading(source))
    parts = counted(file.num_record_batches, "part")
    return file.schema, (parts, counted(len(file.schema), "column"))


def _first_batch(source: Source, name: str, columns: list[int]) -> pyarrow.RecordBatch | None:
    if name == "ORC":
        orc = pyarrow.orc.ORCFile(Reading(source))
        return orc.read_stripe(0, columns=[orc.schema.names[at] for at in columns]) if orc.nstripes else None
    options = pyarrow.ipc.IpcReadOptions(included_fields=columns, use_threads=False)
    file = pyarrow.ipc.open_file(Reading(source), options=options)
    return file.get_batch(0) if file.num_record_batches else None

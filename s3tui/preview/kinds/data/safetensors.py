"""safetensors: the tensors by the JSON at the beginning."""

from __future__ import annotations

import json
from typing import Any

from s3tui.format import counted
from s3tui.format import size as size_of
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Column, Preview, Room, Table
from s3tui.preview.source import Source

_MOST_HEADER = 100_000_000
"""Bytes, as the format's own library allows."""


def look(source: Source, room: Room) -> Preview:
    length = int.from_bytes(source.read(0, 8), "little")
    if source.size is None or not 2 <= length <= min(_MOST_HEADER, source.size - 8):
        raise Mismatch
    try:
        told = json.loads(source.read(8, length))
        rows = tuple(_row(name, tensor) for name, tensor in told.items() if name != "__metadata__")
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError) as error:
        raise Mismatch from error
    metadata = told.get("__metadata__")
    facts = [counted(len(rows), "tensor")]
    if isinstance(metadata, dict) and isinstance(metadata.get("format"), str):
        facts.append(metadata["format"])
    columns = (Column("tensor"), Column("type"), Column("shape"), Column("size", True))
    return Preview("safetensors", tuple(facts), table=Table(columns, rows[: room.lines]))


def _row(name: str, tensor: dict[str, Any]) -> tuple[str, str, str, str]:
    begin, end = tensor["data_offsets"]
    shape = " × ".join(str(int(each)) for each in tensor["shape"])
    return name, str(tensor["dtype"]), shape or "scalar", size_of(max(0, int(end) - int(begin)))

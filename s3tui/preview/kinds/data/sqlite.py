"""SQLite: its tables and indexes by the schema table, which begins on the first page. Nothing is opened."""

from __future__ import annotations

from collections.abc import Iterator

from s3tui.format import counted
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Column, Preview, Room, Table
from s3tui.preview.source import BeyondBound, Source

_MAGIC = b"SQLite format 3\0"
_LEAF, _INTERIOR = 0x0D, 0x05
_MOST_PAGES = 500
_MOST_SQL = 2_000
_SHOWN = (0, 1, 4)
"""Columns of the schema table: type, name and SQL."""
_ENCODINGS = {1: "utf-8", 2: "utf-16-le", 3: "utf-16-be"}


def look(source: Source, room: Room) -> Preview:
    head = source.read(0, 100)
    if not head.startswith(_MAGIC) or len(head) < 100:
        raise Mismatch
    size = int.from_bytes(head[16:18], "big")
    page = 65536 if size == 1 else size
    if page < 512:
        raise Mismatch
    codec = _ENCODINGS.get(int.from_bytes(head[56:60], "big"), "utf-8")
    pages = int.from_bytes(head[28:32], "big")
    rows: list[tuple[str, ...]] = []
    sentence, more = "", None
    try:
        for record in _records(source, page):
            texts = (_text(record[index], codec)[:_MOST_SQL] for index in _SHOWN)
            rows += [tuple(texts)]
    except BeyondBound as beyond:
        sentence, more = "More tables follow.", beyond.needed
    tables = sum(row[0] == "table" for row in rows)
    facts = (counted(tables, "table"), f"{counted(pages, 'page')} of {counted(page, 'byte')}")
    table = Table((Column("type"), Column("name"), Column("SQL")), tuple(rows[: room.lines]))
    return Preview("SQLite", facts, table=table if rows else None, sentence=sentence, more=more)


def _records(source: Source, page: int) -> Iterator[list[bytes]]:
    """Yield the records of the schema table, page by page."""
    left, seen = [1], set[int]()
    while left and len(seen) < _MOST_PAGES:
        number = left.pop(0)
        if number in seen or number < 1:
            continue
        seen.add(number)
        data = source.read((number - 1) * page, page)
        begin = 100 if number == 1 else 0
        if len(data) < begin + 12:
            continue
        cells = int.from_bytes(data[begin + 3 : begin + 5], "big")
        is_leaf = data[begin] == _LEAF
        if not is_leaf and data[begin] != _INTERIOR:
            raise Mismatch
        pointers = begin + (8 if is_leaf else 12)
        for index in range(cells):
            at = int.from_bytes(data[pointers + 2 * index :][:2], "big")
            if is_leaf:
                if (record := _record(data, at)) is not None:
                    yield record
            else:
                left.append(int.from_bytes(data[at : at + 4], "big"))
        if not is_leaf:
            left.append(int.from_bytes(data[begin + 8 : begin + 12], "big"))


def _record(data: bytes, at: int) -> list[bytes] | None:
    """Return the columns of a record, as far as they lie on the page."""
    _, at = _varint(data, at)
    _, at = _varint(data, at)
    length, after = _varint(data, at)
    end, types = at + length, []
    while after < min(end, len(data)):
        type_, after = _varint(data, after)
        types.append(type_)
    columns, place = [], end
    for type_ in types:
        wide = _width(type_)
        columns.append(data[place : place + wide] if type_ >= 12 else b"")
        place += wide
    return columns if len(columns) >= 5 else None


def _width(type_: int) -> int:
    if type_ >= 12:
        return (type_ - 12) // 2
    return (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)[type_]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index in range(9):
        byte = data[at + index] if at + index < len(data) else 0
        if index == 8:
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + index + 1
    return value, at + 9


def _text(data: bytes, codec: str) -> str:
    return data.decode(codec, "backslashreplace")

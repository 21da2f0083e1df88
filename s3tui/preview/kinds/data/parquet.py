"""Parquet: columns with types, sizes and bounds, and row groups, by the footer. No value is decoded."""

from __future__ import annotations

import re
from itertools import islice

from s3tui.format import count, counted
from s3tui.format import size as size_of
from s3tui.preview.formats.parquet_footer import ColumnFacts, Footer, bound_text, read_footer
from s3tui.preview.formats.thrift import Cut, Malformed
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Column, Preview, Room, Table
from s3tui.preview.source import BLOCK, BeyondBound, Source

_MARKS = (b"PAR1", b"PARE")
HEAD = 96 * 1024
"""Bytes of a large footer in which its schema and its first row group mostly lie."""
_LONGEST_BOUND = 40
_LIST_LEVELS = re.compile(r"\.list\.(?:element|item)\b")
"""What a path has for each level of a list."""
_COLUMNS = (
    Column("column"),
    Column("type"),
    Column("min"),
    Column("max"),
    Column("nulls", True),
    Column("packed", True),
    Column("codec"),
)


def look(source: Source, room: Room) -> Preview:
    begin, length = footer_place(source)
    if begin is None:
        return Preview("Parquet", ("encrypted",), sentence="Its footer is encrypted: nothing of it is known.")
    try:
        data, more = source.read(begin, length), None
    except BeyondBound as beyond:
        data, more = source.read(begin, min(length, HEAD), ahead=0), beyond.needed
    footer = _read(source, data, begin, length)
    sentence = ""
    if not footer.has_all_groups:
        sentence = f"Bounds and sizes are of {_groups_read(footer)}."
    table = Table(_COLUMNS, tuple(_row(each) for each in footer.columns[: room.lines]))
    lines = tuple(_group_lines(footer, room.lines))
    return Preview("Parquet", _facts(footer), lines, table, sentence, more)


def footer_place(source: Source) -> tuple[int | None, int]:
    """Return where the footer begins, and its length; `None`, if it is encrypted.

    Raises: Mismatch, BeyondBound.
    """
    if source.size is None or source.size < 12:
        raise Mismatch
    tail = source.read(max(0, source.size - BLOCK), BLOCK)
    mark, length = tail[-4:], int.from_bytes(tail[-8:-4], "little")
    if mark not in _MARKS or not 0 < length <= source.size - 12:
        raise Mismatch
    return (None if mark == b"PARE" else source.size - 8 - length), length


def _read(source: Source, data: bytes, begin: int, length: int) -> Footer:
    """Read the footer; where its beginning does not hold the schema, more of it.

    Raises: Mismatch, BeyondBound.
    """
    while True:
        try:
            return read_footer(data)
        except Malformed as error:
            raise Mismatch from error
        except Cut as error:
            if len(data) >= length:
                raise Mismatch from error
            data = source.read(begin, min(length, len(data) * 2), ahead=0)


def _groups_read(footer: Footer) -> str:
    if not footer.groups:
        return "no row group: not even the first one was read"
    if len(footer.groups) == 1:
        return "the first row group alone"
    return f"the first {counted(len(footer.groups), 'row group')}"


def _facts(footer: Footer) -> tuple[str, ...]:
    codecs = sorted({codec for group in footer.groups for codec in group.codecs})
    facts = [
        "" if footer.rows is None else counted(footer.rows, "row"),
        "" if footer.group_count is None else counted(footer.group_count, "row group"),
        ", ".join(codecs),
        counted(len(footer.columns), "column"),
        footer.created_by.partition("(")[0].strip(),
    ]
    return tuple(filter(None, facts))


def _row(column: ColumnFacts) -> tuple[str, ...]:
    nulls = "?" if column.nulls is None else count(column.nulls)
    return (
        _LIST_LEVELS.sub("", column.name),
        f"list of {column.type}" if column.is_repeated else column.type,
        _short(bound_text(column, column.low)),
        _short(bound_text(column, column.high)),
        "" if column.is_required or not column.codecs else nulls,
        size_of(column.packed) if column.codecs else "",
        ", ".join(sorted(column.codecs)),
    )


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_BOUND else f"{text[: _LONGEST_BOUND - 1]}…"


def _group_lines(footer: Footer, most: int) -> list[str]:
    """Return a line for each row group that was read, under a heading."""
    lines = [
        f"row group {number:>6,}  {counted(group.rows, 'row'):>16}  {size_of(group.size)}"
        f"  packed {size_of(group.packed)}"
        for number, group in enumerate(islice(footer.groups, most), start=1)
    ]
    left = (footer.group_count or 0) - len(lines)
    return lines if left <= 0 or not lines else [*lines, f"… {counted(left, 'row group')} more"]

"""The first rows of a Parquet file, of chosen columns: only the beginning of each is read.

pyarrow reads a file whose footer has the first row group alone, and which is never whole: what it asks for
beyond the beginnings of the chosen columns is read for it.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from itertools import islice

import pyarrow
import pyarrow.parquet

from s3tui.format import counted
from s3tui.preview.formats.parquet_footer import Footer, one_group, read_footer
from s3tui.preview.formats.thrift import Cut, Malformed
from s3tui.preview.kinds.data.parquet import HEAD, footer_place
from s3tui.preview.kinds.extra.cells import table_of
from s3tui.preview.kinds.extra.reading import Reading
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Preview, Room
from s3tui.preview.source import BeyondBound, Source

_UNASKED = 8
"""Columns that are read where none were chosen."""
_MOST = 64
_BEGINNING = 128 * 1024
"""Bytes of a column that are read first."""
_ROWS = 200


def look(source: Source, room: Room) -> Preview:
    begin, length = footer_place(source)
    if begin is None:
        return Preview("Parquet", ("encrypted",), sentence="Its footer is encrypted: no row can be read.")
    data, footer = _first_group(source, begin, length)
    names = list(dict.fromkeys(column.name.partition(".")[0] for column in footer.columns))
    chosen = chosen_names(names, room.columns)
    if not chosen:
        return Preview("Parquet", sentence="No column has such a name.")
    _read_ahead(source, footer, set(chosen))
    small = one_group(data, footer, 0)
    tail = small + len(small).to_bytes(4, "little") + b"PAR1"
    opened = pyarrow.PythonFile(Reading(source, begin, tail, ahead=0), mode="r")
    file = pyarrow.parquet.ParquetFile(opened, pre_buffer=False, buffer_size=64 * 1024)
    most = min(room.lines, _ROWS)
    batches = file.iter_batches(batch_size=most, row_groups=[0], columns=chosen, use_threads=False)
    columns: list[list[object]] = [[] for _ in chosen]
    for batch in islice(batches, 1):
        columns = [batch.column(name).to_pylist() for name in chosen]
    rows = len(columns[0]) if columns else 0
    facts = (f"the first {counted(rows, 'row')}", f"{len(chosen)} of {counted(len(names), 'column')}")
    return Preview("Parquet", facts, table=table_of(chosen, columns))


def chosen_names(names: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """Return the names that a pattern means, in the order of the patterns; the first ones without any."""
    if not patterns:
        return list(names[:_UNASKED])
    found = [
        name for each in patterns for name in names if fnmatch.fnmatchcase(name.lower(), each.strip().lower())
    ]
    return list(dict.fromkeys(found))[:_MOST]


def _first_group(source: Source, begin: int, length: int) -> tuple[bytes, Footer]:
    """Return as much of the footer as has the first row group.

    Raises: Mismatch, BeyondBound.
    """
    wanted = min(length, HEAD)
    while True:
        data = source.read(begin, wanted, ahead=0)
        try:
            footer = read_footer(data, most_chunks=1)
        except Malformed as error:
            raise Mismatch from error
        except Cut:
            footer = None
        if footer is not None and footer.groups:
            return data, footer
        if wanted >= length:
            raise Mismatch
        wanted = min(length, wanted * 2)


def _read_ahead(source: Source, footer: Footer, chosen: set[str]) -> None:
    """Request the beginnings of the chosen columns at the same time; neighbours are joined."""
    spans = [
        (chunk.begin, chunk.begin + min(chunk.size, _BEGINNING))
        for column, chunk in zip(footer.columns, footer.groups[0].chunks, strict=False)
        if column.name.partition(".")[0] in chosen
    ]
    if not spans:
        raise Mismatch
    try:
        source.read_all(spans, ahead=0)
    except BeyondBound as beyond:
        raise BeyondBound(beyond.needed) from None

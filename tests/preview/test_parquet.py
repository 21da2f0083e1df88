"""Parquet by its footer: what DuckDB wrote, and what DuckDB says of it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.preview.formats.parquet_footer import read_footer
from s3tui.preview.formats.thrift import Cut, Malformed, Reader
from s3tui.preview.reader import PANE_BOUND
from s3tui.preview.source import BLOCK
from tests.preview.served import Made, preview_of

COLUMNS = {
    "number": ("int32", "i::INTEGER - 9"),
    "tiny": ("uint8", "(i % 256)::UTINYINT"),
    "most": ("uint64", "(18446744073709551615 - i)::UBIGINT"),
    "text": ("string", "'nº ' || i"),
    "half": ("double", "i / 7.0::DOUBLE"),
    "yes": ("bool", "i % 2 = 0"),
    "day": ("date", "DATE '1969-12-01' + i::INTEGER"),
    "moment": ("timestamp[us]", "TIMESTAMP '1969-02-03 04:05:06.789' + INTERVAL (i) SECOND"),
    "clock": ("time[us]", "TIME '01:02:03.5' + INTERVAL (i) SECOND"),
    "price": ("decimal(9, 2)", "((i - 2000) / 100.0)::DECIMAL(9, 2)"),
    "wide": ("decimal(30, 2)", "((2000 - i) / 100.0)::DECIMAL(30, 2)"),
    "odd": ("int64", "CASE WHEN i % 3 = 0 THEN NULL ELSE i END"),
    "absent": ("int32", "NULL::INTEGER"),
    "name": ("uuid", "('00000000-0000-0000-0000-' || lpad(i::VARCHAR, 12, '0'))::UUID"),
}
ROWS = 5_000


def written(folder: Path, columns: str, rows: int, options: str = "COMPRESSION zstd") -> Path:
    file = folder / "a.parquet"
    duckdb.execute(f"COPY (SELECT {columns} FROM range({rows}) t(i)) TO '{file}' (FORMAT parquet, {options})")
    return file


def test_columns_and_row_groups_are_those_that_duckdb_reads(tmp_path: Path) -> None:
    selected = ", ".join(f"{made} AS {name}" for name, (_, made) in COLUMNS.items())
    nested = "[i, i + 1] AS list, {'x': i, 'y': ['k']} AS pair"
    file = written(tmp_path, f"{selected}, {nested}", ROWS, "COMPRESSION zstd, ROW_GROUP_SIZE 2048")
    found = preview_of(file.read_bytes(), file.name)
    assert found.facts[:4] == ("5,000 rows", "3 row groups", "zstd", f"{len(COLUMNS) + 3} columns")
    assert found.table is not None
    rows = {row[0]: row[1:] for row in found.table.rows}
    for name, (type_, _) in COLUMNS.items():
        bounds = f"coalesce(min({name})::VARCHAR, ''), coalesce(max({name})::VARCHAR, '')"
        query = f"SELECT {bounds}, count(*) - count({name}) FROM '{file}'"
        least, most, nulls = duckdb.execute(query).fetchone() or ()
        assert rows[name][:3] == (type_, least, most), name
        assert rows[name][3] in (f"{nulls:,}", ""), name
        assert rows[name][5] == "zstd"
    assert rows["list"][:3] == ("list of int64", "0", str(ROWS))
    assert rows["pair.x"][:3] == ("int64", "0", str(ROWS - 1))
    assert rows["pair.y"][:3] == ("list of string", "k", "k")
    by_group = "GROUP BY row_group_id ORDER BY row_group_id"
    sizes = f"SELECT sum(total_compressed_size) FROM parquet_metadata(?) {by_group}"
    packed = [each for (each,) in duckdb.execute(sizes, [str(file)]).fetchall()]
    length = int.from_bytes(file.read_bytes()[-8:-4], "little")
    footer = read_footer(file.read_bytes()[-8 - length : -8])
    assert [group.packed for group in footer.groups] == packed
    assert [group.rows for group in footer.groups] == [2048, 2048, 904]
    assert footer.is_whole
    assert len(found.lines) == 3


@pytest.fixture(scope="module")
def many_groups(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A footer of 500 columns and 80 row groups, as the one of a file with one row group 80 times."""
    columns = ", ".join(f"i + {n} AS column_{n}" for n in range(500))
    data = written(tmp_path_factory.mktemp("parquet"), columns, 3).read_bytes()
    length = int.from_bytes(data[-8:-4], "little")
    body, footer = data[: -8 - length], data[-8 - length : -8]
    group = read_footer(footer).groups[0]
    assert footer[group.begin - 1] == 0x1C  # a list of one struct
    many = (
        footer[: group.begin - 1] + b"\xfc\x50" + 80 * footer[group.begin : group.end] + footer[group.end :]
    )
    return body + many + len(many).to_bytes(4, "little") + b"PAR1"


def test_of_a_large_footer_only_its_beginning_is_read(many_groups: bytes) -> None:
    made = Made.of(many_groups)
    found = preview_of(made, "a.parquet", 1_000)
    assert len(made.spans) == 2
    assert sum(end - first for first, end in made.spans) <= 64 * 1024 + 96 * 1024 < PANE_BOUND
    assert found.facts[:2] == ("3 rows", "80 row groups")
    assert found.table is not None
    assert found.table.rows[499][:4] == ("column_499", "int64", "499", "501")
    length = int.from_bytes(many_groups[-8:-4], "little")
    assert found.more is not None
    assert length <= found.more <= length + BLOCK
    assert "first row group" in found.sentence


def test_all_bytes_of_a_footer_tell_all_its_row_groups(many_groups: bytes) -> None:
    length = int.from_bytes(many_groups[-8:-4], "little")
    footer = read_footer(many_groups[-8 - length : -8], most_chunks=10**6)
    assert (len(footer.groups), footer.is_whole) == (80, True)
    assert footer.created_by.startswith("DuckDB")


def test_a_footer_that_is_made_up_is_a_sentence_or_bytes() -> None:
    size, tail = 5 * 2**30, bytes(BLOCK - 8) + (2**31).to_bytes(4, "little") + b"PAR1"
    made = Made(lambda first, end: tail if end == size else bytes(end - first), size)
    assert preview_of(made, "a.parquet").kind == "bytes"
    assert made.spans[0] == (size - BLOCK, size)
    assert sum(end - first for first, end in made.spans) <= PANE_BOUND


@pytest.mark.parametrize("cut", [0, 1, 5, 100, 1_000])
def test_a_footer_that_is_cut_tells_what_it_has(many_groups: bytes, cut: int) -> None:
    length = int.from_bytes(many_groups[-8:-4], "little")
    with pytest.raises(Cut):
        read_footer(many_groups[-8 - length : -8][:cut])


def test_an_encrypted_footer_is_said_to_be(many_groups: bytes) -> None:
    assert preview_of(many_groups[:-4] + b"PARE", "a.parquet").facts == ("encrypted",)


@given(st.binary(max_size=400), st.sampled_from([b"", b"\x19\xfc\xff\xff\xff\xff\x0f", b"\x1c" * 50]))
@settings(max_examples=60)
def test_any_bytes_are_a_struct_or_none(data: bytes, head: bytes) -> None:
    with suppress(Cut, Malformed):
        Reader(head + data).struct()
    with suppress(Cut, Malformed):
        read_footer(head + data)

"""Text, hexadecimal numbers, tables and JSON from bytes, whatever portions they come in."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.preview.formats.delimited import find_delimiter, read_table
from s3tui.preview.formats.encoding import CHOICES, Encoding, find_encoding
from s3tui.preview.formats.hex_rows import hex_rows
from s3tui.preview.formats.json_lines import JsonLines, begins_in_string
from s3tui.preview.formats.text_lines import LONGEST, Line, TextLines, line_endings

CHUNKS = st.lists(st.integers(1, 400), min_size=1, max_size=6)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=300)
LONG_TEXT = st.tuples(TEXT, st.integers(1, 60)).map(lambda each: each[0] * each[1])


def portions(data: bytes, sizes: list[int]) -> list[bytes]:
    cuts: list[bytes] = []
    at = 0
    while at < len(data):
        cuts.append(data[at : at + sizes[len(cuts) % len(sizes)]])
        at += len(cuts[-1])
    return cuts


def fed(lines: TextLines | JsonLines, data: bytes, sizes: list[int]) -> list[Line]:
    found = [line for portion in portions(data, sizes) for line in lines.feed(portion)]
    return found + lines.feed(b"", final=True)


@given(LONG_TEXT, st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "utf-32-le"]), CHUNKS)
def test_lines_of_text_are_those_of_the_text(text: str, codec: str, sizes: list[int]) -> None:
    encoded = text.encode(codec)
    lines = fed(TextLines(Encoding(codec)), encoded, sizes)
    joined = "".join(
        ("" if line.continues or not number else "\n") + line.text for number, line in enumerate(lines)
    )
    assert joined.replace("\r\n", "\n") == _shown(text).removesuffix("\n").replace("\r\n", "\n")
    assert all(len(line.text.encode(codec)) <= LONGEST * 4 for line in lines)
    assert lines == fed(TextLines(Encoding(codec)), encoded, [10**6])


def _shown(text: str) -> str:
    """Return what lines show of a text: a CR before its LF is part of the line's end."""
    return "\n".join(line.removesuffix("\r").expandtabs(4) for line in text.split("\n"))


@given(st.binary(max_size=9_000), st.sampled_from(CHOICES), CHUNKS)
def test_any_bytes_are_lines_in_any_encoding_and_every_byte_is_in_one(
    data: bytes, codec: str, sizes: list[int]
) -> None:
    lines = TextLines(Encoding(codec), 1_000)
    found = fed(lines, data, sizes)
    assert lines.offset == 1_000 + len(data)
    offsets = [line.offset for line in found]
    assert offsets == sorted(set(offsets))
    assert not offsets or offsets[0] == 1_000


def test_a_line_too_long_is_continued_between_characters() -> None:
    text = "ü" * LONGEST
    lines = TextLines(Encoding("utf-8")).feed(text.encode(), final=True)
    assert "".join(line.text for line in lines) == text
    assert [line.continues for line in lines] == [False, *[True] * (len(lines) - 1)]


@given(TEXT.filter(lambda text: text.isprintable()), st.integers(0, 3))
def test_utf_8_is_found_where_it_is_cut(text: str, cut: int) -> None:
    encoded = (text + "ü€😀").encode()
    head = encoded[: len(encoded) - cut]
    assert find_encoding(head, is_whole=not cut) == Encoding("utf-8")


@pytest.mark.parametrize(
    ("head", "codec", "mark"),
    [
        ("\ufeffGrüße".encode(), "utf-8", 3),
        ("\ufeffGrüße".encode("utf-16-le"), "utf-16-le", 2),
        ("\ufeffGrüße".encode("utf-16-be"), "utf-16-be", 2),
        ("\ufeffGrüße".encode("utf-32-le"), "utf-32-le", 4),
        ("Grüße aus Köln\n".encode("utf-16-le"), "utf-16-le", 0),
        ("Grüße aus Köln\n".encode("utf-16-be"), "utf-16-be", 0),
        (b"\x1b[31mred\x1b[0m\n", "utf-8", 0),
        (b"", "utf-8", 0),
    ],
)
def test_encodings_by_mark_and_pattern(head: bytes, codec: str, mark: int) -> None:
    found = find_encoding(head, is_whole=True)
    assert found is not None
    assert (found.codec, found.mark) == (codec, mark)


def test_what_is_neither_is_guessed_and_called_a_guess() -> None:
    text = "Привет, мир. Это обычный русский текст, в котором достаточно слов.\n" * 8
    found = find_encoding(text.encode("cp1251"), is_whole=True)
    assert found is not None
    assert not found.is_sure
    assert text.encode("cp1251").decode(found.codec) == text


@pytest.mark.parametrize("data", [bytes(range(256)) * 8, b"\0" * 100, b"\x7fELF\x02\x01\x01\0" * 20])
def test_what_is_no_text_has_no_encoding(data: bytes) -> None:
    assert find_encoding(data, is_whole=True) is None


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"a\nb\n", (b"\n", "")),
        (b"a\r\nb\r\n", (b"\n", "CRLF")),
        (b"a\r\nb\n", (b"\n", "LF and CRLF")),
        (b"a\rb\r", (b"\r", "CR")),
    ],
)
def test_line_endings(head: bytes, expected: tuple[bytes, str]) -> None:
    assert line_endings(head, Encoding("utf-8")) == expected


def test_lines_of_old_macintoshes() -> None:
    lines = TextLines(Encoding("utf-8"), newline=b"\r").feed(b"a\rb\r", final=True)
    assert [line.text for line in lines] == ["a", "b"]


@given(st.binary(max_size=200), st.integers(0, 2**40))
def test_hexadecimal_rows_hold_every_byte(data: bytes, offset: int) -> None:
    rows = list(hex_rows(data, offset))
    numbers = "".join(row.partition("  ")[2][:49] for row in rows)
    assert bytes.fromhex(numbers.replace(" ", "")) == data
    assert [int(row.partition(" ")[0], 16) for row in rows] == list(range(offset, offset + len(data), 16))
    assert all(row.isprintable() for row in rows)


CELLS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=12)


@given(
    st.integers(2, 6).flatmap(
        lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=3, max_size=12)
    ),
    st.sampled_from(",;\t|"),
)
def test_a_table_written_by_csv_is_read_as_it_was(records: list[list[str]], delimiter: str) -> None:
    out = StringIO()
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(records)
    found = read_table(out.getvalue(), is_whole=True, rows=100, delimiter=delimiter)
    assert found is not None
    rows = [list(row) for row in found.table.rows]
    assert rows == records[found.has_header :]
    if found.has_header:
        assert [column.name for column in found.table.columns] == records[0]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n3,4\n", ","),
        ("name;price\nx;1,5\ny;2,5\nz;3\n", ";"),
        ('a|b\n"x\ny"|2\n"z\n"|3\n', "|"),
        ("a\tb, c\n1\t2\n", "\t"),
        ("one\ntwo\nthree\n", None),
        ("It was, in a way, prose.\nNothing else.\nTruly, nothing.\n", None),
    ],
)
def test_the_delimiter_is_the_most_constant_one(text: str, delimiter: str | None) -> None:
    assert find_delimiter(text) == delimiter


def test_a_record_that_is_cut_is_left_out_and_numbers_are_known() -> None:
    found = read_table('id,who,sum\n1,"a\nb",1.5\n2,c,\n3,d,4\n4,"hal', is_whole=False, rows=100)
    assert found is not None
    assert [column.name for column in found.table.columns] == ["id", "who", "sum"]
    assert [column.is_number for column in found.table.columns] == [True, False, True]
    assert found.table.rows == (("1", "a\nb", "1.5"), ("2", "c", ""))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.sampled_from([None, 1, "\t"]), CHUNKS, st.booleans())
def test_indented_json_is_the_same_value(value: Any, indent: Any, sizes: list[int], ascii_only: bool) -> None:
    data = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()
    lines = fed(JsonLines(), data, sizes)
    assert json.loads("\n".join(line.text for line in lines)) == value
    assert lines == fed(JsonLines(), data, [10**6])


@given(st.binary(max_size=6_000), CHUNKS)
def test_any_bytes_come_out_of_the_tokenizer_but_for_white_space(data: bytes, sizes: list[int]) -> None:
    lines = fed(JsonLines(), data, sizes)
    shown = "".join(line.text for line in lines)
    wanted = data.decode("utf-8", "backslashreplace")
    assert _dense(shown) == _dense(wanted)
    assert lines == fed(JsonLines(), data, [10**6])


def _dense(text: str) -> str:
    return "".join(text.split())


def test_depth_and_length_cost_no_more_than_bytes() -> None:
    for data in (
        b"[" * 10_000,
        b'{"a":' * 3_000,
        b'"' + b"x" * 300_000,
        b'"' + b"\\" * 100_001,
        b"x" * 200_000,
    ):
        lines = JsonLines().feed(data, final=True)
        assert sum(len(line.text) for line in lines) <= 100 * len(data)
        assert _dense("".join(line.text for line in lines)) == data.decode()


def test_a_string_as_long_as_a_file_is_lines() -> None:
    lines = JsonLines().feed(b'{"a": "' + b"x" * 3 * LONGEST + b'", "b": 1}', final=True)
    assert [line.continues for line in lines] == [False, False, True, True, True, False, False]
    assert lines[-2].text == '  "b": 1'


@pytest.mark.parametrize(
    "document", [{"log": [{"at": n, "text": "hello there, you", "ok": True} for n in range(90)]}]
)
def test_a_beginning_amid_a_string_is_noticed(document: Any) -> None:
    data = json.dumps(document).encode()
    for at in range(0, len(data) - 300, 23):
        inside = bool(data[:at].count(b'"') % 2)
        assert begins_in_string(data[at:]) == inside, data[at : at + 40]

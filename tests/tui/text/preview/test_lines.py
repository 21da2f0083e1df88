"""Previews as lines of cells."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from s3tui.preview.formats.encoding import Encoding
from s3tui.preview.formats.text_lines import TextLines
from s3tui.preview.preview import Column, Preview, Table
from s3tui.tui.text.preview.lines import fitted, folded, preview_text, table_lines
from s3tui.tui.text.preview.record_text import Columns, RecordText

TABLE = Table((Column("id", True), Column("who")), (("1", "ann"), ("22", "王小明")))


def test_a_table_is_aligned() -> None:
    assert table_lines(TABLE) == ("id  who", [" 1  ann", "22  王小明"])


def test_columns_of_a_table_fit_into_a_pane() -> None:
    wide = Table(
        (Column("id", True), Column("name"), Column("note")), (("1", "a" * 30, "b" * 20), ("2", "c", "d"))
    )
    header, rows = table_lines(wide, 40)
    assert [cell_len(row) for row in rows] == [40, 24]
    assert header.split() == ["id", "name", "note"]
    assert rows[0].split("  ") == [" 1", "a" * 16 + "…", "b" * 16 + "…"]
    assert table_lines(wide, 16)[0].split() == ["id", "name"]


@given(st.lists(st.integers(1, 32), min_size=1, max_size=40), st.integers(1, 200))
def test_columns_that_fit_stay_as_they_are(widths: list[int], width: int) -> None:
    fit = fitted(widths, width)
    assert 0 < len(fit) <= len(widths)
    assert all(least <= most for least, most in zip(fit, widths, strict=False))
    assert sum(fit) + 2 * (len(fit) - 1) <= width
    if sum(widths) + 2 * (len(widths) - 1) <= width:
        assert fit == widths


WORDS = st.text(st.characters(categories=["L", "N", "Zs"]), max_size=90)


@given(st.integers(10, 80), st.integers(0, 12), WORDS)
def test_a_pane_is_never_left(width: int, height: int, text: str) -> None:
    for preview in (Preview("text", ("UTF-8",), (text,) * 20), Preview("CSV", table=TABLE, sentence=text)):
        lines = preview_text(preview, requests=1, received=10, size=99, keys="p full").lines(width, height)
        assert len(lines) <= height
        assert all(
            cell_len("".join(cell for cell, _ in line)) <= max(width, cell_len(text)) for line in lines
        )


def test_what_was_read_is_said_and_what_reading_on_would_take() -> None:
    zipped = Preview("zip", more=2_000_000)
    text = preview_text(zipped, requests=2, received=70_000, size=10**9, keys="p full")
    assert text.caption == "2 requests · 70.0 kB of 1.00 GB read · p reads on (about 2.00 MB)"


def test_sentences_are_folded_between_words() -> None:
    assert folded("It holds no bytes at all.", 10) == ["It holds", "no bytes", "at all."]


@given(st.lists(st.integers(1, 7), min_size=1, max_size=5))
def test_records_of_several_lines_are_one_whatever_the_portions(sizes: list[int]) -> None:
    data = b'1,"a\nb"\n2,c\n3,"d""e"\n'
    records = RecordText(TextLines(Encoding("utf-8")), Columns(",", [2, 5], [True, False]))
    lines, at, turn = [], 0, 0
    while at < len(data):
        lines += records.feed(data[at : at + sizes[turn % len(sizes)]])
        at, turn = at + sizes[turn % len(sizes)], turn + 1
    lines += records.feed(b"", final=True)
    assert [(line.offset, line.text) for line in lines] == [(0, " 1  a␊b"), (8, " 2  c"), (12, ' 3  d"e')]

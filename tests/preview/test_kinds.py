"""Kinds by name and content, and their previews of tame and of hostile bytes."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from s3tui.format import printable
from s3tui.preview.kinds.choose import by_name
from s3tui.preview.kinds.table import KINDS
from s3tui.preview.preview import Preview, from_json, to_json
from s3tui.preview.reader import PANE_BOUND
from s3tui.preview.source import BLOCK
from tests.preview.served import Made, preview_of

CSV = b"id;name\n" + b"".join(b"%d;n%d\n" % (n, n) for n in range(20_000))
OURS = [kind for kind in KINDS if not kind.needs]
"""Others run in a process with limits alone: `test_extra`."""
SUFFIXES = sorted({suffix for kind in OURS for suffix in kind.suffixes} | {"", "bin", "xyz"})


@pytest.mark.parametrize(
    ("name", "data", "kind", "facts"),
    [
        ("a.txt", "Grüße\r\nund mehr\r\n".encode(), "text", ("UTF-8", "CRLF", "2 lines")),
        ("a.txt", bytes(range(256)), "bytes", ("binary",)),
        ("a", b'{"a": [1]}', "JSON", ()),
        ("a", b'{"a": 1}\n{"a": 2}\n', "JSON Lines", ("1 member",)),
        ("a", b"[section]\nkey = 1\n", "text", ("UTF-8", "2 lines")),
        ("a.json", b"not json at all", "JSON", ()),
        ("a.json", "{}".encode("utf-16"), "text", ("UTF-16-LE with a BOM", "1 line")),
        ("a.csv", CSV, "CSV", ("2 columns", "semicolon", "UTF-8")),
        ("a.csv", bytes(300), "bytes", ("binary",)),
        ("a.csv", b"", "empty", ()),
        ("a.log", b"x\n" * BLOCK, "log", ("the end of it", "UTF-8")),
        ("a.log", bytes(3 * BLOCK), "bytes", ("binary",)),
    ],
)
def test_the_kind_is_that_of_the_content(name: str, data: bytes, kind: str, facts: tuple[str, ...]) -> None:
    preview = preview_of(data, name)
    assert (preview.kind, preview.facts) == (kind, facts)


def test_an_object_of_five_gibibytes_is_one_block() -> None:
    size = 5 * 2**30
    line = b"2026-11-29T08:00:00Z INFO something happened\n"
    for name in ("a.txt", "a.csv", "a.json", "a", "a.log", "a.jsonl"):
        made = Made(
            lambda first, end: (line * ((end - first) // len(line) + 2))[first % len(line) :][: end - first],
            size,
        )
        preview = preview_of(made, name)
        assert preview.lines or preview.table
        assert sum(end - first for first, end in made.spans) <= BLOCK, name
        assert len(made.spans) == 1


def test_a_log_shows_its_last_lines() -> None:
    data = b"".join(b"line %d\n" % n for n in range(50_000))
    assert preview_of(data, "a.log", 3).lines == ("line 49997", "line 49998", "line 49999")


def test_members_of_json_lines_are_columns() -> None:
    records = [{"id": 1, "who": "ann"}, {"id": 2, "tags": ["a", {"b": None}]}]
    table = preview_of("".join(json.dumps(each) + "\n" for each in records).encode(), "a.jsonl").table
    assert table is not None
    assert [(column.name, column.is_number) for column in table.columns] == [
        ("id", True),
        ("who", False),
        ("tags", False),
    ]
    assert table.rows == (("1", "ann", ""), ("2", "", '["a", {"b": null}]'))


@given(st.binary(max_size=3_000), st.sampled_from(SUFFIXES))
@example(b"[" * 3_000, "json")
@example(b'{"a":' * 600 + b"\n" + b"{" * 900, "jsonl")
@example(b"\x1b]0;title\x07\x9b31m" * 9, "txt")
@example(b'"' * 2_999, "csv")
@example(("\u202e\u2066\u200b" * 90).encode(), "csv")
def test_any_bytes_under_any_name_are_a_preview_that_a_terminal_may_be_shown(
    data: bytes, suffix: str
) -> None:
    preview = preview_of(data, f"a.{suffix}" if suffix else "a")
    assert all(text == printable(text) for text in texts(preview))


def texts(preview: Preview) -> list[str]:
    table = preview.table
    cells = (
        []
        if table is None
        else [c.name for c in table.columns] + [cell for row in table.rows for cell in row]
    )
    return [preview.kind, *preview.facts, *preview.lines, preview.sentence, *cells]


@given(st.binary(max_size=600), st.sampled_from(["csv", "txt", "jsonl", ""]))
def test_a_preview_crosses_between_processes(data: bytes, suffix: str) -> None:
    preview = preview_of(data, f"a.{suffix}")
    assert from_json(to_json(preview)) == preview


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(lambda v: json.dumps(v).encode())
)
@example(b"[" * 10_000)
@settings(max_examples=30)
@example(b'{"kind": 1, "facts": {}, "lines": null, "columns": [], "rows": [], "sentence": "", "more": "x"}')
def test_what_is_no_preview_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="preview"):
        from_json(data)


BEGINNINGS = {kind.module: at * b"\0" + mark for kind in KINDS for at, mark in kind.signatures}


@pytest.mark.parametrize("suffix", sorted(min(kind.suffixes) for kind in OURS if kind.suffixes))
def test_five_gibibytes_that_are_made_up_are_a_preview_within_the_bound(suffix: str) -> None:
    kind = by_name(f"a.{suffix}")
    begin = BEGINNINGS.get(kind.module, b"") if kind is not None else b""
    noise = bytes(range(256)) * 2_048

    def content(first: int, end: int) -> bytes:
        return (begin[first:end] + noise)[: end - first]

    made = Made(content, 5 * 2**30)
    preview = preview_of(made, f"a.{suffix}")
    assert preview.lines or preview.table or preview.sentence or preview.facts
    assert sum(end - first for first, end in made.spans) <= PANE_BOUND

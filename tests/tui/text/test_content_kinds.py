"""Kinds of content: what the suffix of a key promises, and signs that are one cell in any terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from s3tui.tui.terminal.signs import ascii_signs
from s3tui.tui.text.content_kinds import ContentKind, content_kind
from s3tui.tui.widgets.tree.row_name import COLLAPSED, DELETED, EXPANDED, MARKER


@pytest.mark.parametrize(
    ("keys", "kind"),
    [
        ("backup.tar.gz dump.zip site.tgz unknown.gz a.b/c.zst", ContentKind.ARCHIVE),
        ("logo.PNG clip.mp4 sound.flac", ContentKind.IMAGE),
        ("events.csv part-0.snappy.parquet rows.csv.gz lines.ndjson.zst", ContentKind.TABLE),
        ("notes.md app.log paper.pdf app.log.gz card.vcf", ContentKind.TEXT),
        ("main.py style.css config.json dump.sql.gz", ContentKind.CODE),
        ("model.safetensors README v1.2/README .gz .gitignore a. x.qqq", ContentKind.BINARY),
    ],
)
def test_a_key_promises_a_kind_by_its_suffix(keys: str, kind: ContentKind) -> None:
    assert {key: content_kind(key) for key in keys.split()} == dict.fromkeys(keys.split(), kind)


@given(st.text())
def test_any_key_has_a_kind(key: str) -> None:
    assert content_kind(key) in ContentKind


def test_signs_are_one_cell_and_differ_also_in_ascii() -> None:
    signs = [COLLAPSED, EXPANDED, DELETED, MARKER, *(kind.value for kind in ContentKind)]
    assert {cell_len(sign) for sign in signs} == {1}
    plain = [ascii_signs(sign) for sign in signs]
    assert all(sign.isascii() and sign.isprintable() and sign != "?" for sign in plain)
    assert len(set(plain)) == len(set(signs)) == len(signs)

"""Highlighting of lines: each by itself, whatever stands around it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.tui.text.preview.highlight import _LONGEST, _PATTERNS, cut, highlight

LANGUAGES = sorted(_PATTERNS)


def toned(text: str, language: str) -> list[tuple[str, str]]:
    return [(part, tone) for part, tone in highlight(text, language) if tone]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "json",
            '  "name": "a\\"b", "n": -1.5e3, "x": null',
            [
                ('"name"', "accent"),
                ('"a\\"b"', "good"),
                ('"n"', "accent"),
                ("-1.5e3", "warn"),
                ('"x"', "accent"),
                ("null", "warn"),
            ],
        ),
        (
            "yaml",
            "- base url: http://x:80  # not here#",
            [("base url", "accent"), ("# not here#", "dim")],
        ),
        (
            "yaml",
            "it's: &a 'don''t' 12",
            [("it's", "accent"), ("&a", "accent"), ("'don''t'", "good"), ("12", "warn")],
        ),
        ("toml", "[tool.x]", [("[tool.x]", "accent")]),
        ("toml", 'a-b = "x" # y', [("a-b", "accent"), ('"x"', "good"), ("# y", "dim")]),
        (
            "xml",
            '<a:b href="x">1 &amp; 2</a:b><!-- c -->',
            [
                ("<a:b", "accent"),
                ("href", "accent"),
                ('"x"', "good"),
                (">", "accent"),
                ("&amp;", "warn"),
                ("</a:b", "accent"),
                (">", "accent"),
                ("<!-- c -->", "dim"),
            ],
        ),
        (
            "log",
            "2026-11-29T08:00:00Z ERROR x INFORMATION",
            [("2026-11-29T08:00:00Z", "dim"), ("ERROR", "bad")],
        ),
        (
            "hash",
            "def f(): return 'x'  # why",
            [("def", "strong"), ("return", "strong"), ("'x'", "good"), ("# why", "dim")],
        ),
        ("slash", "let x1 = 0x1F; // y", [("let", "strong"), ("0x1F", "warn"), ("// y", "dim")]),
        ("dash", "SELECT a -- b", [("SELECT", "strong"), ("-- b", "dim")]),
        ("markdown", "## Title", [("## Title", "accent")]),
    ],
)
def test_parts_of_a_line_have_tones(language: str, text: str, expected: list[tuple[str, str]]) -> None:
    assert toned(text, language) == expected


@given(st.text(max_size=200), st.sampled_from(["", *LANGUAGES]))
def test_no_character_is_lost(text: str, language: str) -> None:
    assert "".join(part for part, _ in highlight(text, language)) == text


@given(st.text(max_size=60), st.integers(0, 70), st.integers(0, 70))
def test_a_part_of_a_line_is_cut_out(text: str, first: int, end: int) -> None:
    line = highlight(text, "json")
    assert "".join(part for part, _ in cut(line, first, max(first, end))) == text[first : max(first, end)]


HOSTILE = [
    "&",
    "&a ",
    "a ",
    "a: ",
    '"',
    "'",
    '\\"',
    "<",
    "<a ",
    "<!--",
    "=",
    "= ",
    "1.",
    "-",
    "#",
    "[",
    "/*",
    " ",
    "a:",
    "`",
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_takes_long(language: str) -> None:
    for text in HOSTILE:
        began = time.process_time()
        highlight((text * _LONGEST)[:_LONGEST], language)
        assert time.process_time() - began < 0.3, text

"""Commands that match what was typed, and the order they come in."""

from __future__ import annotations

import pytest

from s3tui.tui.text.command_rows import CommandRow, best_first, matching, with_headings

ROWS = [
    CommandRow("objects.copy", "Copy", "Copy key, URI, ARN", "y", "Open"),
    CommandRow("objects.delete", "Delete", "Delete what is marked", "D del", "Change"),
    CommandRow("objects.sort", "Sort", "By name, size or age", "o", "Find"),
    CommandRow("app.transfers", "Transfers", "The transfer queue", "t", "s3tui"),
]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("", ["Copy", "Delete", "Sort", "Transfers"]),
        ("DELETE", ["Delete"]),
        ("mark what", ["Delete"]),
        ("objects.", ["Copy", "Delete", "Sort"]),
        ("change", ["Delete"]),
        ("trf", ["Transfers"]),
        ("zzz", []),
    ],
)
def test_words_are_looked_for_in_all_that_is_shown_else_their_letters(typed: str, names: list[str]) -> None:
    assert [row.name for row in matching(ROWS, typed)] == names


@pytest.mark.parametrize(
    ("typed", "first"), [("so", "Sort"), ("t", "Transfers"), ("fer", "Transfers"), ("y", "Copy")]
)
def test_the_key_or_the_beginning_of_a_name_comes_first(typed: str, first: str) -> None:
    assert best_first(matching(ROWS, typed), typed)[0].name == first


def test_nothing_typed_leaves_the_order() -> None:
    assert best_first(ROWS, " ") == ROWS


def test_each_group_has_one_heading() -> None:
    rows = list(with_headings([ROWS[0], ROWS[0], ROWS[1]]))
    assert [(row.name, row.is_heading) for row in rows] == [
        ("Open", True),
        ("Copy", False),
        ("Copy", False),
        ("Change", True),
        ("Delete", False),
    ]

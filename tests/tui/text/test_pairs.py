"""Pairs as lines: what is shown is read back as it was."""

from __future__ import annotations

import pytest

from s3tui.tui.text.pairs import check_metadata_names, lines_of, read_pair_changes, read_pairs

PAIRS = {"a": "b", "e q=u\\al": "x=y=", " spaces ": " kept ", "empty": ""}


def test_unchanged_lines_keep_what_they_had() -> None:
    assert read_pairs(lines_of(PAIRS), "tags", PAIRS) == PAIRS
    assert read_pairs("  a =  b \n\n c=d=e", "tags") == {"a": "b", "c": "d=e"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no equals", r"In tags, no equals is not name=value\."),
        ("=x", r"In tags, =x is not name=value\."),
        ("a=1\na=2", r"In tags, a is there twice\."),
    ],
)
def test_other_lines_are_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_pairs(text, "tags")


def test_changes_set_and_remove() -> None:
    assert read_pair_changes("a=1\n-b\n", "tags") == {"a": "1", "b": None}
    assert read_pair_changes("-x=1", "tags") == {"-x": "1"}
    with pytest.raises(ValueError, match=r"a is set and removed\."):
        read_pair_changes("a=1\n-a", "tags")


def test_names_of_metadata_are_those_of_headers() -> None:
    check_metadata_names({"a-b_c.1": ""})
    with pytest.raises(ValueError, match=r"a b cannot be a name in metadata"):
        check_metadata_names({"a b": ""})

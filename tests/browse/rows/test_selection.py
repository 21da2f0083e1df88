from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from s3tui.browse.rows.listing import Listing
from s3tui.browse.rows.selection import Selection
from tests.browse.pages import listed, pages


def keys_of(selection: Selection) -> list[str]:
    return [row.key for row in selection.rows()]


@given(st.lists(st.tuples(st.sampled_from(["mark", "unmark", "invert"]), st.sets(st.integers(0, 5)))))
def test_totals_are_those_of_the_marked_rows(steps: list[tuple[str, set[int]]]) -> None:
    listing = listed({"a", "bb", "ccc", "d/x", "e/y", "ffff"})
    selection = Selection()
    expected: set[int] = set()
    for step, rows in steps:
        getattr(selection, step)(listing, rows)
        expected = {"mark": expected | rows, "unmark": expected - rows, "invert": expected ^ rows}[step]
    assert [row for row in range(6) if selection.is_marked(listing, row)] == sorted(expected)
    marked = list(selection.rows())
    assert selection.count == len(marked) == len(expected)
    assert selection.size == sum(row.size or 0 for row in marked)
    assert selection.prefixes == sum(row.size is None for row in marked)


def test_marks_stay_while_the_listing_grows() -> None:
    first, second = pages({"a", "b", "c"}, per_page=2)
    listing, selection = Listing(), Selection()
    listing.append(first)
    selection.mark(listing, [1])
    listing.append(second)
    assert not selection.is_marked(listing, 2)
    selection.mark(listing, [2])
    assert keys_of(selection) == ["b", "c"]


def test_a_refresh_keeps_the_marks_of_the_keys_that_are_still_there() -> None:
    old, new = listed({"a", "b", "c"}), listed({"0", "b", "bb", "c", "d"})
    selection = Selection()
    selection.mark(old, [0, 2])
    selection.carry(old, new)
    assert keys_of(selection) == ["c"]
    assert (selection.count, selection.size) == (1, 1)


def test_what_lies_below_a_marked_prefix_is_not_a_target_of_its_own() -> None:
    root, below = listed({"a/1", "a/2", "b"}), listed({"a/1", "a/2"}, "a/")
    selection = Selection()
    selection.mark(below, [0])
    selection.mark(root, [1])
    assert [row.key for row in selection.targets()] == ["a/1", "b"]
    selection.mark(root, [0])
    assert [row.key for row in selection.targets()] == ["a/", "b"]


def test_clearing_leaves_nothing() -> None:
    listing, selection = listed({"a", "b"}), Selection()
    selection.mark(listing, [0, 1])
    selection.clear()
    assert (selection.count, selection.size, keys_of(selection)) == (0, 0, [])

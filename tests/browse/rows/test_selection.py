from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from s3tui.browse.rows.listing import Listing
from s3tui.browse.rows.selection import Selection
from s3tui.s3.models import ListObjectsPage, ObjectSummary
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


@given(st.integers(0, 6), st.integers(0, 6), st.booleans())
def test_a_range_of_rows_is_marked_as_each_of_them(first: int, last: int, is_reversed: bool) -> None:
    listing, selection = listed({"a", "bb", "ccc", "d/x", "e/y", "ffff"}), Selection()
    rows = range(first, last)
    selection.mark(listing, rows[::-1] if is_reversed else rows)
    assert [row for row in range(6) if selection.is_marked(listing, row)] == list(rows)
    selection.mark(listing, rows[::2])
    selection.unmark(listing, range(first, min(first + 1, last)))
    assert [row for row in range(6) if selection.is_marked(listing, row)] == list(rows[1:])


def test_totals_are_those_of_all_listings_with_marks() -> None:
    root = Listing()
    root.append(ListObjectsPage((ObjectSummary("b", None), ObjectSummary("c", 7)), ("a/",)))
    below = Listing("a/")
    below.append(ListObjectsPage((ObjectSummary("a/1", 5), ObjectSummary("a/2", None)), ("a/3/",)))
    selection = Selection()
    selection.mark(root, range(3))
    selection.mark(below, range(3))
    assert (selection.count, selection.prefixes, selection.size, selection.unsized) == (6, 2, 12, 2)
    selection.toggle(below, 1)
    selection.toggle(root, 2)
    assert (selection.count, selection.prefixes, selection.size, selection.unsized) == (4, 2, 5, 1)
    selection.toggle(below, 2)
    assert (selection.count, selection.prefixes) == (3, 1)
    selection.toggle(below, 2)
    selection.forget(root)
    assert (selection.count, selection.prefixes, selection.size, selection.unsized) == (2, 1, 5, 0)
    assert keys_of(selection) == ["a/1", "a/3/"]
    selection.forget(root)
    selection.carry(root, listed({"b"}))
    assert (selection.count, selection.size) == (2, 5)
    assert not selection.is_marked(root, 0)


def test_a_mark_below_a_prefix_with_a_like_name_is_a_target() -> None:
    root, below = listed({"a/1", "ab/2"}), listed({"ab/2", "ab/3"}, "ab/")
    selection = Selection()
    selection.mark(root, [0])
    selection.mark(below, [1])
    assert [row.key for row in selection.targets()] == ["a/", "ab/3"]


def test_what_is_cleared_can_be_marked_anew() -> None:
    listing, selection = listed({"a", "b/x"}), Selection()
    selection.mark(listing, [0, 1])
    selection.clear()
    assert (selection.prefixes, selection.unsized, selection.is_marked(listing, 0)) == (0, 0, False)
    selection.invert(listing, [1])
    assert (selection.count, selection.prefixes, selection.size) == (1, 1, 0)

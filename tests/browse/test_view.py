from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.browse.listing import Kind, Listing
from s3tui.browse.view import Order, SortBy, View
from tests.browse.pages import arranged, listed, pages

key_sets = st.sets(st.text("abc/", min_size=1, max_size=5), max_size=25)
orders = st.builds(Order, st.sampled_from(SortBy), st.booleans())
needles = st.sampled_from(["", "a", "b/", "zz"])


@given(key_sets, orders)
def test_a_sort_is_a_permutation(keys: set[str], order: Order) -> None:
    listing = listed(keys)
    assert sorted(arranged(listing, order).rows()) == list(range(len(listing)))


@given(key_sets, st.sampled_from([SortBy.SIZE, SortBy.MODIFIED]), st.booleans())
def test_sorted_values_run_one_way_below_the_prefixes(keys: set[str], by: SortBy, descending: bool) -> None:
    listing = listed(keys)
    rows = list(arranged(listing, Order(by, descending)).rows())
    kinds = [listing.kinds[row] for row in rows]
    assert kinds == sorted(kinds)
    column = listing.sizes if by is SortBy.SIZE else listing.times
    values = [column[row] for row in rows if listing.kinds[row] == Kind.OBJECT]
    assert values == sorted(values, reverse=descending)


@given(key_sets, orders, needles, st.integers(1, 4))
def test_growing_page_by_page_ends_as_all_at_once(
    keys: set[str], order: Order, needle: str, per_page: int
) -> None:
    growing = Listing()
    view = View(growing, order, needle)
    for page in pages(keys, per_page=per_page):
        growing.append(page)
        view.extend()
    assert list(view.rows()) == list(arranged(listed(keys), order, needle).rows())


@given(key_sets, orders, needles)
def test_places_and_rows_are_each_others_inverse(keys: set[str], order: Order, needle: str) -> None:
    listing = listed(keys)
    view = arranged(listing, order, needle)
    shown = list(view.rows())
    assert [view.row(place) for place in range(len(view))] == shown
    for row in range(len(listing)):
        assert view.place(row) == (shown.index(row) if row in shown else None)


@pytest.mark.parametrize("order", [Order(), Order(SortBy.SIZE, True)])
def test_a_row_can_be_shown_in_spite_of_the_filter(order: Order) -> None:
    listing = listed({"a/x", "b", "c"})
    view = arranged(listing, order, "b")
    view.include(0)
    view.include(0)
    assert [listing.key(row) for row in view.rows()] == ["a/", "b"]

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.browse.rows.listing import Kind, Listing
from s3tui.browse.rows.view import Order, SortBy, View
from s3tui.s3.models import ListObjectsPage, ObjectSummary
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


@given(st.integers(0, 2**32), st.sampled_from([1, 3, 10**6]), st.booleans())
@settings(max_examples=8)
def test_many_rows_are_sorted_as_few_are(seed: int, values: int, descending: bool) -> None:
    choice = random.Random(seed)
    sizes = [choice.randrange(values) if choice.random() < 0.7 else 7 for _ in range(30_000)]
    listing = Listing()
    objects = tuple(ObjectSummary(f"{row:06}", size) for row, size in enumerate(sizes[:-5]))
    listing.append(ListObjectsPage(objects))
    view = arranged(listing, Order(SortBy.SIZE, descending))
    late = tuple(ObjectSummary(f"{row:06}", sizes[row]) for row in range(len(sizes) - 5, len(sizes)))
    listing.append(ListObjectsPage(late))
    view.extend()
    assert list(view.rows()) == sorted(range(len(sizes)), key=sizes.__getitem__, reverse=descending)


@given(
    st.dictionaries(st.sampled_from([f"{name}/" for name in "abcdefgh"]), st.integers(0, 5)),
    st.booleans(),
    st.integers(0, 8),
)
def test_by_size_prefixes_are_sorted_by_what_is_known_of_theirs(
    known: dict[str, int], descending: bool, late: int
) -> None:
    names = [f"{name}/" for name in "abcdefgh"]
    listing = Listing("p/")
    listing.append(
        ListObjectsPage((ObjectSummary("p/", 9),), tuple(f"p/{name}" for name in names[: 8 - late]), "more")
    )
    sizes = {f"p/{name}": size for name, size in known.items()}
    view = arranged(listing, Order(SortBy.SIZE, descending, sizes.get))
    listing.append(
        ListObjectsPage((ObjectSummary("p/z", 3),), tuple(f"p/{name}" for name in names[8 - late :]))
    )
    view.extend()
    by_size = sorted(names, key=lambda name: known.get(name, -1), reverse=descending)  # stable: by name
    assert [listing.name(row) for row in view.rows()] == ["", *by_size, "z"]
    assert [view.place(row) for row in view.rows()] == list(range(len(view)))


@given(key_sets, orders, needles)
def test_a_view_shows_what_a_plain_sort_and_filter_would(keys: set[str], order: Order, needle: str) -> None:
    listing = listed(keys)
    rows = [row for row in map(listing.row, range(len(listing))) if needle in row.name]
    if order.by is not SortBy.NAME:
        column = {
            row.key: value
            for row, value in zip(
                map(listing.row, range(len(listing))),
                listing.sizes if order.by is SortBy.SIZE else listing.times,
                strict=True,
            )
        }
        rows.sort(key=lambda row: column[row.key] if row.kind is Kind.OBJECT else 0, reverse=order.descending)
        rows.sort(key=lambda row: row.kind)
    elif order.descending:
        rows.reverse()
    view = arranged(listing, order, needle)
    assert [listing.key(row) for row in view.rows()] == [row.key for row in rows]
    assert (view.behind, view.seen) == (0, len(listing))
    assert view.is_plain == (order == Order() and not needle)
    assert view.fits(order, needle)
    assert not view.fits(order, needle + "x")


@given(key_sets, orders, needles)
def test_a_row_that_is_not_shown_has_its_place_between_those_that_are(
    keys: set[str], order: Order, needle: str
) -> None:
    listing = listed(keys)
    every, view = list(arranged(listing, order).rows()), arranged(listing, order, needle)
    shown = set(view.rows())
    for row in range(len(listing)):
        before = sum(other in shown for other in every[: every.index(row)])
        assert view.place_or_next(row) == before
    assert view.place_or_next(len(listing)) == len(view)
    for row in range(len(listing)):
        view.include(row)
    assert list(view.rows()) == every


def test_a_fork_goes_its_own_way() -> None:
    listing = Listing()
    first, second = pages({"a", "ab", "b", "bb", "c/x"}, per_page=3)
    listing.append(first)
    for order in (Order(), Order(SortBy.SIZE, True)):
        view = arranged(listing, order, "b")
        fork = view.fork()
        assert (list(fork.rows()), fork.seen) == (list(view.rows()), view.seen)
    listing.append(second)
    fork.extend()
    assert fork.seen == 5
    assert view.seen == 3
    assert list(fork.rows()) == list(arranged(listing, Order(SortBy.SIZE, True), "b").rows())


def test_rows_that_were_included_stay_when_more_come() -> None:
    listing = Listing()
    first, second = pages({"a/x", "b", "bb", "c"}, per_page=2)
    listing.append(first)
    view = arranged(listing, Order(SortBy.SIZE), "b")
    view.include(0)
    listing.append(second)
    view.extend()
    assert [listing.key(row) for row in view.rows()] == ["a/", "b", "bb"]

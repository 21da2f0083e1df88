from __future__ import annotations

import fnmatch
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.browse.rows.listing import Kind, Listing, State
from s3tui.s3.errors import AccessDenied
from s3tui.s3.models import ListObjectsPage, ObjectSummary, RestoreStatus
from tests.browse.pages import entries, listed, pages, summary

any_key = st.text(st.characters(categories=None), min_size=1, max_size=12) | st.text("ab/", min_size=1)


@given(st.sets(any_key, max_size=30), st.integers(1, 7))
def test_rows_are_the_merged_entries_in_byte_order(keys: set[str], per_page: int) -> None:
    listing = listed(keys, per_page=per_page)
    assert [listing.key(row) for row in range(len(listing))] == entries(keys, "")
    assert listing.state is State.COMPLETE


@given(st.sets(any_key, max_size=30), any_key)
def test_a_key_is_found_where_it_is_and_only_there(keys: set[str], other: str) -> None:
    listing = listed(keys)
    rows = entries(keys, "")
    assert [listing.find(key) for key in rows] == list(range(len(rows)))
    assert listing.find(other) == (rows.index(other) if other in rows else None)


def test_a_row_says_all_that_the_page_said() -> None:
    page = ListObjectsPage((summary("logs/a.txt"),), ("logs/2026/",))
    listing = Listing("logs/")
    listing.append(page)
    prefix, row = listing.row(0), listing.row(1)
    assert (prefix.kind, prefix.key, prefix.name) == (Kind.PREFIX, "logs/2026/", "2026/")
    assert (prefix.size, prefix.modified, prefix.storage_class) == (None, None, None)
    (sent,) = page.objects
    assert (row.kind, row.key, row.name) == (Kind.OBJECT, "logs/a.txt", "a.txt")
    assert (row.size, row.modified, row.storage_class) == (sent.size, sent.last_modified, "STANDARD")


def test_an_object_named_as_the_prefix_is_a_marker_in_its_own_listing() -> None:
    listing = listed({"a/", "a/b", "a//c"}, "a/")
    assert [(r.kind, r.key) for r in map(listing.row, range(3))] == [
        (Kind.MARKER, "a/"),
        (Kind.PREFIX, "a//"),
        (Kind.OBJECT, "a/b"),
    ]


def test_an_object_beside_a_prefix_of_the_same_name_is_another_row() -> None:
    listing = listed({"a", "a/b"})
    assert [(r.kind, r.key) for r in map(listing.row, range(2))] == [(Kind.OBJECT, "a"), (Kind.PREFIX, "a/")]


def test_a_common_prefix_repeated_by_the_next_page_is_one_row() -> None:
    listing = Listing()
    listing.append(ListObjectsPage((), ("a/",), "next"))
    listing.append(ListObjectsPage((summary("b"),), ("a/",)))
    assert [listing.key(row) for row in range(len(listing))] == ["a/", "b"]


def test_a_server_that_keeps_no_order_is_shown_in_its_own_and_searched_all_the_same() -> None:
    listing = Listing()
    listing.append(ListObjectsPage((summary("m"), summary("z")), (), "next"))
    listing.append(ListObjectsPage((summary("a"), summary("p")), ()))
    assert [listing.key(row) for row in range(4)] == ["m", "z", "a", "p"]
    assert [listing.find(key) for key in ("m", "z", "a", "p", "q")] == [0, 1, 2, 3, None]


def test_keys_outside_the_prefix_are_left_out() -> None:
    listing = Listing("a/")
    listing.append(ListObjectsPage((summary("a/1"), summary("b/2")), ("c/",)))
    assert [listing.key(row) for row in range(len(listing))] == ["a/1"]


def test_states_follow_what_is_told() -> None:
    listing = Listing()
    assert (listing.state, listing.continuation_token) == (State.LOADING, None)
    listing.append(ListObjectsPage((summary("a"),), (), "token"))
    assert (listing.state, listing.continuation_token) == (State.LOADING, "token")
    listing.stop(by_user=True)
    assert (listing.state, listing.continuation_token) == (State.STOPPED, "token")
    listing.load()
    listing.stop()
    assert listing.state is State.MORE
    listing.load()
    error = AccessDenied("No.", code="AccessDenied", status=403)
    listing.fail(error)
    assert (listing.state, listing.error) == (State.FAILED, error)
    listing.load()
    listing.append(ListObjectsPage((summary("b"),)))
    listing.stop(by_user=True)
    assert (listing.state, listing.error) == (State.COMPLETE, None)


@given(
    st.sets(st.text("aAbé/.", min_size=1, max_size=6), max_size=20), st.text("aAbé.", min_size=1, max_size=2)
)
def test_a_filter_finds_exactly_the_names_that_hold_the_needle(keys: set[str], needle: str) -> None:
    def fold(text: str) -> str:
        return "".join(c.lower() if c.isascii() else c for c in text)

    listing = listed(keys)
    expected = [row for row in range(len(listing)) if fold(needle) in fold(listing.name(row))]
    assert list(listing.matching(needle)) == expected


def test_the_listing_may_grow_while_a_search_is_suspended() -> None:
    first, second = pages({"aa", "ab", "b"}, per_page=2)
    listing = Listing()
    listing.append(first)
    search = listing.matching("a")
    assert next(search) == 0
    listing.append(second)
    assert list(search) == [1]


def test_covers_tells_when_a_fresh_listing_can_take_an_old_ones_place() -> None:
    old = listed({"a", "b", "c"})
    fresh = Listing()
    for page, covers in zip(pages({"a", "b", "c", "d"}, per_page=1), (False, False, True, True), strict=True):
        fresh.append(page)
        assert fresh.covers(old) is covers


@pytest.mark.parametrize("rows", [20_000])
def test_a_row_takes_at_most_120_bytes_beside_its_name(rows: int) -> None:
    listing = Listing("p/")
    listing.append(ListObjectsPage(tuple(ObjectSummary(f"p/{n:08}", n) for n in range(rows))))
    columns = [c for c in vars(listing).values() if hasattr(c, "__len__")]
    assert sum(map(sys.getsizeof, columns)) <= rows * (120 + len("00000000"))


@given(
    st.sets(st.text("ab[é\n.", min_size=1, max_size=5), max_size=20),
    st.sampled_from(["*", "a*", "?", "[!a]*", "*é"]),
)
def test_a_glob_finds_the_names_that_are_wholly_like_it(keys: set[str], pattern: str) -> None:
    listing = listed(keys)
    expected = [row for row in range(len(listing)) if fnmatch.fnmatchcase(listing.name(row), pattern)]
    assert list(listing.matching_glob(pattern)) == expected


def test_rows_that_follow_others_are_refused() -> None:
    listing = listed({"a"})
    builder = listing.builder()
    builder.add(ListObjectsPage((summary("b"),)))
    rows = builder.take()
    listing.extend(rows)
    with pytest.raises(ValueError, match="do not follow"):
        listing.extend(rows)
    assert len(listing) == 2


@given(st.sets(any_key, max_size=30), st.integers(0, 30))
def test_a_listing_put_together_from_behind_equals_the_one_read_in_order(keys: set[str], cut: int) -> None:
    objects = tuple(summary(key) for key in sorted(keys))
    behind = Listing()
    behind.append(ListObjectsPage(objects[cut:]))
    both = behind.preceded_by(ListObjectsPage(objects[:cut]), begins_at=None)
    whole = Listing()
    whole.append(ListObjectsPage(objects))
    assert [both.row(row) for row in range(len(both))] == [whole.row(row) for row in range(len(whole))]
    assert both.total_size == whole.total_size
    assert [both.find(key) for key in keys] == [whole.find(key) for key in keys]
    assert both.state is State.COMPLETE


def test_how_far_a_restore_is_stays_with_its_row() -> None:
    days = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(300)]
    restores = [None, RestoreStatus(True), *(RestoreStatus(False, day) for day in days)]
    listing = Listing()
    listing.append(
        ListObjectsPage(
            tuple(
                ObjectSummary(f"{number:03}", 1, None, None, "GLACIER", restore)
                for number, restore in enumerate(restores)
            )
        )
    )
    listing = listing.preceded_by(ListObjectsPage((ObjectSummary("!", 1),)), begins_at=None)
    found = [listing.row(row).restore for row in range(1, len(listing))]
    assert listing.row(0).restore is None
    assert found[:100] == restores[:100]
    # Of more dates than there is room for, only the date is lost.
    assert [restore and restore.is_in_progress for restore in found[100:]] == [False] * 202
    assert {listing.row(row).storage_class for row in range(1, len(listing))} == {"GLACIER"}

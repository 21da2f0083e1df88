from __future__ import annotations

import fnmatch
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.browse.rows.listing import Kind, Listing, State
from s3tui.browse.rows.row_builder import Change, ComparedPage
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


NOW = datetime(2026, 11, 20, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(seconds=1), NOW - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("storage_class", "restore", "is_asleep"),
    [
        ("GLACIER", None, True),
        ("DEEP_ARCHIVE", None, True),
        ("GLACIER_IR", None, False),
        ("STANDARD", None, False),
        (None, RestoreStatus(True), False),
        ("GLACIER", RestoreStatus(True), True),
        ("GLACIER", RestoreStatus(True, LATER), True),
        ("GLACIER", RestoreStatus(False), False),
        ("GLACIER", RestoreStatus(False, LATER), False),
        ("GLACIER", RestoreStatus(False, NOW), True),
        ("DEEP_ARCHIVE", RestoreStatus(False, EARLIER), True),
    ],
)
def test_an_archived_object_sleeps_until_a_restored_copy_of_it_is_there(
    storage_class: str | None, restore: RestoreStatus | None, is_asleep: bool
) -> None:
    listing = Listing()
    listing.append(ListObjectsPage((ObjectSummary("k", 1, None, None, storage_class, restore),)))
    assert listing.row(0).is_asleep(NOW) is is_asleep


@given(st.sets(st.text("ab/", min_size=1, max_size=4), min_size=1), st.sampled_from(["", "a/", "b"]), any_key)
def test_the_first_row_that_is_not_before_a_key(keys: set[str], prefix: str, key: str) -> None:
    listing = listed(keys, prefix)
    shown = [listing.key(row) for row in range(len(listing))]
    assert shown == entries(keys, prefix)
    for wanted in (key, prefix, prefix + key, prefix[:-1], *keys):
        expected = next((row for row, other in enumerate(shown) if other >= wanted), len(shown))
        assert listing.find_at_or_after(wanted) == expected
    assert listing.last_key == (shown[-1] if shown else None)


@given(st.sets(any_key, max_size=12), st.sets(any_key, max_size=12))
def test_the_row_like_that_of_an_older_listing(old_keys: set[str], new_keys: set[str]) -> None:
    old, new = listed(old_keys), listed(new_keys)
    shown = [new.key(row) for row in range(len(new))]
    for row in range(len(old)):
        expected = next((n for n, key in enumerate(shown) if key >= old.key(row)), len(shown))
        assert new.find_like(old, row) == expected


def test_an_empty_listing_is_covered_by_any_and_covers_none_until_it_is_complete() -> None:
    loading, old = Listing(), listed({"a"})
    assert not loading.covers(old)
    assert loading.covers(Listing())
    loading.append(ListObjectsPage(()))
    assert loading.covers(old)


@pytest.mark.parametrize("size", [4095, 4096, 4097, 9000])
def test_many_names_are_searched_in_runs_with_a_pause_between(size: int) -> None:
    names = [f"{number:05}" for number in range(size)]
    listing = Listing("p/")
    listing.append(ListObjectsPage(tuple(ObjectSummary(f"p/{name}", 1) for name in names)))
    pauses: list[None] = []
    wanted = [row for row, name in enumerate(names) if "9" in name]
    assert list(listing.matching("9", checkpoint=lambda: pauses.append(None))) == wanted
    assert len(pauses) == -(-size // 4096)
    assert list(listing.matching_glob("*9*", checkpoint=lambda: pauses.append(None))) == wanted
    assert len(pauses) == 2 * -(-size // 4096)
    some = [row for row in wanted if 90 <= row < 4000]
    assert list(listing.matching("9", 90, 4000)) == some


@given(st.sets(any_key, max_size=20), st.integers(1, 6))
def test_totals_of_a_listing_put_together_are_those_of_both(keys: set[str], cut: int) -> None:
    objects = [ObjectSummary(key, None if len(key) % 3 == 0 else len(key)) for key in sorted(keys)]
    behind = Listing(sought="x")
    behind.append(ListObjectsPage(tuple(objects[cut:]), (), "token"))
    behind.stop()
    both = behind.preceded_by(ListObjectsPage(tuple(objects[:cut]), (), "theirs"), begins_at="b")
    assert (both.prefix, both.sought, both.begins_at) == ("", "x", "b")
    assert (both.state, both.continuation_token, both.error) == (State.MORE, "token", None)
    assert both.total_size == sum(one.size or 0 for one in objects)
    assert both.unsized == sum(one.size is None for one in objects)
    assert [both.row(row).key for row in range(len(both))] == sorted(keys)
    whole = both.preceded_by(ListObjectsPage((ObjectSummary("", 1),)), begins_at=None)
    assert [whole.key(row) for row in range(len(whole))] == ["", *sorted(keys)]


def test_a_listing_put_together_knows_whether_there_is_an_order() -> None:
    odd = Listing()
    odd.append(ListObjectsPage((summary("z"),), (), "more"))
    odd.append(ListObjectsPage((summary("p"),), ()))
    assert not odd.is_ordered
    assert not odd.preceded_by(ListObjectsPage((summary("a"),)), begins_at=None).is_ordered
    assert listed({"b"}).preceded_by(ListObjectsPage((summary("a"),)), begins_at=None).is_ordered


def test_only_what_is_loading_can_be_stopped() -> None:
    listing = Listing()
    listing.append(ListObjectsPage((summary("a"),), (), "token"))
    listing.fail(AccessDenied("No.", code="AccessDenied", status=403))
    listing.stop(by_user=True)
    assert listing.state is State.FAILED


def test_changes_of_a_comparison_stay_with_their_rows() -> None:
    changes = {"a": Change.ADDED, "b/": Change.CHANGED, "c": Change.REMOVED}
    listing = Listing()
    listing.append(ComparedPage((summary("c"), summary("a"), summary("d")), ("b/",), None, changes))
    assert [listing.row(row).change for row in range(4)] == [
        Change.ADDED,
        Change.CHANGED,
        Change.REMOVED,
        None,
    ]


def test_more_storage_classes_than_can_be_told_apart_are_unknown() -> None:
    listing = Listing()
    objects = [ObjectSummary(f"{n:03}", 1, None, None, f"CLASS{n % 280}") for n in range(560)]
    listing.append(ListObjectsPage(tuple(objects)))
    found = [listing.row(row).storage_class for row in range(560)]
    assert found[:255] == found[280:535] == [f"CLASS{n}" for n in range(255)]
    assert set(found[255:280] + found[535:]) == {None}

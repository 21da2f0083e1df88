"""Listings of versions: rows are a key and a version id, and stay it through sort, filter and refresh."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.browse.rows.listing import Kind, Listing, Row, VersionStatus
from s3tui.browse.rows.tree import Tree
from s3tui.browse.rows.view import Order, SortBy
from s3tui.browse.source.versions import VersionCounts, count_versions, short_id
from s3tui.s3.models import ListObjectsPage, ObjectSummary, VersionSummary
from tests.browse.pages import arranged

START = datetime(2026, 11, 1, tzinfo=UTC)


def version(
    key: str, id: str, size: int = 1, *, latest: bool = False, deleted: bool = False
) -> VersionSummary:
    at = START + timedelta(minutes=sum(map(ord, id)) % 60)
    return VersionSummary(key, 0 if deleted else size, at, None, "STANDARD", None, id, latest, deleted)


def at_cursor(tree: Tree) -> tuple[str, str | None]:
    row = tree.line(tree.cursor).read()
    assert row is not None
    return identity(row)


HISTORY = [
    version("a", "a3", 30, latest=True),
    version("a", "a2", 20),
    version("a", "a1", 10),
    version("b", "b3", latest=True, deleted=True),
    version("b", "b2", 5),
    version("b", "b1", deleted=True),
    version("c", "null", 7, latest=True),
]


def listed(versions: Sequence[ObjectSummary], prefixes: Sequence[str] = (), *, per_page: int = 3) -> Listing:
    listing = Listing()
    for first in range(0, max(1, len(versions)), per_page):
        more = first + per_page < len(versions)
        some = tuple(versions[first : first + per_page])
        listing.append(ListObjectsPage(some, () if more else tuple(prefixes), "more" if more else None))
    return listing


def identity(row: Row) -> tuple[str, str | None]:
    return row.key, row.version_id


@pytest.mark.parametrize("per_page", [1, 2, 3, 7])
def test_rows_are_versions_whatever_the_pages(per_page: int) -> None:
    listing = listed(HISTORY, ["d/"], per_page=per_page)
    rows = [listing.row(number) for number in range(len(listing))]
    assert [identity(row) for row in rows] == [(v.key, v.version_id) for v in HISTORY] + [("d/", None)]
    assert [row.status for row in rows[:6]] == [
        VersionStatus.CURRENT,
        VersionStatus.OLDER,
        VersionStatus.OLDER,
        VersionStatus.DELETED,
        VersionStatus.OLDER,
        VersionStatus.WAS_DELETED,
    ]
    assert [row.size for row in rows] == [30, 20, 10, None, 5, None, 7, None]
    assert [row.has_bytes for row in rows] == [True, True, True, False, True, False, True, False]
    assert [listing.find(*identity(row)) for row in rows] == list(range(8))
    assert listing.find("a") == 0
    assert listing.find("b", "a1") is None
    assert count_versions(Tree(listing)) == VersionCounts(2, 3, 35, 0, 2)


def test_prefixes_may_come_before_the_first_version_and_between() -> None:
    listing = Listing()
    listing.append(ListObjectsPage((), ("0/",), "1"))
    listing.append(ListObjectsPage((HISTORY[0],), (), "2"))
    listing.append(ListObjectsPage((), ("b/",), "3"))
    listing.append(ListObjectsPage((HISTORY[6],), (), None))
    rows = [listing.row(number) for number in range(4)]
    assert [identity(row) for row in rows] == [("0/", None), ("a", "a3"), ("b/", None), ("c", "null")]
    assert [row.kind for row in rows] == [Kind.PREFIX, Kind.OBJECT, Kind.PREFIX, Kind.OBJECT]


def test_the_versions_of_a_folder_marker_are_all_its_own() -> None:
    listing = Listing("d/")
    entries = (version("d/", "2", latest=True), version("d/", "1"), version("d/x", "1", latest=True))
    listing.append(ListObjectsPage(entries))
    assert [listing.row(number).kind for number in range(3)] == [Kind.MARKER, Kind.MARKER, Kind.OBJECT]


def test_a_listing_of_objects_has_no_column_for_versions() -> None:
    assert listed([ObjectSummary("a", 1)]).versions is None


def test_a_row_of_a_million_takes_at_most_120_bytes_beside_its_name_and_its_id() -> None:
    names = [f"key-{number:07}" for number in range(100_000)]
    listing = listed([version(name, "x" * 32, latest=True) for name in names], per_page=1000)
    columns = [vars(listing.versions)[name] for name in ("_ids", "_starts", "statuses")]
    columns += [
        listing.sizes,
        listing.times,
        listing.kinds,
        listing._names,
        listing._starts,
        listing._classes,
    ]
    beside = sum(map(sys.getsizeof, columns)) / len(names) - len(names[0])
    assert beside <= 120


@given(
    st.sets(st.sampled_from([v.version_id for v in HISTORY])),
    st.integers(0, len(HISTORY) - 1),
    st.integers(1, 7),
)
def test_a_refresh_keeps_cursor_and_marks_on_their_versions(gone: set[str], at: int, per_page: int) -> None:
    old = listed(HISTORY)
    tree = Tree(old)
    tree.cursor = at
    tree.selection.mark(old, [at, 1])
    left = [v for v in HISTORY if v.version_id not in gone]
    tree.replace(listed(left, per_page=per_page))
    marked = {identity(row) for row in tree.selection.rows()}
    wanted = {(HISTORY[row].key, HISTORY[row].version_id) for row in (at, 1)}
    assert marked == {(v.key, v.version_id) for v in left} & wanted
    row = tree.line(tree.cursor).read() if left else None
    following = [v for v in HISTORY[at:] if v.version_id not in gone]
    if row is not None and following:
        assert identity(row) == (following[0].key, following[0].version_id)


def test_the_cursor_stays_on_its_version_through_sort_and_filter() -> None:
    tree = Tree(listed(HISTORY))
    tree.cursor = 1
    tree.arrange(order=Order(SortBy.SIZE, descending=True))
    assert at_cursor(tree) == ("a", "a2")
    tree.arrange(needle="a")
    assert at_cursor(tree) == ("a", "a2")


def test_versions_are_sorted_by_size_among_each_other() -> None:
    listing = listed(HISTORY)
    view = arranged(listing, Order(SortBy.SIZE, descending=True))
    assert [listing.row(row).size or 0 for row in view.rows()] == [30, 20, 10, 7, 5, 0, 0]


def test_a_refresh_covers_the_last_key_only_when_no_more_versions_can_come() -> None:
    old, fresh = listed(HISTORY[:3]), Listing()
    fresh.append(ListObjectsPage(tuple(HISTORY[:1]), (), "more"))
    assert not fresh.covers(old)
    fresh.append(ListObjectsPage(tuple(HISTORY[1:4]), (), "more"))
    assert fresh.covers(old)


def test_version_ids_are_told_apart_by_their_ends() -> None:
    assert short_id("null") == "null"
    assert short_id("4_z27c88f1d182b150646ff0b16_f200ec353a2184825") == "…a2184825"

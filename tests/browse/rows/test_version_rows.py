"""Listings of versions against the plain list of the versions themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.browse.rows.listing import Kind, Listing, Row, VersionStatus
from s3tui.browse.rows.selection import Selection
from s3tui.s3.models import ListObjectsPage, ObjectSummary, VersionSummary

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = st.text("ab/é", min_size=1, max_size=3).filter(lambda key: not key.endswith("/"))
VERSION = st.tuples(st.none() | st.integers(0, 9), st.booleans())
"""Its size, and whether it is a delete marker."""
VERSIONS = st.dictionaries(KEY, st.lists(VERSION, min_size=1, max_size=3), max_size=6)


def entries(versions: dict[str, list[tuple[int | None, bool]]]) -> list[VersionSummary]:
    """The versions by key, the latest of each first, each with an id of its own."""
    return [
        VersionSummary(
            key,
            0 if is_marker else size,
            NOW - timedelta(minutes=age),
            storage_class="STANDARD",
            version_id=f"{'é' * age}{key}{age}",
            is_latest=age == 0,
            is_delete_marker=is_marker,
        )
        for key in sorted(versions)
        for age, (size, is_marker) in enumerate(versions[key])
    ]


def listing_of(found: list[VersionSummary], prefixes: list[str], per_page: int, prefix: str = "") -> Listing:
    listing = Listing(prefix)
    for first in range(0, max(1, len(found)), per_page):
        some = tuple(found[first : first + per_page])
        is_last = first + per_page >= len(found)
        listing.append(ListObjectsPage(some, tuple(prefixes) if is_last else (), None if is_last else "more"))
    return listing


def rows_of(listing: Listing) -> list[Row]:
    return [listing.row(row) for row in range(len(listing))]


def status_of(one: VersionSummary) -> VersionStatus:
    return {
        (True, False): VersionStatus.CURRENT,
        (False, False): VersionStatus.OLDER,
        (True, True): VersionStatus.DELETED,
        (False, True): VersionStatus.WAS_DELETED,
    }[one.is_latest, one.is_delete_marker]


@given(VERSIONS, st.sampled_from([[], ["€/"]]), st.integers(1, 5))
def test_each_version_is_a_row_with_its_id_and_status(
    versions: dict[str, list[tuple[int | None, bool]]], prefixes: list[str], per_page: int
) -> None:
    found = entries(versions)
    listing = listing_of(found, prefixes, per_page)
    rows = rows_of(listing)
    objects = rows[: len(found)]
    assert [(row.key, row.version_id, row.status) for row in objects] == [
        (one.key, one.version_id, status_of(one)) for one in found
    ]
    assert [(row.size, row.modified) for row in objects] == [
        (None if one.is_delete_marker else one.size, one.last_modified) for one in found
    ]
    assert [row.has_bytes for row in objects] == [not one.is_delete_marker for one in found]
    assert [(row.kind, row.key, row.version_id, row.has_bytes) for row in rows[len(found) :]] == [
        (Kind.PREFIX, key, None, False) for key in prefixes
    ]
    older = [one for one in found if status_of(one) is VersionStatus.OLDER]
    if listing.versions is not None:
        assert listing.versions.older_size == sum(one.size or 0 for one in older)
        assert listing.versions.older_unsized == sum(one.size is None for one in older)
    assert (listing.versions is None) == (not found)
    assert listing.total_size == sum(one.size or 0 for one in found)
    assert listing.unsized == sum(one.size is None for one in found)


@given(VERSIONS, st.integers(1, 5))
def test_a_version_is_found_by_its_id_and_a_key_at_its_first_one(
    versions: dict[str, list[tuple[int | None, bool]]], per_page: int
) -> None:
    found = entries(versions)
    listing = listing_of(found, [], per_page)
    for row, one in enumerate(found):
        assert listing.find(one.key, one.version_id) == row
        assert listing.find(one.key) == next(n for n, other in enumerate(found) if other.key == one.key)
        assert listing.find(one.key, "no such id") is None


@given(VERSIONS, st.data())
def test_the_row_like_an_older_one_is_its_version_or_the_next_that_is_left(
    versions: dict[str, list[tuple[int | None, bool]]], data: st.DataObject
) -> None:
    found = entries(versions)
    left = [one for one in found if data.draw(st.booleans())]
    old, new = listing_of(found, [], 1000), listing_of(left, [], 1000)
    for row, one in enumerate(found):
        behind = [other for other in found[row:] if other.key == one.key and other in left]
        behind += [other for other in left if other.key > one.key]
        assert new.find_like(old, row) == (left.index(behind[0]) if behind else len(left))


@given(VERSIONS, st.data())
def test_a_refresh_keeps_the_marks_of_versions(
    versions: dict[str, list[tuple[int | None, bool]]], data: st.DataObject
) -> None:
    found = entries(versions)
    marked = [one for one in found if data.draw(st.booleans())]
    left = [one for one in found if data.draw(st.booleans())]
    old, new, selection = listing_of(found, [], 1000), listing_of(left, [], 1000), Selection()
    selection.mark(old, [found.index(one) for one in marked])
    selection.carry(old, new)
    kept = [one.version_id for one in left if one in marked]
    assert [row.version_id for row in selection.rows()] == kept
    assert selection.count == len(kept)


def test_versions_behind_rows_that_are_none_and_before_them() -> None:
    listing = Listing("p/")
    listing.append(ListObjectsPage((), ("p/a/", "p/b/"), "more"))
    assert listing.version_id(0) is None
    listing.append(ListObjectsPage(tuple(entries({"p/c": [(1, False), (2, False)]})), (), "more"))
    listing.append(ListObjectsPage((), ("p/d/", "p/e/"), "more"))
    listing.append(ListObjectsPage(tuple(entries({"p/f": [(3, True)]})), ("p/g/",)))
    assert [(row.name, row.version_id, row.status) for row in rows_of(listing)] == [
        ("a/", None, VersionStatus.CURRENT),
        ("b/", None, VersionStatus.CURRENT),
        ("c", "p/c0", VersionStatus.CURRENT),
        ("c", "ép/c1", VersionStatus.OLDER),
        ("d/", None, VersionStatus.CURRENT),
        ("e/", None, VersionStatus.CURRENT),
        ("f", "p/f0", VersionStatus.DELETED),
        ("g/", None, VersionStatus.CURRENT),
    ]


def test_one_builder_adds_pages_with_versions_and_without() -> None:
    listing = Listing()
    for _ in range(2):
        builder = listing.builder()
        builder.add(ListObjectsPage((), (f"{len(listing)}a/",), "more"))
        builder.add(ListObjectsPage(tuple(entries({f"{len(listing)}b": [(1, False)]})), (), "more"))
        builder.add(ListObjectsPage((), (f"{len(listing)}c/",), "more"))
        assert builder.row_count == len(listing) + 3
        listing.extend(builder.take())
        assert not builder.has_news
        builder.add(ListObjectsPage((), (f"{len(listing)}d/",), "more"))
        assert builder.has_news
        listing.extend(builder.take())
    assert [(row.key, row.version_id) for row in rows_of(listing)] == [
        ("0a/", None),
        ("0b", "0b0"),
        ("0c/", None),
        ("3d/", None),
        ("4a/", None),
        ("4b", "4b0"),
        ("4c/", None),
        ("7d/", None),
    ]


def test_the_versions_of_a_prefixs_own_object_are_all_markers() -> None:
    listing = listing_of(entries({"p/": [(0, False), (0, False)], "p/x": [(1, False)]}), [], 1000, "p/")
    assert [row.kind for row in rows_of(listing)] == [Kind.MARKER, Kind.MARKER, Kind.OBJECT]


@given(VERSIONS, st.integers(1, 3))
def test_versions_of_one_key_on_two_pages_are_in_order(
    versions: dict[str, list[tuple[int | None, bool]]], per_page: int
) -> None:
    found = entries(versions)
    assert listing_of(found, [], per_page).is_ordered
    keys = [key for key, _ in groupby(found, lambda one: one.key)]
    assert listing_of(found[::-1], [], 1).is_ordered == (len(keys) < 2)


@pytest.mark.parametrize(
    ("shown", "is_covered"), [(1, False), (2, False), (3, False), (4, True)], ids=["a", "b0", "b1", "c"]
)
def test_of_the_last_key_further_versions_may_come(shown: int, is_covered: bool) -> None:
    found = entries({"a": [(1, False)], "b": [(1, False), (1, False)], "c": [(1, False)]})
    fresh, old = Listing(), listing_of(found[:3], [], 1000)
    fresh.append(ListObjectsPage(tuple(found[:shown]), (), "more"))
    assert fresh.covers(old) is is_covered


def test_objects_are_no_versions() -> None:
    listing = Listing()
    listing.append(ListObjectsPage((ObjectSummary("a", 1),)))
    row = listing.row(0)
    assert (listing.versions, row.version_id, row.status) == (None, None, VersionStatus.CURRENT)


def test_a_prefix_between_versions_takes_no_id_of_theirs() -> None:
    found = entries({"a": [(1, False), (2, True)], "c": [(3, False)]})
    listing = listing_of(found, ["b/"], 1000)
    assert [(row.key, row.version_id, row.status) for row in rows_of(listing)] == [
        ("a", "a0", VersionStatus.CURRENT),
        ("a", "éa1", VersionStatus.WAS_DELETED),
        ("b/", None, VersionStatus.CURRENT),
        ("c", "c0", VersionStatus.CURRENT),
    ]

"""Unknown sizes and times stay unknown in everything built from a listing: no zero, no end of the app."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.browse.place.bookmarks import SCHEMA, Whose
from s3tui.browse.rows.listing import Listing
from s3tui.browse.rows.row_builder import Change
from s3tui.browse.rows.selection import Selection
from s3tui.browse.rows.view import Order, SortBy, View
from s3tui.browse.sizes.count import Count
from s3tui.browse.sizes.known_sizes import remember, remembered
from s3tui.browse.snapshot.comparison import Pair
from s3tui.browse.snapshot.snapshot import SnapshotWriter, read_page
from s3tui.browse.source.query import parse
from s3tui.s3.models import ListObjectsPage, ObjectSummary, VersionSummary
from s3tui.state import open_database

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LARGEST = 2**63 - 1
OWN = Whose("http://a key AKIA1", "env")
TIMES = st.none() | st.datetimes(timezones=st.just(UTC))
SIZES = st.none() | st.integers(0, LARGEST)
OBJECTS = st.lists(
    st.builds(ObjectSummary, st.text("ab/é", min_size=1, max_size=4), SIZES, TIMES, st.none() | st.just("e")),
    max_size=12,
    unique_by=lambda one: one.key,
).map(lambda found: sorted(found, key=lambda one: one.key))


def listing_of(objects: list[ObjectSummary]) -> Listing:
    listing = Listing()
    listing.append(ListObjectsPage(tuple(objects)))
    return listing


@given(OBJECTS)
def test_a_listing_says_of_each_row_what_is_known(objects: list[ObjectSummary]) -> None:
    listing = listing_of(objects)
    assert [listing.row(n).size for n in range(len(listing))] == [one.size for one in objects]
    assert [listing.row(n).modified is None for n in range(len(listing))] == [
        one.last_modified is None for one in objects
    ]
    assert listing.total_size == sum(one.size or 0 for one in objects)
    assert listing.unsized == sum(one.size is None for one in objects)


@given(OBJECTS, st.data())
def test_what_is_marked_is_at_least_so_large(objects: list[ObjectSummary], data: st.DataObject) -> None:
    listing, selection = listing_of(objects), Selection()
    rows = data.draw(st.sets(st.sampled_from(range(len(objects)))) if objects else st.just(set()))
    selection.mark(listing, rows)
    for row in data.draw(st.lists(st.sampled_from(range(len(objects))), max_size=3)) if objects else []:
        selection.toggle(listing, row)
        rows ^= {row}
    assert selection.size == sum(objects[row].size or 0 for row in rows)
    assert selection.unsized == sum(objects[row].size is None for row in rows)


@given(OBJECTS, st.booleans(), st.sampled_from([SortBy.SIZE, SortBy.MODIFIED]))
def test_an_unknown_value_sorts_as_less_than_all(
    objects: list[ObjectSummary], descending: bool, by: SortBy
) -> None:
    view = View(listing_of(objects), Order(by, descending))
    view.extend()
    rows = [view.listing.row(row) for row in view.rows()]
    known = [(row.size if by is SortBy.SIZE else row.modified) is not None for row in rows]
    assert [is_known for is_known, _ in groupby(known)] in (
        [[], [True], [False], [True, False]] if descending else [[], [True], [False], [False, True]]
    )


@given(objects=OBJECTS)
def test_a_count_is_kept_with_how_many_had_no_size(objects: list[ObjectSummary]) -> None:
    count = Count("", NOW)
    count.add(ListObjectsPage(tuple(objects)))
    sizes = count.sizes(is_complete=True)
    assert sizes.total.unsized == sum(one.size is None for one in objects)
    assert sizes.total.size == sum(one.size or 0 for one in objects)
    with TemporaryDirectory() as folder, closing(open_database(Path(folder, "s"), SCHEMA)) as database:
        remember(database, OWN, "b", sizes)
        known = remembered(database, OWN, "b").known("")
    assert known is not None
    assert known.tally == sizes.total


def test_a_snapshot_holds_what_is_known_and_totals_that_no_database_can(tmp_path: Path) -> None:
    objects = [
        ObjectSummary("a", LARGEST, datetime.min.replace(tzinfo=UTC), "e"),
        ObjectSummary("b", LARGEST, datetime(9999, 12, 31, tzinfo=UTC), "e"),
        ObjectSummary("c", None, None),
    ]
    writer = SnapshotWriter(tmp_path / "s.s3snap", "c", "b", "", NOW)
    writer.add(objects)
    snapshot = writer.finish(NOW, is_complete=True)
    assert (snapshot.header.objects, snapshot.header.size) == (3, LARGEST)
    with closing(sqlite3.connect(snapshot.file)) as database:
        assert list(read_page(database, "", "", None).objects) == objects


@pytest.mark.parametrize("query", ["<1k", ">1k", "<9999T"])
def test_an_unknown_size_is_in_no_bounds(query: str) -> None:
    assert not parse(query).test(NOW)("k", ObjectSummary("k", None))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (ObjectSummary("k", None, NOW, "e"), ObjectSummary("k", 5, NOW, "e"), None),
        (ObjectSummary("k", None, NOW, "e"), ObjectSummary("k", 5, NOW, "f"), Change.CHANGED),
        (ObjectSummary("k", None, NOW), ObjectSummary("k", None, NOW), None),
        (ObjectSummary("k", 4, NOW, "e"), ObjectSummary("k", 5, NOW, "e"), Change.CHANGED),
    ],
)
def test_an_unknown_size_is_no_change(
    one: ObjectSummary, other: ObjectSummary, expected: Change | None
) -> None:
    assert Pair("k", one, other).change is expected


def test_an_older_version_of_unknown_size_is_counted_as_far_as_it_is_known() -> None:
    versions = tuple(
        VersionSummary("k", size, NOW, version_id=str(n), is_latest=n == 0)
        for n, size in enumerate([1, None, 5])
    )
    listing = Listing()
    listing.append(ListObjectsPage(versions))
    assert listing.versions is not None
    assert (listing.versions.older_size, listing.row(1).size) == (5, None)

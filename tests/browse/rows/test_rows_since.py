"""Rows that are new, or others, since an earlier look at the same place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from s3tui.browse.rows.listing import Listing
from s3tui.browse.rows.row_builder import Change
from s3tui.browse.rows.rows_since import RowsSince
from s3tui.s3.models import ListObjectsPage, ObjectSummary

THEN = datetime(2026, 11, 20, 12, tzinfo=UTC)
Objects = dict[str, int]
"""Size by key."""
OBJECTS = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 2), max_size=9)


def listing(objects: Objects, *, hours: int = 0, more: bool = False) -> Listing:
    made = Listing()
    rows = tuple(
        ObjectSummary(key, objects[key], THEN + timedelta(hours=hours), None, "STANDARD")
        for key in sorted(objects)
    )
    made.append(ListObjectsPage(rows, next_continuation_token="more" if more else None))
    return made


@given(OBJECTS, OBJECTS)
def test_rows_that_came_are_told_from_those_that_are_others(before: Objects, after: Objects) -> None:
    now = listing(after)
    since = RowsSince([listing(before)])
    for row, key in enumerate(sorted(after)):
        expected = (
            Change.ADDED if key not in before else Change.CHANGED if before[key] != after[key] else None
        )
        assert since.change(now, row) is expected


def test_an_object_that_was_written_again_is_another_one() -> None:
    since = RowsSince([listing({"a": 1})])
    assert since.change(listing({"a": 1}, hours=1), 0) is Change.CHANGED


def test_what_was_not_listed_then_is_not_new() -> None:
    part = listing({"a": 1, "c": 1}, more=True)
    since = RowsSince([part])
    now = listing({"a": 1, "b": 1, "c": 1, "d": 1})
    assert [since.change(now, row) for row in range(4)] == [None, Change.ADDED, None, None]
    assert since.change(part, 0) is None
    elsewhere = Listing("d/")
    elsewhere.append(ListObjectsPage((ObjectSummary("d/x", 1, THEN, None, "STANDARD"),)))
    assert since.change(elsewhere, 0) is None

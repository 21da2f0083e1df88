"""The rows of the bucket list: kept over a refresh, in the order and by the filter that are wanted. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from s3tui.browse.place.location import Location
from s3tui.browse.sizes.count import SizeTotal
from s3tui.browse.sizes.known_sizes import KnownSize
from s3tui.s3.models import Bucket
from s3tui.tui.screens.buckets.bucket_rows import BucketOrder, BucketRows

BUCKETS = [
    Bucket("logs", datetime(2026, 3, 1, tzinfo=UTC), "us-east-1"),
    Bucket("archive", datetime(2026, 5, 1, tzinfo=UTC), "eu-west-1"),
    Bucket("photos", None, None),
]


def names(rows: BucketRows) -> list[str]:
    return [row.name for row in rows.shown()]


def listed() -> BucketRows:
    rows = BucketRows()
    rows.take(BUCKETS, {})
    return rows


def test_buckets_come_by_name_by_age_or_by_region_and_what_is_unknown_last() -> None:
    rows = listed()
    assert names(rows) == ["archive", "logs", "photos"]
    rows.order = rows.order.next
    assert (rows.order, names(rows)) == (BucketOrder.CREATED, ["archive", "logs", "photos"])
    rows.order = rows.order.next
    assert (rows.order, names(rows)) == (BucketOrder.REGION, ["archive", "logs", "photos"])
    rows.order = rows.order.next
    assert (rows.order, names(rows)) == (BucketOrder.SIZE, ["archive", "logs", "photos"])
    assert rows.order.next is BucketOrder.NAME


def size_of(size: int) -> KnownSize:
    return KnownSize(SizeTotal(3, size), True, datetime(2026, 11, 1, tzinfo=UTC))


def test_a_column_sorts_and_again_backwards_with_what_is_unknown_last() -> None:
    rows = listed()
    rows.weigh({"logs": size_of(10), "photos": size_of(30)})
    for order, forwards, backwards in (
        (BucketOrder.SIZE, ["photos", "logs", "archive"], ["logs", "photos", "archive"]),
        (BucketOrder.CREATED, ["archive", "logs", "photos"], ["logs", "archive", "photos"]),
        (BucketOrder.REGION, ["archive", "logs", "photos"], ["logs", "archive", "photos"]),
        (BucketOrder.NAME, ["archive", "logs", "photos"], ["photos", "logs", "archive"]),
    ):
        rows.sort_by(order)
        assert names(rows) == forwards, order
        rows.sort_by(order)
        assert names(rows) == backwards, order
    assert rows.caption(3) == "Buckets · by name backwards"
    rows.take(BUCKETS, {})
    assert [row.known for row in rows.shown()] == [size_of(30), size_of(10), None], "kept over a refresh"


def test_a_filter_hides_rows_and_is_counted_against_all() -> None:
    rows = listed()
    rows.needle = "LO"
    assert names(rows) == ["logs"]
    assert rows.hides("archive")
    assert rows.caption(1) == "1 of 3 · by name"
    assert rows.total() == "3 buckets · 2 regions"


def test_what_is_known_of_a_bucket_outlives_a_refresh() -> None:
    rows = listed()
    assert rows.change("photos", region="eu-north-1", refused=None)
    assert not rows.change("elsewhere", region="eu-north-1")
    rows.take(BUCKETS, {})
    assert rows.shown()[2].region == "eu-north-1"


def test_the_bucket_that_was_left_has_a_row_until_it_is_gone() -> None:
    rows = listed()
    rows.leave("hidden", {})
    row = next(row for row in rows.shown() if row.name == "hidden")
    assert row.refused == "not listed"
    rows.take(BUCKETS, {"hidden": "us-east-1"})
    assert "hidden" in names(rows)
    rows.forget("hidden")
    rows.take(BUCKETS, {})
    assert "hidden" not in names(rows)


def test_no_buckets_at_all_stay_none() -> None:
    rows = BucketRows()
    rows.leave("hidden", {})
    assert (len(rows), rows.total(), rows.caption(0)) == (0, "", "Buckets · by name")


def test_bookmarks_are_marked_on_rows_of_now_and_of_later() -> None:
    rows = listed()
    rows.mark({Location("logs"), Location("later")})
    assert [row.name for row in rows.shown() if row.bookmarked] == ["logs"]
    rows.take([*BUCKETS, Bucket("later", None, None)], {})
    assert [row.name for row in rows.shown() if row.bookmarked] == ["later", "logs"]

"""Learned regions outlive a run, by identity; the last one counts, and the trail before it is kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from s3tui.browse.place.bookmarks import SCHEMA, Whose, settle_owner
from s3tui.connect import region_store
from s3tui.s3.sending.region_redirects import RegionRouted

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for step in SCHEMA:
        connection.executescript(step)
    yield connection
    connection.close()


def routed(to: str, *, bucket: str | None = "b", hours: float = 0.0, evidence: str = "301") -> RegionRouted:
    at = NOW + timedelta(hours=hours)
    return RegionRouted(bucket, "us-east-1", to, evidence, at, 0.012, "b.s3.amazonaws.com")


def test_the_last_redirect_counts_and_all_are_kept(database: sqlite3.Connection) -> None:
    first, second = routed("eu-west-1"), routed("eu-central-1", hours=1)
    other = routed("ap-south-1", bucket="c")
    for each in (second, first, other, routed("us-west-2", bucket=None)):
        region_store.keep(database, "one", each)
    assert region_store.trail(database, "one", "b") == [first, second]
    assert {each.bucket: each.to_region for each in region_store.latest(database, "one")} == {
        "b": "eu-central-1",
        "c": "ap-south-1",
    }
    assert region_store.latest(database, "two") == []
    region_store.forget(database, "one", "b")
    assert region_store.trail(database, "one", "b") == []
    assert region_store.latest(database, "one") == [other]


def test_of_many_redirects_the_oldest_go(database: sqlite3.Connection) -> None:
    for number in range(30):
        region_store.keep(database, "one", routed(f"eu-west-{number}", hours=number))
    trail = region_store.trail(database, "one", "b")
    assert [each.to_region for each in trail] == [f"eu-west-{number}" for number in range(10, 30)]


def test_damaged_rows_and_odd_evidence_do_no_harm(database: sqlite3.Connection) -> None:
    region_store.keep(database, "one", routed("eu-west-1", evidence="\ud800"))
    rows = [("c", 1e300, "a", "eu-west-1", b"", None, ""), ("d", 1.0, "a", "no region!", b"", None, "")]
    for row in rows:
        database.execute("INSERT INTO regions VALUES ('one', ?, ?, ?, ?, ?, ?, ?)", row)
    assert [each.bucket for each in region_store.latest(database, "one")] == ["b"]


def test_regions_follow_the_account(database: sqlite3.Connection) -> None:
    whose = Whose("one", "work")
    settle_owner(database, whose, "first")
    region_store.keep(database, "one", routed("eu-west-1"))
    settle_owner(database, whose, "second")
    assert region_store.latest(database, "one") == []
    settle_owner(database, whose, "first")
    assert [each.to_region for each in region_store.latest(database, "one")] == ["eu-west-1"]

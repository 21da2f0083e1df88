"""Stored capabilities: they outlive the process, for their endpoint and account, until they are old."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from s3tui.browse.place.bookmarks import SCHEMA
from s3tui.connect import Anonymous, Connection, FromEnvironment, FromKeyring, FromProfile, Given
from s3tui.connect.capability_store import keep, kept
from s3tui.connect.connection import CredentialsSource
from s3tui.connect.identity import identity_of
from s3tui.s3 import Capability, CapabilityObserved, Credentials, Endpoint
from s3tui.state import open_database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SEEN = [
    CapabilityObserved(capability, is_there, "PutObject: 501 \x1b[31m\udcff", NOON)
    for capability, is_there in zip(Capability, [True, False] * len(Capability), strict=False)
]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(tmp_path / "state.sqlite", SCHEMA)) as database:
        yield database


def test_each_comes_back_as_it_was_kept(database: sqlite3.Connection, tmp_path: Path) -> None:
    for observed in SEEN:
        keep(database, "here", observed)
    with closing(open_database(tmp_path / "state.sqlite", SCHEMA)) as reopened:
        found = {observed.capability: observed for observed in kept(reopened, "here", NOON)}
    assert {(o.capability, o.is_there, o.at) for o in found.values()} == {
        (o.capability, o.is_there, o.at) for o in SEEN
    }
    assert all(observed.evidence.startswith("PutObject: 501") for observed in found.values())


def test_what_is_old_is_looked_at_anew(database: sqlite3.Connection) -> None:
    keep(database, "here", SEEN[0])
    assert kept(database, "here", NOON + timedelta(days=29)) == [
        CapabilityObserved(SEEN[0].capability, True, kept(database, "here", NOON)[0].evidence, NOON)
    ]
    assert kept(database, "here", NOON + timedelta(days=31)) == []


@pytest.mark.parametrize(
    "row",
    [
        ("from-the-future", 1, b"", 2e9),
        ("delete-objects", 7, b"", 2e9),
        ("delete-objects", b"x", b"", 2e9),
        ("delete-objects", 1, "text", 2e9),
        ("delete-objects", 1, b"", 1e300),
        ("delete-objects", 1, b"", b"x"),
    ],
)
def test_a_row_that_makes_no_sense_was_not_seen(
    database: sqlite3.Connection, row: tuple[object, ...]
) -> None:
    database.execute("INSERT INTO capabilities VALUES ('here', ?, ?, ?, ?)", row)
    keep(database, "here", SEEN[0])
    assert [observed.capability for observed in kept(database, "here", NOON)] == [SEEN[0].capability]


def test_no_other_endpoint_or_account_shares_a_record() -> None:
    places = [
        Endpoint.custom(f"{scheme}://{host}{port}{path}")
        for scheme, host, port, path in product(
            ["http", "https"], ["a.example", "b.example"], ["", ":81"], ["", "/x"]
        )
    ]
    accounts: list[CredentialsSource] = [
        FromKeyring("AKIA1"),
        Given(Credentials("AKIA2", "x" * 8)),
        FromProfile("p"),
        FromProfile("q"),
        FromEnvironment(),
        Anonymous(),
    ]
    connections = [Connection("env", endpoint, account) for endpoint in places for account in accounts]
    assert len({identity_of(connection) for connection in connections}) == len(connections)
    assert identity_of(Connection("one", places[0], FromKeyring("K"))) == identity_of(
        Connection("two", places[0], Given(Credentials("K", "y" * 8)))
    )

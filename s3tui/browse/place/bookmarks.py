"""Bookmarks and visited locations, kept in the state database from one run to the next, and its schema.

Everything here takes the state database (`SCHEMA`) and is over in a moment; it waits for another instance
that writes, so it belongs in a thread of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import product
from typing import NamedTuple

from s3tui.browse.place.location import Location

SCHEMA: Sequence[str] = (
    """
    CREATE TABLE visits (
        connection TEXT NOT NULL, bucket TEXT NOT NULL, prefix BLOB NOT NULL, at REAL NOT NULL,
        PRIMARY KEY (connection, bucket, prefix)
    ) WITHOUT ROWID;
    CREATE TABLE bookmarks (
        connection TEXT NOT NULL, bucket TEXT NOT NULL, prefix BLOB NOT NULL, at REAL NOT NULL,
        PRIMARY KEY (connection, bucket, prefix)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE counts (
        connection TEXT NOT NULL, bucket TEXT NOT NULL, prefix BLOB NOT NULL, at REAL NOT NULL,
        sizes TEXT NOT NULL,
        PRIMARY KEY (connection, bucket, prefix)
    );
    """,
    """
    CREATE TABLE capabilities (
        identity TEXT NOT NULL, capability TEXT NOT NULL, is_there INTEGER NOT NULL, evidence BLOB NOT NULL,
        at REAL NOT NULL,
        PRIMARY KEY (identity, capability)
    ) WITHOUT ROWID;
    """,
    # Until then all was kept by the connection's name. Places stay under it, with an empty identity; whose
    # sizes they were, nobody can tell.
    """
    DROP TABLE counts;
    CREATE TABLE counts (
        identity TEXT NOT NULL, bucket TEXT NOT NULL, prefix BLOB NOT NULL, at REAL NOT NULL,
        sizes TEXT NOT NULL,
        PRIMARY KEY (identity, bucket, prefix)
    );
    CREATE TABLE places (
        kind TEXT NOT NULL, identity TEXT NOT NULL, connection TEXT NOT NULL, bucket TEXT NOT NULL,
        prefix BLOB NOT NULL, at REAL NOT NULL,
        PRIMARY KEY (kind, identity, connection, bucket, prefix)
    ) WITHOUT ROWID;
    INSERT INTO places SELECT 'visit', '', connection, bucket, prefix, at FROM visits;
    INSERT INTO places SELECT 'bookmark', '', connection, bucket, prefix, at FROM bookmarks;
    DROP TABLE visits;
    DROP TABLE bookmarks;
    """,
    """
    CREATE TABLE owners (identity TEXT PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID;
    """,
    """
    CREATE TABLE remembered (
        kind TEXT NOT NULL, name TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (kind, name)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE regions (
        identity TEXT NOT NULL, bucket TEXT NOT NULL, at REAL NOT NULL, from_region TEXT NOT NULL,
        to_region TEXT NOT NULL, evidence BLOB NOT NULL, elapsed_s REAL, host TEXT NOT NULL,
        PRIMARY KEY (identity, bucket, at)
    ) WITHOUT ROWID;
    """,
)
"""The state database's schema, as `open_database` takes it. Only ever append."""
_KEPT = 500
"""Visits to remember of an account."""
_OURS = "kind = ?1 AND (identity = ?2 OR (identity = '' AND connection = ?3))"


class Whose(NamedTuple):
    """The account that rows of the state database belong to."""

    identity: str
    """The text of the connection's identity: endpoint and account."""
    connection: str
    """The connection's name, by which locations were kept before."""


def settle_owner(database: sqlite3.Connection, whose: Whose, owner: str) -> bool:
    """Swap the rows of an identity when its account has changed: the old one's go, the new one's come back.

    A profile may lead to another account tomorrow; the server's answer tells.

    Args:
        owner: the account's id, as the server told it.

    Returns: whether it is another account than it was.
    """
    found = database.execute("SELECT owner FROM owners WHERE identity = ?", (whose.identity,)).fetchone()
    if found == (owner,):
        return False
    database.execute("BEGIN IMMEDIATE")
    try:
        database.execute("INSERT OR REPLACE INTO owners VALUES (?, ?)", (whose.identity, owner))
        if found is not None:
            moves = ((_of(whose, found[0]), whose.identity), (whose.identity, _of(whose, owner)))
            for table, (to, now) in product(("places", "counts", "capabilities", "regions"), moves):
                database.execute(f"UPDATE OR REPLACE {table} SET identity = ? WHERE identity = ?", (to, now))
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")
    return found is not None


def _of(whose: Whose, owner: str) -> str:
    return f"{whose.identity} of {owner}"


def visit(database: sqlite3.Connection, whose: Whose, location: Location, at: datetime) -> None:
    """Insert a visit of `location`; beyond 500 of the account, the oldest are deleted."""
    _put(database, "visit", whose, location, at)
    database.execute(
        f"DELETE FROM places WHERE {_OURS} AND at <= "
        f"(SELECT at FROM places WHERE {_OURS} ORDER BY at DESC LIMIT 1 OFFSET ?4)",
        ("visit", *whose, _KEPT),
    )


def recent(database: sqlite3.Connection, whose: Whose) -> list[Location]:
    """Return the visited locations, the latest first."""
    return _get(database, "visit", whose, "max(at) DESC")


def bookmarks(database: sqlite3.Connection, whose: Whose) -> list[Location]:
    """Return the bookmarks, by name."""
    return _get(database, "bookmark", whose, "bucket, prefix")


def toggle_bookmark(database: sqlite3.Connection, whose: Whose, location: Location, at: datetime) -> bool:
    """Add a bookmark, or remove it where it is there; return whether it is there now."""
    gone = database.execute(
        f"DELETE FROM places WHERE {_OURS} AND bucket = ?4 AND prefix = ?5",
        ("bookmark", *whose, *_columns(location)),
    ).rowcount
    if not gone:
        _put(database, "bookmark", whose, location, at)
    return not gone


def _put(database: sqlite3.Connection, kind: str, whose: Whose, location: Location, at: datetime) -> None:
    # The name is for what has no identity: two connections to one account share their places.
    values = (kind, whose.identity, "", *_columns(location), at.timestamp())
    database.execute("INSERT OR REPLACE INTO places VALUES (?, ?, ?, ?, ?, ?)", values)


def _get(database: sqlite3.Connection, kind: str, whose: Whose, order: str) -> list[Location]:
    asked = f"SELECT bucket, prefix FROM places WHERE {_OURS} GROUP BY bucket, prefix ORDER BY {order}"
    return _locations(database.execute(asked, (kind, *whose)))


def _columns(location: Location) -> tuple[str, bytes]:
    # A prefix may hold lone surrogates, which SQLite takes for no text.
    return location.bucket, location.prefix.encode(errors="surrogatepass")


def _locations(rows: Iterable[tuple[str, bytes]]) -> list[Location]:
    """Return the locations of rows; a damaged row is left out."""
    found: list[Location] = []
    for bucket, prefix in rows:
        with suppress(AttributeError, TypeError, UnicodeDecodeError):
            found.append(Location(bucket, prefix.decode(errors="surrogatepass")))
    return found

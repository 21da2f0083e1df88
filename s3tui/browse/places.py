"""Places that are remembered from one run to the next: where one was, and what one marked.

Everything here takes the state database (`MEMORY`) and is over in a moment; it waits for another instance
that writes, so it belongs in a thread of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from s3tui.browse.location import Location

MEMORY: Sequence[str] = (
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
)
"""The state database's schema, as `open_database` takes it. Only ever append."""
_KEPT = 500
"""Visits to remember of a connection."""


def visit(database: sqlite3.Connection, connection: str, location: Location, at: datetime) -> None:
    """Remember that one was at `location`; the oldest visits of the connection make room."""
    values = (connection, *_columns(location), at.timestamp())
    database.execute("INSERT OR REPLACE INTO visits VALUES (?, ?, ?, ?)", values)
    database.execute(
        "DELETE FROM visits WHERE connection = ?1 AND at <= "
        "(SELECT at FROM visits WHERE connection = ?1 ORDER BY at DESC LIMIT 1 OFFSET ?2)",
        (connection, _KEPT),
    )


def recent(database: sqlite3.Connection, connection: str) -> list[Location]:
    """Return where one was, the latest first."""
    asked = "SELECT bucket, prefix FROM visits WHERE connection = ? ORDER BY at DESC"
    return [_location(*row) for row in database.execute(asked, (connection,))]


def bookmarks(database: sqlite3.Connection, connection: str) -> list[Location]:
    """Return what is marked, by name."""
    asked = "SELECT bucket, prefix FROM bookmarks WHERE connection = ? ORDER BY bucket, prefix"
    return [_location(*row) for row in database.execute(asked, (connection,))]


def toggle_bookmark(database: sqlite3.Connection, connection: str, location: Location, at: datetime) -> bool:
    """Mark a place, or no longer; say whether it is marked now."""
    where = (connection, *_columns(location))
    gone = database.execute(
        "DELETE FROM bookmarks WHERE connection = ? AND bucket = ? AND prefix = ?", where
    ).rowcount
    if not gone:
        database.execute("INSERT INTO bookmarks VALUES (?, ?, ?, ?)", (*where, at.timestamp()))
    return not gone


def _columns(location: Location) -> tuple[str, bytes]:
    # A prefix may hold lone surrogates, which SQLite takes for no text.
    return location.bucket, location.prefix.encode(errors="surrogatepass")


def _location(bucket: str, prefix: bytes) -> Location:
    return Location(bucket, prefix.decode(errors="surrogatepass"))

"""Databases that must survive us: SQLite files with a schema that grows by migrations.

Write-ahead logging lets one process write while others read, and a commit survives the death of the process
at any instruction; after a power cut the last commits may be missing, but never a part of one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

_BUSY_S = 10.0
"""How long to wait for another instance that is writing."""
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class StateError(Exception):
    """The database cannot be used; the message is one sentence for the user."""


def open_database(file: Path, migrations: Sequence[str]) -> sqlite3.Connection:
    """Open `file` for one thread, made with its folder where it is not there, its schema up to date.

    Args:
        migrations: SQL scripts; number `n` leads from version `n` to `n + 1`. Only ever append.

    A file that is damaged is put aside as `NAME.damaged`, with a fresh one in its place.

    Raises: StateError, when it cannot be opened or was written by a newer s3tui.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            return _open(file, migrations)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", None) not in _DAMAGED:
                raise
            _put_aside(file)
            return _open(file, migrations)
    except (OSError, sqlite3.Error) as error:
        raise StateError(f"{file} cannot be used: {error}") from error


def _open(file: Path, migrations: Sequence[str]) -> sqlite3.Connection:
    database = sqlite3.connect(file, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        database.execute("PRAGMA foreign_keys=ON")
        _migrate(database, file, migrations)
    except BaseException:
        database.close()
        raise
    return database


def _migrate(database: sqlite3.Connection, file: Path, migrations: Sequence[str]) -> None:
    if _version(database) == len(migrations):
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        version = _version(database)  # another instance may have been faster
        if version > len(migrations):
            raise StateError(f"{file} was written by a newer s3tui: use that one, or move the file away")
        for number in range(version, len(migrations)):
            for statement in _statements(migrations[number]):
                database.execute(statement)
        database.execute(f"PRAGMA user_version={len(migrations)}")
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _version(database: sqlite3.Connection) -> int:
    with closing(database.execute("PRAGMA user_version")) as cursor:
        version: int = cursor.fetchone()[0]
    return version


def _statements(script: str) -> list[str]:
    """Cut a script: `executescript` would end the transaction that all of it belongs to."""
    statements, pending = [], ""
    for piece in script.split(";"):
        pending += piece + ";"
        if sqlite3.complete_statement(pending):
            statements.append(pending)
            pending = ""
    return statements


def _put_aside(file: Path) -> None:
    file.replace(file.with_name(f"{file.name}.damaged"))
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)

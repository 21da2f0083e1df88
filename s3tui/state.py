"""Durable databases: SQLite files with a schema that grows by migrations.

Write-ahead logging lets one process write while others read, and a commit survives the death of the process
at any instruction; after a power cut the last commits may be missing, but never a part of one.

Damage by a disk or another program is noticed when a file is opened, as far as that takes a second, or when
something fails on it, and is then put aside at the next start.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path

_BUSY_S = 10.0
"""The time to wait for another instance that is writing."""
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
_CHECKED_WHOLE = 16 * 1024 * 1024
_CHECKED = 64 * 1024 * 1024
"""The size of a file, in bytes, up to which it is checked for damage when it is opened."""
_CHECK_S = 1.0
_CHECK_STEPS = 10_000
_NO_VERSION = 1000
"""No s3tui ever comes to so many migrations."""
_SUSPECT = ".suspect"


class StateError(Exception):
    """The database cannot be used; the message is one sentence for the user."""


class _Damaged(Exception):
    """The file is no database that our migrations lead to."""


def open_database(
    file: Path, migrations: Sequence[str], *, on_damage: Callable[[str], None] | None = None
) -> sqlite3.Connection:
    """Open `file` for one thread, made with its folder where it is not there, its schema up to date.

    Args:
        migrations: SQL scripts; number `n` leads from version `n` to `n + 1`. Only ever append.
        on_damage: called with one sentence for the user when the file was damaged.

    A file that is damaged is put aside as `NAME.damaged`, with a fresh one in its place. Both are the user's
    alone to read.

    Raises: StateError, when it cannot be opened or was written by a newer s3tui.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _keep_private(file)
        try:
            if _suspicion(file).exists():
                raise _Damaged
            return _open(file, migrations)
        except (sqlite3.DatabaseError, _Damaged, UnicodeDecodeError) as error:
            if not is_damage(error):
                raise
            aside = _put_aside(file)
            _keep_private(file)
            database = _open(file, migrations)
            if on_damage is not None:
                on_damage(f"{file.name} was damaged: it is kept as {aside}, and a new one is begun")
            return database
    except (OSError, sqlite3.Error) as error:
        raise StateError(f"{file} cannot be used: {error}") from error


def is_damage(error: BaseException) -> bool:
    """Return whether `error` means that the file itself is damaged, not that it cannot be used just now."""
    if isinstance(error, sqlite3.Error):
        return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _DAMAGED
    return isinstance(error, _Damaged | UnicodeDecodeError)


def suspect(file: Path) -> None:
    """Mark a file that turned out to be damaged in use: it is put aside when it is opened next."""
    with suppress(OSError):
        _suspicion(file).touch()


def _suspicion(file: Path) -> Path:
    return file.with_name(file.name + _SUSPECT)


def _keep_private(file: Path) -> None:
    """Make file and folder readable by the user alone; SQLite's files beside it take the file's mode."""
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    for path, mode in (
        (file.parent, 0o700),
        *((file.with_name(file.name + suffix), 0o600) for suffix in ("", "-wal", "-shm")),
    ):
        with suppress(OSError):  # of a disk without modes, or somebody else's
            if path.stat().st_mode & 0o077:
                path.chmod(mode)


def _open(file: Path, migrations: Sequence[str]) -> sqlite3.Connection:
    database = sqlite3.connect(file, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        # A damaged text is a damaged row, for whoever reads that one; by itself SQLite would refuse them all.
        database.text_factory = _text
        try:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=NORMAL")
            database.execute("PRAGMA foreign_keys=ON")
            _check_schema(database, migrations)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:  # nothing is wrong with what was asked
                raise _Damaged from error
            raise
        _check_pages(database, file)
        _migrate(database, file, migrations)
        _check_writable(database, file)
    except BaseException:
        database.close()
        raise
    return database


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _check_schema(database: sqlite3.Connection, migrations: Sequence[str]) -> None:
    """Check the schema against the one that the migrations up to its version make.

    Raises: _Damaged.
    """
    database.execute("BEGIN")  # another instance may be migrating it
    version, schema = _version(database), _schema(database)
    database.execute("COMMIT")
    with closing(sqlite3.connect(":memory:")) as model:
        for script in migrations[: max(0, version)]:
            model.executescript(script)
        is_ours = _schema(model) == schema
    if len(migrations) < version < _NO_VERSION:
        return  # `_migrate` says so
    if not is_ours or not 0 <= version <= len(migrations):
        raise _Damaged


def _schema(database: sqlite3.Connection) -> list[tuple[object, ...]]:
    """Return the tables with their columns, the indexes and the triggers, as far as these have names."""
    asked = "SELECT type, name, tbl_name FROM sqlite_master WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    found: list[tuple[object, ...]] = sorted(database.execute(asked).fetchall())
    columns = 'SELECT name, upper(type), "notnull", pk FROM pragma_table_info(?)'
    for kind, name, _ in list(found):
        if kind == "table":
            found += database.execute(columns, (name,)).fetchall()
    return found


def _check_pages(database: sqlite3.Connection, file: Path) -> None:
    """Check the pages of the file for damage, for a second at most.

    Raises: _Damaged.
    """
    size = file.stat().st_size
    if size > _CHECKED:
        return
    deadline = time.monotonic() + _CHECK_S
    database.set_progress_handler(lambda: time.monotonic() > deadline, _CHECK_STEPS)
    try:
        check = "integrity_check" if size <= _CHECKED_WHOLE else "quick_check"
        verdict = database.execute(f"PRAGMA {check}(1)").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
    else:
        if verdict != ("ok",):
            raise _Damaged
    finally:
        database.set_progress_handler(None, 0)


def _check_writable(database: sqlite3.Connection, file: Path) -> None:
    """Check that the file can be written.

    Raises: _Damaged, where only the file itself says that it cannot.
    """
    try:
        database.execute("BEGIN IMMEDIATE")  # which alone begins to read, where nothing may be written
        try:
            database.execute(f"PRAGMA user_version={_version(database)}")
        finally:
            database.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        is_readonly = (error.sqlite_errorcode & 0xFF) == sqlite3.SQLITE_READONLY
        if is_readonly and os.access(file, os.W_OK) and os.access(file.parent, os.W_OK):
            raise _Damaged from error
        if (error.sqlite_errorcode & 0xFF) != sqlite3.SQLITE_BUSY:  # somebody else is writing: so it can be
            raise


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
    """Split a script into statements: `executescript` would end the transaction around all of it."""
    statements, pending = [], ""
    for part in script.split(";"):
        pending += part + ";"
        if sqlite3.complete_statement(pending):
            statements.append(pending)
            pending = ""
    return statements


def _put_aside(file: Path) -> Path:
    """Rename the damaged file, with those that belong to it; return its new path."""
    aside = file.with_name(f"{file.name}.damaged")
    for suffix in ("", "-wal"):
        with suppress(FileNotFoundError):
            aside.with_name(aside.name + suffix).unlink()
        with suppress(FileNotFoundError):
            file.with_name(file.name + suffix).replace(aside.with_name(aside.name + suffix))
    file.with_name(f"{file.name}-shm").unlink(missing_ok=True)
    _suspicion(file).unlink(missing_ok=True)
    return aside

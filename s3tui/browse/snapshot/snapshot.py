"""Snapshots: a listing kept in an SQLite file, and read again like a bucket, with no network.

A snapshot is one SQLite file: its rows by key, and one row that says what was listed and when. It is written
under another name until it is whole, and then never changed.
"""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
import threading
import time
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import lt
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from s3tui.browse.rows.row_builder import EPOCH, MILLISECOND, NO_SIZE
from s3tui.browse.source.source import SNAPSHOT_SUFFIX, PageRequest, SourceError
from s3tui.disk import sync_file, sync_folder
from s3tui.format import minute
from s3tui.s3.models import ListObjectsPage, ObjectSummary

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client

_UNDONE = ".part"
_STALE_S = 7 * 24 * 3600
"""A temporary file that was not written to for so long is stale: no instance is taking that snapshot."""
_APPLICATION_ID = 0x53335455
"""SQLite's application id in the file's header: tells snapshots from other databases."""
_VERSION = 1
_PAGE = 1000
_LONGEST_NAME = 80
_LARGEST = 2**63 - 1
"""The largest integer of SQLite."""
_DAMAGED = (ArithmeticError, AttributeError, TypeError, ValueError)
"""Errors of reading values that this module did not write."""
_SCHEMA = f"""
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_VERSION};
CREATE TABLE objects (
    key BLOB PRIMARY KEY, size INTEGER NOT NULL, modified INTEGER, etag TEXT, storage_class TEXT
) WITHOUT ROWID;
CREATE TABLE snapshot (
    connection TEXT NOT NULL, bucket TEXT NOT NULL, prefix BLOB NOT NULL, begun_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL, last_key BLOB, objects INTEGER NOT NULL, size INTEGER NOT NULL
);
"""
"""An unknown size is negative. Times are milliseconds since 1970; `last_key` is where the listing stopped, if
that was before its end."""


@dataclass(frozen=True, slots=True)
class SnapshotHeader:
    """The metadata of a snapshot: its bucket, prefix, times, and how complete it is."""

    connection: str
    """The name of the connection that it was taken of."""
    bucket: str
    prefix: str
    begun_at: datetime
    ended_at: datetime
    """Objects written between the two may or may not be in it: S3 lists no instant."""
    last_key: str | None
    """Up to which key it goes; `None`: it is complete."""
    objects: int
    size: int

    @property
    def is_complete(self) -> bool:
        return self.last_key is None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot as a source of rows."""

    file: Path
    header: SnapshotHeader

    is_live: ClassVar[bool] = False
    is_offline: ClassVar[bool] = True

    @classmethod
    def open(cls, file: Path) -> Snapshot:
        """Read a snapshot's metadata.

        Raises: SourceError, where the file is not there or no snapshot.
        """
        try:
            with closing(_connect(file)) as database:
                if database.execute("PRAGMA application_id").fetchone() != (_APPLICATION_ID,):
                    raise SourceError(f"{file} is no snapshot of s3tui.")
                if database.execute("PRAGMA user_version").fetchone() != (_VERSION,):
                    raise SourceError(f"{file} was written by a newer s3tui: use that one.")
                row = database.execute("SELECT * FROM snapshot").fetchone()
        except (OSError, sqlite3.Error, UnicodeDecodeError) as error:
            raise _unreadable(file, error) from error
        if row is None:
            raise SourceError(f"{file} is damaged: it does not say what it is of.")
        try:
            return cls(file, _header(*row))
        except _DAMAGED as error:
            raise SourceError(f"{file} is damaged: {error}.") from error

    @property
    def name(self) -> str:
        return self.file.name.removesuffix(SNAPSHOT_SUFFIX)

    @property
    def title(self) -> str:
        part = "" if self.header.is_complete else " · a part"
        return f"snapshot {self.name} · {minute(self.header.begun_at)}{part}"

    async def pages(self, s3: S3Client | None, request: PageRequest) -> AsyncGenerator[ListObjectsPage, None]:
        """Yield rows by key, read in threads; tokens are keys."""
        after: str | None = max(filter(None, (request.continuation_token, request.start_after)), default=None)
        try:
            with closing(_connect(self.file)) as database:
                while True:
                    page = await _read_beside(database, request.prefix, request.delimiter, after)
                    yield page
                    if (after := page.next_continuation_token) is None:
                        return
        except (OSError, sqlite3.Error, *_DAMAGED) as error:
            raise _unreadable(self.file, error) from error


async def _read_beside(
    database: sqlite3.Connection, prefix: str, delimiter: str, after: str | None
) -> ListObjectsPage:
    reading = asyncio.ensure_future(asyncio.to_thread(read_page, database, prefix, delimiter, after))
    try:
        return await asyncio.shield(reading)
    except asyncio.CancelledError:
        await asyncio.wait({reading})  # milliseconds; else the database would be closed under it
        raise


def read_page(
    database: sqlite3.Connection, prefix: str, delimiter: str, after: str | None, most: int = _PAGE
) -> ListObjectsPage:
    """Return up to `most` rows under `prefix` behind the key or common prefix `after`.

    What lies under a common prefix is skipped by a seek, however much that is.
    """
    begin, end, cut = _blob(prefix), _behind(_blob(prefix)), delimiter.encode()
    if after is not None:
        last = _blob(after)
        is_prefix = bool(cut) and last.endswith(cut) and len(last) > len(begin)
        begin = max(begin, _behind(last) if is_prefix else last + b"\0")
    objects: list[ObjectSummary] = []
    prefixes: list[str] = []
    while True:
        for row in _rows(database, begin, end):
            if len(objects) + len(prefixes) == most:
                names = [summary.key for summary in objects[-1:]] + prefixes[-1:]
                return ListObjectsPage(tuple(objects), tuple(prefixes), max(names))
            key: bytes = row[0]
            at = key.find(cut, len(_blob(prefix))) if cut else -1
            if at >= 0:
                common = key[: at + len(cut)]
                prefixes.append(_text(common))
                begin = _behind(common)
                break
            objects.append(_summary(*row))
        else:
            return ListObjectsPage(tuple(objects), tuple(prefixes))


def _rows(database: sqlite3.Connection, begin: bytes, end: bytes) -> sqlite3.Cursor:
    return database.execute("SELECT * FROM objects WHERE key >= ? AND key < ? ORDER BY key", (begin, end))


class SnapshotWriter:
    """Writes a snapshot to a temporary file, from any thread; `finish` renames it to `file`."""

    def __init__(self, file: Path, connection: str, bucket: str, prefix: str, now: datetime) -> None:
        """Raises: SourceError, where the file cannot be made, or is there already."""
        self.objects = self.size = 0
        self.last_key: str | None = None
        self._is_ordered = True
        """Whether each key came behind the one before it; else some may have come twice."""
        self._lock, self._is_open = threading.Lock(), True
        # Of its own: another instance may be taking one of the same name.
        self._file, self._undone = file, file.with_name(f"{file.name}.{os.getpid()}{_UNDONE}")
        self._of = (connection, bucket, _blob(prefix), _milliseconds(now))
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if file.exists():
                raise SourceError(f"{file} is there already: choose another name.")
            _clear_stale(file.parent)
            self._undone.unlink(missing_ok=True)
            os.close(
                os.open(self._undone, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            )  # nobody else's to read
            self._database = sqlite3.connect(self._undone, isolation_level=None, check_same_thread=False)
            # Until it is whole and has its name, the file is nothing that a crash could damage.
            self._database.execute("PRAGMA journal_mode=OFF")
            self._database.execute("PRAGMA synchronous=OFF")
            self._database.executescript(_SCHEMA)
            self._database.execute("BEGIN")
        except (OSError, sqlite3.Error) as error:
            raise SourceError(f"{file} cannot be written: {error}") from error

    def add(self, summaries: Sequence[ObjectSummary]) -> None:
        """Insert rows; after the end they are dropped.

        Raises: SourceError, where the disk is full.
        """
        rows = [
            (
                _blob(summary.key),
                NO_SIZE if summary.size is None else summary.size,
                None if summary.last_modified is None else _milliseconds(summary.last_modified),
                summary.etag,
                summary.storage_class,
            )
            for summary in summaries
        ]
        with self._lock:
            if not self._is_open or not rows:
                return
            try:
                # A server that keeps no order may name a key twice.
                self._database.executemany("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?)", rows)
            except sqlite3.Error as error:
                raise SourceError(f"{self._file} cannot be written: {error}") from error
            self.objects += len(rows)
            self.size += sum(summary.size or 0 for summary in summaries)
            keys = [summary.key for summary in summaries]
            self._is_ordered &= self.last_key is None or keys[0] > self.last_key
            self._is_ordered &= all(map(lt, keys, islice(keys, 1, None)))
            self.last_key = keys[-1]

    def finish(self, now: datetime, *, is_complete: bool) -> Snapshot:
        """Sync the file and rename it to its name.

        Raises: SourceError; nothing is left then.
        """
        with self._lock:
            self._is_open = False
            # Of a part without an order nothing is sure but the keys that are in it.
            last = None if is_complete else _blob(self.last_key or "") if self._is_ordered else b""
            try:
                if not self._is_ordered:
                    self._count_again()
                row = (*self._of, _milliseconds(now), last, self.objects, min(self.size, _LARGEST))
                self._database.execute("INSERT INTO snapshot VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
                self._database.execute("COMMIT")
                self._database.close()
                sync_file(self._undone)
                if self._file.exists():  # another instance was faster
                    raise SourceError(f"{self._file} is there already: choose another name.")
                self._undone.replace(self._file)
                sync_folder(self._file.parent)
            except (OSError, sqlite3.Error) as error:
                raise SourceError(f"{self._file} cannot be written: {error}") from error
            finally:
                self._leave_nothing()
        return Snapshot.open(self._file)

    def _count_again(self) -> None:
        self.objects = self.size = 0
        for (size,) in self._database.execute("SELECT size FROM objects"):
            self.objects += 1
            self.size += 0 if size == NO_SIZE else size

    def discard(self) -> None:
        """Delete the temporary file; after `finish`, do nothing."""
        with self._lock:
            if self._is_open:
                self._is_open = False
                self._leave_nothing()

    def _leave_nothing(self) -> None:
        self._database.close()
        with suppress(OSError):
            self._undone.unlink(missing_ok=True)


def _clear_stale(folder: Path) -> None:
    """Delete the temporary files of instances that were killed."""
    for part in folder.glob(f"*{SNAPSHOT_SUFFIX}.*{_UNDONE}"):
        if time.time() - part.stat().st_mtime > _STALE_S:
            part.unlink(missing_ok=True)


def file_for(folder: Path, name: str) -> Path:
    """Return the file of the snapshot of that name: letters, digits, `.`, `-` and `_` of it stay."""
    safe = re.sub(r"[^\w.-]+", "-", name).strip(".-")[:_LONGEST_NAME]
    return folder / f"{safe or 'snapshot'}{SNAPSHOT_SUFFIX}"


def suggested_name(bucket: str, prefix: str, now: datetime) -> str:
    """Return a default name for a snapshot, of location and time, fit for a file."""
    return file_for(Path(), f"{bucket}/{prefix.rstrip('/')} {now:%Y-%m-%d-%H%M}").name.removesuffix(
        SNAPSHOT_SUFFIX
    )


def snapshots_in(folder: Path) -> tuple[list[Snapshot], list[SourceError]]:
    """Return the snapshots of a folder, the latest first, and what is wrong with the unreadable ones."""
    found: list[Snapshot] = []
    errors: list[SourceError] = []
    for file in sorted(_files(folder)):
        try:
            found.append(Snapshot.open(file))
        except SourceError as error:
            errors.append(error)
    found.sort(key=lambda snapshot: snapshot.header.begun_at, reverse=True)
    return found, errors


def _files(folder: Path) -> Iterable[Path]:
    try:
        return [file for file in folder.iterdir() if file.name.endswith(SNAPSHOT_SUFFIX)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SourceError(f"{folder} cannot be read: {error}") from error


def _connect(file: Path) -> sqlite3.Connection:
    if not os.path.isfile(file):
        raise SourceError(f"{file} is not there.")
    # Never changed once it has its name: no lock is needed, and a folder that is read-only is fine.
    uri = f"{file.absolute().as_uri()}?immutable=1"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)


def _header(
    connection: str,
    bucket: str,
    prefix: bytes,
    begun_at: int,
    ended_at: int,
    last_key: bytes | None,
    objects: int,
    size: int,
) -> SnapshotHeader:
    """Raises: one of `_DAMAGED`."""
    last = None if last_key is None else _text(last_key)
    times = _time(begun_at), _time(ended_at)
    return SnapshotHeader(str(connection), str(bucket), _text(prefix), *times, last, int(objects), int(size))


def _summary(
    key: bytes, size: int, modified: int | None, etag: str | None, storage_class: str | None
) -> ObjectSummary:
    when = None if modified is None else _time(modified)
    return ObjectSummary(_text(key), size if size >= 0 else None, when, etag, storage_class)


def _behind(prefix: bytes) -> bytes:
    """Return the first key that is behind everything that begins with `prefix`."""
    return prefix[:-1] + bytes([prefix[-1] + 1]) if prefix else b"\xff"  # UTF-8 has no byte 0xff


def _blob(text: str) -> bytes:
    # A key may hold lone surrogates, which SQLite takes for no text.
    return text.encode(errors="surrogatepass")


def _text(blob: bytes) -> str:
    return blob.decode(errors="surrogatepass")


def _milliseconds(when: datetime) -> int:
    return (when - EPOCH) // MILLISECOND


def _time(milliseconds: int) -> datetime:
    return EPOCH + milliseconds * MILLISECOND


def _unreadable(file: Path, error: Exception) -> SourceError:
    return SourceError(f"{file} cannot be read: {error}")

"""The journal: transfers that outlive the process, in an SQLite file that all instances share.

Each row belongs to one instance, by its instance lock; what a dead one left is taken over by whichever looks
first. Facts that must be known before something is done are committed before (`await`); progress follows
within a tenth of a second. `record` says what is kept of one transfer.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import sqlite3
import time
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from s3tui.state import StateError, open_database, suspect
from s3tui.transfer.journal.database_thread import DatabaseThread, Work
from s3tui.transfer.journal.instance_lock import InstanceLock
from s3tui.transfer.models import TransferState

T = TypeVar("T")

FILE = "transfers.sqlite"
_MIGRATIONS = (
    """
    CREATE TABLE transfer (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        uid TEXT NOT NULL,
        added_at REAL NOT NULL,
        owner TEXT,
        place REAL NOT NULL,
        request TEXT NOT NULL,
        state TEXT NOT NULL,
        row TEXT NOT NULL,
        finished_at TEXT,
        frontier TEXT,
        listed INTEGER NOT NULL DEFAULT 0,
        over_objects INTEGER NOT NULL DEFAULT 0,
        over_bytes INTEGER NOT NULL DEFAULT 0,
        over_skipped INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX transfer_owner ON transfer (owner);
    CREATE INDEX transfer_finished ON transfer (finished_at);
    CREATE TABLE piece (
        transfer INTEGER NOT NULL, name TEXT NOT NULL, facts TEXT NOT NULL, upload_id TEXT,
        PRIMARY KEY (transfer, name)
    ) WITHOUT ROWID;
    CREATE INDEX piece_upload ON piece (upload_id) WHERE upload_id IS NOT NULL;
    CREATE TABLE item (
        transfer INTEGER NOT NULL, name TEXT NOT NULL, facts TEXT NOT NULL, failed INTEGER NOT NULL,
        PRIMARY KEY (transfer, name)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE listed_key (
        transfer INTEGER NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (transfer, digest)
    ) WITHOUT ROWID;
    """,
)
_OVER = f"('{TransferState.DONE.value}', '{TransferState.CANCELLED.value}')"
_FINAL = f"('{TransferState.DONE.value}', '{TransferState.CANCELLED.value}', '{TransferState.FAILED.value}')"

DAMAGED_ROW = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""The exceptions of reading a row that is not as it was written."""
_LOG = logging.getLogger(__name__)

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A transfer as it stands in the journal; the texts are JSON."""

    id: int
    uid: str
    added_at: float
    """Seconds since the epoch."""
    request: str
    state: str
    row: str


@dataclass(frozen=True, slots=True)
class AbandonedTransfer:
    """A transfer that a dead instance left, and how far it was."""

    row: JournalRow
    object_records: dict[str, Facts]
    """By the name of the object."""
    items: tuple[tuple[str, Facts, bool], ...]
    """The objects of a batch job that are not over: the name, the facts, whether it failed."""
    frontier: str | None
    """The last name that was ever an item, where each run finds the same order."""
    listed: bool
    over: tuple[int, int, int]
    """Objects, bytes and skipped objects that are over and no items any more."""
    is_by_key: bool = False
    """What was ever an item, behind a frontier if there is one, is known by the digest of its key."""


class Journal:
    """The journal as one instance sees it; its coroutines and `close` may be called from any thread."""

    def __init__(
        self,
        folder: Path,
        instance_lock: InstanceLock,
        writer: DatabaseThread,
        keep: int,
        damage: str | None = None,
    ) -> None:
        self.damage = damage
        """One sentence, where the journal before this one was damaged."""
        self._folder = folder
        self._instance_lock = instance_lock
        self._writer = writer
        self._keep = keep

    @classmethod
    def open(cls, folder: Path, *, keep: int = 10_000) -> Self:
        """Open the journal in `folder`, made where it is not there. Blocking.

        Args:
            keep: how many finished transfers are history; older ones are forgotten.

        Raises: StateError, when it cannot be used: transfers then work without.
        """
        damages: list[str] = []
        database = open_database(folder / FILE, _MIGRATIONS, on_damage=damages.append)
        try:
            instance_lock = InstanceLock.new(folder / "instances")
        except OSError as error:
            database.close()
            raise StateError(f"{folder} cannot be used: {error}") from error
        writer = DatabaseThread(database, on_damage=lambda: suspect(folder / FILE))
        return cls(folder, instance_lock, writer, keep, *damages)

    @property
    def failure(self) -> str | None:
        """The reason why nothing is written any more, in one sentence; `None` while all is well."""
        return self._writer.failure

    @property
    def lock_fd(self) -> int:
        """The instance lock's descriptor: while any process holds it, nobody takes the transfers over."""
        return self._instance_lock.fd

    def close(self) -> None:
        """Write what waits, and release the instance lock: what is not finished is for the next instance."""
        self._writer.close()
        self._instance_lock.close()

    async def commit(self, work: Work[T], *, instead_of: Hashable = None) -> T:
        """Do `work` and wait until it is committed.

        Raises: StateError.
        """
        return await asyncio.wrap_future(self._writer.now(work, instead_of=instead_of))

    def soon(self, key: Hashable, work: Work[object]) -> None:
        """Do `work` soon, in place of waiting work under `key`."""
        self._writer.soon(key, work)

    async def add(self, request: Callable[[], str], state: str, row: str) -> tuple[int, str]:
        """Write a new transfer, at the end of the queue; return its id and its unique name.

        Args:
            request: called in the journal's thread: a request of many picked objects is long.

        Raises: StateError.
        """
        uid, owner, now = secrets.token_hex(8), self._instance_lock.owner, time.time()

        def insert(database: sqlite3.Connection) -> int:
            cursor = database.execute(
                "INSERT INTO transfer (uid, added_at, owner, place, request, state, row) SELECT ?, ?, ?, "
                "coalesce(max(place), 0) + 1, ?, ?, ? FROM transfer WHERE owner = ?",
                (uid, now, owner, request(), state, row, owner),
            )
            assert cursor.lastrowid is not None
            return cursor.lastrowid

        return await self.commit(insert), uid

    async def take_over(self) -> list[AbandonedTransfer]:
        """Take over the transfers of dead instances, and return them in their old order."""
        return await self.commit(self._take_over)

    async def history(self, limit: int) -> list[JournalRow]:
        """Return finished transfers of all instances, the newest first."""

        def select(database: sqlite3.Connection) -> list[JournalRow]:
            return _rows(database, f"state IN {_FINAL} ORDER BY finished_at DESC, id DESC LIMIT ?", (limit,))

        return await self.commit(select)

    async def row(self, id: int) -> JournalRow | None:
        """Return one transfer of any instance, if it is still known.

        Raises: StateError.
        """
        rows = await self.commit(lambda database: _rows(database, "id = ?", (id,)))
        return rows[0] if rows else None

    async def clear(self, ids: Sequence[int]) -> None:
        """Move finished transfers to the history."""

        def update(database: sqlite3.Connection) -> None:
            database.executemany("UPDATE transfer SET owner = NULL WHERE id = ?", [(id,) for id in ids])
            for table in ("item", "listed_key"):
                database.executemany(f"DELETE FROM {table} WHERE transfer = ?", [(id,) for id in ids])
            self._prune(database)

        with suppress(StateError):  # then they come back with the next start, and nothing is lost
            await self.commit(update)

    def place(self, ids: Sequence[int]) -> None:
        """Write the order of the queue, soon."""

        def update(database: sqlite3.Connection) -> None:
            database.executemany("UPDATE transfer SET place = ? WHERE id = ?", enumerate(ids, start=1))

        self.soon("place", update)

    async def known_uploads(self) -> set[str]:
        """Return the ids of all multipart uploads that some transfer began and did not end."""

        def select(database: sqlite3.Connection) -> set[str]:
            found = database.execute("SELECT upload_id FROM piece WHERE upload_id IS NOT NULL")
            return {upload_id for (upload_id,) in found}

        return await self.commit(select)

    async def forget_upload(self, upload_id: str) -> None:
        """Forget a multipart upload that does not exist any more."""
        statement = "DELETE FROM piece WHERE upload_id = ?"
        with suppress(StateError):
            await self.commit(lambda database: database.execute(statement, (upload_id,)))

    def _take_over(self, database: sqlite3.Connection) -> list[AbandonedTransfer]:
        owners = database.execute("SELECT DISTINCT owner FROM transfer WHERE owner IS NOT NULL")
        taken = [
            instance_lock for (owner,) in owners.fetchall() if (instance_lock := self._lock_of_dead(owner))
        ]
        try:
            mine = self._instance_lock.owner
            ids: list[int] = []
            for instance_lock in taken:
                where = (instance_lock.owner,)
                database.execute(
                    f"UPDATE transfer SET owner = NULL WHERE owner = ? AND state IN {_OVER}", where
                )
                found = database.execute("SELECT id FROM transfer WHERE owner = ? ORDER BY place, id", where)
                ids += [id for (id,) in found]
            self._prune(database)
            last: float = database.execute(
                "SELECT coalesce(max(place), 0) FROM transfer WHERE owner = ?", (mine,)
            ).fetchone()[0]
            database.executemany(
                "UPDATE transfer SET owner = ?, place = ? WHERE id = ?",
                [(mine, last + number, id) for number, id in enumerate(ids, start=1)],
            )
            return self._readable(database, ids)
        finally:
            for instance_lock in taken:  # until the commit, the transaction keeps everybody else out
                instance_lock.close()

    def _readable(self, database: sqlite3.Connection, ids: list[int]) -> list[AbandonedTransfer]:
        """Return the abandoned transfers; one whose row is damaged is moved to the history."""
        found = []
        for id in ids:
            try:
                found.append(_left(database, id))
            except DAMAGED_ROW:
                _LOG.exception("a transfer in the journal cannot be read: it is left out")
                database.execute("UPDATE transfer SET owner = NULL WHERE id = ?", (id,))
        return found

    def _lock_of_dead(self, owner: str) -> InstanceLock | None:
        if owner == self._instance_lock.owner:
            return None
        try:
            return InstanceLock.take(self._folder / "instances", owner)
        except OSError:
            return None  # nobody can tell: then it lives

    def _prune(self, database: sqlite3.Connection) -> None:
        old = (
            "SELECT id FROM transfer WHERE owner IS NULL ORDER BY finished_at DESC, id DESC LIMIT -1 OFFSET ?"
        )
        parts = (("piece", "transfer"), ("item", "transfer"), ("listed_key", "transfer"), ("transfer", "id"))
        for table, column in parts:
            database.execute(f"DELETE FROM {table} WHERE {column} IN ({old})", (self._keep,))


def _rows(database: sqlite3.Connection, where: str, values: tuple[object, ...]) -> list[JournalRow]:
    found = database.execute(
        f"SELECT id, uid, added_at, request, state, row FROM transfer WHERE {where}", values
    )
    return [JournalRow(*columns) for columns in found]


def _left(database: sqlite3.Connection, id: int) -> AbandonedTransfer:
    object_records = database.execute("SELECT name, facts FROM piece WHERE transfer = ?", (id,))
    items = database.execute("SELECT name, facts, failed FROM item WHERE transfer = ?", (id,))
    frontier, listed, *over = database.execute(
        "SELECT frontier, listed, over_objects, over_bytes, over_skipped FROM transfer WHERE id = ?", (id,)
    ).fetchone()
    return AbandonedTransfer(
        _rows(database, "id = ?", (id,))[0],
        {json.loads(name): json.loads(facts) for name, facts in object_records},
        tuple((json.loads(name), json.loads(facts), bool(failed)) for name, facts, failed in items),
        None if frontier is None else json.loads(frontier),
        bool(listed),
        (over[0], over[1], over[2]),
        bool(
            database.execute("SELECT EXISTS (SELECT 1 FROM listed_key WHERE transfer = ?)", (id,)).fetchone()[
                0
            ]
        ),
    )

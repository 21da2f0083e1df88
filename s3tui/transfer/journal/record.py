"""Records of the journal: of one transfer, of each of its objects, of all objects of a batch job.

Without a journal they are in memory only, and nothing else changes.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from s3tui.state import StateError
from s3tui.transfer.errors import TransferError
from s3tui.transfer.journal.database_thread import Work
from s3tui.transfer.journal.journal import AbandonedTransfer, Facts, Journal
from s3tui.transfer.models import TransferState

T = TypeVar("T")

_OVER = (TransferState.DONE.value, TransferState.CANCELLED.value)
DIGEST_BYTES = 16
_MOST = 2**63 - 1
"""The largest number that SQLite keeps."""

Item = tuple[str, Facts]
"""One object of a batch job: its name, unique in its transfer, and the facts to begin it again."""


class TransferRecord:
    """The record of one transfer in the journal.

    Args:
        id: of its row; `None` without a journal.
        left: what an earlier process left of it.
    """

    def __init__(
        self,
        journal: Journal | None = None,
        id: int = 0,
        uid: str | None = None,
        left: AbandonedTransfer | None = None,
    ) -> None:
        self.id = id
        self.left = left
        self.began_at = left.row.added_at if left else time.time()
        self._journal = journal
        self.uid = uid or secrets.token_hex(8)
        self._object_records: dict[str, ObjectRecord] = {}
        if left is not None:
            for name, facts in left.object_records.items():
                self._object_records[name] = ObjectRecord(self, name, facts)

    def object_record(self, name: str, *, again: bool | None = None) -> ObjectRecord:
        """Return the record of the object `name`.

        Args:
            again: whether it may have been begun before; by default whether that is known of it, or an
                earlier process left the whole transfer.
        """
        object_record = self._object_records.get(name) or ObjectRecord(self, name, {})
        object_record.again = (self.left is not None or bool(object_record.facts)) if again is None else again
        return object_record

    def leftovers(self) -> list[ObjectRecord]:
        """Return the object records that still hold facts."""
        return [object_record for object_record in self._object_records.values() if object_record.facts]

    @property
    def is_kept(self) -> bool:
        """True while records are written to the journal."""
        return self._journal is not None and self._journal.failure is None

    def save(self, state: str, row: Callable[[], str], finished_at: str | None) -> None:
        """Write the row of the queue soon; `row` is called in the journal's thread."""
        statement = "UPDATE transfer SET state = ?, row = ?, finished_at = ? WHERE id = ?"

        def update(database: sqlite3.Connection) -> None:
            database.execute(statement, (state, row(), finished_at, self.id))
            if state in _OVER:  # in one transaction: until then its objects must be known again
                database.execute("DELETE FROM piece WHERE transfer = ? AND upload_id IS NULL", (self.id,))
                database.execute("DELETE FROM listed_key WHERE transfer = ?", (self.id,))

        self.soon("row", update)

    def save_request(self, request: str) -> None:
        """Replace the request in the journal, soon."""
        statement, values = "UPDATE transfer SET request = ? WHERE id = ?", (request, self.id)
        self.soon("request", lambda database: database.execute(statement, values))

    def settle(self, name: str) -> None:
        """Drop the facts of an object that is over; those that have to be cleaned up stay."""
        object_record = self._object_records.get(name)
        if object_record is not None:
            object_record.over(intents=object_record.facts.get("intents"))

    def tag(self, name: str) -> str:
        digest = hashlib.sha256(f"{self.uid}/{name}".encode("utf-8", "surrogatepass"))
        return digest.hexdigest()[:12]

    async def now(self, work: Work[object], *, instead_of: str | None = None) -> None:
        if self._journal is not None:
            # A journal that fails says so once, for itself; the transfer goes on without it.
            with suppress(StateError):
                await self._journal.commit(work, instead_of=(self.id, instead_of))

    async def ask(self, work: Work[T]) -> T:
        """Return what `work` makes of the journal.

        Raises: StateError, also where there is none.
        """
        if self._journal is None:
            raise StateError("there is no journal")
        return await self._journal.commit(work)

    async def known_uploads(self) -> set[str]:
        """Return the ids of all multipart uploads that some transfer on this machine has open.

        Raises: StateError.
        """
        return set() if self._journal is None else await self._journal.known_uploads()

    def soon(self, key: str, work: Work[object]) -> None:
        if self._journal is not None:
            self._journal.soon((self.id, key), work)

    def know(self, name: str, object_record: ObjectRecord) -> None:
        """Keep an object record while it holds facts."""
        if object_record.facts:
            self._object_records[name] = object_record
        else:
            self._object_records.pop(name, None)


class ObjectRecord:
    """The record of one object that is being moved."""

    def __init__(self, record: TransferRecord, name: str, facts: Facts) -> None:
        self.facts = facts
        """Empty: there is nothing to continue."""
        self.again = False
        """An earlier process may have begun it, or even ended it without writing that down."""
        self.tag = record.tag(name)
        """Always the same for this object of this transfer; part files are named after it."""
        self._record = record
        self._name = name
        self._progress: Callable[[], Facts] | None = None

    @property
    def began_at(self) -> float:
        """The earliest time an earlier process may have begun it, in seconds since the epoch."""
        return self._record.began_at

    async def note(self, **facts: object) -> None:
        """Write facts; return when they are committed. `None` removes one."""
        self._merge(facts)
        await self._record.now(self._save, instead_of=self._key)

    def later(self, **facts: object) -> None:
        """Write facts soon, without waiting for it."""
        self._merge(facts)
        self._record.soon(self._key, self._save)

    def tells(self, progress: Callable[[], Facts]) -> None:
        """Let `progress` add facts whenever they are written; it is called in the journal's thread."""
        self._progress = progress

    def progressed(self) -> None:
        """Write the facts soon, as the progress has changed. May be called in any thread."""
        if self.facts:
            self._record.soon(self._key, self._save)

    async def forget(self) -> None:
        """Remove all facts, as nothing can be continued; return when that is committed."""
        if self.facts:
            self.facts, self._progress = {}, None
            self._record.know(self._name, self)
            await self._record.now(self._save, instead_of=self._key)

    def over(self, **left: object) -> None:
        """Replace all facts, as it is over; those `left` are to be cleaned up when the transfer is over."""
        had_facts, self.facts, self._progress = bool(self.facts), {}, None
        self._merge(left)
        if had_facts:
            self._record.soon(self._key, self._save)

    @property
    def _key(self) -> str:
        return f"object/{self._name}"

    def _merge(self, facts: dict[str, object]) -> None:
        self.facts = {name: fact for name, fact in {**self.facts, **facts}.items() if fact is not None}
        self._record.know(self._name, self)

    def _save(self, database: sqlite3.Connection) -> None:
        """Write the facts of now, which may be more than when this was asked for."""
        where, facts, progress = (self._record.id, json.dumps(self._name)), self.facts, self._progress
        if not facts:
            database.execute("DELETE FROM piece WHERE transfer = ? AND name = ?", where)
            return
        text = json.dumps(facts if progress is None else facts | progress())
        values = (*where, text, facts.get("upload_id"))
        database.execute("INSERT OR REPLACE INTO piece VALUES (?, ?, ?, ?)", values)


@dataclass(slots=True)
class _Over:
    """Totals of the objects of a batch job that are over, and have no row any more."""

    objects: int = 0
    bytes: int = 0
    skipped: int = 0
    names: deque[tuple[str, tuple[int, int, int]]] = field(default_factory=deque)


class ItemTable:
    """The objects of a batch job, as far as they must be known one by one.

    Only objects that were given out to be moved and are not over have rows, and those that failed. What was
    given out and has no row is over. So a million objects are a thousand or two rows at a time.

    What was given out is known by a frontier where each run finds the same order: what comes after it was
    never touched. A listing promises no order, so there it is known by digests of the keys, one row for all
    that is given out at a time, until the listing has ended. Earlier releases kept a frontier there too.
    """

    def __init__(self, record: TransferRecord) -> None:
        self._record = record
        left = record.left
        self.frontier = left.frontier if left else None
        self.is_by_key = left.is_by_key if left else False
        """What is given out is recorded by digests, and moves no frontier."""
        self.has_found_before = left is not None and (left.is_by_key or left.frontier is not None)
        """An earlier process gave something out."""
        self.is_listed = left.listed if left else False
        objects, size, skipped = left.over if left else (0, 0, 0)
        self.over_before = objects, size, skipped
        """Objects, bytes and skipped objects that an earlier process finished."""
        self.renamed_before: int = json.loads(left.row.row)["renamed"] if left else 0
        self._over = _Over(objects, size, skipped)

    def left(self) -> tuple[tuple[str, Facts, bool], ...]:
        """Return the rows that an earlier process left: the name, the facts, whether it failed."""
        return self._record.left.items if self._record.left else ()

    async def keys_before(self) -> bytes:
        """Return the digests of what an earlier process gave out by key, concatenated.

        Raises: TransferError, where the journal cannot tell.
        """
        if self._record.left is None or not self._record.left.is_by_key:
            return b""
        asked, id = "SELECT digest FROM listed_key WHERE transfer = ?", self._record.id
        try:
            return await self._record.ask(lambda database: _joined(database.execute(asked, (id,))))
        except StateError as error:
            raise TransferError(
                f"the journal cannot tell what was found before ({error}): cancel it, and begin anew",
                "JournalUnreadable",
            ) from error

    def forget_frontier(self) -> None:
        """Remove the frontier: nothing is over because of its place."""
        self.frontier = None
        statement, where = "UPDATE transfer SET frontier = NULL WHERE id = ?", (self._record.id,)
        self._record.soon("frontier", lambda database: database.execute(statement, where))

    async def give_out(self, items: Sequence[Item], frontier: str | None) -> None:
        """Write rows of the next objects; when committed, they may be moved.

        Args:
            frontier: the new one; `None` leaves it where it is, as listings do.
        """
        if not self.is_by_key:
            self.frontier = frontier or self.frontier
        if not self._record.is_kept:
            return
        id = self._record.id
        rows = [(id, json.dumps(name), json.dumps(facts), False) for name, facts in items]
        until = None if self.frontier is None else json.dumps(self.frontier)
        is_by_key = self.is_by_key

        def insert(database: sqlite3.Connection) -> None:
            database.executemany("INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?)", rows)
            if is_by_key:
                digests = digests_of(name for name, _ in items)
                database.execute("INSERT OR IGNORE INTO listed_key VALUES (?, ?)", (id, digests))
            database.execute("UPDATE transfer SET frontier = ? WHERE id = ?", (until, id))

        await self._record.now(insert)

    def listed(self) -> None:
        """Write that the listing has ended, and everything in it was given out."""
        self.is_listed = True
        id = self._record.id

        def update(database: sqlite3.Connection) -> None:
            database.execute("UPDATE transfer SET listed = 1 WHERE id = ?", (id,))
            database.execute("DELETE FROM listed_key WHERE transfer = ?", (id,))

        self._record.soon("listed", update)

    def over(self, name: str, size: int, *, skipped: bool = False) -> None:
        """Remove the row of an object that is over, and count it."""
        if self._record.is_kept:
            over = self._over
            over.objects += 1
            over.bytes += 0 if skipped else size
            over.skipped += skipped
            over.names.append((json.dumps(name), (over.objects, over.bytes, over.skipped)))
            self._record.soon("over", self._save_over)
        self._record.settle(name)

    def failed(self, name: str, facts: Facts) -> None:
        """Write that an object failed: it is tried again when the transfer is."""
        values = self._record.id, json.dumps(name), json.dumps(facts), True
        statement = "INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?)"
        self._record.soon(f"failed/{name}", lambda database: database.execute(statement, values))

    def withdraw(self, name: str) -> None:
        """Remove the row of an object that failed."""
        where = self._record.id, json.dumps(name)
        statement = "DELETE FROM item WHERE transfer = ? AND name = ?"
        self._record.soon(f"failed/{name}", lambda database: database.execute(statement, where))

    def _save_over(self, database: sqlite3.Connection) -> None:
        """Write all that is over by now: rows and totals are of the same moment."""
        names, numbers = [], None
        while self._over.names:
            name, numbers = self._over.names.popleft()
            names.append((self._record.id, name))
        database.executemany("DELETE FROM item WHERE transfer = ? AND name = ?", names)
        if numbers is not None:
            database.execute(
                "UPDATE transfer SET over_objects = ?, over_bytes = ?, over_skipped = ? WHERE id = ?",
                (*(min(number, _MOST) for number in numbers), self._record.id),
            )


def digest_of(key: str) -> bytes:
    """Return the digest that stands for a key where many are kept."""
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()


def digests_of(keys: Iterable[str]) -> bytes:
    """Return the digests of many keys, concatenated."""
    return b"".join(map(digest_of, keys))


def _joined(rows: Iterable[tuple[object]]) -> bytes:
    """Return all digests of some rows, concatenated; earlier releases wrote each in a row of its own.

    Raises: ValueError, of a row that is none.
    """
    joined = bytearray()
    for (digests,) in rows:
        if not isinstance(digests, bytes) or not digests or len(digests) % DIGEST_BYTES:
            raise ValueError("a row of digests is damaged")
        joined += digests
    return bytes(joined)

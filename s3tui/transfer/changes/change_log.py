"""ChangeLog: the plans of changes and what became of them, in an SQLite file of the user's alone.

A change is planned into it, object by object, before anything is sent. What is about to be sent is written
and on the disk (`intend`) before the request goes, and the outcome after its answer. So a plan may be larger
than memory, a later process goes on where another was killed, a report tells of each object, and a change can
be undone by what it says. Old changes are forgotten.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

from s3tui.format import printable
from s3tui.state import StateError, open_database, suspect
from s3tui.transfer.changes.models import (
    Change,
    ChangeItem,
    ChangeKind,
    ChangeState,
    Counts,
    Facts,
    ItemState,
    Undo,
)
from s3tui.transfer.changes.tables import MIGRATIONS
from s3tui.transfer.errors import TransferError
from s3tui.transfer.journal.database_thread import DatabaseThread, Work

T = TypeVar("T")

FILE = "changes.sqlite"
_COLUMNS = "id, at, kind, connection, bucket, title, state, undo, why, undoes, undone_by, options"
_CHANGES = 500
"""So many changes are kept."""
_ITEMS = 2_000_000
"""And of all of them so many objects, about 600 MB."""
_ABANDONED_S = 24 * 3600.0
"""A plan that nobody has begun for so long is forgotten."""
_PAGE = 1000

Outcome = tuple[int, ItemState, Facts]
"""The number of an object, its state, and what is known of what was done."""


class ChangeLog:
    """The changes that all instances made and plan; its coroutines may be awaited in any event loop."""

    def __init__(self, file: Path, database: sqlite3.Connection, *, keep: tuple[int, int]) -> None:
        self.folder = file.parent
        self._keep = keep
        self._writer = DatabaseThread(database, on_damage=lambda: suspect(file))
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    @classmethod
    def open(cls, folder: Path, *, keep: tuple[int, int] = (_CHANGES, _ITEMS)) -> Self:
        """Open the log in `folder`, made where it is not there. Blocking.

        Args:
            keep: how many changes, and how many objects of them, are remembered.

        Raises: StateError, when it cannot be used.
        """
        file = folder / FILE
        database = open_database(file, MIGRATIONS)
        database.execute("PRAGMA synchronous=FULL")  # a commit is on the disk when it returns
        return cls(file, database, keep=keep)

    @classmethod
    def temporary(cls) -> Self:
        """Open a log that ends with this process. Blocking."""
        folder = tempfile.TemporaryDirectory(prefix="s3tui-")
        log = cls.open(Path(folder.name))
        log._folder = folder
        return log

    def close(self) -> None:
        """Write what waits. Blocking."""
        self._writer.close()
        if self._folder is not None:
            self._folder.cleanup()

    async def begin(
        self,
        kind: ChangeKind,
        connection: str,
        bucket: str,
        title: str,
        *,
        undoes: int | None = None,
        options: Mapping[str, object] | None = None,
    ) -> Change:
        """Begin the plan of a change; nothing may be sent of it before `start`."""
        now, asked = time.time(), json.dumps(options or {})
        values = (
            now, kind.value, connection, bucket, printable(title), ChangeState.PLANNED.value,
            Undo.UNKNOWN.value, "", undoes, None, asked,
        )  # fmt: skip

        def insert(database: sqlite3.Connection) -> int:
            self._forget_old(database, now)
            marks = ", ".join("?" * len(values))
            cursor = database.execute(f"INSERT INTO change VALUES (NULL, {marks})", values)
            assert cursor.lastrowid is not None
            return cursor.lastrowid

        id = await self._do(insert)
        found = await self.change(id)
        assert found is not None
        return found

    async def add(self, change: Change, items: Iterable[tuple[str, Facts]], *, first: int) -> int:
        """Add objects to a plan, numbered from `first`; return how many were new.

        An object that is planned already is left out: a key is there once, or once with each `version`.
        Folder markers, whose keys end in `/`, are taken last.
        """
        rows = [
            (
                change.id, number, _bytes(key), facts.get("version") or facts.get("upload") or "",
                facts.get("late", key.endswith("/")),
                ItemState.PLANNED.value, json.dumps(facts), "{}",
            )
            for number, (key, facts) in enumerate(items, start=first)
        ]  # fmt: skip

        def insert(database: sqlite3.Connection) -> int:
            before = database.total_changes
            database.executemany("INSERT OR IGNORE INTO item VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            return database.total_changes - before

        return await self._do(insert)

    async def agree(
        self, change: Change, *, title: str, undo: Undo, why: str, options: Mapping[str, object] | None = None
    ) -> None:
        """Write what a change is called and whether it can be undone, before its job is queued.

        Args:
            options: more of what was asked for.
        """
        statement = "UPDATE change SET title = ?, undo = ?, why = ?, options = ? WHERE id = ?"
        asked = json.dumps({**change.options, **(options or {})})
        # A key may hold lone surrogates, which SQLite takes for no text.
        values = printable(title), undo.value, why, asked, change.id
        await self._do(lambda database: database.execute(statement, values))
        await self._known(change.id)

    async def start(self, change: Change) -> Change:
        """Write that a change was begun, if it was not: from now on it is part of the history.

        Whoever queues its job writes it, and so does the job: a change is begun only where a job is known.
        """
        statement = "UPDATE change SET state = ? WHERE id = ? AND state = ?"
        values = ChangeState.BEGUN.value, change.id, ChangeState.PLANNED.value

        def update(database: sqlite3.Connection) -> None:
            if database.execute(statement, values).rowcount and change.undoes is not None:
                database.execute("UPDATE change SET undone_by = ? WHERE id = ?", (change.id, change.undoes))

        await self._do(update)
        return await self._known(change.id)

    async def over(self, change: Change, *, is_whole: bool = True) -> None:
        """Write that all that can be done of a change is done.

        Args:
            is_whole: nothing of it failed or was left; else an undo may be asked for again.
        """

        def update(database: sqlite3.Connection) -> None:
            statement = "UPDATE change SET state = ? WHERE id = ?"
            database.execute(statement, (ChangeState.OVER.value, change.id))
            if change.undoes is None:
                return
            if is_whole:
                database.execute("UPDATE change SET undone_by = ? WHERE id = ?", (change.id, change.undoes))
            else:
                statement = "UPDATE change SET undone_by = NULL WHERE id = ? AND undone_by = ?"
                database.execute(statement, (change.undoes, change.id))

        await self._do(update)

    async def set_undo(self, change: Change, undo: Undo, why: str) -> None:
        """Write what turned out about undoing a change."""
        statement, values = "UPDATE change SET undo = ?, why = ? WHERE id = ?", (undo.value, why, change.id)
        await self._do(lambda database: database.execute(statement, values))

    async def discard(self, change: Change) -> None:
        """Forget a plan that was not agreed to; a change that was begun stays."""

        def delete(database: sqlite3.Connection) -> None:
            asked = "SELECT 1 FROM change WHERE id = ? AND state = ?"
            if database.execute(asked, (change.id, ChangeState.PLANNED.value)).fetchone():
                _forget(database, [change.id])

        await self._do(delete)

    async def change(self, id: int) -> Change | None:
        """Return a change, unless it was forgotten."""

        def select(database: sqlite3.Connection) -> Change | None:
            row = database.execute(f"SELECT {_COLUMNS} FROM change WHERE id = ?", (id,)).fetchone()
            return None if row is None else _change(row)

        return await self._do(select)

    async def changes(self, limit: int = _CHANGES) -> list[Change]:
        """Return the changes that were begun, the newest first."""
        asked = f"SELECT {_COLUMNS} FROM change WHERE state != ? ORDER BY id DESC LIMIT ?"
        values = ChangeState.PLANNED.value, limit
        return await self._do(lambda database: list(map(_change, database.execute(asked, values))))

    async def items(
        self,
        change: int,
        *states: ItemState,
        after: int = -1,
        late: int | None = None,
        limit: int = _PAGE,
    ) -> list[ChangeItem]:
        """Return objects of a change behind number `after`, in the order of the plan; of some states only.

        Args:
            late: only those of one step: 0 for what is taken first, 1 for what is taken after that.
        """
        where, values = "change = ? AND number > ?", [change, after]
        given: list[object] = [*values]
        if states:
            where += f" AND state IN ({', '.join('?' * len(states))})"
            given += [state.value for state in states]
        if late is not None:
            where += " AND late = ?"
            given.append(late)
        asked = f"SELECT number, key, facts, state, outcome FROM item WHERE {where} ORDER BY number LIMIT ?"
        return await self._do(lambda database: list(map(_item, database.execute(asked, (*given, limit)))))

    async def all_items(self, change: int, *states: ItemState) -> AsyncIterator[ChangeItem]:
        """Iterate all objects of a change, in the order of the plan; of some states only."""
        after = -1
        while page := await self.items(change, *states, after=after):
            for item in page:
                yield item
            after = page[-1].number

    async def known(self, change: int, keys: Sequence[str], *, done: bool = False) -> set[str]:
        """Return those of `keys` that a change is about; with `done`, those that are over and well."""

        def select(database: sqlite3.Connection) -> set[str]:
            where = f" AND state = '{ItemState.DONE.value}'" if done else ""
            asked = f"SELECT 1 FROM item WHERE change = ? AND key = ?{where} LIMIT 1"
            return {key for key in keys if database.execute(asked, (change, _bytes(key))).fetchone()}

        return await self._do(select)

    async def counts(self, change: int) -> Counts:
        """Return how many objects of a change are in which state."""
        asked = "SELECT state, count(*) FROM item WHERE change = ? GROUP BY state"

        def select(database: sqlite3.Connection) -> Counts:
            return Counts({ItemState(state): number for state, number in database.execute(asked, (change,))})

        return await self._do(select)

    async def note(self, change: int, outcomes: Iterable[Outcome]) -> None:
        """Write what became of objects, or is about to; on the disk when this returns.

        Raises: TransferError, when it cannot be written: then nothing more may be sent.
        """
        rows = [(state.value, json.dumps(outcome), change, number) for number, state, outcome in outcomes]
        statement = "UPDATE item SET state = ?, outcome = ? WHERE change = ? AND number = ?"
        if rows:
            await self._do(lambda database: database.executemany(statement, rows))

    async def again(self, change: int, *states: ItemState) -> None:
        """Plan again what is in one of `states`, such as what failed; a move goes on where it was."""
        was = "coalesce(json_extract(outcome, '$.was'), ?)"
        statement = f"UPDATE item SET state = {was} WHERE change = ? AND state = ?"
        rows = [(ItemState.PLANNED.value, change, state.value) for state in states]
        await self._do(lambda database: database.executemany(statement, rows))

    def export(self, file: Path, change: int) -> int:
        """Write a line of JSON for each object of a change; return how many. Blocking.

        Raises: OSError; StateError.
        """

        def select(after: int) -> Work[list[ChangeItem]]:
            asked = (
                "SELECT number, key, facts, state, outcome FROM item "
                "WHERE change = ? AND number > ? ORDER BY number LIMIT ?"
            )
            return lambda database: list(map(_item, database.execute(asked, (change, after, _PAGE))))

        lines, after = 0, -1
        with closing(open(file, "x", encoding="utf-8")) as out:
            while page := self._writer.now(select(after)).result():
                for item in page:
                    out.write(json.dumps(report_line(item)) + "\n")
                lines, after = lines + len(page), page[-1].number
        return lines

    async def do(self, work: Work[T]) -> T:
        """Do work on the database of the log that is not the log's own: the index of syncs is in it too.

        Raises: TransferError, when it cannot be done.
        """
        return await self._do(work)

    async def _known(self, id: int) -> Change:
        found = await self.change(id)
        if found is None:
            raise TransferError("the plan of this change is not known any more: plan it again", "PlanLost")
        return found

    async def _do(self, work: Work[T]) -> T:
        try:
            return await asyncio.wrap_future(self._writer.now(work))
        except StateError as error:
            raise TransferError(
                f"what is changed cannot be written down, so nothing more is sent: {error}", "ChangeLogFailed"
            ) from error

    def _forget_old(self, database: sqlite3.Connection, now: float) -> None:
        """Forget plans that nobody began, and the oldest changes beyond what is kept."""
        changes, items = self._keep
        planned, over = ChangeState.PLANNED.value, ChangeState.OVER.value
        old = "SELECT id FROM change WHERE state = ? AND at < ?"
        gone = [id for (id,) in database.execute(old, (planned, now - _ABANDONED_S))]
        sizes = (
            "SELECT change.id, change.state, (SELECT count(*) FROM item WHERE item.change = change.id) "
            "FROM change ORDER BY change.id DESC"
        )
        total = 0
        for number, (id, state, size) in enumerate(database.execute(sizes).fetchall()):
            total += size
            if (number >= changes or total > items) and state == over:
                gone.append(id)
        _forget(database, gone)


def report_line(item: ChangeItem) -> dict[str, Any]:
    """Return what a report says of one object; goes to JSON."""
    line: dict[str, Any] = {"key": item.key, "state": item.state.value}
    if "to" in item.facts:
        line["to"] = item.facts["to"]
    for name in ("version", "size"):
        if item.facts.get(name) is not None:
            line[name] = item.facts[name]
    for name in ("why", "code", "before", "marker", "version_id", "etag"):
        if item.outcome.get(name) is not None:
            line[name] = item.outcome[name]
    return line


def _forget(database: sqlite3.Connection, ids: Sequence[int]) -> None:
    for table, column in (("item", "change"), ("change", "id")):
        database.executemany(f"DELETE FROM {table} WHERE {column} = ?", [(id,) for id in ids])


def _bytes(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")


def _change(row: tuple[Any, ...]) -> Change:
    id, at, kind, connection, bucket, title, state, undo, why, undoes, undone_by, options = row
    return Change(
        id,
        ChangeKind(kind),
        connection,
        bucket,
        title,
        datetime.fromtimestamp(at, UTC),
        ChangeState(state),
        Undo(undo),
        why,
        undoes,
        undone_by,
        json.loads(options),
    )


def _item(row: tuple[Any, ...]) -> ChangeItem:
    number, key, facts, state, outcome = row
    return ChangeItem(
        number, key.decode("utf-8", "surrogatepass"), json.loads(facts), ItemState(state), json.loads(outcome)
    )

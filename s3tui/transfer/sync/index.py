"""SyncIndex: what the last run of each sync left, in the database of the log of changes.

For each path it has the state of both sides when they were the same. So a sync of which nothing changed asks
nothing of single objects: LastModified is no time of a file, and a listing has no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from sqlite3 import Connection
from typing import NamedTuple

from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.sync.models import Known, KnownPages

_PAGE = 5000


class Root(NamedTuple):
    """The ends of a sync, as its last run had them."""

    folder: str | None
    """What told the local folder from others, see `identity_of`."""
    source: str
    target: str
    """The ends, with the account of each, as `facts_of` has them, in JSON."""


class SyncIndex:
    """The index of all syncs; its coroutines may be awaited in any event loop."""

    def __init__(self, log: ChangeLog) -> None:
        self._log = log

    async def pages(self, pair: str) -> KnownPages:
        """Yield what is known of a pair, in the order of its paths."""
        after = b""
        asked = "SELECT path, source, target FROM known WHERE pair = ? AND path > ? ORDER BY path LIMIT ?"

        def select(database: Connection, after: bytes) -> list[tuple[bytes, str, str]]:
            return database.execute(asked, (pair, after, _PAGE)).fetchall()

        while rows := await self._log.do(lambda database, after=after: select(database, after)):  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            yield [Known(path.decode(), source, target) for path, source, target in rows]
            after = rows[-1][0]

    async def write(self, pair: str, known: Iterable[Known]) -> None:
        """Write that these paths are the same on both sides."""
        rows = [(pair, each.path.encode(), each.source, each.target) for each in known]
        statement = "INSERT OR REPLACE INTO known VALUES (?, ?, ?, ?)"
        if rows:
            await self._log.do(lambda database: database.executemany(statement, rows))

    async def forget(self, pair: str, paths: Sequence[str]) -> None:
        rows = [(pair, path.encode()) for path in paths]
        statement = "DELETE FROM known WHERE pair = ? AND path = ?"
        if rows:
            await self._log.do(lambda database: database.executemany(statement, rows))

    async def root(self, name: str) -> Root | None:
        """Return what is kept of a pair, or of a saved sync."""

        def select(database: Connection) -> Root | None:
            asked = "SELECT folder, source, target FROM sync WHERE name = ?"
            row = database.execute(asked, (name,)).fetchone()
            return None if row is None else Root(*row)

        return await self._log.do(select)

    async def keep_root(self, name: str, root: Root) -> None:
        statement = "INSERT OR REPLACE INTO sync VALUES (?, ?, ?, ?)"
        await self._log.do(lambda database: database.execute(statement, (name, *root)))

"""StateDb: async access to the state database, which the first query opens; queries run in threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import sqlite3

T = TypeVar("T")


class StateDb:
    """The SQLite database of what is remembered between runs; serves one query at a time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self.damage = ""
        """A sentence that says that the saved state was damaged and is lost; else empty."""

    async def look(self) -> None:
        """Open the database if the file exists, so that damage to it is known."""
        from s3tui.state import StateError

        with suppress(StateError):
            if await asyncio.to_thread(self._file.exists):
                await self.query(_nothing)

    async def query(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Run `question` on the database in a thread, and return its result.

        Raises: StateError, with the sentence for the user.
        """
        return await asyncio.to_thread(self._query, question)

    async def query_or(self, question: Callable[[sqlite3.Connection], T], default: T) -> T:
        """Run `question` on the database; where that cannot be used, return `default`."""
        from s3tui.state import StateError

        try:
            return await self.query(question)
        except StateError:
            return default

    def _query(self, question: Callable[[sqlite3.Connection], T]) -> T:
        import sqlite3  # not before the first paint

        from s3tui.browse.place.bookmarks import SCHEMA
        from s3tui.state import StateError, is_damage, open_database, suspect

        with self._lock:
            if self._database is None:
                self._database = open_database(self._file, SCHEMA, on_damage=self._note_damage)
            try:
                return question(self._database)
            except sqlite3.Error as error:
                if is_damage(error):
                    suspect(self._file)
                    self._database.close()
                    self._database = None  # the next query starts a new one
                raise StateError(f"{self._file} cannot be used: {error}") from error

    def _note_damage(self, sentence: str) -> None:
        self.damage = sentence

    def close(self) -> None:
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None


def _nothing(database: sqlite3.Connection) -> None:
    """Query nothing: only opens the database."""

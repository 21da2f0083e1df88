"""A thread that owns a database, and does in one transaction what many ask for at the same time."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from s3tui.state import StateError, is_damage

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

_SOON_S = 0.1
_OF_VALUES = (
    ArithmeticError, AttributeError, LookupError, TypeError, ValueError,
    sqlite3.DataError, sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError,
)  # fmt: skip
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Rejected:
    """The result of work that could not be done because of its own values."""

    error: Exception


class DatabaseThread:
    """Does work on the database in the order in which it was asked for.

    Work that fails because of its own values is left out alone. When a transaction fails, nothing is written
    from then on: what is in the database stays true of an earlier moment, which is what a journal is read
    for.
    """

    def __init__(self, database: sqlite3.Connection, *, on_damage: Callable[[], None]) -> None:
        """Start the thread.

        Args:
            on_damage: called when the database turns out to be damaged.
        """
        self._database = database
        self._on_damage = on_damage
        self._news = threading.Condition()
        self._work: dict[Hashable, tuple[Work[Any], Future[Any] | None]] = {}
        self._due: float | None = None
        self._is_closed = False
        self.failure: str | None = None
        """The reason why nothing is written any more, in one sentence."""
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def now(self, work: Work[T], *, instead_of: Hashable = None) -> Future[T]:
        """Do `work`; the future is done when it is committed.

        Args:
            instead_of: the key of waiting work that it replaces.

        Raises (the future): StateError.
        """
        future: Future[T] = Future()
        with self._news:
            if self._is_closed:
                future.set_exception(StateError("the journal is closed"))
                return future
            self._work.pop(instead_of, None)
            self._work[object()] = (work, future)
            self._due = 0.0
            self._news.notify()
        return future

    def soon(self, key: Hashable, work: Work[object]) -> None:
        """Do `work` within a tenth of a second, in place of waiting work under the same key."""
        with self._news:
            self._work.pop(key, None)
            self._work[key] = (work, None)
            if self._due is None:
                self._due = time.monotonic() + _SOON_S
                self._news.notify()

    def close(self) -> None:
        """Do the waiting work, and close the database. Blocking; may be called again."""
        with self._news:
            self._is_closed = True
            self._news.notify()
        self._thread.join()

    def _run(self) -> None:
        is_closed = False
        while not is_closed:
            with self._news:
                while not self._is_closed and (left := self._patience()) != 0.0:
                    self._news.wait(left)
                is_closed = self._is_closed
                batch, self._work, self._due = list(self._work.values()), {}, None
            self._write(batch)
        with suppress(sqlite3.Error):
            self._database.close()

    def _patience(self) -> float | None:
        return None if self._due is None else max(0.0, self._due - time.monotonic())

    def _write(self, batch: list[tuple[Work[Any], Future[Any] | None]]) -> None:
        results: list[Any] = []
        if batch and self.failure is None:
            try:
                self._database.execute("BEGIN IMMEDIATE")
                results = [self._do(work) for work, _ in batch]
                self._database.execute("COMMIT")
            except Exception as error:  # also a bug: else whoever waits would wait for ever
                if is_damage(error):
                    self._on_damage()
                self.failure = f"transfers are not written down any more: {error}"
                _LOG.error("the journal failed", exc_info=error)
                with suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
        for number, (_, future) in enumerate(batch):
            if future is None or not future.set_running_or_notify_cancel():
                continue
            if self.failure is not None:
                future.set_exception(StateError(self.failure))
            elif isinstance(results[number], _Rejected):
                future.set_exception(StateError(f"it was not written down: {results[number].error}"))
            else:
                future.set_result(results[number])

    def _do(self, work: Work[Any]) -> Any:
        """Do one work, all of it or nothing; what is wrong with its values concerns no other."""
        self._database.execute("SAVEPOINT work")
        try:
            result = work(self._database)
            if isinstance(result, sqlite3.Cursor):
                # Let go of in another thread it would reset its statement while this one executes it again.
                result = None
        except _OF_VALUES as error:
            _LOG.error("the journal leaves something out", exc_info=error)
            self._database.execute("ROLLBACK TO work")
            result = _Rejected(error)
        self._database.execute("RELEASE work")
        return result

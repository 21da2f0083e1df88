"""One thread that owns a database: what many ask for at the same time becomes one transaction."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from s3tui.state import StateError

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

_SOON_S = 0.1
_LOG = logging.getLogger(__name__)


class Writer:
    """Does everything in the order in which it was asked for.

    When a transaction fails, nothing is written from then on: what is in the database stays true of an
    earlier moment, which is what a journal is read for.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._news = threading.Condition()
        self._work: dict[Hashable, tuple[Work[Any], Future[Any] | None]] = {}
        self._due: float | None = None
        self._is_closed = False
        self.failure: str | None = None
        """Why nothing is written any more, in one sentence."""
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def now(self, work: Work[T], *, instead_of: Hashable = None) -> Future[T]:
        """Do `work`; the future ends when it is committed.

        Args:
            instead_of: the key of work that is not to be done any more.

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
        """Do `work` within a tenth of a second, instead of what is waiting under the same key."""
        with self._news:
            self._work.pop(key, None)
            self._work[key] = (work, None)
            if self._due is None:
                self._due = time.monotonic() + _SOON_S
                self._news.notify()

    def close(self) -> None:
        """Do what is left, and close the database. Blocking; may be called again."""
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
                results = [work(self._database) for work, _ in batch]
                self._database.execute("COMMIT")
            except Exception as error:  # also a bug: else whoever waits would wait for ever
                self.failure = f"transfers are not written down any more: {error}"
                _LOG.error("the journal failed", exc_info=error)
                with suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
        for number, (_, future) in enumerate(batch):
            if future is None or not future.set_running_or_notify_cancel():
                continue
            if self.failure is None:
                future.set_result(results[number])
            else:
                future.set_exception(StateError(self.failure))

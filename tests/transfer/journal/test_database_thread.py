"""The thread of the journal: one transaction for what is asked for at once, and what becomes of failures."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from s3tui.state import StateError
from s3tui.transfer.journal.database_thread import DatabaseThread
from tests.patience import PATIENCE_S


class Rig:
    def __init__(self, file: Path) -> None:
        self.file = file
        self.damages = 0
        database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        database.execute("CREATE TABLE t (n INTEGER UNIQUE)")
        self.thread = DatabaseThread(database, on_damage=self._damaged)

    def _damaged(self) -> None:
        self.damages += 1

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the thread at work, so that all that is asked for meanwhile is one batch."""
        begun, go_on = threading.Event(), threading.Event()

        def wait(database: sqlite3.Connection) -> None:
            begun.set()
            assert go_on.wait(PATIENCE_S)

        waiting = self.thread.now(wait)
        assert begun.wait(PATIENCE_S)
        yield
        go_on.set()
        waiting.result(PATIENCE_S)

    def numbers(self) -> list[int]:
        with closing(sqlite3.connect(self.file)) as database:
            return [number for (number,) in database.execute("SELECT n FROM t ORDER BY rowid")]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path / "file")
    yield rig
    rig.thread.close()


def write(number: object) -> Callable[[sqlite3.Connection], object]:
    return lambda database: database.execute("INSERT INTO t VALUES (?)", (number,)).lastrowid


def test_what_is_done_now_is_committed_when_its_result_is_there(rig: Rig) -> None:
    assert rig.thread.now(write(7)).result(PATIENCE_S) == 1
    assert rig.numbers() == [7]


def test_what_is_done_soon_is_done_without_anybody_asking_again(rig: Rig) -> None:
    done = threading.Event()
    rig.thread.soon("key", lambda database: done.set())
    assert done.wait(PATIENCE_S)


def test_waiting_work_is_replaced_under_its_key_and_the_rest_keeps_its_order(rig: Rig) -> None:
    with rig.held():
        for key, number in (("a", 1), ("b", 2), ("a", 3)):
            rig.thread.soon(key, write(number))
        last = rig.thread.now(write(4))
    last.result(PATIENCE_S)
    assert rig.numbers() == [2, 3, 4]


def test_what_is_done_now_replaces_what_waited_under_its_key(rig: Rig) -> None:
    with rig.held():
        rig.thread.soon("a", write(1))
        rig.thread.soon("b", write(2))
        last = rig.thread.now(write(3), instead_of="a")
    last.result(PATIENCE_S)
    assert rig.numbers() == [2, 3]


def test_closing_does_what_waits_and_takes_no_more(rig: Rig) -> None:
    with rig.held():
        rig.thread.soon("a", write(1))
        future = rig.thread.now(write(2))
    rig.thread.close()
    rig.thread.close()
    future.result(PATIENCE_S)
    assert rig.numbers() == [1, 2]
    with pytest.raises(StateError, match=r"^the journal is closed$"):
        rig.thread.now(write(3)).result(PATIENCE_S)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (write(1), "UNIQUE constraint failed: t.n"),
        (write(2**63), "Python int too large to convert to SQLite INTEGER"),
        (lambda database: json.loads("{}")["gone"], "'gone'"),
        (lambda database: json.loads("?"), "Expecting value"),
        (lambda database: database.execute("SELECT ?", ()), "Incorrect number of bindings supplied"),
    ],
)
def test_what_fails_for_its_own_values_is_left_out_alone(
    rig: Rig, wrong: Callable[[sqlite3.Connection], object], said: str
) -> None:
    def half(database: sqlite3.Connection) -> object:
        write(9)(database)
        return wrong(database)

    rig.thread.now(write(1)).result(PATIENCE_S)
    with rig.held():
        before, failed, after = (rig.thread.now(work) for work in (write(2), half, write(3)))
    with pytest.raises(StateError, match=f"^it was not written down: {said}"):
        failed.result(PATIENCE_S)
    assert (before.result(PATIENCE_S), after.result(PATIENCE_S)) == (2, 3)
    assert rig.numbers() == [1, 2, 3]
    assert rig.thread.failure is None
    assert rig.damages == 0


def broken(database: sqlite3.Connection) -> None:
    database.execute("SELECT * FROM absent")


def damaged(database: sqlite3.Connection) -> None:
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    raise error


@pytest.mark.parametrize(
    ("failing", "said", "damages"),
    [(broken, "no such table: absent", 0), (damaged, "database disk image is malformed", 1)],
)
def test_after_a_failure_nothing_is_written_any_more(
    rig: Rig, failing: Callable[[sqlite3.Connection], None], said: str, damages: int
) -> None:
    rig.thread.now(write(1)).result(PATIENCE_S)
    with rig.held():
        futures = [rig.thread.now(work) for work in (write(2), failing, write(3))]
    later = rig.thread.now(write(4))
    for future in (*futures, later):
        with pytest.raises(StateError, match=f"^transfers are not written down any more: {said}$"):
            future.result(PATIENCE_S)
    assert rig.thread.failure == f"transfers are not written down any more: {said}"
    assert rig.numbers() == [1]
    assert rig.damages == damages


def test_who_does_not_wait_any_more_is_not_told(rig: Rig) -> None:
    with rig.held():
        future = rig.thread.now(write(1))
        assert future.cancel()
        after = rig.thread.now(write(2))
    after.result(PATIENCE_S)
    assert rig.numbers() == [1, 2], "it was asked for all the same"


def test_no_cursor_leaves_the_thread_whose_statement_it_would_reset(rig: Rig) -> None:
    done = rig.thread.now(lambda database: database.executemany("INSERT INTO t VALUES (?)", [(1,), (2,)]))
    assert done.result(PATIENCE_S) is None
    assert rig.numbers() == [1, 2]

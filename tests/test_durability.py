"""Durability across a power cut: bytes are synced before names, names before they are reported."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from s3tui.browse.snapshot.snapshot import SnapshotWriter
from s3tui.config.writer import remember_setting, write_text
from s3tui.connect import Connection, FromEnvironment
from s3tui.connect.store import ConnectionStore
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.models import ObjectSummary
from s3tui.state import open_database
from s3tui.transfer.journal.journal import Journal
from tests.file_calls import FileCall, check_order, recorded_file_calls

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def a_text(file: Path) -> None:
    write_text(file, "# mine\n" * 3000)


def a_theme(file: Path) -> None:
    remember_setting(file, "theme", "nord")


def a_connection(file: Path) -> None:
    assert ConnectionStore(file).save(Connection("work", Endpoint.aws("eu-west-1"), FromEnvironment()))


def a_removed_connection(file: Path) -> None:
    file.write_text("[connections.work]\nanonymous = true\n")
    ConnectionStore(file).remove("work")
    assert "work" not in file.read_text()


def a_snapshot(file: Path) -> None:
    writer = SnapshotWriter(file, "work", "b", "", NOW)
    writer.add([ObjectSummary(f"k{number:05}", 1, NOW, "etag", "STANDARD") for number in range(5000)])
    writer.finish(NOW, is_complete=True)


@pytest.mark.parametrize("put", [a_text, a_theme, a_connection, a_removed_connection, a_snapshot])
def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path: Path, put: Callable[[Path], None]) -> None:
    target = tmp_path.resolve() / "the file"
    with recorded_file_calls() as calls:
        put(target)
    check_order(calls, target, target.read_bytes())


def test_a_file_behind_a_link_is_safe_where_it_lies(tmp_path: Path) -> None:
    folder = tmp_path.resolve() / "dotfiles"
    folder.mkdir()
    (tmp_path / "config.toml").symlink_to(folder / "s3tui.toml")
    with recorded_file_calls() as calls:
        write_text(tmp_path / "config.toml", 'theme = "nord"\n')
    check_order(calls, folder / "s3tui.toml", b'theme = "nord"\n')


def durability(database: sqlite3.Connection) -> tuple[str, int]:
    (mode,), (synchronous,) = (
        database.execute(f"PRAGMA {name}").fetchone() for name in ("journal_mode", "synchronous")
    )
    return mode, synchronous


NO_PART_OF_A_COMMIT_IS_LOST = ("wal", 1)
"""WAL and NORMAL: "consistent", and only "might roll back" a commit at a power cut
(sqlite.org/pragma.html#pragma_synchronous)."""


def test_a_database_that_must_survive_us_loses_no_part_of_a_commit(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "x.sqlite", ["CREATE TABLE t (a)"])) as database:
        assert durability(database) == NO_PART_OF_A_COMMIT_IS_LOST


async def test_the_journal_loses_no_part_of_a_commit(tmp_path: Path) -> None:
    with closing(Journal.open(tmp_path)) as journal:
        assert await journal.commit(durability) == NO_PART_OF_A_COMMIT_IS_LOST


F, D = Path("/d/.f"), Path("/d")
WRITE, FLUSH = FileCall("pwrite", F), FileCall("fsync", F, content=b"all")
NAME, SYNC = FileCall("link", F, D / "f"), FileCall("fsync", D)


@pytest.mark.parametrize(
    ("calls", "complaint"),
    [
        ([WRITE, NAME, SYNC], "not on the disk when"),
        ([WRITE, NAME, FLUSH, SYNC], "not on the disk when"),
        ([FLUSH, WRITE, NAME, SYNC], "came after"),
        ([FLUSH, NAME, FileCall("write", D / "f"), SYNC], "came after"),
        ([FileCall("fsync", F, content=b"al"), NAME, SYNC], "before all of it"),
        ([WRITE, FLUSH, NAME], "name f was not on the disk"),
        ([WRITE, FLUSH, SYNC, NAME], "name f was not on the disk"),
        ([WRITE, FLUSH, SYNC], "nothing was ever called"),
    ],
)
def test_each_wrong_order_is_noticed(calls: list[FileCall], complaint: str) -> None:
    assert check_order([WRITE, FLUSH, NAME, SYNC], D / "f", b"all") == 3
    with pytest.raises(AssertionError, match=complaint):
        check_order(calls, D / "f", b"all")

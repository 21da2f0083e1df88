"""The databases: opened, migrated, shared, and put aside when damaged."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from s3tui.state import StateError, open_database

ONE = "CREATE TABLE fruit (name TEXT PRIMARY KEY);"
TWO = """
ALTER TABLE fruit ADD COLUMN colour TEXT;
CREATE TRIGGER greenly AFTER INSERT ON fruit BEGIN
    UPDATE fruit SET colour = 'green' WHERE colour IS NULL;
END;
"""


def test_a_new_file_gets_the_whole_schema(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "a" / "b.sqlite", [ONE, TWO])) as database:
        database.execute("INSERT INTO fruit (name) VALUES ('pear')")
        assert database.execute("SELECT * FROM fruit").fetchall() == [("pear", "green")]
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_an_old_file_keeps_its_rows(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "b.sqlite", [ONE])) as database:
        database.execute("INSERT INTO fruit VALUES ('plum')")
    with closing(open_database(tmp_path / "b.sqlite", [ONE, TWO])) as database:
        assert database.execute("SELECT * FROM fruit").fetchall() == [("plum", None)]


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "b.sqlite", [ONE])) as database:
        database.execute("INSERT INTO fruit VALUES ('plum')")
    with pytest.raises(StateError, match=r"cannot be used: .*nowhere"):
        open_database(tmp_path / "b.sqlite", [ONE, "DELETE FROM fruit; DELETE FROM nowhere;"])
    with closing(open_database(tmp_path / "b.sqlite", [ONE])) as database:
        assert database.execute("SELECT * FROM fruit").fetchall() == [("plum",)]


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    open_database(tmp_path / "b.sqlite", [ONE, TWO]).close()
    with pytest.raises(StateError, match="newer s3tui"):
        open_database(tmp_path / "b.sqlite", [ONE])
    with closing(open_database(tmp_path / "b.sqlite", [ONE, TWO])) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (2,)


def test_a_damaged_file_is_put_aside(tmp_path: Path) -> None:
    file = tmp_path / "b.sqlite"
    file.write_bytes(b"no database" * 100)
    with closing(open_database(file, [ONE])) as database:
        assert database.execute("SELECT * FROM fruit").fetchall() == []
    assert (tmp_path / "b.sqlite.damaged").read_bytes() == b"no database" * 100


def test_a_file_whose_header_forbids_to_write_it_is_put_aside(tmp_path: Path) -> None:
    file = tmp_path / "b.sqlite"
    open_database(file, [ONE]).close()
    data = bytearray(file.read_bytes())
    data[18] = 3  # the version that it takes to write it (*Database File Format*, §1.3.3)
    file.write_bytes(data)
    with closing(open_database(file, [ONE])) as database:
        database.execute("INSERT INTO fruit VALUES ('plum')")
    assert (tmp_path / "b.sqlite.damaged").read_bytes() == bytes(data)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match=r"b\.sqlite cannot be used"):
        open_database(tmp_path / "file" / "b.sqlite", [ONE])


def test_what_was_committed_survives_a_kill(tmp_path: Path) -> None:
    writer = """
import sys
from pathlib import Path
from s3tui.state import open_database
database = open_database(Path(sys.argv[1]), [sys.argv[2]])
for number in range(1_000_000):
    database.execute("INSERT INTO fruit VALUES (?)", (str(number),))
    print(number, flush=True)
"""
    command = [sys.executable, "-c", writer, str(tmp_path / "b.sqlite"), ONE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [int(process.stdout.readline()) for _ in range(50)]
        os.kill(process.pid, signal.SIGKILL)
    with closing(open_database(tmp_path / "b.sqlite", [ONE])) as database:
        kept = {int(name) for (name,) in database.execute("SELECT name FROM fruit")}
        assert kept >= set(said)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_two_instances_migrate_once(tmp_path: Path) -> None:
    first = open_database(tmp_path / "b.sqlite", [ONE])
    with closing(first), closing(open_database(tmp_path / "b.sqlite", [ONE])) as second:
        first.execute("INSERT INTO fruit VALUES ('fig')")
        assert second.execute("SELECT * FROM fruit").fetchall() == [("fig",)]
        with pytest.raises(sqlite3.IntegrityError):
            second.execute("INSERT INTO fruit VALUES ('fig')")

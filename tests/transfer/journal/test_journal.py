"""The journal: its rows outlive their process, and belong to one instance at a time."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from s3tui.state import StateError
from s3tui.transfer.journal import recovery
from s3tui.transfer.journal.instance_lock import InstanceLock
from s3tui.transfer.journal.journal import FILE, Journal
from s3tui.transfer.journal.record import ItemTable, TransferRecord
from s3tui.transfer.models import Direction, Transfer, TransferState
from s3tui.transfer.requests import DownloadObject, DownloadPrefix, Request
from tests.processes import FORK

ODD = "k\udcff\n%"


def request(name: str = "k") -> Request:
    return DownloadObject("c", "b", name, Path("/files", name))


def row(**changes: object) -> Transfer:
    return replace(Transfer(0, "c", Direction.DOWNLOAD, "k", "s3://b/k", "/files/k"), **changes)  # type: ignore[arg-type]  # whatever the test says


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal.open(tmp_path)) as opened:
        yield opened


async def add(journal: Journal, name: str = "k", transfer: Transfer | None = None) -> TransferRecord:
    return await recovery.recorded(journal, request(name), transfer or row())


async def taken(folder: Path) -> list[TransferRecord]:
    """Return what a new instance takes over; it ends with the call."""
    with closing(Journal.open(folder)) as other:
        return [TransferRecord(other, left.row.id, left.row.uid, left) for left in await other.take_over()]


async def test_what_a_dead_instance_left_comes_back_as_it_was(tmp_path: Path) -> None:
    with closing(Journal.open(tmp_path)) as first:
        records = [await add(first, name) for name in ("a", ODD, "c")]
        transfer = row(
            state=TransferState.FAILED, bytes_done=5, bytes_total=7, error="it broke", error_code="X",
            attempts=2, parts=b"\x02\x00", started_at=datetime(2026, 11, 1, tzinfo=UTC),
            notice="started over",
        )  # fmt: skip
        recovery.save(records[0], transfer)
        await records[1].object_record(ODD).note(etag="e", done="ff")
        first.place([records[2].id, records[0].id, records[1].id])
    with closing(Journal.open(tmp_path)) as second:
        left = await second.take_over()
    assert [found.row.id for found in left] == [records[2].id, records[0].id, records[1].id]
    found = recovery.transfer_of(left[1].row)
    assert found == replace(transfer, id=records[0].id, name="a", source="s3://b/a", target=transfer.target)
    assert left[2].object_records == {ODD: {"etag": "e", "done": "ff"}}
    again = TransferRecord(None, left[2].row.id, left[2].row.uid, left[2])
    assert again.object_record(ODD).again
    assert again.object_record(ODD).tag == records[1].tag(ODD)
    assert again.object_record(ODD).tag != records[0].tag(ODD)


async def test_the_living_keep_their_rows(tmp_path: Path, journal: Journal) -> None:
    await add(journal)
    assert await taken(tmp_path) == []
    journal.close()
    assert len(await taken(tmp_path)) == 1


def _own(folder: Path, tell: Connection) -> None:
    async def main() -> None:
        journal = Journal.open(folder)
        for number in range(3):
            record = await add(journal, str(number))
            await record.object_record(str(number)).note(number=number)
        tell.send("ready")
        await asyncio.sleep(60)

    asyncio.run(main())


def _steal(folder: Path, tell: Connection) -> None:
    async def main() -> None:
        journal = Journal.open(folder)
        tell.send("ready")
        tell.recv()
        tell.send([left.row.id for left in await journal.take_over()])
        tell.recv()

    asyncio.run(main())


def test_after_kill_9_exactly_one_of_many_takes_over(tmp_path: Path) -> None:
    here, there = FORK.Pipe()
    owner = FORK.Process(target=_own, args=(tmp_path, there))
    owner.start()
    assert here.poll(20)
    assert here.recv() == "ready"
    thieves = []
    for _ in range(4):
        pipe, end = FORK.Pipe()
        process = FORK.Process(target=_steal, args=(tmp_path, end))
        process.start()
        thieves.append((process, pipe))
    for _, pipe in thieves:
        assert pipe.poll(20)
        assert pipe.recv() == "ready"
    assert owner.pid is not None
    os.kill(owner.pid, signal.SIGKILL)
    owner.join()
    for _, pipe in thieves:
        pipe.send("go")
    found = []
    for _, pipe in thieves:
        assert pipe.poll(20)
        found.append(pipe.recv())
    for process, pipe in thieves:
        pipe.send("end")
        process.join()
    assert sorted(found, key=len) == [[], [], [], [1, 2, 3]]
    assert len(asyncio.run(taken(tmp_path))) == 3, "and when that one ends, they are free again"


def test_a_lock_is_for_one(tmp_path: Path) -> None:
    folder = tmp_path / "instances"
    with closing(InstanceLock.new(folder)) as instance_lock:
        assert InstanceLock.take(folder, instance_lock.owner) is None
        with closing(InstanceLock.new(folder)) as other:
            assert other.owner != instance_lock.owner
    assert list(folder.iterdir()) == []
    taken_over = InstanceLock.take(folder, instance_lock.owner)
    assert taken_over is not None
    taken_over.close()


LINGERING = """
import subprocess, sys
from pathlib import Path
from s3tui.transfer.journal.instance_lock import InstanceLock
instance_lock = InstanceLock.new(Path(sys.argv[1]))
subprocess.Popen(["sleep", sys.argv[2]], pass_fds=[instance_lock.fd], stdout=subprocess.DEVNULL)
print(instance_lock.owner)
"""


@pytest.mark.parametrize(("lingers_s", "is_taken"), [(0.5, True), (4.0, False)])
def test_an_instance_is_dead_when_those_who_work_for_it_are(
    tmp_path: Path, lingers_s: float, is_taken: bool
) -> None:
    died = subprocess.run(
        [sys.executable, "-c", LINGERING, tmp_path, str(lingers_s)], stdout=subprocess.PIPE, text=True
    )
    began = time.monotonic()
    taken = InstanceLock.take(tmp_path, died.stdout.strip())
    assert (taken is not None) is is_taken
    assert 0.2 < time.monotonic() - began < 3.5
    if taken is not None:
        taken.close()


async def test_finished_ones_are_history_for_everybody(tmp_path: Path, journal: Journal) -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    ids = []
    for number, state in enumerate([TransferState.DONE, TransferState.FAILED, TransferState.CANCELLED]):
        record = await add(journal, str(number))
        recovery.save(record, row(state=state, finished_at=start + timedelta(hours=number)))
        ids.append(record.id)
    await add(journal, "waiting")
    with closing(Journal.open(tmp_path)) as other:
        rows = await other.history(10)
        assert [recovery.transfer_of(found).state.value for found in rows] == ["cancelled", "failed", "done"]
        assert len(await other.history(2)) == 2
    await journal.clear(ids)
    journal.close()
    left = await taken(tmp_path)
    assert len(left) == 1, "what was cleared away does not come back"


async def test_what_failed_comes_back_until_it_is_cleared_away(tmp_path: Path, journal: Journal) -> None:
    now = datetime.now(UTC)
    for state in (TransferState.DONE, TransferState.FAILED, TransferState.CANCELLED):
        recovery.save(await add(journal), row(state=state, finished_at=now))
    journal.close()
    assert [record.left.row.state for record in await taken(tmp_path) if record.left] == ["failed"]


async def test_old_history_is_forgotten(tmp_path: Path) -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    with closing(Journal.open(tmp_path, keep=2)) as journal:
        ids = []
        for number in range(5):
            record = await add(journal, str(number))
            await record.object_record("k").note(upload_id="u", key="k")
            recovery.save(record, row(state=TransferState.DONE, finished_at=start + timedelta(hours=number)))
            ids.append(record.id)
        await journal.clear(ids)
        assert [found.id for found in await journal.history(10)] == [ids[4], ids[3]]
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        assert database.execute("SELECT count(*) FROM piece").fetchone() == (2,)


async def test_an_object_record_is_what_was_noted_last(tmp_path: Path) -> None:
    with closing(Journal.open(tmp_path)) as journal:
        record = await add(journal)
        object_record = record.object_record("k")
        written = [1]
        object_record.later(etag="e")
        object_record.tells(lambda: {"written": written[0]})
        written[0] = 2
        await object_record.note(size=3)
        other = record.object_record("gone")
        await other.note(etag="x")
        await other.forget()
        third = record.object_record("over")
        third.later(etag="y")
        third.over()
        fourth = record.object_record("left")
        await fourth.note(upload_id="u", intents=[["k", 1.0]])
        fourth.over(intents=[["k", 1.0]])
        assert await journal.known_uploads() == set()
    left = (await taken(tmp_path))[0].left
    assert left is not None
    assert left.object_records == {
        "k": {"etag": "e", "size": 3, "written": 2},
        "left": {"intents": [["k", 1.0]]},
    }


async def test_of_many_objects_only_those_in_flight_and_the_failed_have_rows(tmp_path: Path) -> None:
    with closing(Journal.open(tmp_path)) as journal:
        many = DownloadPrefix("c", "b", "p/", Path("/files"))
        items = ItemTable(await recovery.recorded(journal, many, row()))
        for start in range(0, 1000, 200):
            names = [f"{number:04}" for number in range(start, start + 200)]
            await items.give_out([(name, {"size": 10}) for name in names], names[-1])
            for name in names[:-1]:
                items.over(name, 10, skipped=name.endswith("7"))
        items.failed("0199", {"size": 10})
        items.over("0399", 10)
    record = (await taken(tmp_path))[0]
    again = ItemTable(record)
    assert again.frontier == "0999"
    assert not again.is_listed
    assert {(name, failed) for name, _, failed in again.left()} == {
        ("0199", True), ("0599", False), ("0799", False), ("0999", False)
    }  # fmt: skip
    assert again.over_before == (996, (996 - 100) * 10, 100)


async def test_a_damaged_journal_is_put_aside(tmp_path: Path) -> None:
    with closing(Journal.open(tmp_path)) as journal:
        await add(journal)
    (tmp_path / FILE).write_bytes(b"this is no database, though it is long enough to look like one" * 99)
    with closing(Journal.open(tmp_path)) as journal:
        assert await journal.take_over() == []
        assert (await add(journal)).id == 1
    assert (tmp_path / f"{FILE}.damaged").exists()


def test_a_newer_journal_is_left_alone(tmp_path: Path) -> None:
    Journal.open(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute("PRAGMA user_version=99")
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(StateError, match="newer s3tui"):
        Journal.open(tmp_path)
    assert (tmp_path / FILE).read_bytes() == before
    assert list((tmp_path / "instances").iterdir()) == []


async def test_a_journal_that_cannot_be_written_says_so_and_harms_nothing(tmp_path: Path) -> None:
    with closing(Journal.open(tmp_path)) as journal:
        record = await add(journal)
        with closing(sqlite3.connect(tmp_path / FILE)) as database:
            database.execute("DROP TABLE piece")
        await record.object_record("k").note(etag="e")
        assert journal.failure is not None
        assert "not written down any more" in journal.failure
        await record.object_record("k").note(etag="f")
        assert not (await add(journal)).is_kept
        assert await recovery.restore(journal) == []
        assert await recovery.history(journal, 10) == ()
        await journal.clear([record.id])

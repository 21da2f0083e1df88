"""Damaged files of ours: reported, put aside, and the next start works.

Bytes are flipped and files cut at drawn places; S3TUI_SEED sets the seed.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from s3tui import paths
from s3tui.browse.place import bookmarks as places
from s3tui.browse.place.bookmarks import SCHEMA
from s3tui.browse.place.location import Location
from s3tui.browse.sizes import known_sizes as counts
from s3tui.browse.sizes.count import Count
from s3tui.browse.snapshot.snapshot import Snapshot, SnapshotWriter, snapshots_in
from s3tui.browse.source.source import PageRequest, SourceError
from s3tui.config.reader import check_config, is_unread, read_config
from s3tui.connect import capability_store
from s3tui.format import count
from s3tui.s3.client import S3Client
from s3tui.s3.sending.capabilities import Capability, CapabilityObserved
from s3tui.settings import Flags, load_settings
from s3tui.state import StateError, open_database, suspect
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.journal.journal import FILE, Journal
from s3tui.transfer.journal.record import ItemTable
from s3tui.transfer.journal.recovery import recorded, restore, save
from s3tui.transfer.models import Direction, Transfer, TransferState
from s3tui.transfer.requests import DownloadObject
from tests.browse.inventory.inventories import csv_file, of, write_report
from tests.browse.inventory.test_inventory import opened, rows
from tests.earlier_release import lay_out
from tests.long import SEED, rng, share

NOW = datetime(2026, 11, 1, tzinfo=UTC)
WORK = places.Whose("http://127.0.0.1 key AKIAANY", "work")
Damage = Callable[[bytes, random.Random], bytes]


def flip(data: bytes, dice: random.Random) -> bytes:
    damaged = bytearray(data)
    # Half of them where most of what decides is: in the header and the schema.
    place = dice.randrange(min(len(data), dice.choice((100, 4096, len(data)))))
    damaged[place] ^= 1 << dice.randrange(8)
    return bytes(damaged)


def cut(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randrange(len(data))]


def scribble(data: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(data))
    return data[:place] + dice.randbytes(dice.randint(1, 4096)) + data[place + 100 :]


def damaged(file: Path, number: int) -> bytes:
    """Damage a file in the way of this number; return what it is now."""
    print(f"S3TUI_SEED={SEED}")  # noqa: T201 - to run it again
    dice = rng(f"damage {file.name} {number}")
    how: Damage = (flip, flip, cut, scribble)[number % 4]
    file.write_bytes(how(file.read_bytes(), dice))
    return file.read_bytes()


async def nobody(connection: str) -> S3Client:
    raise AssertionError("nothing was to move")


async def live(folder: Path) -> tuple[bool, bool]:
    """Start an engine, as the app does, and queue something; say whether it is kept, and damage was said."""
    try:
        journal = await asyncio.to_thread(Journal.open, folder)
    except StateError as error:
        assert "newer s3tui" in str(error), "the only reason to do without"  # noqa: PT017 - the other is none
        return False, True
    was_damaged = journal.damage is not None
    engine = TransferEngine(nobody, journal=journal, processes=0)
    left = await engine.start()
    for row in engine.snapshot().transfers:
        assert row.id in left
        assert f"{count(row.objects_done)} {row.bytes_done:d} {row.name}"
    await engine.history()
    request = DownloadObject("c", "b", "k", folder / "k")
    record = await recorded(journal, request, Transfer(0, "c", Direction.DOWNLOAD, "k", "s3://b/k", "/k"))
    await record.object_record("k").note(etag="e")
    await engine.aclose(keep=True)
    return journal.failure is None, was_damaged


def has_kept_one(folder: Path) -> int:
    with closing(Journal.open(folder)) as journal:
        left = asyncio.run(journal.take_over())
    return sum(each.row.request.count('"bucket": "b"') for each in left)


@pytest.mark.long
@pytest.mark.parametrize("number", range(share(120, 4000)))
def test_a_damaged_journal_does_not_last(number: int, tmp_path: Path) -> None:
    lay_out(tmp_path)
    state = paths.state_dir()
    was = damaged(state / FILE, number)
    works, was_put_aside = asyncio.run(live(state))
    if not works and not was_put_aside:  # noticed when it was written to: the next start is a new one
        works, was_put_aside = asyncio.run(live(state))
        assert works
        assert was_put_aside
    if not works:
        return  # by its version it is of a newer s3tui, which is said
    if was_put_aside and (state / f"{FILE}.damaged").read_bytes() != was:
        with closing(sqlite3.connect(state / f"{FILE}.damaged")) as aside, suppress(sqlite3.Error):
            aside.execute("SELECT count(*) FROM transfer").fetchone()  # written to before it was noticed
    assert has_kept_one(state) >= 1


@pytest.mark.long
@pytest.mark.parametrize("number", range(share(80, 4000)))
def test_a_damaged_state_database_does_not_last(number: int, tmp_path: Path) -> None:
    lay_out(tmp_path)
    file = paths.state_dir() / "state.sqlite"
    if number % 2:  # as this release has it
        with closing(open_database(file, SCHEMA)) as database:
            for name in ("a/", "b/"):
                places.visit(database, WORK, Location("data", name), NOW)
                counts.remember(database, WORK, "data", Count(name, NOW).sizes(is_complete=True))
            capability_store.keep(database, "i", CapabilityObserved(Capability.ACL, True, "GET: 200", NOW))
    damaged(file, number)
    for _ in range(2):
        try:
            with closing(open_database(file, SCHEMA)) as database:
                places.recent(database, WORK)
                places.bookmarks(database, WORK)
                capability_store.kept(database, "i", NOW)
                known = counts.remembered(database, WORK, "data").get("photos/")
                assert known is None or count(known.total.objects)
                places.visit(database, WORK, Location("data", "new/"), NOW)
                places.toggle_bookmark(database, WORK, Location("data", "marked/"), NOW)
        except StateError as error:
            assert "newer s3tui" in str(error)  # noqa: PT017 - the only reason
            return
        except sqlite3.DatabaseError:
            suspect(file)  # as `StateDb` does
        else:
            break
    with closing(open_database(file, SCHEMA)) as database:
        assert Location("data", "new/") in places.recent(database, WORK)
        assert Location("data", "marked/") in places.bookmarks(database, WORK)


@pytest.mark.long
@pytest.mark.parametrize("number", range(share(80, 4000)))
def test_a_damaged_snapshot_is_said_and_the_others_open(number: int, tmp_path: Path) -> None:
    lay_out(tmp_path)
    folder = paths.snapshots_dir()
    shutil.copyfile(folder / "photos.s3tui.db", folder / "good.s3tui.db")
    was = damaged(folder / "photos.s3tui.db", number)
    found, _ = snapshots_in(folder)
    assert "good" in {each.name for each in found}

    async def read(snapshot: Snapshot) -> None:
        pages = snapshot.pages(None, PageRequest(snapshot.header.bucket, snapshot.header.prefix, "/"))
        with suppress(SourceError):
            async for page in pages:
                assert all(found.key for found in page.objects)

    for snapshot in found:
        assert f"{snapshot.title} {count(snapshot.header.objects)} {count(snapshot.header.size)}"
        asyncio.run(read(snapshot))
    assert (folder / "photos.s3tui.db").read_bytes() == was


@pytest.mark.long
@pytest.mark.parametrize("number", range(share(80, 4000)))
def test_damaged_settings_are_a_sentence_and_stay_as_they_are(number: int, tmp_path: Path) -> None:
    lay_out(tmp_path)
    was = damaged(paths.config_file(), number)
    config = read_config(paths.config_file())
    problems = check_config(paths.config_file(), {})
    assert {each.sentence for each in config.problems} == {each.sentence for each in problems}
    lines = was.count(b"\n") + 1
    assert all(problem.line is None or 1 <= problem.line <= lines for problem in problems)
    assert load_settings(Flags(), {}, paths.config_file()).read_only or not is_unread(config)
    assert paths.config_file().read_bytes() == was


@pytest.mark.long
async def test_a_damaged_inventory_is_made_again(tmp_path: Path) -> None:
    manifest = write_report(tmp_path, [csv_file(of(["a", "b/c", "b/d"]))])
    cache = tmp_path / "cache"
    good = (await opened(manifest, cache)).file
    data = good.read_bytes()
    for number in range(share(24, 1000)):
        good.write_bytes(data)
        damaged(good, number)
        with suppress(SourceError):  # what only shows when it is read
            source = await opened(manifest, cache)
            assert source.objects >= 0
            await rows(source)
        good.unlink(missing_ok=True)
    good.write_bytes(data[: len(data) // 2])
    again = await opened(manifest, cache)
    assert (again.objects, good.with_name(f"{good.name}.damaged").stat().st_size) == (3, len(data) // 2)


def test_the_damaged_one_is_kept_and_said(tmp_path: Path) -> None:
    Journal.open(tmp_path).close()
    file = tmp_path / FILE
    data = file.read_bytes().replace(b"CREATE TABLE transfer", b"CREATE TABLE trans\xffer")
    file.write_bytes(data)
    with closing(Journal.open(tmp_path)) as journal:
        assert f"{FILE} was damaged: it is kept as" in str(journal.damage)
    assert (tmp_path / f"{FILE}.damaged").read_bytes() == data
    with closing(Journal.open(tmp_path)) as journal:
        assert journal.damage is None


def test_only_its_owner_reads_what_is_remembered(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o755)
    (folder / FILE).touch(0o644)
    with closing(Journal.open(folder)) as journal:
        assert journal.damage is None
        asyncio.run(journal.history(1))
        modes = {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}
    assert modes.pop("instances") == modes.pop("state") == 0o700
    assert set(modes.values()) == {0o600}
    assert {FILE, f"{FILE}-wal", f"{FILE}-shm"} <= set(modes)


async def test_snapshots_and_inventories_are_their_owners_too(tmp_path: Path) -> None:
    writer = SnapshotWriter(tmp_path / "s.s3tui.db", "c", "b", "", NOW)
    snapshot = writer.finish(NOW, is_complete=True)
    inventory = await opened(write_report(tmp_path, [csv_file(of(["a"]))]), tmp_path / "cache")
    assert [file.stat().st_mode & 0o777 for file in (snapshot.file, inventory.file)] == [0o600, 0o600]


async def test_what_turns_out_to_be_damaged_is_put_aside_by_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "garbage").write_bytes(b"no database" * 1000)

    def as_if_it_were_ours(database: sqlite3.Connection) -> None:
        with closing(sqlite3.connect(tmp_path / "garbage")) as damaged:
            damaged.execute("SELECT * FROM transfer")

    with closing(Journal.open(tmp_path)) as journal:
        with pytest.raises(StateError, match="not a database"):
            await journal.commit(as_if_it_were_ours)
        assert journal.failure is not None
    with closing(Journal.open(tmp_path)) as journal:
        assert "was damaged" in str(journal.damage)
        assert await journal.history(1) == []
    with closing(Journal.open(tmp_path)) as journal:
        assert journal.damage is None


async def test_one_value_out_of_range_fails_alone(tmp_path: Path) -> None:
    with closing(Journal.open(tmp_path)) as journal:
        transfer = Transfer(0, "c", Direction.DOWNLOAD, "k", "s3://b/k", "/files/k")
        record = await recorded(journal, DownloadObject("c", "b", "k", tmp_path / "k"), transfer)
        with pytest.raises(StateError, match="too large"):
            await journal.commit(lambda database: database.execute("SELECT ?", (2**63,)))
        items = ItemTable(record)
        await items.give_out([("a", {"size": 2**63}), ("b", {"size": 2**63})], "b")
        items.over("a", 2**63)
        items.over("b", 2**63)
        save(record, transfer)
        assert journal.failure is None
    with closing(Journal.open(tmp_path)) as journal:
        (left,) = await journal.take_over()
    assert (left.items, left.over[0]) == ((), 2)
    assert left.row.state == TransferState.QUEUED.value


async def test_what_fails_takes_back_only_what_it_did_itself(tmp_path: Path) -> None:
    def half(database: sqlite3.Connection) -> None:
        database.execute("UPDATE transfer SET uid = 'half'")
        raise ValueError("no")

    with closing(Journal.open(tmp_path)) as journal:
        await recorded(
            journal,
            DownloadObject("c", "b", "k", tmp_path / "k"),
            Transfer(0, "c", Direction.DOWNLOAD, "k", "s3://b/k", "/files/k"),
        )
        journal.soon("half", half)
        journal.soon("whole", lambda database: database.execute("UPDATE transfer SET added_at = 7"))
        row = await journal.row(1)
    assert row is not None
    assert (row.uid == "half", row.added_at) == (False, 7)


@pytest.mark.parametrize(
    "damage",
    [
        "INSERT INTO item VALUES (1, '{', '{}', 0)",
        "UPDATE transfer SET request = '{' WHERE id = 1",
        "UPDATE transfer SET row = CAST(x'7bff' AS TEXT) WHERE id = 1",
    ],
)
async def test_one_row_that_cannot_be_read_costs_no_other(tmp_path: Path, damage: str) -> None:
    with closing(Journal.open(tmp_path)) as journal:
        for key in ("a", "b"):
            request = DownloadObject("c", "b", key, tmp_path / key)
            transfer = Transfer(0, "c", Direction.DOWNLOAD, key, f"s3://b/{key}", f"/files/{key}")
            await recorded(journal, request, transfer)
        await journal.commit(lambda database: database.execute(damage))
    with closing(Journal.open(tmp_path)) as journal:
        assert [found.transfer.id for found in await restore(journal)] == [2]

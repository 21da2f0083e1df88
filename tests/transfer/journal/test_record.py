"""Records of transfers, their objects, and those of a batch job, as the next instance reads them."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from s3tui.state import StateError
from s3tui.transfer.errors import TransferError
from s3tui.transfer.journal import recovery
from s3tui.transfer.journal.journal import FILE, AbandonedTransfer, Journal
from s3tui.transfer.journal.record import ItemTable, TransferRecord, digest_of
from s3tui.transfer.models import TransferState
from tests.transfer.journal.test_journal import ODD, add, row, taken

NAME = ODD


async def left_of(folder: Path) -> AbandonedTransfer:
    """What the next instance takes over of the only transfer."""
    (record,) = await taken(folder)
    assert record.left is not None
    return record.left


async def test_a_name_has_one_tag_in_its_transfer() -> None:
    record = TransferRecord(uid="0123")
    expected = hashlib.sha256(b"0123/k").hexdigest()[:12]
    assert record.tag("k") == record.object_record("k").tag == expected
    assert record.tag(NAME) != record.tag("k")
    assert TransferRecord().uid != TransferRecord().uid
    assert TransferRecord().tag("k") != expected


async def test_an_object_may_have_been_begun_where_something_is_known_of_it_or_of_its_transfer(
    tmp_path: Path,
) -> None:
    before = time.time()
    with closing(Journal.open(tmp_path)) as journal:
        record = await add(journal)
        assert not record.object_record("k").again
        assert before <= record.began_at <= time.time()
        await record.object_record("k").note(etag="e")
        assert record.object_record("k").again
        assert not record.object_record("k", again=False).again
        assert record.object_record("new", again=True).again
    (again,) = await taken(tmp_path)
    assert again.left is not None
    assert again.object_record("k").facts == {"etag": "e"}
    assert again.object_record("new").again
    assert again.object_record("new").began_at == again.began_at == again.left.row.added_at
    assert again.uid == record.uid


async def test_a_record_is_kept_while_there_is_a_journal_that_works(tmp_path: Path) -> None:
    assert not TransferRecord().is_kept
    with closing(Journal.open(tmp_path)) as journal:
        record = await add(journal)
        assert record.is_kept
        with closing(sqlite3.connect(tmp_path / FILE)) as database:
            database.execute("DROP TABLE item")
        items = ItemTable(record)
        await items.give_out([("a", {})], "a")
        assert not record.is_kept
        await items.give_out([("b", {})], "b")
        items.over("b", 5)
    assert items.frontier == "b"


@pytest.mark.parametrize("name", ["k", NAME])
async def test_an_object_that_is_over_leaves_only_what_is_to_be_cleaned_up(tmp_path: Path, name: str) -> None:
    with closing(Journal.open(tmp_path)) as journal:
        record = await add(journal)
        await record.object_record(name).note(upload_id="u", intents=[["k", 1.0]])
        await record.object_record("other").note(etag="e")
        await record.object_record("third").note(etag="f")
        record.settle(name)
        record.settle("other")
        record.settle("unknown")
        names = [left.facts for left in record.leftovers()]
        assert names == [{"intents": [["k", 1.0]]}, {"etag": "f"}]
    left = await left_of(tmp_path)
    assert left.object_records == {name: {"intents": [["k", 1.0]]}, "third": {"etag": "f"}}


async def test_facts_are_merged_and_removed_by_none(tmp_path: Path) -> None:
    with closing(Journal.open(tmp_path)) as journal:
        record = await add(journal)
        object_record = record.object_record("k")
        await object_record.note(etag="e", size=3)
        object_record.later(etag=None, done="ff")
        assert object_record.facts == {"size": 3, "done": "ff"}
        assert record.object_record("k") is object_record
        other = record.object_record("other")
        other.later(etag="x")
        other.later(etag=None)
        assert record.leftovers() == [object_record]
        assert record.object_record("other") is not other
    assert (await left_of(tmp_path)).object_records == {"k": {"size": 3, "done": "ff"}}


async def test_progress_is_written_only_where_there_is_something_to_continue(tmp_path: Path) -> None:
    def progress_of(written: list[int]) -> Callable[[], dict[str, object]]:
        return lambda: {"written": written[0]}

    with closing(Journal.open(tmp_path)) as journal:
        record = await add(journal)
        begun, empty, forgotten = (record.object_record(name) for name in ("a", "b", "c"))
        counts = [1]
        for one in (begun, empty, forgotten):
            one.tells(progress_of(counts))
        await begun.note(etag="e")
        await forgotten.note(etag="f")
        await forgotten.forget()
        await forgotten.note(etag="g")
        counts[0] = 5
        for one in (begun, empty):
            one.progressed()
    left = await left_of(tmp_path)
    assert left.object_records == {"a": {"etag": "e", "written": 5}, "c": {"etag": "g"}}


@pytest.mark.parametrize("state", list(TransferState))
async def test_a_transfer_that_is_over_keeps_only_uploads_that_are_open(
    tmp_path: Path, state: TransferState
) -> None:
    finished = datetime(2026, 11, 1, tzinfo=UTC)
    with closing(Journal.open(tmp_path)) as journal:
        other = await add(journal, "other")
        await other.object_record("k").note(etag="e")
        record = await add(journal)
        await record.object_record("k").note(etag="e")
        await record.object_record("u").note(upload_id="u1")
        items = ItemTable(record)
        items.is_by_key = True
        await items.give_out([("k", {})], None)
        recovery.save(record, row(state=state, finished_at=finished))
        assert await journal.known_uploads() == {"u1"} == await record.known_uploads()
        assert await TransferRecord().known_uploads() == set()
        found = await journal.row(record.id)
        assert found is not None
        assert recovery.transfer_of(found) == replace(
            row(state=state, finished_at=finished), id=record.id, name="k", source="s3://b/k"
        )
        assert await journal.row(99) is None
    is_over = state in (TransferState.DONE, TransferState.CANCELLED)
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        pieces = database.execute("SELECT transfer, name FROM piece ORDER BY transfer, name").fetchall()
        keys = database.execute("SELECT count(*) FROM listed_key").fetchone()
    assert pieces == [
        (other.id, '"k"'),
        *([] if is_over else [(record.id, '"k"')]),
        (record.id, '"u"'),
    ]
    assert keys == (0 if is_over else 1,)


async def test_an_upload_that_is_no_more_is_forgotten(tmp_path: Path) -> None:
    with closing(Journal.open(tmp_path)) as journal:
        record = await add(journal)
        for name in ("a", "b"):
            await record.object_record(name).note(upload_id=f"u{name}")
        await journal.forget_upload("ua")
        assert await journal.known_uploads() == {"ub"}
    assert set((await left_of(tmp_path)).object_records) == {"b"}


async def test_a_batch_job_is_listed_to_its_end_or_not(tmp_path: Path) -> None:
    with closing(Journal.open(tmp_path)) as journal:
        items = ItemTable(await add(journal))
        assert (items.frontier, items.is_listed, items.is_by_key) == (None, False, False)
        assert (items.over_before, items.renamed_before, items.left()) == ((0, 0, 0), 0, ())
        await items.give_out([(NAME, {"size": 1}), ("z", {"size": 2})], NAME)
        await items.give_out([("later", {})], None)
        assert items.frontier == NAME
        items.listed()
        assert items.is_listed
        recovery.save(items._record, row(renamed=4))
    (record,) = await taken(tmp_path)
    again = ItemTable(record)
    assert (again.frontier, again.is_listed, again.is_by_key, again.renamed_before) == (NAME, True, False, 4)
    given_out = [(NAME, {"size": 1}, False), ("z", {"size": 2}, False), ("later", {}, False)]
    assert sorted(again.left()) == sorted(given_out)
    assert await again.keys_before() == b""


async def test_where_there_is_no_order_what_was_given_out_is_known_by_its_key(tmp_path: Path) -> None:
    with closing(Journal.open(tmp_path)) as journal:
        other = ItemTable(await add(journal, "other"))
        other.is_by_key = True
        await other.give_out([("x", {})], None)
        items = ItemTable(await add(journal))
        await items.give_out([("b", {})], "b")
        items.is_by_key = True
        await items.give_out([("a", {}), (NAME, {})], "z")
        await items.give_out([("a", {})], None)
        assert items.frontier == "b"
        assert await items.keys_before() == b"", "of this process, not of an earlier one"
    with closing(Journal.open(tmp_path)) as journal:
        _, left = await journal.take_over()
        again = ItemTable(TransferRecord(journal, left.row.id, left.row.uid, left))
        found = await again.keys_before()
    assert again.is_by_key
    assert again.frontier == "b"
    expected = [
        hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        for name in ("a", NAME, "a")
    ]
    assert sorted(found[at : at + 16] for at in range(0, len(found), 16)) == sorted(expected)
    assert digest_of(NAME) == expected[1]


async def test_a_thousand_keys_are_one_row_until_the_listing_has_ended(tmp_path: Path) -> None:
    def size_of_rows() -> list[tuple[int]]:
        with closing(sqlite3.connect(tmp_path / FILE)) as database:
            return database.execute("SELECT length(digest) FROM listed_key").fetchall()

    with closing(Journal.open(tmp_path)) as journal:
        items = ItemTable(await add(journal))
        items.is_by_key = True
        for start in range(0, 3000, 1000):
            await items.give_out([(f"{number}", {}) for number in range(start, start + 1000)], None)
        assert size_of_rows() == [(16_000,)] * 3
        items.listed()
    assert size_of_rows() == []
    left = await left_of(tmp_path)
    assert (left.listed, left.is_by_key) == (True, False)


@pytest.mark.parametrize("damaged", [b"", b"x" * 15, "text"])
async def test_digests_that_cannot_be_read_are_an_error(tmp_path: Path, damaged: bytes | str) -> None:
    with closing(Journal.open(tmp_path)) as journal:
        items = ItemTable(await add(journal))
        items.is_by_key = True
        await items.give_out([("a", {})], None)
        await journal.commit(
            lambda database: database.execute("UPDATE listed_key SET digest = ?", (damaged,))
        )
    (record,) = await taken(tmp_path)
    with pytest.raises(TransferError, match="the journal cannot tell what was found before"):
        await ItemTable(record).keys_before()


async def test_a_frontier_can_be_forgotten(tmp_path: Path) -> None:
    with closing(Journal.open(tmp_path)) as journal:
        items = ItemTable(await add(journal))
        await items.give_out([("a", {})], "a")
        items.forget_frontier()
        assert items.frontier is None
    assert (await left_of(tmp_path)).frontier is None


async def test_an_object_that_failed_is_known_until_it_is_withdrawn(tmp_path: Path) -> None:
    with closing(Journal.open(tmp_path)) as journal:
        items = ItemTable(await add(journal))
        names = ["a", NAME, "c"]
        await items.give_out([(name, {"size": 1}) for name in names], "c")
        for name in names:
            items.failed(name, {"size": 2, "why": name})
        items.withdraw("a")
    left = await left_of(tmp_path)
    assert sorted(left.items) == sorted((name, {"size": 2, "why": name}, True) for name in names[1:])


async def test_what_is_over_is_counted_and_has_no_row(tmp_path: Path) -> None:
    largest = 2**63 - 1
    with closing(Journal.open(tmp_path)) as journal:
        record = await add(journal)
        items = ItemTable(record)
        await items.give_out([(name, {}) for name in ("a", NAME, "c", "d")], "d")
        await record.object_record("a").note(etag="e")
        items.over("a", 5)
        items.over(NAME, 7, skipped=True)
        assert record.leftovers() == []
    with closing(Journal.open(tmp_path)) as journal:
        (left,) = await journal.take_over()
        assert left.over == (2, 5, 1)
        assert left.object_records == {}
        items = ItemTable(TransferRecord(journal, left.row.id, left.row.uid, left))
        assert items.over_before == (2, 5, 1)
        items.over("c", largest)
    left = await left_of(tmp_path)
    assert left.over == (3, largest, 1)
    assert [name for name, _, _ in left.items] == ["d"]


async def test_without_a_journal_everything_is_in_memory() -> None:
    record = TransferRecord()
    items = ItemTable(record)
    await items.give_out([("a", {})], "a")
    items.over("a", 1)
    items.listed()
    items.failed("b", {})
    items.withdraw("b")
    recovery.save(record, row())
    object_record = record.object_record("k")
    await object_record.note(etag="e")
    assert record.object_record("k").facts == {"etag": "e"}
    with pytest.raises(StateError):
        await record.ask(lambda database: 1)
    await object_record.forget()
    assert record.leftovers() == []
    assert (items.frontier, items.is_listed) == ("a", True)


async def test_what_is_asked_of_the_journal_is_answered_or_raises(tmp_path: Path) -> None:
    with closing(Journal.open(tmp_path)) as journal:
        record = await add(journal)
        count = "SELECT count(*) FROM transfer"
        assert await record.ask(lambda database: database.execute(count).fetchone()) == (1,)
        with pytest.raises(StateError):
            await record.ask(lambda database: json.loads("no JSON"))


async def test_a_request_is_replaced(tmp_path: Path) -> None:
    with closing(Journal.open(tmp_path)) as journal:
        record = await add(journal)
        record.save_request("another")
    assert (await left_of(tmp_path)).row.request == "another"

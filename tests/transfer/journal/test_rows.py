"""Rows of the queue, to the journal and back; rows that cannot be read are left out."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from s3tui.transfer.journal import recovery
from s3tui.transfer.journal.journal import FILE, Journal, JournalRow
from s3tui.transfer.journal.record import TransferRecord
from s3tui.transfer.models import Conflict, Direction, Transfer, TransferState
from s3tui.transfer.requests import CopyObject, CopyPrefix, DownloadObject, Request, UploadFile, to_json
from s3tui.transfer.scheduling.progress import NOT_VERIFIED

NOTHING: Mapping[str, object] = {}
BEGAN = datetime(2026, 11, 1, 12, tzinfo=timezone(timedelta(hours=2)))
COPY = CopyObject("c", "b", "k", "to", "k2", "other")
FULL = Transfer(
    7, "c", Direction.COPY, "k", "s3://b/k", "s3://to/k2 (1)",
    state=TransferState.RUNNING, bytes_done=5, bytes_total=9, objects_done=1, objects_total=3,
    listing_done=False, skipped=1, failed_objects=2, renamed=4, parts_done=1, parts_total=2,
    parts=b"\x02\x00\xff", priority=3, notice="a notice", verified="CRC32", attempts=2,
    error="it broke", error_code="X", started_at=BEGAN, finished_at=BEGAN + timedelta(hours=1),
    to_connection="other",
)  # fmt: skip


def journal_row(
    changes: Mapping[str, object] = NOTHING, transfer: Transfer = FULL, request: Request = COPY
) -> JournalRow:
    values = {**json.loads(recovery.row_of(transfer)), **changes}
    return JournalRow(transfer.id, "uid", 1.0, to_json(request), transfer.state.value, json.dumps(values))


def test_a_row_comes_back_as_it_was_written() -> None:
    assert recovery.transfer_of(journal_row()) == FULL
    bare = Transfer(1, "c", Direction.UPLOAD, "f", "/f", "s3://b/f")
    assert (
        recovery.transfer_of(journal_row(transfer=bare, request=UploadFile("c", Path("/f"), "b", "f")))
        == bare
    )


def test_times_are_written_in_utc() -> None:
    row = json.loads(recovery.row_of(FULL))
    assert (row["started_at"], row["finished_at"]) == (
        "2026-11-01T10:00:00+00:00",
        "2026-11-01T11:00:00+00:00",
    )


@pytest.mark.parametrize(
    ("notice", "expected"), [(None, NOT_VERIFIED), ("it started over", "it started over")]
)
def test_a_size_is_no_proof_though_earlier_releases_took_it_for_one(
    notice: str | None, expected: str
) -> None:
    found = recovery.transfer_of(journal_row({"verified": "size", "notice": notice}))
    assert found == replace(FULL, verified=None, notice=expected)


def test_what_another_release_wrote_more_is_ignored() -> None:
    assert recovery.transfer_of(journal_row({"weather": "fine"})) == FULL


@pytest.mark.parametrize(
    "name",
    ["bytes_done", "bytes_total", "objects_done", "objects_total", "listing_done", "skipped",
     "failed_objects", "renamed", "parts_done", "parts_total"],
)  # fmt: skip
def test_a_number_that_is_none_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} is no number: 12 bytes$"):
        recovery.transfer_of(journal_row({name: "12 bytes"}))


@pytest.mark.parametrize("changes", [{"parts": "no hex"}, {"started_at": "yesterday"}])
def test_a_value_that_is_none_is_refused(changes: Mapping[str, object]) -> None:
    with pytest.raises(ValueError, match=r"hex|isoformat"):
        recovery.transfer_of(journal_row(changes))


async def written(folder: Path, *transfers: Transfer, request: Request = COPY) -> list[int]:
    """Leave transfers behind, as an instance that has ended; return their ids."""
    ids = []
    with closing(Journal.open(folder)) as journal:
        for transfer in transfers:
            record = await recovery.recorded(journal, request, transfer)
            recovery.save(record, transfer)
            ids.append(record.id)
    return ids


@pytest.mark.parametrize("state", [TransferState.QUEUED, TransferState.RUNNING, TransferState.WAITING])
async def test_what_is_taken_over_is_paused(tmp_path: Path, state: TransferState) -> None:
    ids = await written(tmp_path, replace(FULL, state=state), replace(FULL, state=TransferState.FAILED))
    with closing(Journal.open(tmp_path)) as journal:
        going, failed = await recovery.restore(journal)
        assert going.transfer == replace(
            FULL, id=ids[0], state=TransferState.PAUSED, error=None, error_code=None
        )
        assert failed.transfer == replace(FULL, id=ids[1], state=TransferState.FAILED)
        assert going.request == failed.request == COPY
        assert [each.record.id for each in (going, failed)] == ids
        assert going.record.left is not None
        assert going.record.uid == going.record.left.row.uid
        assert going.record.is_kept


async def test_a_row_that_cannot_be_read_is_left_out_for_good(tmp_path: Path) -> None:
    ids = await written(tmp_path, FULL, FULL, FULL, FULL)
    with closing(sqlite3.connect(tmp_path / FILE)) as database, database:
        database.execute("UPDATE transfer SET request = 'no JSON' WHERE id = ?", (ids[1],))
        database.execute("UPDATE transfer SET row = '{}' WHERE id = ?", (ids[2],))
        database.execute("INSERT INTO piece VALUES (?, 'no JSON', '{}', NULL)", (ids[3],))
    for _ in range(2):
        with closing(Journal.open(tmp_path)) as journal:
            assert [left.record.id for left in await recovery.restore(journal)] == [ids[0]]
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        owners = database.execute("SELECT owner IS NULL FROM transfer ORDER BY id").fetchall()
    assert owners == [(0,), (1,), (1,), (1,)]


async def test_history_is_of_what_can_be_read_and_the_newest_first(tmp_path: Path) -> None:
    ends = [BEGAN + timedelta(hours=hours) for hours in (2, 3, 1)]
    states = [TransferState.DONE, TransferState.FAILED, TransferState.CANCELLED]
    rows = [replace(FULL, state=s, finished_at=end) for s, end in zip(states, ends, strict=True)]
    ids = await written(tmp_path, *rows, FULL)
    with closing(Journal.open(tmp_path)) as journal:
        found = await recovery.history(journal, 10)
        assert found == tuple(replace(rows[n], id=ids[n]) for n in (1, 0, 2))
        assert await recovery.history(journal, 1) == found[:1]
        await journal.commit(
            lambda database: database.execute("UPDATE transfer SET row = '[]' WHERE id = ?", (ids[1],))
        )
        assert await recovery.history(journal, 10) == found[1:]


@pytest.mark.parametrize("state", list(TransferState))
async def test_a_request_is_known_again_where_it_did_not_reach_its_end(
    tmp_path: Path, state: TransferState
) -> None:
    (id,) = await written(tmp_path, replace(FULL, state=state))
    with closing(Journal.open(tmp_path)) as journal:
        can_be_repeated = state in (TransferState.FAILED, TransferState.CANCELLED)
        assert await recovery.request_of(journal, id) == (COPY if can_be_repeated else None)
        assert await recovery.request_of(journal, id + 1) is None
        await journal.commit(lambda database: database.execute("UPDATE transfer SET request = '{'"))
        assert await recovery.request_of(journal, id) is None
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute("DROP TABLE listed_key")
    assert await recovery.request_of(journal, id) is None, "the journal is closed"


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (COPY, replace(COPY, connection="C", to_connection="other")),
        (replace(COPY, to_connection="c"), replace(COPY, connection="C", to_connection="C")),
        (
            CopyPrefix("x", "b", "p/", "to", "q/", "c"),
            CopyPrefix("x", "b", "p/", "to", "q/", "C"),
        ),
        (DownloadObject("c", "b", "k", Path("/k")), DownloadObject("C", "b", "k", Path("/k"))),
    ],
)
async def test_a_renamed_connection_and_a_policy_are_those_of_the_next_life(
    tmp_path: Path, request_: Request, expected: Request
) -> None:
    with closing(Journal.open(tmp_path)) as journal:
        record = await recovery.recorded(journal, request_, FULL)
        renamed = recovery.with_connections(request_, {"c": "C"}, record)
        assert renamed == expected
        (first,) = await journal.commit(
            lambda database: database.execute("SELECT request FROM transfer").fetchall()
        )
        asked = recovery.with_policy(renamed, Conflict.KEEP_BOTH, record)
        assert asked == replace(expected, conflict=Conflict.KEEP_BOTH)
    assert first == (to_json(expected),)
    with closing(Journal.open(tmp_path)) as journal:
        (left,) = await recovery.restore(journal)
    assert left.request == asked


async def test_without_a_journal_a_transfer_has_a_record_in_memory() -> None:
    record = await recovery.recorded(None, COPY, FULL)
    assert isinstance(record, TransferRecord)
    assert (record.is_kept, record.left) == (False, None)


def test_an_intent_is_added_to_those_that_are_there() -> None:
    before = datetime.now(UTC).timestamp()
    record = TransferRecord().object_record("k")
    (first,) = recovery.intent(record, "k")
    assert first[0] == "k"
    assert isinstance(first[1], float)
    assert before <= first[1] <= datetime.now(UTC).timestamp()
    record.later(intents=[first])
    assert [key for key, _ in recovery.intent(record, "k2")] == ["k", "k2"]
    assert recovery.intent(record, "k2")[0] == first

"""Recovery: rows of the queue to and from the journal, and the clean-up of what processes left at S3."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from s3tui.s3.client import S3Client
from s3tui.s3.errors import NoSuchUpload
from s3tui.state import StateError
from s3tui.transfer.integrity.verify import SIZE
from s3tui.transfer.journal.journal import DAMAGED_ROW, Journal, JournalRow
from s3tui.transfer.journal.record import ObjectRecord, TransferRecord
from s3tui.transfer.models import Conflict, Transfer, TransferState
from s3tui.transfer.requests import (
    CopyObject,
    CopyPrefix,
    Request,
    RunChange,
    describe,
    from_json,
    other_connection,
    to_json,
)
from s3tui.transfer.scheduling.progress import NOT_VERIFIED

_KEPT = (
    "target", "bytes_done", "bytes_total", "objects_done", "objects_total", "listing_done", "skipped",
    "failed_objects", "renamed", "parts_done", "parts_total", "priority", "notice", "verified", "attempts",
    "error", "error_code",
)  # fmt: skip
_NUMBERS = tuple(
    name for name in _KEPT if name.endswith(("_done", "_total", "skipped", "_objects", "renamed"))
)
CLOCKS_DIFFER_S = 360.0
"""Seconds that the server's clock and ours may differ by, and an answer be late."""
_TIDY_S = 20.0
_LOG = logging.getLogger(__name__)


def row_of(transfer: Transfer) -> str:
    row: dict[str, Any] = {name: getattr(transfer, name) for name in _KEPT}
    row["parts"] = transfer.parts.hex()
    row["started_at"], row["finished_at"] = _iso(transfer.started_at), _iso(transfer.finished_at)
    return json.dumps(row)


def transfer_of(row: JournalRow) -> Transfer:
    """Return the transfer as it was written last.

    Raises: ValueError, when it was written by something else than this.
    """
    request = from_json(row.request)
    said, values = describe(request), json.loads(row.row)
    values["parts"] = bytes.fromhex(values["parts"])
    for name in ("started_at", "finished_at"):
        values[name] = None if values[name] is None else datetime.fromisoformat(values[name])
    for name in _NUMBERS:
        if not isinstance(values.get(name), int | None):
            raise ValueError(f"{name} is no number: {values[name]}")
    if values.get("verified") == SIZE:  # earlier releases took it for a proof
        values |= {"verified": None, "notice": values.get("notice") or NOT_VERIFIED}
    known = {field.name for field in fields(Transfer)}
    return replace(
        Transfer(row.id, request.connection, said.direction, said.name, said.source, said.target),
        to_connection=other_connection(request),
        roots=said.roots,
        change=said.change,
        state=TransferState(row.state),
        **{name: value for name, value in values.items() if name in known},
    )


async def recorded(journal: Journal | None, request: Request, transfer: Transfer) -> TransferRecord:
    """Write a new transfer to the journal before anything of it happens; return its record."""
    if journal is not None:
        with suppress(StateError):  # it says so once, for itself; the transfer goes on without it
            added = await journal.add(lambda: to_json(request), transfer.state.value, row_of(transfer))
            return TransferRecord(journal, *added)
    return TransferRecord()


@dataclass(frozen=True, slots=True)
class Restored:
    """A transfer that a dead instance left."""

    transfer: Transfer
    """Paused, unless it failed."""
    request: Request
    record: TransferRecord


async def restore(journal: Journal) -> list[Restored]:
    """Take over the transfers of dead instances, in their old order."""
    restored = []
    with suppress(StateError):
        for left in await journal.take_over():
            try:
                request, transfer = from_json(left.row.request), transfer_of(left.row)
            except DAMAGED_ROW:
                _LOG.exception("a transfer in the journal cannot be read: it is left out")
                await journal.clear([left.row.id])
                continue
            if transfer.state is not TransferState.FAILED:
                transfer = replace(transfer, state=TransferState.PAUSED, error=None, error_code=None)
            restored.append(
                Restored(transfer, request, TransferRecord(journal, left.row.id, left.row.uid, left))
            )
    return restored


async def history(journal: Journal, limit: int) -> tuple[Transfer, ...]:
    """Return finished transfers of all instances, the newest first; none, when the journal fails."""
    found = []
    with suppress(StateError):
        for row in await journal.history(limit):
            with suppress(*DAMAGED_ROW):
                found.append(transfer_of(row))
    return tuple(found)


async def request_of(journal: Journal, id: int) -> Request | None:
    """Return the request of a failed or cancelled transfer; `None`, where the journal cannot tell."""
    with suppress(StateError, ValueError):
        row = await journal.row(id)
        if row is not None and TransferState(row.state) in (TransferState.FAILED, TransferState.CANCELLED):
            return from_json(row.request)
    return None


def save(record: TransferRecord, transfer: Transfer) -> None:
    """Write the row of a transfer to the journal, soon."""
    if record.is_kept:
        record.save(transfer.state.value, lambda: row_of(transfer), _iso(transfer.finished_at))


def with_policy(request: Request, conflict: Conflict, record: TransferRecord) -> Request:
    """Return the request with another conflict policy, and write it to the journal."""
    changed = replace(request, conflict=conflict)
    record.save_request(to_json(changed))
    return changed


def with_connections(request: Request, names: Mapping[str, str], record: TransferRecord) -> Request:
    """Return the request with renamed connections, and write it to the journal."""
    changed = replace(request, connection=names.get(request.connection, request.connection))
    if isinstance(changed, CopyObject | CopyPrefix | RunChange):
        changed = replace(changed, to_connection=names.get(changed.to_connection, changed.to_connection))
    record.save_request(to_json(changed))
    return changed


async def tidy(
    record: TransferRecord, request: Request, client_for: Callable[[str], Awaitable[S3Client]]
) -> None:
    """Abort the uploads that a transfer began at S3 and did not complete, in whatever process."""
    leftovers = [
        object_record
        for object_record in record.leftovers()
        if not _is_finished(object_record) or "intents" in object_record.facts
    ]
    if not leftovers:
        return
    connection, bucket = request.connection, request.bucket
    if isinstance(request, CopyObject | CopyPrefix):
        connection, bucket = request.to_connection or connection, request.to_bucket
    # Whatever client_for raises: what cannot be reached cannot be cleaned up, and the journal keeps it.
    with suppress(Exception):
        async with asyncio.timeout(_TIDY_S):
            client = await client_for(connection)
            for object_record in leftovers:
                await _tidy(client, bucket, object_record, record)


def _is_finished(object_record: ObjectRecord) -> bool:
    """Say whether its facts, but for intents, only serve to recognize the finished object."""
    return "completes_as" in object_record.facts and "upload_id" not in object_record.facts


async def _tidy(client: S3Client, bucket: str, object_record: ObjectRecord, record: TransferRecord) -> None:
    facts = object_record.facts
    if "upload_id" in facts:
        try:
            await client.abort_multipart_upload(bucket, facts["key"], upload_id=facts["upload_id"])
        except NoSuchUpload as error:
            error.check_given()
    for key, at in facts.get("intents", ()):
        await _abort_unanswered(client, bucket, key, at, await record.known_uploads())
    if _is_finished(object_record):
        await object_record.note(intents=None)
    else:
        await object_record.forget()


async def _abort_unanswered(client: S3Client, bucket: str, key: str, at: float, known: set[str]) -> None:
    """Abort the upload that was asked for at `at` and whose id was never received: it has no part."""
    async for page in client.list_multipart_uploads(bucket, key):
        for upload in page.uploads:
            began = None if upload.initiated is None else upload.initiated.timestamp()
            if (
                upload.key != key
                or upload.upload_id in known
                or began is None
                or abs(began - at) > CLOCKS_DIFFER_S
            ):
                continue
            try:
                if not await client.list_parts(bucket, key, upload_id=upload.upload_id, max_parts=1):
                    await client.abort_multipart_upload(bucket, key, upload_id=upload.upload_id)
            except NoSuchUpload as error:
                error.check_given()


def intent(object_record: ObjectRecord, key: str) -> list[list[object]]:
    """Return the intents of an object record, with one more: to begin an upload of `key` now."""
    return [*object_record.facts.get("intents", ()), [key, time.time()]]


def _iso(when: datetime | None) -> str | None:
    return None if when is None else when.astimezone(UTC).isoformat()

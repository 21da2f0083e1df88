"""One object brought back as it was: an older version written again as a new one, or hidden."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from s3tui.s3.client import S3Client
from s3tui.s3.errors import NoSuchKey, ServiceError
from s3tui.s3.models import ObjectVersion
from s3tui.s3.request.options import CopyOptions
from s3tui.transfer.changes.current import look
from s3tui.transfer.changes.deleting import CHANGED
from s3tui.transfer.changes.item_record import ItemRecord
from s3tui.transfer.changes.models import ItemState
from s3tui.transfer.changes.reading import ReadingClient
from s3tui.transfer.copy.route import patience_s
from s3tui.transfer.editing.object_state import ObjectState, options_again, read_state
from s3tui.transfer.editing.planned_set import NOT_KNOWN

_GONE = "NoSuchVersion"


async def return_planned(client: S3Client, record: ItemRecord, now: datetime) -> None:
    """Bring one object back as planned, and note how that ended; from where an earlier run left it.

    Raises: S3Error; TransferError, of the log.
    """
    bucket, key, facts = record.change.bucket, record.item.key, record.item.facts
    there = (await look(ReadingClient(client), bucket, [key], versions=True))[key]
    latest = there[0].version_id if there else None
    if latest == facts["now"]:
        await (_hide if facts["from"] is None else _write)(client, record, now)
        return
    if record.item.state is not ItemState.SENT:
        await record.note(ItemState.SKIPPED, why=CHANGED)
        return
    ours = there[0] if len(there) > 1 and there[1].version_id == facts["now"] else None
    if ours is None or not _is_what_was_sent(ours, facts):
        await record.fail(NOT_KNOWN, "NotKnown")
    else:
        await _note_done(record, ours)


def _is_what_was_sent(ours: ObjectVersion, facts: dict[str, object] | object) -> bool:
    assert isinstance(facts, dict)
    if facts["from"] is None:
        return ours.is_delete_marker
    return not ours.is_delete_marker and ours.size == facts.get("size")


async def _note_done(record: ItemRecord, ours: ObjectVersion) -> None:
    id = ours.version_id
    await record.note(ItemState.DONE, **({"marker": id} if ours.is_delete_marker else {"version_id": id}))


async def _hide(client: S3Client, record: ItemRecord, now: datetime) -> None:
    await record.note(ItemState.SENT, before=record.item.facts["now"])
    gone = await client.delete_object(record.change.bucket, record.item.key, once=True)
    await record.note(ItemState.DONE, marker=gone.delete_marker_version_id)


async def _write(client: S3Client, record: ItemRecord, now: datetime) -> None:
    bucket, key, facts = record.change.bucket, record.item.key, record.item.facts
    version = facts["from"]
    try:
        head = await client.head_object(bucket, key, version_id=version)
    except (NoSuchKey, ServiceError) as error:
        if error.is_bare or not (isinstance(error, NoSuchKey) or error.code == _GONE):
            raise
        await record.note(ItemState.SKIPPED, why="the version that was there is gone")
        return
    has_tags = True
    try:
        state = await read_state(client, bucket, key, version_id=version)
    except NoSuchKey:
        # Some servers tell nothing more of what a delete marker hides: a copy keeps the tags unsaid.
        state, has_tags = ObjectState(head), False
    why = state.obstacle or (f"these keys may not read {state.unread[0]}" if state.unread else None)
    if why is not None:
        await record.note(ItemState.SKIPPED, why=why)
        return
    options = cast(CopyOptions, options_again(state, now))
    options["source_version_id"], options["source_if_match"] = version, state.head.etag
    if has_tags:
        options["tagging"] = state.tags
    if (patience := patience_s(state.head.size)) is not None:
        options["read_timeout_s"] = patience
    await record.note(ItemState.SENT, before=facts["now"])
    await client.copy_object(bucket, key, source=f"{bucket}/{key}", **options)
    head = await client.head_object(bucket, key)
    await record.note(ItemState.DONE, version_id=head.version_id, etag=head.etag)

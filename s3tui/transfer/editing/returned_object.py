"""One object brought back as it was: an older version written again as a new one, or hidden."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from s3tui.s3.client import S3Client
from s3tui.s3.errors import NoSuchKey, ServiceError
from s3tui.s3.models import ObjectHead, ObjectVersion
from s3tui.s3.request.options import CopyOptions
from s3tui.transfer.changes.current import look
from s3tui.transfer.changes.deleting import CHANGED, is_as_planned
from s3tui.transfer.changes.item_record import ItemRecord
from s3tui.transfer.changes.models import Facts, ItemState
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
    if there and _is_as_found(there[0], facts):
        await (_hide if facts["from"] is None else _write)(client, record, now)
        return
    if record.item.state is not ItemState.SENT:
        await record.note(ItemState.SKIPPED, why=CHANGED)
        return
    # Ours is above what was there, or has taken its id over, `null`.
    ours = there[0] if any(each.version_id == facts["now"] for each in there[:2]) else None
    if ours is None or not _is_what_was_sent(ours, facts):
        await record.fail(NOT_KNOWN, "NotKnown")
    else:
        await _note_done(record, ours)


def _is_as_found(now: ObjectVersion, facts: Facts) -> bool:
    """Say whether what is there is what the plan found: the id alone does not tell, where it is `null`."""
    is_same = now.version_id == facts["now"] and now.is_delete_marker is facts["now_marker"]
    return is_same and is_as_planned(facts.get("found", {}), now)


def _is_what_was_sent(ours: ObjectVersion, facts: Facts) -> bool:
    if facts["from"] is None:
        return ours.is_delete_marker
    etag = facts.get("etag")
    has_its_bytes = etag in (None, ours.etag) or "-" in str(etag)  # a copy is in one part
    return not ours.is_delete_marker and ours.size == facts.get("size") and has_its_bytes


async def _note_done(record: ItemRecord, ours: ObjectVersion) -> None:
    id = ours.version_id
    await record.note(ItemState.DONE, **({"marker": id} if ours.is_delete_marker else {"version_id": id}))


async def _hide(client: S3Client, record: ItemRecord, now: datetime) -> None:
    await record.note(ItemState.SENT, before=record.item.facts["now"])
    gone = await client.delete_object(record.change.bucket, record.item.key, once=True)
    await record.note(ItemState.DONE, marker=gone.delete_marker_version_id)


async def head_of_version(client: S3Client, bucket: str, key: str, version: str) -> ObjectHead | None:
    """Return what a HEAD tells of a version; `None`: it is gone.

    Raises: S3Error.
    """
    try:
        return await client.head_object(bucket, key, version_id=version)
    except (NoSuchKey, ServiceError) as error:
        if error.is_bare or not (isinstance(error, NoSuchKey) or error.code == _GONE):
            raise
        return None


async def _write(client: S3Client, record: ItemRecord, now: datetime) -> None:
    bucket, key, facts = record.change.bucket, record.item.key, record.item.facts
    version = facts["from"]
    head = await head_of_version(client, bucket, key, version)
    if head is None:
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
    # The old version keeps its lock. One of the new version would outlast an undo, maybe beyond recall.
    options.pop("retention", None)
    options.pop("legal_hold", None)
    options["source_version_id"], options["source_if_match"] = version, state.head.etag
    if has_tags:
        options["tagging"] = state.tags
    if (patience := patience_s(state.head.size)) is not None:
        options["read_timeout_s"] = patience
    await record.note(ItemState.SENT, before=facts["now"])
    await client.copy_object(bucket, key, source=f"{bucket}/{key}", **options)
    head = await client.head_object(bucket, key)
    await record.note(ItemState.DONE, version_id=head.version_id, etag=head.etag)

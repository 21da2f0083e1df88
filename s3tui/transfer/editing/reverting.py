"""Undoing what changed attributes, or content where no versions are kept: planned, and done to one object.

A version that we wrote is removed by its id, where the one before it is still kept. Else what there was is
written again. Either only while what is there now is what we left: tags and access are read again too.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime

from s3tui.s3.client import S3Client
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.deleting import GONE_ALREADY
from s3tui.transfer.changes.item_record import ItemRecord
from s3tui.transfer.changes.models import Change, ChangeItem, ChangeKind, Facts, ItemState
from s3tui.transfer.changes.reading import ReadingClient
from s3tui.transfer.changes.undoing import UndoTotals
from s3tui.transfer.editing.attributes import attributes_of, change_between
from s3tui.transfer.editing.content import ContentEditing, Saved
from s3tui.transfer.editing.object_state import ObjectState
from s3tui.transfer.editing.planned_set import NOT_KNOWN, state_now
from s3tui.transfer.editing.returned_object import head_of_version
from s3tui.transfer.editing.setting import set_attributes
from s3tui.transfer.editing.state_facts import (
    attributes_in,
    change_in,
    facts_of_state,
    grants_in,
    is_between,
)

_AT_ONCE = 32
_CHANGED_SINCE = "others changed it since"


def is_reverted(undone: Change, items: Sequence[ChangeItem]) -> bool:
    """Say whether a change is undone by what is written again, rather than by what is deleted.

    Args:
        items: its first ones.
    """
    if undone.kind is ChangeKind.SET:
        return True
    return undone.kind is ChangeKind.WRITE and any("body" in item.facts["before"] for item in items)


async def plan_revert(
    client: ReadingClient, log: ChangeLog, change: Change, undone: Change, totals: UndoTotals
) -> AsyncGenerator[UndoTotals, None]:
    """Write into the plan of `change` what gives objects back what they had; yield the totals as they grow.

    Raises: S3Error; TransferError, when the plan cannot be written.
    """
    number, after = 0, -1
    states = ItemState.DONE, ItemState.SENT, ItemState.FAILED
    while found := await log.items(undone.id, *states, after=after):
        after = found[-1].number
        for start in range(0, len(found), _AT_ONCE):
            some = found[start : start + _AT_ONCE]
            there = await asyncio.gather(*(state_now(client, undone.bucket, item.key) for item in some))
            items = []
            for item, state in zip(some, there, strict=True):
                now = None if state is None else facts_of_state(state)
                step = _step(undone, item, now)
                if step is None:
                    continue
                items.append((item.key, step))
                totals.first_key = totals.first_key or item.key
                totals.changed += now != step["ours"]
            await log.add(change, items, first=number)
            number += len(items)
            totals.objects += len(items)
            yield totals


def _step(undone: Change, item: ChangeItem, now: Facts | None) -> Facts | None:
    """Return what there was and what we left; `None`, where nothing was done."""
    if undone.kind is ChangeKind.WRITE:
        before = item.facts["before"]
        if item.state is not ItemState.DONE or "body" not in before:
            return None
        return {
            "undoes": item.number,
            "was": before["was"],
            "ours": item.outcome["ours"],
            "body": before["body"],
        }
    was, ours = item.facts["was"], item.outcome.get("ours")
    if ours is None:  # it was interrupted: what is there may be ours in part
        wanted = change_in(undone.options["set"]).of(attributes_in(was))
        if now is None or now == was or not is_between(now, was, wanted):
            return None
        ours = now
    return {"undoes": item.number, "was": was, "ours": ours}


async def revert_planned(client: S3Client, record: ItemRecord, now: datetime) -> None:
    """Give one object back what it had, and note how that ended; from where an earlier run left it.

    Raises: S3Error; TransferError, of the log.
    """
    bucket, key, facts = record.change.bucket, record.item.key, record.item.facts
    was, ours = facts["was"], facts["ours"]
    there = await state_now(client, bucket, key)
    if there is None:
        await record.note(ItemState.SKIPPED, why=GONE_ALREADY)
        return
    found, was_sent = facts_of_state(there), record.item.state is ItemState.SENT
    if was_sent and _is_back(found, was):
        await record.note(ItemState.DONE)
    elif found != ours and not (was_sent and is_between(found, ours, attributes_in(was), back=was)):
        if was_sent:
            await record.fail(NOT_KNOWN, "NotKnown")
        else:
            await record.note(ItemState.SKIPPED, why=_CHANGED_SINCE)
    else:
        await record.note(ItemState.SENT)
        await _revert(client, record, there, found, now)


async def _revert(
    client: S3Client, record: ItemRecord, there: ObjectState, found: Facts, now: datetime
) -> None:
    bucket, key, facts = record.change.bucket, record.item.key, record.item.facts
    was = facts["was"]
    version = found["version_id"]
    is_version = version not in (None, "null") and version != was["version_id"]
    if is_version and await head_of_version(client, bucket, key, was["version_id"] or "null") is not None:
        await client.delete_object(bucket, key, version_id=version, once=True)
        await record.note(ItemState.DONE)
        return
    if "body" in facts:
        editing = ContentEditing(client, bucket, key, there, obeys_if_match=False, now=lambda: now)
        saved = await editing.save(b64decode(facts["body"]))
        if not isinstance(saved, Saved):
            await record.note(ItemState.SKIPPED, why=_CHANGED_SINCE)
            return
        there = saved.state
    change = change_between(attributes_of(there), attributes_in(was))
    try:
        done = await set_attributes(client, bucket, key, change, now=now, there=there, grants=grants_in(was))
    except ValueError as error:
        await record.note(ItemState.SKIPPED, why=str(error))
        return
    lost = f"the server did not take or keep {', '.join(done.lost)}" if done.lost else None
    await record.note(ItemState.DONE, why=lost)


def _is_back(found: Facts, was: Facts) -> bool:
    """Say whether an object has all that it had; a copy has another time, and one of parts another etag."""
    own = ("size", "attributes", "grants")
    is_same = all(found[name] == was[name] for name in own)
    return is_same and ("-" in str(was["etag"]) or found["etag"] == was["etag"])

"""Restores of archived objects: planned, and asked for one by one.

To ask again is safe: a restore that is under way is told of, and one that is done stays longer.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime

from s3tui.s3.client import S3Client
from s3tui.s3.errors import NoSuchKey, ServiceError
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.deleting import GONE_ALREADY
from s3tui.transfer.changes.item_record import ItemRecord
from s3tui.transfer.changes.models import Change, ItemState
from s3tui.transfer.changes.planning import PlanTotals, Root, batches_of
from s3tui.transfer.changes.reading import ReadingClient

TIERING = "INTELLIGENT_TIERING"
_ARCHIVES = ("GLACIER", "DEEP_ARCHIVE", TIERING)
_READABLE = frozenset(("InvalidObjectState", "ObjectAlreadyInActiveTierError"))
_UNDER_WAY = "RestoreAlreadyInProgress"
_FULL = "GlacierExpeditedRetrievalNotAvailable"


@dataclass(slots=True)
class RestoreTotals(PlanTotals):
    """The numbers that a restore comes to, so far or in all."""

    others: int = 0
    """Objects that can be read as they are."""
    classes: set[str | None] = field(default_factory=set)


async def plan_restore(
    client: ReadingClient,
    log: ChangeLog,
    change: Change,
    roots: Sequence[Root],
    totals: RestoreTotals,
    now: datetime,
) -> AsyncGenerator[RestoreTotals, None]:
    """Write every archived object of `roots` into the plan of `change`; yield the totals as they grow.

    Raises: S3Error; TransferError, when the plan cannot be written.
    """
    number = 0
    async with aclosing(batches_of(client, change.bucket, roots)) as batches:
        async for batch in batches:
            items = [(key, facts) for key, facts in batch if facts.get("class") in _ARCHIVES]
            totals.others += len(batch) - len(items)
            await log.add(change, items, first=number)
            number += len(items)
            for key, facts in items:
                totals.count(key, facts, now)
                totals.classes.add(facts["class"])
            yield totals


async def restore_planned(client: S3Client, record: ItemRecord) -> None:
    """Ask for the restore of one object, and note how that ended.

    Raises: S3Error; TransferError, of the log.
    """
    options, facts = record.change.options, record.item.facts
    days = None if facts.get("class") == TIERING else options["days"]
    await record.note(ItemState.SENT)
    try:
        is_new = await client.restore_object(
            record.change.bucket,
            record.item.key,
            days=days,
            tier=options["tier"],
            version_id=facts.get("version"),
        )
    except NoSuchKey as error:
        error.check_given()
        await record.note(ItemState.SKIPPED, why=GONE_ALREADY)
    except ServiceError as error:
        if error.code == _UNDER_WAY:
            await record.note(ItemState.DONE, why="it was being restored already")
        elif error.code in _READABLE:
            await record.note(ItemState.SKIPPED, why="it can be read as it is")
        elif error.code == _FULL:
            await record.fail("S3 has no room for Expedited now: take Standard, or try again later", _FULL)
        else:
            raise
    else:
        await record.note(ItemState.DONE, why=None if is_new else "its copy stays longer")

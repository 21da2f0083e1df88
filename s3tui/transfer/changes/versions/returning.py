"""A prefix as it was at an instant: planned, and brought back object by object, as new versions.

What was there then is the newest entry of its key's history up to then, delete markers counted. What is there
now and was not is hidden behind a delete marker. No version goes, so all of it can be undone.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from s3tui.s3.models import ObjectVersion
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.models import Change, Facts
from s3tui.transfer.changes.planning import PlanTotals, Root
from s3tui.transfer.changes.reading import ReadingClient
from s3tui.transfer.changes.versions.histories import History, histories, version_facts


@dataclass(slots=True)
class ReturnTotals(PlanTotals):
    """The numbers that it comes to; `objects` are those that are written again or hidden."""

    hidden: int = 0
    """Objects that were not there then."""
    same: int = 0
    unknown: int = 0
    """Keys with a version of which the server does not say when it was written: they stay."""


async def plan_return(
    client: ReadingClient,
    log: ChangeLog,
    change: Change,
    roots: Sequence[Root],
    at: datetime,
    totals: ReturnTotals,
    now: datetime,
) -> AsyncGenerator[ReturnTotals, None]:
    """Write into the plan of `change` what brings `roots` back as of `at`; yield the totals as they grow.

    Raises: S3Error; TransferError, when the plan cannot be written, or nothing tells what was when.
    """
    number = 0
    for root in roots:
        async with aclosing(histories(client, change.bucket, root)) as pages:
            async for page in pages:
                items = []
                for key, history in page:
                    facts = _return(history, at, totals)
                    if facts is not None:
                        items.append((key, facts))
                await log.add(change, items, first=number)
                number += len(items)
                for key, facts in items:
                    totals.count(key, facts, now)
                    totals.hidden += facts["from"] is None
                yield totals


def _return(history: History, at: datetime, totals: ReturnTotals) -> Facts | None:
    """Return what brings a key back as it was; `None`, where it is."""
    if any(each.last_modified is None for each in history):
        totals.unknown += 1
        return None
    now, then = history[0], state_at(history, at)
    is_there, was_there = not now.is_delete_marker, then is not None and not then.is_delete_marker
    if then is now or not (is_there or was_there):
        totals.same += 1
        return None
    found = {name: fact for name, fact in version_facts(now).items() if name in ("size", "etag", "modified")}
    pinned = {"now": now.version_id, "now_marker": now.is_delete_marker, "found": found}
    if then is None or not was_there:
        return {**pinned, "from": None, "size": now.size}
    facts = version_facts(then)
    kept = {name: facts[name] for name in ("size", "etag", "class") if name in facts}
    return {**pinned, "from": then.version_id, **kept}


def state_at(history: History, at: datetime) -> ObjectVersion | None:
    """Return the entry of a history that was the current one at an instant; `None`: there was none yet."""
    return next(
        (each for each in history if each.last_modified is not None and each.last_modified <= at), None
    )

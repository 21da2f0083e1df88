"""Plans of deletions for good: of old versions, needless delete markers, everything, or open uploads."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from itertools import pairwise

from s3tui.s3.models import ObjectVersion
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.models import Change, Facts
from s3tui.transfer.changes.planning import PlanTotals, Root
from s3tui.transfer.changes.reading import ReadingClient
from s3tui.transfer.changes.versions.histories import History, histories, version_facts


class Doomed(Enum):
    """The part of what is under a prefix that goes for good."""

    OLD = "old versions"
    MARKERS = "delete markers that hide nothing"
    EVERYTHING = "all versions and delete markers"
    UPLOADS = "unfinished uploads"


@dataclass(frozen=True, slots=True)
class CleanRule:
    """Says what goes. Where both limits are given, an old version goes that is beyond both."""

    doomed: Doomed
    older_than: timedelta | None = None
    """Since another version took its place."""
    keep: int | None = None
    """So many of a key's old versions stay, the newest ones."""


@dataclass(slots=True)
class CleanTotals(PlanTotals):
    """The numbers that a clean-up comes to; `objects` are versions and delete markers."""

    markers: int = 0
    uploads: int = 0
    keys_gone: int = 0
    """Keys of which nothing is left."""

    def take(self, key: str, facts: Facts, now: datetime) -> None:
        """Count a version, a delete marker or an upload."""
        if "upload" in facts:
            self.uploads += 1
            self.first_key = self.first_key or key
            return
        self.count(key, facts, now)
        self.markers += facts["marker"]
        self.unsized -= facts["marker"]


async def plan_cleaning(
    client: ReadingClient,
    log: ChangeLog,
    change: Change,
    roots: Sequence[Root],
    rule: CleanRule,
    totals: CleanTotals,
    now: datetime,
) -> AsyncGenerator[CleanTotals, None]:
    """Write what goes of `roots` into the plan of `change`; yield the totals as they grow.

    Raises: S3Error; TransferError, when the plan cannot be written, or nothing tells what is old.
    """
    number = 0
    for root in roots:
        if rule.doomed is not Doomed.UPLOADS:
            async with aclosing(histories(client, change.bucket, root)) as pages:
                async for page in pages:
                    items = []
                    for key, history in page:
                        going = _doomed(history, rule, now)
                        totals.keys_gone += len(going) == len(history)
                        items += [(key, facts) for facts in going]
                    await log.add(change, items, first=number)
                    number += len(items)
                    for key, facts in items:
                        totals.take(key, facts, now)
                    yield totals
        if rule.doomed in (Doomed.UPLOADS, Doomed.EVERYTHING):
            async with aclosing(client.uploads(change.bucket, root.key)) as listed:
                async for uploads in listed:
                    items = [
                        (found.key, {"upload": found.upload_id})
                        for found in uploads.uploads
                        if root.holds(found.key)
                    ]
                    await log.add(change, items, first=number)
                    number += len(items)
                    for key, facts in items:
                        totals.take(key, facts, now)
                    yield totals


def _doomed(history: History, rule: CleanRule, now: datetime) -> list[Facts]:
    match rule.doomed:
        case Doomed.OLD:
            return [{**version_facts(each), "noncurrent": True} for each in _old(history, rule, now)]
        case Doomed.MARKERS if all(each.is_delete_marker for each in history):
            # The latest goes last, and only while it is the latest: else it hides something new.
            older = [{**version_facts(each), "noncurrent": True} for each in reversed(history[1:])]
            return [*older, {**version_facts(history[0]), "latest": True, "late": True}]
        case Doomed.EVERYTHING:
            return [version_facts(each) for each in history]
    return []


def _old(history: History, rule: CleanRule, now: datetime) -> list[ObjectVersion]:
    """Return the versions that another one took the place of, and that are beyond the limits."""
    found, kept = [], 0
    for newer, each in pairwise(history):
        replaced_at = newer.last_modified
        is_old = rule.older_than is None or (replaced_at is not None and now - replaced_at > rule.older_than)
        is_beyond = rule.keep is None or each.is_delete_marker or kept >= rule.keep
        kept += not each.is_delete_marker
        if is_old and is_beyond:
            found.append(each)
    return found

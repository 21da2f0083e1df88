"""Plans of deletions: each object that is to go, written down before anything is sent.

A plan is made with a `ReadingClient`, which cannot write. Only what is in the plan is touched later.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from s3tui.s3.configuration import VersioningStatus
from s3tui.s3.models import ObjectSummary
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.models import Change, Facts, Undo
from s3tui.transfer.changes.reading import ReadingClient

_BATCH = 1000
_SHORTEST_STAY = {
    "STANDARD_IA": 30,
    "ONEZONE_IA": 30,
    "GLACIER_IR": 90,
    "GLACIER": 90,
    "DEEP_ARCHIVE": 180,
}
"""Days that S3 charges an object of a class for, however soon it goes."""


@dataclass(frozen=True, slots=True)
class Root:
    """A thing that a user meant: one object, or a prefix with all that is under it."""

    key: str
    is_prefix: bool
    """Then its key, which ends in a slash or is empty, is the beginning of all keys that are meant."""
    facts: Facts = field(default_factory=dict)
    """Of an object: what a listing said of it."""

    def holds(self, key: str) -> bool:
        if not self.is_prefix:
            return key == self.key
        # `logs` as a prefix would be `logs-old/` too, whoever called it one.
        return key.startswith(self.key) and (not self.key or self.key.endswith("/"))


@dataclass(slots=True)
class PlanTotals:
    """The numbers that a plan comes to, so far or in all."""

    objects: int = 0
    bytes: int = 0
    unsized: int = 0
    """Objects whose size nothing says."""
    archived: int = 0
    young: int = 0
    """Objects of a class that is charged for longer than they have been there."""
    first_key: str = ""

    def count(self, key: str, facts: Facts, now: datetime) -> None:
        self.first_key = self.first_key or key
        self.objects += 1
        size = facts.get("size")
        self.bytes += size or 0
        self.unsized += size is None
        storage_class, modified = facts.get("class"), facts.get("modified")
        self.archived += storage_class in ("GLACIER", "DEEP_ARCHIVE")
        stays = _SHORTEST_STAY.get(storage_class or "")
        if stays is not None and modified is not None:
            self.young += now - datetime.fromisoformat(modified) < timedelta(days=stays)


async def plan_deletion(
    client: ReadingClient,
    log: ChangeLog,
    change: Change,
    roots: Sequence[Root],
    totals: PlanTotals,
    now: datetime,
) -> AsyncGenerator[PlanTotals, None]:
    """Write every object of `roots` into the plan of `change`; yield the totals as they grow.

    Raises: S3Error; TransferError, when the plan cannot be written.
    """
    number = 0
    async with aclosing(batches_of(client, change.bucket, roots)) as batches:
        async for batch in batches:
            number = await _add(log, change, batch, number, totals, now)
            yield totals


async def batches_of(
    client: ReadingClient, bucket: str, roots: Sequence[Root]
) -> AsyncGenerator[list[tuple[str, Facts]], None]:
    """Yield the objects of all roots with what is known of each; what several roots hold more than once."""
    for batch in _batches([root for root in roots if not root.is_prefix]):
        yield [(root.key, root.facts) for root in batch]
    for root in roots:
        if root.is_prefix:
            async with aclosing(pages_of(client, bucket, root)) as pages:
                async for page in pages:
                    yield page


async def _add(
    log: ChangeLog,
    change: Change,
    items: list[tuple[str, Facts]],
    first: int,
    totals: PlanTotals,
    now: datetime,
) -> int:
    known = await log.known(change.id, [key for key, _ in items]) if first else set()
    new = [(key, facts) for key, facts in dict(items).items() if key not in known]
    await log.add(change, new, first=first)
    for key, facts in new:
        totals.count(key, facts, now)
    return first + len(new)


async def pages_of(
    client: ReadingClient, bucket: str, root: Root
) -> AsyncGenerator[list[tuple[str, Facts]], None]:
    """Yield the objects of a root with what is known of each, bit by bit."""
    if not root.is_prefix:
        yield [(root.key, root.facts)]
        return
    async with aclosing(client.all_objects(bucket, root.key)) as pages:
        async for page in pages:
            yield [(found.key, listed_facts(found)) for found in page.objects if root.holds(found.key)]


def listed_facts(found: ObjectSummary) -> Facts:
    """Return what a listing says of an object, as a plan keeps it."""
    modified = None if found.last_modified is None else found.last_modified.isoformat()
    facts = {
        "size": found.size,
        "etag": found.etag,
        "modified": modified,
        "class": found.storage_class,
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def undo_of_deletion(status: VersioningStatus | None) -> tuple[Undo, str]:
    """Return whether a deletion can be undone in a bucket of that versioning status, and why."""
    match status:
        case VersioningStatus.ENABLED:
            return Undo.YES, "versioning is on"
        case VersioningStatus.SUSPENDED:
            return Undo.PARTLY, "versioning is suspended: what was written since is gone for good"
        case VersioningStatus.OFF:
            return Undo.NO, "versioning is off"
        case None:
            return Undo.UNKNOWN, "whether versioning is on cannot be learned"


def _batches(roots: Sequence[Root]) -> list[Sequence[Root]]:
    return [roots[start : start + _BATCH] for start in range(0, len(roots), _BATCH)]

"""Plans of moves: each object with the key that it gets, and what stands against that."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from s3tui.format import counted
from s3tui.s3.configuration import VersioningStatus
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.current import look
from s3tui.transfer.changes.models import Change, Facts, Undo
from s3tui.transfer.changes.planning import PlanTotals, Root, pages_of
from s3tui.transfer.changes.reading import ReadingClient

_ASLEEP = ("GLACIER", "DEEP_ARCHIVE")
_PAGE = 1000
_LONGEST = 1024
"""Bytes of a key."""


@dataclass(frozen=True, slots=True)
class MoveRoot:
    """One object or prefix, and the key or prefix that it gets."""

    root: Root
    to: str

    def target_of(self, key: str) -> str:
        """Return the key that an object of this root gets: exactly its leading bytes are cut."""
        return self.to + key[len(self.root.key) :]


@dataclass(slots=True)
class MoveTotals(PlanTotals):
    """The numbers that a move comes to, so far or in all."""

    taken: int = 0
    """Objects whose new key is taken: they stay where they are."""
    chained: int = 0
    """Objects whose new key is that of another one that moves."""
    longest: int = 0
    """Bytes of the longest new key."""
    first_target: str = field(default="")


def overlap(roots: Sequence[MoveRoot], *, same_bucket: bool) -> str | None:
    """Return why these moves cannot be made, as a sentence; `None` where they can."""
    targets = sorted(root.to for root in roots)
    if len(set(targets)) < len(targets):
        return "Several of them would get the same key: move them one by one, or to folders of their own."
    if not same_bucket:
        return None
    for move in roots:
        if move.to == move.root.key:
            return f"{move.root.key} is there already: pick another name."
        if move.root.is_prefix and move.to.startswith(move.root.key):
            return f"{move.root.key} cannot be moved into itself: pick another place."
    return None


def obstacle(totals: MoveTotals) -> str | None:
    """Return why none of what was found can move, as a sentence; `None` where it can."""
    if not totals.objects:
        return "There is nothing under it to move."
    if totals.taken == totals.objects and not totals.chained:
        return "There is something under the new name already: pick another one."
    if totals.chained:
        verb = "is" if totals.chained == 1 else "are"
        return (
            f"{counted(totals.chained, 'new key')} {verb} that of another object that moves: "
            "move those first, to a folder of their own."
        )
    if totals.longest > _LONGEST:
        return (
            f"A new key would have {counted(totals.longest, 'byte')}, too many for S3: pick a shorter name."
        )
    return None


def undo_of_move(status: VersioningStatus | None) -> tuple[Undo, str]:
    """Return whether a move can be undone from a bucket of that versioning status, and why."""
    match status:
        case VersioningStatus.ENABLED:
            return Undo.YES, "versioning is on"
        case VersioningStatus.SUSPENDED:
            return Undo.NO, "versioning is suspended: move it back instead"
        case VersioningStatus.OFF:
            return Undo.NO, "versioning is off: move it back instead"
        case None:
            return Undo.UNKNOWN, "whether versioning is on cannot be learned"


async def plan_move(
    client: ReadingClient,
    log: ChangeLog,
    change: Change,
    roots: Sequence[MoveRoot],
    totals: MoveTotals,
) -> AsyncGenerator[MoveTotals, None]:
    """Write every object of `roots` into the plan of `change`; yield the totals as they grow.

    Raises: S3Error; TransferError, when the plan cannot be written.
    """
    to_bucket: str = change.options["to_bucket"]
    number = 0
    for move in roots:
        async with aclosing(pages_of(client, change.bucket, move.root)) as pages:
            async for page in pages:
                items = [(key, {**facts, "to": move.target_of(key)}) for key, facts in page]
                number += await log.add(change, items, first=number + totals.objects)
                for key, facts in items:
                    count_move(totals, key, facts)
                targets = [facts["to"] for _, facts in items]
                there = await look(client, to_bucket, targets, versions=False)
                totals.taken += sum(bool(found) for found in there.values())
                yield totals
    if to_bucket == change.bucket:
        totals.chained = await _chained(log, change)
    yield totals


async def _chained(log: ChangeLog, change: Change) -> int:
    """Return how many objects would take the key of another one that moves too."""
    found, after = 0, -1
    while items := await log.items(change.id, after=after, limit=_PAGE):
        after = items[-1].number
        found += len(await log.known(change.id, [item.facts["to"] for item in items]))
    return found


def count_move(totals: MoveTotals, key: str, facts: Facts) -> None:
    """Count one object that moves."""
    totals.first_key = totals.first_key or key
    totals.first_target = totals.first_target or facts["to"]
    totals.objects += 1
    totals.bytes += facts.get("size") or 0
    totals.unsized += facts.get("size") is None
    totals.archived += facts.get("class") in _ASLEEP
    totals.longest = max(totals.longest, len(facts["to"].encode("utf-8", "surrogatepass")))

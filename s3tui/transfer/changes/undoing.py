"""Plans of undoing: what takes an earlier change back, as far as anything can.

A delete marker that we made is removed, and so is a version that we wrote, by its id and only while it is the
current one: what others did since stays, and is told of. Nothing is removed where the version that was there
before is gone, as after a clean-up: else nothing would be left of the object.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from s3tui.s3.models import ObjectVersion
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.current import look
from s3tui.transfer.changes.deleting import Deleter, brings_back, fate_among_versions
from s3tui.transfer.changes.models import Change, ChangeItem, ChangeKind, Facts, ItemState
from s3tui.transfer.changes.reading import ReadingClient

_NULL = "null"


@dataclass(slots=True)
class UndoTotals:
    """The numbers that an undo comes to, so far or in all."""

    objects: int = 0
    """That can be brought back."""
    changed: int = 0
    """Of these, what others changed since: it stays as it is."""
    lost: int = 0
    """That nothing brings back."""
    first_key: str = ""


async def plan_undo(
    client: ReadingClient, log: ChangeLog, change: Change, undone: Change, totals: UndoTotals
) -> AsyncGenerator[UndoTotals, None]:
    """Write into the plan of `change` what undoes `undone`; yield the totals as they grow.

    Raises: S3Error; TransferError, when the plan cannot be written.
    """
    await _settle(client, log, undone)
    number, after = 0, -1
    while done := await log.items(undone.id, ItemState.DONE, after=after):
        after = done[-1].number
        plans = [(item.key, steps) for item in done if (steps := _steps(undone, item))]
        there = await look(client, undone.bucket, [key for key, _ in plans], versions=True)
        plans = [(key, steps) for key, steps in plans if brings_back(steps[0], there[key])]
        totals.lost += len(done) - len(plans)
        items = [(key, step) for key, steps in plans for step in steps]
        if undone.kind is ChangeKind.MOVE:
            back = {key for key, _ in plans}
            items += _copies([item for item in done if item.key in back], undone)
        await log.add(change, items, first=number)
        number += len(items)
        if plans:
            totals.first_key = totals.first_key or plans[0][0]
            if "steps" not in undone.options:  # else a later step hides what an earlier one left
                totals.changed += sum(not _is_still_current(steps[0], there[key]) for key, steps in plans)
            totals.objects += len(plans)
        yield totals
    if undone.kind is ChangeKind.MOVE:
        async with aclosing(_plan_unmoved(client, log, change, undone, totals, number)) as looking:
            async for _ in looking:
                yield totals


async def _plan_unmoved(
    client: ReadingClient, log: ChangeLog, change: Change, undone: Change, totals: UndoTotals, number: int
) -> AsyncGenerator[None, None]:
    """Plan that copies go whose objects were not deleted, as the move was refused that, or cancelled."""
    after = -1
    while found := await log.items(undone.id, ItemState.COPIED, ItemState.FAILED, after=after):
        after = found[-1].number
        copied = [item for item in found if item.outcome.get("to_etag") is not None]
        there = await look(client, undone.bucket, [item.key for item in copied], versions=True)
        stayed = [item for item in copied if is_unmoved(item.outcome.get("etag"), there[item.key])]
        items = [
            (item.facts["to"], {**_copy(item, undone), "stays": item.key, "stays_as": item.outcome["etag"]})
            for item in stayed
        ]
        await log.add(change, items, first=number)
        number += len(items)
        totals.objects += len(items)
        if stayed:
            totals.first_key = totals.first_key or stayed[0].key
        yield


def is_unmoved(etag: str | None, there: Sequence[ObjectVersion]) -> bool:
    """Say whether what was copied is still where it was."""
    return bool(there) and not there[0].is_delete_marker and there[0].etag == etag is not None


async def _settle(client: ReadingClient, log: ChangeLog, undone: Change) -> None:
    """Find out what became of deletions that were sent when their job was cancelled."""
    if undone.kind is ChangeKind.MOVE:
        await _settle_moves(client, log, undone)
    if undone.kind is ChangeKind.SYNC:
        await _settle_syncs(client, log, undone)
    if undone.kind not in (ChangeKind.DELETE, ChangeKind.SYNC):
        return
    deleter = Deleter(log, undone.id, undone.bucket, versions=undone.options.get("versions", True))
    after = -1
    late = True if undone.kind is ChangeKind.SYNC else None
    while sent := await log.items(undone.id, ItemState.SENT, after=after, late=late):
        await deleter.settle(client, sent)
        after = sent[-1].number


async def _settle_syncs(client: ReadingClient, log: ChangeLog, undone: Change) -> None:
    """Find out which versions a sync wrote: an upload is told its etag only."""
    after = -1
    while done := await log.items(undone.id, ItemState.DONE, after=after, late=False):
        after = done[-1].number
        written = [item for item in done if item.outcome.get("etag") and not item.outcome.get("version_id")]
        there = await look(client, undone.bucket, [item.key for item in written], versions=True)
        found = [
            (item.number, ItemState.DONE, {**item.outcome, "version_id": there[item.key][0].version_id})
            for item in written
            if there[item.key] and there[item.key][0].etag == item.outcome["etag"]
        ]
        await log.note(undone.id, found)


async def _settle_moves(client: ReadingClient, log: ChangeLog, undone: Change) -> None:
    """Find out whether the objects are gone that a move was about to delete."""
    after = -1
    while copied := await log.items(undone.id, ItemState.COPIED, after=after):
        after = copied[-1].number
        asked = [item for item in copied if item.outcome.get("asked") and item.outcome.get("before")]
        there = await look(client, undone.bucket, [item.key for item in asked], versions=True)
        for item in asked:
            state, outcome = fate_among_versions(item, there[item.key], item.outcome["before"])
            if state is ItemState.DONE:
                await log.note(undone.id, [(item.number, state, outcome)])


def _steps(undone: Change, item: ChangeItem) -> list[Facts]:
    """Return the versions to remove, one after the other; none, where that cannot help."""
    outcome = item.outcome
    is_deletion = undone.kind is ChangeKind.SYNC and item.facts["action"] == "delete"
    is_deletion = is_deletion or (undone.kind is ChangeKind.RETURN and item.facts["from"] is None)
    if undone.kind is ChangeKind.DELETE or is_deletion:
        marker = outcome.get("marker")
        if marker is None or (marker == _NULL and outcome.get("before") == _NULL):
            return []
        step: Facts = {"undoes": item.number, "marker": True, "uncovers": outcome.get("before")}
        more: list[Facts] = [{"version": id, **step} for id in outcome.get("more_markers", ())]
        return [{"version": marker, "latest": True, **step}, *more]
    if undone.kind is ChangeKind.MOVE:
        return _steps_of_move(item, undone)
    if undone.kind in (ChangeKind.WRITE, ChangeKind.SYNC, ChangeKind.RETURN):
        version = outcome.get("version_id")
        if version in (None, _NULL):
            return []
        return [{"version": version, "latest": True, "undoes": item.number, **_below(undone, item)}]
    return []


def _below(undone: Change, item: ChangeItem) -> Facts:
    """Return what a version that we wrote took the place of, where that was an object."""
    facts = item.facts
    match undone.kind:
        case ChangeKind.WRITE if facts["before"]:
            return {"uncovers": facts["before"].get("version_id") or _NULL}
        case ChangeKind.RETURN if not facts["now_marker"]:
            return {"uncovers": facts["now"]}
        case ChangeKind.SYNC if facts.get("there") is not None:
            return {"uncovers": None}
    return {}


def _is_still_current(step: Facts, there: Sequence[ObjectVersion]) -> bool:
    """Say whether the version to remove is what is there now, as the marker or the object that it was."""
    if not there or there[0].version_id != step["version"]:
        return False
    is_marker = there[0].is_delete_marker
    return bool(step.get("marker", is_marker)) is is_marker


def undo_steps(undone: Change) -> int:
    """Return the number of steps of an undo: of a move its own in reverse, with the copies of each behind."""
    return 2 * int(undone.options.get("steps", 1))


def _step_of(item: ChangeItem, undone: Change) -> int:
    if "steps" not in undone.options:
        return 0
    return 2 * int(undone.options["steps"] - 1 - item.facts["late"])


def _steps_of_move(item: ChangeItem, undone: Change) -> list[Facts]:
    """Return the marker to remove where the object was; the copy goes afterwards, see `_copies`."""
    marker = item.outcome.get("marker")
    if marker in (None, _NULL):
        return []
    return [
        {
            "version": marker,
            "latest": True,
            "undoes": item.number,
            "late": _step_of(item, undone),
            "marker": True,
            "uncovers": item.outcome.get("before"),
        }
    ]


def _copies(done: list[ChangeItem], undone: Change) -> list[tuple[str, Facts]]:
    """Return the copies that a move made, which go once their objects are back where they were."""
    copies: list[tuple[str, Facts]] = []
    for item in done:
        version, etag = item.outcome.get("version_id"), item.outcome.get("to_etag")
        if version is None and etag is None:
            continue
        copies.append((item.facts["to"], {**_copy(item, undone), "needs": item.key}))
    return copies


def _copy(item: ChangeItem, undone: Change) -> Facts:
    """Return what tells the copy that a move made from everything else under its key."""
    late = _step_of(item, undone) + 1
    version = item.outcome.get("version_id")
    if version in (None, _NULL):
        return {"late": late, "etag": item.outcome.get("to_etag")}
    return {"late": late, "version": version, "latest": True}

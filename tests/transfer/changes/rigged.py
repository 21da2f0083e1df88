"""Plans and runs of changes on a rig, as a user would ask for them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from s3tui.s3.client import S3Client
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.models import Change, ChangeItem, ChangeKind, ItemState, Undo
from s3tui.transfer.changes.moving import MoveRoot, MoveTotals, plan_move
from s3tui.transfer.changes.planning import PlanTotals, Root, plan_deletion
from s3tui.transfer.changes.reading import ReadingClient
from s3tui.transfer.changes.renaming import plan_renames, settle, steps_of
from s3tui.transfer.changes.undoing import UndoTotals, plan_undo, undo_steps
from s3tui.transfer.changes.versions.cleaning import CleanRule, CleanTotals, plan_cleaning
from s3tui.transfer.changes.versions.returning import ReturnTotals, plan_return
from s3tui.transfer.editing.attributes import AttributeChange
from s3tui.transfer.editing.planned_set import SetOutlook, SetTotals, look_ahead, plan_set, set_facts
from s3tui.transfer.editing.reverting import plan_revert
from s3tui.transfer.models import Direction
from s3tui.transfer.requests import RunChange

CONNECTION = "here"


async def planned_deletion(
    client: S3Client, log: ChangeLog, bucket: str, *roots: Root, versions: bool = True
) -> RunChange:
    """Plan a deletion, and agree to it."""
    prefixes = [root.key for root in roots if root.is_prefix]
    options = {"versions": versions, "prefixes": prefixes}
    change = await log.begin(ChangeKind.DELETE, CONNECTION, bucket, "Delete", options=options)
    totals = PlanTotals()
    async for _ in plan_deletion(ReadingClient(client), log, change, roots, totals, datetime.now(UTC)):
        pass
    await log.agree(change, title=f"Delete {totals.objects}", undo=Undo.YES, why="")
    return RunChange(CONNECTION, change.id, Direction.DELETE, bucket, "objects", "")


async def planned_undo(client: S3Client, log: ChangeLog, undone: Change) -> tuple[RunChange, UndoTotals]:
    """Plan an undo, and agree to it."""
    options = {
        "versions": True,
        "late_bucket": undone.options.get("to_bucket", undone.bucket),
        "steps": undo_steps(undone),
    }
    change = await log.begin(
        ChangeKind.UNDO, CONNECTION, undone.bucket, "Undo", undoes=undone.id, options=options
    )
    totals = UndoTotals()
    async for _ in plan_undo(ReadingClient(client), log, change, undone, totals):
        pass
    await log.agree(change, title="Undo", undo=Undo.NO, why="")
    return RunChange(CONNECTION, change.id, Direction.UNDO, undone.bucket, "objects", ""), totals


def state_of(oracle: Any, bucket: str) -> dict[tuple[str, str], tuple[bool, bool, object]]:
    """Return every version and marker of a bucket: whether it is a marker, the latest one, and its etag."""
    found: dict[tuple[str, str], tuple[bool, bool, object]] = {}
    for page in oracle.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for kind in ("Versions", "DeleteMarkers"):
            for each in page.get(kind, []):
                is_marker = kind == "DeleteMarkers"
                found[each["Key"], each["VersionId"]] = is_marker, each["IsLatest"], each.get("ETag")
    return found


async def outcomes(log: ChangeLog, change: int) -> dict[str, tuple[ItemState, ChangeItem]]:
    return {item.key: (item.state, item) async for item in log.all_items(change)}


async def planned_move(
    client: S3Client,
    log: ChangeLog,
    bucket: str,
    *roots: MoveRoot,
    to_bucket: str = "",
    versions: bool = True,
) -> tuple[RunChange, MoveTotals]:
    """Plan a move, and agree to it."""
    options = {"versions": versions, "to_bucket": to_bucket or bucket, "to_versions": versions}
    change = await log.begin(ChangeKind.MOVE, CONNECTION, bucket, "Move", options=options)
    totals = MoveTotals()
    async for _ in plan_move(ReadingClient(client), log, change, roots, totals):
        pass
    await log.agree(change, title="Move", undo=Undo.YES, why="")
    to = f"s3://{to_bucket or bucket}/"
    return RunChange(CONNECTION, change.id, Direction.MOVE, bucket, "objects", "", to), totals


async def planned_set(
    client: S3Client, log: ChangeLog, bucket: str, wanted: AttributeChange, *roots: Root
) -> tuple[RunChange, SetOutlook]:
    """Plan new attributes, and agree to them."""
    change = await log.begin(ChangeKind.SET, CONNECTION, bucket, "Set")
    totals, outlook = SetTotals(), SetOutlook()
    async for _ in plan_set(ReadingClient(client), log, change, roots, totals, datetime.now(UTC)):
        pass
    await look_ahead(log, change, wanted, outlook)
    await log.agree(change, title="Set", undo=Undo.YES, why="", options=set_facts(wanted))
    return RunChange(CONNECTION, change.id, Direction.SET, bucket, "objects", ""), outlook


async def planned_revert(client: S3Client, log: ChangeLog, undone: Change) -> tuple[RunChange, UndoTotals]:
    """Plan the undo of new attributes, and agree to it."""
    change = await log.begin(ChangeKind.UNDO, CONNECTION, undone.bucket, "Undo", undoes=undone.id)
    totals = UndoTotals()
    async for _ in plan_revert(ReadingClient(client), log, change, undone, totals):
        pass
    await log.agree(change, title="Undo", undo=Undo.NO, why="")
    request = RunChange(CONNECTION, change.id, Direction.UNDO, undone.bucket, "objects", "", reverts=True)
    return request, totals


async def planned_cleaning(
    client: S3Client, log: ChangeLog, bucket: str, rule: CleanRule, prefix: str = "", **options: object
) -> tuple[RunChange, CleanTotals]:
    """Plan a clean-up of versions, and agree to it."""
    options = {"versions": True, **options}
    change = await log.begin(ChangeKind.DELETE_VERSIONS, CONNECTION, bucket, "Clean", options=options)
    totals, now = CleanTotals(), datetime.now(UTC)
    roots = [Root(prefix, True)]
    async for _ in plan_cleaning(ReadingClient(client), log, change, roots, rule, totals, now):
        pass
    await log.agree(change, title="Clean", undo=Undo.NO, why="")
    return RunChange(CONNECTION, change.id, Direction.DELETE, bucket, "objects", ""), totals


async def planned_return(
    client: S3Client, log: ChangeLog, bucket: str, at: datetime, prefix: str = ""
) -> tuple[RunChange, ReturnTotals]:
    """Plan to bring a prefix back as of an instant, and agree to it."""
    change = await log.begin(ChangeKind.RETURN, CONNECTION, bucket, "Return")
    totals, now = ReturnTotals(), datetime.now(UTC)
    roots = [Root(prefix, True)]
    async for _ in plan_return(ReadingClient(client), log, change, roots, at, totals, now):
        pass
    await log.agree(change, title="Return", undo=Undo.YES, why="")
    return RunChange(CONNECTION, change.id, Direction.RETURN, bucket, "objects", ""), totals


async def planned_renames(
    client: S3Client, log: ChangeLog, bucket: str, targets: dict[str, str]
) -> tuple[RunChange, MoveTotals]:
    """Plan renames, and agree to them."""
    renames = settle(targets, "t")
    options = {"versions": True, "to_bucket": bucket, "to_versions": True, "steps": steps_of(renames)}
    change = await log.begin(ChangeKind.MOVE, CONNECTION, bucket, "Rename", options=options)
    totals, facts = MoveTotals(), {key: {"size": None} for key in targets}
    async for _ in plan_renames(ReadingClient(client), log, change, renames, facts, totals):
        pass
    await log.agree(change, title="Rename", undo=Undo.YES, why="")
    return RunChange(CONNECTION, change.id, Direction.MOVE, bucket, "objects", "", f"s3://{bucket}/"), totals

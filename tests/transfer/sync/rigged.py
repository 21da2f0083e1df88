"""Syncs on a rig: planned and run as a user would ask for them."""

from __future__ import annotations

from s3tui.s3.client import S3Client
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.models import Change, ItemState, Undo
from s3tui.transfer.changes.reading import ReadingClient
from s3tui.transfer.models import Direction, TransferState
from s3tui.transfer.requests import RunChange
from s3tui.transfer.sync.ends import End, Folder, Prefix
from s3tui.transfer.sync.models import SyncOptions, SyncTotals
from s3tui.transfer.sync.planning import Side, SyncPlanner
from s3tui.transfer.sync.proof import Prover
from tests.transfer.conftest import Rig

CONNECTION = "here"
DEFAULT = SyncOptions()


async def planned(
    log: ChangeLog,
    client: S3Client,
    source: End,
    target: End,
    options: SyncOptions = DEFAULT,
    *,
    other: S3Client | None = None,
    versions: bool = True,
) -> tuple[Change, SyncTotals]:
    """Plan a sync.

    Args:
        other: the client of the source, where that is another one.
    """
    readers = [
        (other or client) if isinstance(source, Prefix) else None,
        client if isinstance(target, Prefix) else None,
    ]
    sides = [
        Side(end, None if reader is None else ReadingClient(reader))
        for end, reader in zip((source, target), readers, strict=True)
    ]
    prover = Prover(source, target, (readers[0], readers[1]), options.compare)
    planner = SyncPlanner(sides[0], sides[1], options, log, prover.is_same)
    change = await planner.begin(owner=None, versions=versions)
    async for _ in planner.plan(change):
        pass
    await log.agree(change, title="Sync", undo=Undo.YES, why="")
    await planner.keep_root()
    return change, planner.totals


def request_of(change: Change, *, to_connection: str = "") -> RunChange:
    return RunChange(
        change.connection, change.id, Direction.SYNC, change.bucket, "sync", "", to_connection=to_connection
    )


async def run(rig: Rig, change: Change, *, to_connection: str = "") -> None:
    id = await rig.engine.add(request_of(change, to_connection=to_connection))
    ended = await rig.until(id, lambda transfer: transfer.state.is_final)
    assert ended.state is TransferState.DONE, ended.error


async def lines(log: ChangeLog, change: Change) -> dict[str, str]:
    """Return the actions of a plan by path; of those that are skipped, why."""
    return {
        item.facts["path"]: item.outcome["why"] if item.state is ItemState.SKIPPED else item.facts["action"]
        async for item in log.all_items(change.id)
    }


def folder_of(rig: Rig) -> Folder:
    return Folder(rig.folder)


def prefix_of(rig: Rig, prefix: str = "") -> Prefix:
    return Prefix(CONNECTION, rig.bucket, prefix)

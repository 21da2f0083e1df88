"""One object or file of a sync: sent on the condition that both sides are as they were planned."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from s3tui.s3.client import S3Client
from s3tui.s3.models import ObjectHead
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.models import Change, ChangeItem, Facts, ItemState
from s3tui.transfer.copy.object_copy import ObjectCopy
from s3tui.transfer.download.object_download import ObjectDownload
from s3tui.transfer.journal.record import TransferRecord
from s3tui.transfer.models import Conflict
from s3tui.transfer.requests import NO_OPTIONS, TargetOptions
from s3tui.transfer.resources import Resources
from s3tui.transfer.scheduling.progress import Counters, ProgressMeter
from s3tui.transfer.sync.ends import End, Folder, Prefix
from s3tui.transfer.sync.models import Entry, Known
from s3tui.transfer.sync.proof import MTIME, recorded_time
from s3tui.transfer.target.target_key import TargetKey
from s3tui.transfer.threads import in_thread
from s3tui.transfer.upload.object_upload import ObjectUpload

CHANGED = "it changed since the plan was made"
_Transfer = ObjectUpload | ObjectDownload | ObjectCopy


@dataclass(frozen=True, slots=True)
class SyncRun:
    """The ends, clients and records that all objects of one run of a sync share."""

    log: ChangeLog
    change: Change
    ends: tuple[End, End]
    """Source and target."""
    reader: S3Client
    """Of the source."""
    client: S3Client
    """Of the target."""
    resources: Resources
    record: TransferRecord

    @property
    def is_inside(self) -> bool:
        """True if S3 copies by itself: what writes may read the source too."""
        source, target = (end.account if isinstance(end, Prefix) else "" for end in self.ends)
        return self.reader is self.client or source == target != ""

    def object(self, item: ChangeItem, counters: Counters) -> SyncedObject:
        """Return the object of the plan that is to be sent."""
        return SyncedObject(self, item, counters)


class SyncedObject:
    """Sends one object; `run` may be called again after it was interrupted."""

    def __init__(self, run: SyncRun, item: ChangeItem, counters: Counters) -> None:
        self._run, self._item = run, item
        self._meter = ProgressMeter(counters, item.facts["size"])
        self._transfer: _Transfer | None = None

    async def run(self) -> Known | None:
        """Send it; return what the index may know then; `None`, where it was skipped.

        Raises: S3Error, TransferError, OSError: then a later run goes on.
        """
        run, facts = self._run, self._item.facts
        source, target = run.ends
        if isinstance(source, Folder) and not await in_thread(
            _is_as_planned, source, facts["from"], facts["source"]
        ):
            await self._leave()
            return None
        is_new = self._item.state is not ItemState.SENT and self._transfer is None
        if isinstance(target, Folder) and is_new and not await in_thread(self._is_target_as_planned):
            await self._leave()
            return None
        if is_new:
            self._item = replace(self._item, state=ItemState.SENT)
            await run.log.note(run.change.id, [(self._item.number, ItemState.SENT, self._item.outcome)])
            self._transfer = self._made(again=False)
        transfer = self._transfer = self._transfer or self._made(again=True)
        reads = isinstance(target, Folder) or (isinstance(transfer, ObjectCopy) and not run.is_inside)
        client = run.reader if reads else run.client
        if await transfer.run(client, run.resources) is None:
            await self._skipped()
            return None
        return await self._done(transfer)

    async def discard(self) -> None:
        """Leave nothing half-written behind."""
        if self._transfer is not None:
            await self._transfer.discard()

    def _made(self, *, again: bool) -> _Transfer:
        run, facts = self._run, self._item.facts
        source, target = run.ends
        there, path = facts.get("there"), facts["path"]
        etag = None if there is None else there.get("etag")
        conflict = Conflict.SKIP if there is None else Conflict.OVERWRITE
        record = run.record.object_record(self._item.key, again=again)
        if isinstance(target, Folder):
            assert isinstance(source, Prefix)
            return ObjectDownload(
                source.bucket,
                source.where(facts["from"]),
                target.path,
                target.file(path),
                self._meter,
                conflict=conflict,
                size=facts["size"],
                object_record=record,
                may_publish=self._may_publish,
            )
        if isinstance(source, Folder):
            times = {MTIME: recorded_time(facts["source"]["mtime_ns"])}
            return ObjectUpload(
                source.file(facts["from"]),
                target.bucket,
                target.where(path),
                self._meter,
                conflict=conflict,
                options=TargetOptions(metadata=times),
                follow_links=False,
                object_record=record,
                replaces=etag,
            )
        listed = _head(facts["source"])

        async def to() -> S3Client:
            return run.client

        return ObjectCopy(
            source.bucket,
            source.where(facts["from"]),
            TargetKey(target.bucket, target.where(path), conflict, replaces=etag),
            self._meter,
            to=None if run.is_inside else to,
            options=NO_OPTIONS,
            listed=listed if listed.etag is not None and listed.size is not None else None,
            object_record=record,
            is_pinned=True,
        )

    async def _done(self, transfer: _Transfer) -> Known | None:
        facts, target = self._item.facts, self._run.ends[1]
        if isinstance(transfer, ObjectDownload):
            assert isinstance(target, Folder)
            state = await in_thread(_state_of, target, facts["path"])
        else:
            etag = transfer.written_etag
            state = None if etag is None else Entry(facts["path"], facts["size"], etag=etag).state
        outcome = {**self._item.outcome, "state": state}
        if not isinstance(transfer, ObjectDownload) and transfer.written_etag is not None:
            outcome["etag"] = transfer.written_etag
        await self._run.log.note(self._run.change.id, [(self._item.number, ItemState.DONE, outcome)])
        return None if state is None else Known(facts["from"], facts["state"], state)

    async def _leave(self) -> None:
        await self.discard()
        self._meter.skipped()
        await self._skipped()

    async def _skipped(self) -> None:
        outcome = {**self._item.outcome, "why": CHANGED}
        await self._run.log.note(self._run.change.id, [(self._item.number, ItemState.SKIPPED, outcome)])

    def _may_publish(self, head: ObjectHead) -> bool:
        """Say whether what came is what was planned, and goes where that was planned."""
        planned = self._item.facts["source"].get("etag")
        is_source = None in (planned, head.etag) or planned == head.etag
        return is_source and self._is_target_as_planned()

    def _is_target_as_planned(self) -> bool:
        target, facts = self._run.ends[1], self._item.facts
        assert isinstance(target, Folder)
        return _is_as_planned(target, facts["path"], facts.get("there"))


def delete_file(target: Folder, facts: Facts) -> tuple[ItemState, dict[str, object]]:
    """Delete a file that the source does not have, with the folders that it leaves empty. Blocking."""
    path: str = facts["path"]
    try:
        os.lstat(target.file(path))
    except FileNotFoundError:
        return ItemState.SKIPPED, {"why": "it was gone already"}
    except OSError as error:
        return ItemState.FAILED, {"why": os.strerror(error.errno or 0), "code": "OSError"}
    if not _is_as_planned(target, path, facts["there"]):
        return ItemState.SKIPPED, {"why": CHANGED}
    try:
        os.unlink(target.file(path))
    except OSError as error:
        return ItemState.FAILED, {"why": os.strerror(error.errno or 0), "code": "OSError"}
    while "/" in path:
        path = path.rpartition("/")[0]
        try:
            os.rmdir(target.file(path))
        except OSError:
            break  # there is more in it
    return ItemState.DONE, {}


def _is_as_planned(folder: Folder, path: str, planned: dict[str, Any] | None) -> bool:
    """Say whether a file is as the plan found it; `None`: it found none."""
    try:
        info = os.lstat(folder.file(path))
    except FileNotFoundError:
        return planned is None
    except NotADirectoryError:
        return False
    if planned is None or not stat.S_ISREG(info.st_mode):
        return False
    return (info.st_size, info.st_mtime_ns) == (planned["size"], planned["mtime_ns"])


def _state_of(folder: Folder, path: str) -> str | None:
    try:
        info = os.lstat(folder.file(path))
    except OSError:
        return None
    return Entry(path, info.st_size, info.st_mtime_ns).state


def _head(known: dict[str, Any]) -> ObjectHead:
    modified = known.get("modified")
    return ObjectHead(
        known.get("size"), known.get("etag"), None if modified is None else datetime.fromisoformat(modified)
    )

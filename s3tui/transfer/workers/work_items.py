"""Work items: small objects that any worker process can move, and the outcome of each."""

from __future__ import annotations

from typing import NamedTuple

from s3tui.transfer.models import Conflict
from s3tui.transfer.requests import TargetOptions
from s3tui.transfer.scheduling.progress import Counters


class DownloadItem(NamedTuple):
    """One object to one file; the arguments of `ObjectDownload`."""

    uid: str
    """Of the transfer's record: part files are named after it."""
    bucket: str
    key: str
    root: str
    path: str
    """Below the root."""
    conflict: Conflict
    size: int
    version_id: str | None


class UploadItem(NamedTuple):
    """One file to one object; the arguments of `ObjectUpload`."""

    source: str
    bucket: str
    key: str
    conflict: Conflict
    size: int
    options: TargetOptions
    follow_links: bool


WorkItem = DownloadItem | UploadItem


class ItemDone(NamedTuple):
    """A work item that succeeded."""

    where: str | None
    """As `ObjectTransfer.run` returns it."""
    bytes_done: int
    grown_by: int
    """The bytes that the object is larger than it was said to be."""
    skipped: int
    notice: str | None
    unproven: int = 0

    def add_to(self, counters: Counters) -> None:
        counters.bytes_done += self.bytes_done
        counters.bytes_total = (counters.bytes_total or 0) + self.grown_by
        counters.objects_done += 1
        counters.skipped += self.skipped
        counters.unproven += self.unproven
        counters.notice = self.notice or counters.notice


class ItemFailed(NamedTuple):
    """A work item that failed; nothing half-written is left of it."""

    sentence: str
    code: str
    concerns_everything: bool
    """Other work items would meet the same failure."""


Outcome = ItemDone | ItemFailed

"""Jobs, which do the work of one row of the queue, and the simplest of them: a single object.

A job can be run again after it was cancelled or failed: it goes on where it was.
"""

from __future__ import annotations

from typing import Protocol

from s3tui.s3.client import S3Client
from s3tui.transfer.models import Conflict
from s3tui.transfer.resources import Resources
from s3tui.transfer.scheduling.progress import Counters
from s3tui.transfer.target.conflict_policy import PutQuestion, Undecided, leave_it, policy_of


class ObjectTransfer(Protocol):
    """The transfer of one object: `ObjectDownload`, `ObjectUpload`, `ObjectCopy`."""

    conflict: Conflict

    async def run(self, client: S3Client, resources: Resources) -> str | None:
        """Move the object; return where it went, `None` when it was skipped."""

    async def discard(self) -> None:
        """Leave nothing half-written behind."""


class Job(Protocol):
    counters: Counters
    conflict: Conflict
    put_question: PutQuestion

    async def run(self, client: S3Client, resources: Resources) -> str | None:
        """Do the work; return where the object went, if that can differ from what was asked for."""

    async def discard(self) -> None:
        """Leave nothing half-written behind; a later run begins anew, but for whole objects."""


class OneObject:
    """A job of a single object."""

    def __init__(self, transfer: ObjectTransfer, counters: Counters) -> None:
        self.counters = counters
        self.put_question: PutQuestion = leave_it
        self._transfer = transfer

    @property
    def conflict(self) -> Conflict:
        return self._transfer.conflict

    @conflict.setter
    def conflict(self, conflict: Conflict) -> None:
        self._transfer.conflict = conflict

    async def run(self, client: S3Client, resources: Resources) -> str | None:
        while True:
            try:
                async with resources.objects:
                    return await self._transfer.run(client, resources)
            except Undecided as question:
                self.conflict = policy_of(await self.put_question(question))

    async def discard(self) -> None:
        await self._transfer.discard()

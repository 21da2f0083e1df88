"""The write of an object, which uploads and copies share: its key, and parts that must not stay behind."""

from __future__ import annotations

import asyncio
from typing import Generic, Protocol, TypeVar

from s3tui.s3.client import S3Client
from s3tui.s3.errors import NoSuchUpload, S3Error
from s3tui.transfer.journal.record import ObjectRecord
from s3tui.transfer.models import Conflict
from s3tui.transfer.scheduling.progress import ProgressMeter
from s3tui.transfer.target.target_key import TargetKey
from s3tui.transfer.upload import resumable

CLEAN_UP_S = 10.0


class Parts(Protocol):
    """An open multipart upload."""

    async def abort(self) -> None: ...


P = TypeVar("P", bound=Parts)


class ObjectWrite(Generic[P]):
    """The base of what writes one object, in one request or in parts."""

    def __init__(self, target: TargetKey, meter: ProgressMeter, object_record: ObjectRecord) -> None:
        self._target = target
        self._meter = meter
        self._object_record = object_record
        self._in_parts: P | None = None
        self._orphans: list[P] = []

    @property
    def conflict(self) -> Conflict:
        return self._target.conflict

    @conflict.setter
    def conflict(self, conflict: Conflict) -> None:
        self._target.conflict = conflict

    async def discard(self) -> None:
        """Abort the multipart upload, if one is open."""
        self._meter.take_back()
        if self._in_parts is not None:
            try:
                async with asyncio.timeout(CLEAN_UP_S):
                    await self._in_parts.abort()
                    await resumable.withdraw(self._object_record)
            except (S3Error, TimeoutError):
                self._orphans.append(self._in_parts)  # out of reach; the next run aborts it
            self._in_parts = None  # not when cancelled: the next call aborts it

    async def _abort_orphans(self) -> None:
        while self._orphans:
            try:
                await self._orphans[-1].abort()
            except NoSuchUpload as error:
                error.check_given()
            self._orphans.pop()

    async def _was_completed(self, client: S3Client, key: str, size: int) -> bool:
        """Say whether what is under `key` is the object of `size` bytes that our upload made meanwhile."""
        if self._object_record.facts.get("key") != key:
            return False
        if await resumable.was_completed(client, self._target.bucket, self._object_record) is None:
            return False
        self._in_parts = None  # a request of a dead process arrived after its upload was looked for
        self._meter.take_back()
        self._meter.moved(size)
        self._meter.proven(None)  # by whom it was sent is no proof of what arrived
        return True

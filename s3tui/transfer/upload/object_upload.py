"""The upload of one file to one object: in one request, or in parts when it is large.

Every upload in parts that was opened is completed or aborted; while a transfer is paused it stays
open, and what was sent is kept.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from s3tui.s3.client import S3Client
from s3tui.s3.errors import PreconditionFailed
from s3tui.s3.models import ObjectHead
from s3tui.s3.operations.multipart_upload import MultipartUpload
from s3tui.s3.request.options import ObjectOptions, object_headers
from s3tui.transfer.errors import TransferError
from s3tui.transfer.integrity.part_plan import IN_PARTS_FROM, MAX_OBJECT, SMALL, PartPlan, plan_upload
from s3tui.transfer.integrity.verify import FileCheck, StoredObject
from s3tui.transfer.journal.record import ObjectRecord, TransferRecord
from s3tui.transfer.models import Conflict, Side
from s3tui.transfer.requests import NO_OPTIONS, TargetOptions
from s3tui.transfer.resources import Resources
from s3tui.transfer.scheduling.progress import ProgressMeter
from s3tui.transfer.target.target_key import IncomingObject, TargetKey
from s3tui.transfer.threads import in_thread, see_through
from s3tui.transfer.upload import resumable
from s3tui.transfer.upload.content_types import guess_content_type
from s3tui.transfer.upload.local_file import SourceFile
from s3tui.transfer.upload.multipart import PartsUpload
from s3tui.transfer.upload.object_write import CLEAN_UP_S, ObjectWrite
from s3tui.transfer.upload.request_body import SourceFileBody, send_file
from s3tui.transfer.upload.verify_upload import check_put, check_upload, is_own_write
from s3tui.transfer.upload.write_options import written_as


class ObjectUpload(ObjectWrite[PartsUpload]):
    """Uploads one file; `run` may be called again after it was cancelled, and then goes on."""

    def __init__(
        self,
        source: Path,
        bucket: str,
        key: str,
        meter: ProgressMeter,
        *,
        conflict: Conflict,
        options: TargetOptions = NO_OPTIONS,
        follow_links: bool = True,
        object_record: ObjectRecord | None = None,
        replaces: str | None = None,
    ) -> None:
        super().__init__(
            TargetKey(bucket, key, conflict, replaces=replaces),
            meter,
            object_record or TransferRecord().object_record(key),
        )
        self._path = source
        self._options = options
        self._follow_links = follow_links
        self._source: SourceFile | None = None
        self._put_to: str | None = None
        """The key that an earlier run sent it to, without learning whether it got there."""
        self._put_at: float | None = None
        self.written_etag: str | None = None
        """The etag of what was written, where this process saw the answer."""

    async def run(self, client: S3Client, resources: Resources) -> str | None:
        """Upload the file; return where it went, `None` when it was skipped."""
        try:
            await self._abort_orphans()
            source = await self._open_source(resources)
            key = await self._put_small(client, resources, source)
            if key is None:
                key = await self._place(client, resources, source)
        finally:
            self._close_source()
        if key is None:
            self._meter.skipped()
        else:
            self._meter.finished()
        resumable.finish(self._object_record)
        return None if key is None else self._target.uri(key)

    async def _open_source(self, resources: Resources) -> SourceFile:
        await resources.batched_calls.run(self._open)
        assert self._source is not None
        if self._source.size > MAX_OBJECT:
            raise TransferError(f"{self._path} is larger than S3 can hold: 5 TiB at most", "EntityTooLarge")
        self._meter.sized(self._source.size)
        if self._in_parts is not None and self._in_parts.fingerprint != self._source.fingerprint:
            await self.discard()
            self._notice_change()
        return self._source

    def _open(self) -> None:
        self._source = SourceFile(self._path, follow_links=self._follow_links)
        if self._source.size <= SMALL:
            self._source.load()

    def _close_source(self) -> None:
        source, self._source = self._source, None
        if source is not None:
            source.close()

    async def _put_small(self, client: S3Client, resources: Resources, source: SourceFile) -> str | None:
        """Write what is small and may write over anything by the fast path; return its key.

        Returns: `None`, when it is to be placed the ordinary way.
        """
        content, key, is_new = source.content, self._target.key, not self._object_record.again
        is_first = is_new and self._put_to is None and self._in_parts is None
        is_free = self.conflict is Conflict.OVERWRITE and self._target.if_match is None
        may_be = is_first and is_free and not resources.throttle.is_on
        if content is None or not may_be:
            return None
        headers, began = tuple(object_headers(self._written_as()).items()), time.time()
        try:
            written = await client.small_objects.put(self._target.bucket, key, content, headers)
        except asyncio.CancelledError:
            self._put_to, self._put_at = key, began
            raise
        if written is None:
            await in_thread(source.check)  # as before every second try
            return None
        self.written_etag = written.etag
        self._meter.moved(source.size)
        if written.proof is not None:
            self._meter.proven(written.proof.algorithm.value)
        else:
            await check_put(
                client, self._target, key, written.etag, source, self._meter, source.md5, in_memory=True
            )
        return key

    async def _place(self, client: S3Client, resources: Resources, source: SourceFile) -> str | None:
        """Send the file to the first key that the policy allows; return it, or `None` when it is skipped."""
        is_new = not self._object_record.again
        if not is_new and self._in_parts is None:
            completed = await self._recover(client, source)
            if completed is not None:
                return completed
        if self._put_to is not None and await self._was_written(client, source, self._put_to):
            return self._put_to

        async def write(key: str, if_none_match: str | None) -> None:
            if source.size < IN_PARTS_FROM and self._in_parts is None:
                await self._put(client, resources, source, key, if_none_match)
            else:
                await self._put_in_parts(client, resources, source, key, if_none_match)

        async def is_same(there: ObjectHead) -> bool:
            stored = StoredObject(client, self._target.bucket, self._target.key, None, there)
            verdict = await FileCheck(stored, source.fd).verdict()
            if verdict.is_same is None:
                self._meter.notice("whether it is the same cannot be told, so it was overwritten")
            return verdict.is_same is True

        async def was_written(key: str) -> bool:
            completed = await self._was_completed(client, key, source.size)
            return completed or await self._was_written(client, source, key)

        return await self._target.place(
            client,
            write,
            incoming=IncomingObject(Side(str(self._path), source.size, source.modified), is_same),
            start_over=self.discard,
            begun=None if self._in_parts is None else self._in_parts.key,
            arrived=None if is_new else resumable.has_arrived(self._object_record, was_written),
        )

    async def _recover(self, client: S3Client, source: SourceFile) -> str | None:
        """Go on with the upload of an earlier process; return the key, when that had completed it."""
        left = await resumable.recover(client, self._target.bucket, self._object_record, source.fingerprint)
        if left.has_changed:
            self._notice_change()
        if left.upload is not None:
            plan = resumable.plan_of(self._object_record)
            self._in_parts = PartsUpload(left.upload, source, plan, self._meter)
        elif left.completed is not None:
            self._meter.moved(source.size)
            self._meter.proven(None)
        return left.completed

    def _notice_change(self) -> None:
        self._meter.notice(f"{self._path.name} changed since: its upload started over")

    async def _put(
        self, client: S3Client, resources: Resources, source: SourceFile, key: str, if_none_match: str | None
    ) -> None:
        async def request(body: SourceFileBody) -> tuple[str, SourceFileBody]:
            content = body.take_all()
            etag = await client.put_object(
                self._target.bucket,
                key,
                body if content is None else content,
                content_length=body.length,
                if_none_match=if_none_match,
                if_match=self._target.if_match,
                **self._written_as(),
            )
            return etag, body

        self._put_to, self._put_at = key, self._put_at or time.time()
        try:
            etag, body = await send_file(source, 0, source.size, self._meter, resources.throttle, request)
        except PreconditionFailed:
            if not await self._was_written(client, source, key):
                raise
        else:
            self.written_etag = etag
            await check_put(
                client, self._target, key, etag, source, self._meter, body.md5, in_memory=body.is_in_memory
            )

    def _written_as(self) -> ObjectOptions:
        return {"content_type": guess_content_type(self._path.name), **written_as(self._options)}

    async def _was_written(self, client: S3Client, source: SourceFile, key: str) -> bool:
        """Say whether an earlier try of ours, whose answer was lost, wrote the object under the key."""
        verdict = await is_own_write(client, self._target.bucket, key, source, self._put_at)
        if not verdict.is_same:
            return False
        self._meter.proven(verdict.proof)
        self._meter.take_back()
        self._meter.moved(source.size)
        return True

    async def _put_in_parts(
        self, client: S3Client, resources: Resources, source: SourceFile, key: str, if_none_match: str | None
    ) -> None:
        if self._in_parts is None:
            # Cancelled before the answer, it would leave an upload behind that nobody knows the id of.
            plan = plan_upload(source.size, is_steady=resources.is_steady)
            await see_through(self._open_parts(client, source, key, plan), patience_s=CLEAN_UP_S)
        assert self._in_parts is not None
        await self._in_parts.send_missing(source, resources)
        self._in_parts.check_complete()
        parts = self._in_parts.upload.parts
        etag = self.written_etag = await resumable.complete(
            client, self._object_record, self._in_parts.upload, if_none_match, if_match=self._target.if_match
        )
        self._in_parts = None
        await check_upload(client, self._target, key, etag, source, self._meter, parts=parts)

    async def _open_parts(self, client: S3Client, source: SourceFile, key: str, plan: PartPlan) -> None:
        async def start() -> MultipartUpload:
            return await client.begin_upload(self._target.bucket, key, **self._written_as())

        upload = await resumable.begin(self._object_record, key, start, plan, source.fingerprint)
        self._in_parts = PartsUpload(upload, source, plan, self._meter)

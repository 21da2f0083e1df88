"""One multipart upload, from its opening to its completion or abort."""

from __future__ import annotations

import asyncio
import hashlib
import re

from s3tui.s3.client import S3Client
from s3tui.s3.errors import NoSuchKey, NoSuchUpload, PreconditionFailed, TransportError
from s3tui.s3.models import Part
from s3tui.transfer.disk import in_thread
from s3tui.transfer.lanes import Lanes
from s3tui.transfer.plan import plan_parts
from s3tui.transfer.sending import Body, send
from s3tui.transfer.source import SourceFile
from s3tui.transfer.tally import Meter

_MD5 = re.compile("[0-9a-f]{32}")


class PartsUpload:
    """A multipart upload that S3 knows of; `send_missing` may be called again after it was cancelled."""

    def __init__(
        self, client: S3Client, bucket: str, key: str, upload_id: str, source: SourceFile, meter: Meter
    ) -> None:
        self.key = key
        self.fingerprint = source.fingerprint
        """Of the file that the parts are of."""
        self._client = client
        self._bucket = bucket
        self._upload_id = upload_id
        self._meter = meter
        self._size = source.size
        self._plan = plan_parts(source.size)
        self._parts: dict[int, Part] = {}
        meter.cut(len(self._plan))

    async def send_missing(self, source: SourceFile, lanes: Lanes) -> None:
        todo = [piece for piece in enumerate(self._plan, start=1) if piece[0] not in self._parts]
        left = iter(todo)

        async def send_some() -> None:
            for number, (offset, length) in left:
                async with lanes.parts:
                    await self._send_part(source, number, offset, length)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(lanes.part_count, len(todo))):
                group.create_task(send_some())
        await in_thread(source.check)

    async def _send_part(self, source: SourceFile, number: int, offset: int, length: int) -> None:
        async def request(body: Body) -> Part:
            return await self._client.upload_part(
                self._bucket,
                self.key,
                upload_id=self._upload_id,
                part_number=number,
                data=body,
                content_length=body.length,
            )

        self._parts[number] = await send(source, offset, length, self._meter, request)
        self._meter.part_done()

    async def complete(self, if_none_match: str | None) -> None:
        """Make the object of the parts.

        When the answer is lost, or tells of an upload that is gone, the object itself says whether it worked.
        """
        parts = [self._parts[number] for number in sorted(self._parts)]
        try:
            await self._client.complete_multipart_upload(
                self._bucket, self.key, upload_id=self._upload_id, parts=parts, if_none_match=if_none_match
            )
        except (TransportError, NoSuchUpload, PreconditionFailed):
            if not await self._is_there(parts):
                raise

    async def _is_there(self, parts: list[Part]) -> bool:
        try:
            head = await self._client.head_object(self._bucket, self.key)
        except NoSuchKey:
            return False
        return head.size == self._size and head.etag == _etag_of(parts)

    async def abort(self) -> None:
        await self._client.abort_multipart_upload(self._bucket, self.key, upload_id=self._upload_id)


def _etag_of(parts: list[Part]) -> str | None:
    """Return the etag that S3 gives to an object of these parts, where theirs are MD5s."""
    if not all(_MD5.fullmatch(part.etag) for part in parts):
        return None
    digests = b"".join(bytes.fromhex(part.etag) for part in parts)
    return f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"

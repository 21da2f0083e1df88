"""MultipartUpload: one open upload, begun here or known by its ids.

async with await s3.begin_upload("backups", "disk.img") as upload:
    await upload.upload_part(1, first)
    await upload.upload_part(2, second)
    etag = await upload.complete()
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Self, Unpack

from s3tui.s3.checksum import ChecksumAlgorithm
from s3tui.s3.errors import NoSuchUpload
from s3tui.s3.models import ByteRange, Part
from s3tui.s3.operations.multipart import MultipartOperations
from s3tui.s3.request.options import CopyPartOptions, ObjectOptions, PartOptions, call_options, part_options
from s3tui.s3.request.payload import Data
from s3tui.s3.sending.capabilities import Capability


class MultipartUpload:
    """An open multipart upload and the parts that it has so far.

    Made by `S3Client.begin_upload`, or from stored ids: `upload_id` and the parts that are known, or none
    and then `load_parts`. Parts may be sent in any order and at the same time. As a context it aborts the
    upload when the block fails or leaves it open.

    Args:
        checksum_algorithm: the one that the upload was begun with.
        call: what every request of it has to repeat, such as `requester_pays` or `customer_key`.
    """

    def __init__(
        self,
        client: MultipartOperations,
        bucket: str,
        key: str,
        upload_id: str,
        *,
        parts: Iterable[Part] = (),
        checksum_algorithm: ChecksumAlgorithm | None = None,
        **call: Unpack[PartOptions],
    ) -> None:
        self.bucket = bucket
        self.key = key
        self.upload_id = upload_id
        self.checksum_algorithm = checksum_algorithm
        self.is_open = True
        """Not completed or aborted here yet."""
        self._client = client
        self._parts = {part.part_number: part for part in parts}
        self._call = call

    @classmethod
    async def begin(
        cls,
        client: MultipartOperations,
        bucket: str,
        key: str,
        *,
        checksum_algorithm: ChecksumAlgorithm | None = None,
        **options: Unpack[ObjectOptions],
    ) -> Self:
        """Create a multipart upload; `S3Client.begin_upload` does it with the client's own checksum."""
        upload_id = await client.create_multipart_upload(
            bucket, key, checksum_algorithm=checksum_algorithm, **options
        )
        if client.capabilities.has(Capability.CHECKSUM_HEADERS) is False:
            checksum_algorithm = None
        call = part_options(options)
        return cls(client, bucket, key, upload_id, checksum_algorithm=checksum_algorithm, **call)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that are known to be uploaded, by number."""
        return tuple(self._parts[number] for number in sorted(self._parts))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.is_open:
            with suppress(NoSuchUpload):
                await self.abort()

    async def load_parts(self) -> tuple[Part, ...]:
        """Request the list of uploaded parts; needed once after making an upload from stored ids.

        Raises: NoSuchUpload, AccessDenied, TransportError.
        """
        found = await self._client.list_parts(
            self.bucket, self.key, upload_id=self.upload_id, **call_options(self._call)
        )
        self._parts = {part.part_number: part for part in found}
        return self.parts

    async def upload_part(self, part_number: int, data: Data, *, content_length: int | None = None) -> Part:
        """Send part `part_number`, 1 to 10 000; `data` as for `S3Client.put_object`.

        Raises: NoSuchUpload, AccessDenied, TransportError; what a stream raises itself.
        """
        part = await self._client.upload_part(
            self.bucket,
            self.key,
            upload_id=self.upload_id,
            part_number=part_number,
            data=data,
            content_length=content_length,
            checksum_algorithm=self.checksum_algorithm,
            **self._call,
        )
        self._parts[part_number] = part
        return part

    async def copy_part(
        self,
        part_number: int,
        source: str,
        *,
        byte_range: ByteRange | None = None,
        **options: Unpack[CopyPartOptions],
    ) -> Part:
        """Make part `part_number` of an object in S3 (`bucket/key`), or of a range of it.

        Raises: as `S3Client.upload_part_copy`.
        """
        both: CopyPartOptions = {**self._call, **options}
        part = await self._client.upload_part_copy(
            self.bucket,
            self.key,
            upload_id=self.upload_id,
            part_number=part_number,
            source=source,
            byte_range=byte_range,
            **both,
        )
        self._parts[part_number] = part
        return part

    async def complete(self, *, if_match: str | None = None, if_none_match: str | None = None) -> str:
        """Complete the upload: make an object of the known parts, and return its etag.

        Raises: as `S3Client.complete_multipart_upload`; the upload is still open then.
        """
        etag = await self._client.complete_multipart_upload(
            self.bucket,
            self.key,
            upload_id=self.upload_id,
            parts=self.parts,
            if_match=if_match,
            if_none_match=if_none_match,
            **self._call,
        )
        self.is_open = False
        return etag

    async def abort(self) -> None:
        """Abort the upload: S3 discards its parts.

        Raises: NoSuchUpload, AccessDenied, TransportError.
        """
        await self._client.abort_multipart_upload(
            self.bucket, self.key, upload_id=self.upload_id, **call_options(self._call)
        )
        self.is_open = False

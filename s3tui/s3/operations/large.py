"""Operations that may take several requests: copies, and streams of unknown length."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from contextlib import suppress
from typing import Unpack

from s3tui.s3.address.uri import S3Uri
from s3tui.s3.errors import ProtocolError, ServiceError
from s3tui.s3.models import ByteRange, ObjectHead
from s3tui.s3.operations.multipart import MultipartOperations
from s3tui.s3.operations.multipart_upload import MultipartUpload
from s3tui.s3.operations.subresources import SubresourceOperations
from s3tui.s3.request.options import (
    CopyOptions,
    ObjectOptions,
    WriteOptions,
    copy_directives,
    copy_part_options,
    description_of,
    object_options,
    replaces_description,
    source_headers,
    source_options,
    write_headers,
)
from s3tui.s3.request.payload import asynchronous
from s3tui.s3.request.s3_request import content_md5
from s3tui.s3.sending.proof import LOCK_HEADERS
from s3tui.s3.wire import xml

COPY_LIMIT = 5 * 1024**3
"""CopyObject takes no larger source."""
_COPY_PART = 512 * 1024**2
_COPIES_AT_ONCE = 8
_MOST_PARTS = 10_000
_STREAM_PART = 8 * 1024**2
_SAYS_TOO_LARGE = frozenset(("InvalidRequest", "EntityTooLarge"))


class LargeObjectOperations(MultipartOperations, SubresourceOperations):
    async def begin_upload(self, bucket: str, key: str, **options: Unpack[ObjectOptions]) -> MultipartUpload:
        """Create a multipart upload whose parts carry checksums as the client's mode says.

        Raises: AccessDenied, NoSuchBucket, TransportError.
        Source: S3 API Reference, CreateMultipartUpload.
        """
        # Once announced, every part needs one, also those that are streams.
        is_checked = self._wants_checksum(of_streams=True)
        algorithm = self._defaults.checksum_algorithm if is_checked else None
        return await MultipartUpload.begin(self, bucket, key, checksum_algorithm=algorithm, **options)

    async def put_stream(
        self,
        bucket: str,
        key: str,
        chunks: AsyncIterable[bytes] | Iterable[bytes],
        *,
        part_size: int = _STREAM_PART,
        **options: Unpack[WriteOptions],
    ) -> str:
        """Write a stream of unknown length, and return the object's etag.

        It is sent part by part, and one part is held in memory: of `part_size` bytes, twice as many after
        each thousand parts. What fits into one is a simple PutObject. Nothing is left behind when it fails
        or is cancelled.

        Raises: as `put_object`.
        Source: S3 API Reference, UploadPart.
        """
        parts = _parts(asynchronous(chunks), part_size)
        first = await anext(parts, b"")
        second = await anext(parts, None)
        if second is None:
            return await self.put_object(bucket, key, first, **options)
        async with await self.begin_upload(bucket, key, **object_options(options)) as upload:
            await upload.upload_part(1, first)
            await upload.upload_part(2, second)
            del first, second
            number = 2
            async for content in parts:
                number += 1
                await upload.upload_part(number, content)
            return await upload.complete(
                if_match=options.get("if_match"), if_none_match=options.get("if_none_match")
            )

    async def copy_object(self, bucket: str, key: str, *, source: str, **options: Unpack[CopyOptions]) -> str:
        """Copy an object inside S3, and return the new etag; one of more than 5 GiB by parts.

        What describes the source is copied with it. Naming any of content type, encoding, disposition,
        language, cache control, expires, website redirect or metadata replaces all of them; naming tags
        replaces the tags. ACL, storage class, encryption and lock are never copied.

        Args:
            source: `bucket/key` as they are called, not encoded.

        Raises: NoSuchKey, AccessDenied, PreconditionFailed, TransportError.
        Source: S3 API Reference, CopyObject.
        """
        headers = write_headers(options) | source_headers(source, options) | copy_directives(options)
        if not LOCK_HEADERS.isdisjoint(headers):
            headers["content-md5"] = content_md5(b"")  # a lock is not taken without a proof of the body
        try:
            _, body = await self._send(
                "CopyObject",
                "PUT",
                bucket,
                key,
                headers=headers,
                # As with PutObject; where versions are kept, a second copy would be a second version.
                repeatable=source != f"{bucket}/{key}"
                and "if-match" not in headers
                and "if-none-match" not in headers,
                options=options,
            )
        except ServiceError as error:
            if error.code not in _SAYS_TOO_LARGE:
                raise
            size = (await self._head_of(source, options)).size
            if size is None or size <= COPY_LIMIT:
                raise
            return await self.copy_by_parts(bucket, key, source=source, **options)
        return xml.copy_result(body)

    async def copy_by_parts(
        self,
        bucket: str,
        key: str,
        *,
        source: str,
        part_size: int = _COPY_PART,
        **options: Unpack[CopyOptions],
    ) -> str:
        """Copy an object that is not empty as a multipart upload, as `copy_object` does with a large one.

        Nothing is left behind when it fails or is cancelled.

        Raises: as `copy_object`; PreconditionFailed also when the source changes underway.
        Source: S3 API Reference, UploadPartCopy.
        """
        self._sender.check_writable("CopyObject", bucket, key)
        head = await self._head_of(source, options)
        if head.size is None:
            raise ProtocolError(f"the server does not say how long {source} is: it cannot be cut into parts")
        total = head.size
        described = await self._describe_copy(source, head, options)
        size = max(part_size, -(-total // _MOST_PARTS))
        pinned = copy_part_options(options)
        pinned["source_if_match"] = head.etag
        turn = asyncio.Semaphore(_COPIES_AT_ONCE)
        async with await MultipartUpload.begin(self, bucket, key, **described) as upload:

            async def copy_part(number: int, first: int) -> None:
                span = ByteRange(first, min(first + size, total) - 1)
                async with turn:
                    await upload.copy_part(number, source, byte_range=span, **pinned)

            try:
                async with asyncio.TaskGroup() as copies:
                    for number, first in enumerate(range(0, total, size), 1):
                        copies.create_task(copy_part(number, first))
            except* Exception as failed:
                raise failed.exceptions[0] from None
            return await upload.complete(
                if_match=options.get("if_match"), if_none_match=options.get("if_none_match")
            )

    async def _head_of(self, source: str, options: CopyOptions) -> ObjectHead:
        uri = S3Uri.of_source(source)
        return await self.head_object(uri.bucket, uri.key, **source_options(options))

    async def _describe_copy(self, source: str, head: ObjectHead, options: CopyOptions) -> ObjectOptions:
        """Return the description that CopyObject would have copied, which a multipart upload does not."""
        asked = object_options(options)
        if not replaces_description(options):
            asked = {**description_of(head), **asked}
        if options.get("tagging") is None:
            uri = S3Uri.of_source(source)
            with suppress(ProtocolError):  # a server that has no tags
                asked["tagging"] = await self.get_object_tagging(
                    uri.bucket, uri.key, version_id=options.get("source_version_id")
                )
        return asked


async def _parts(chunks: AsyncIterable[bytes], part_size: int) -> AsyncIterator[bytes]:
    pending, number = bytearray(), 1
    async for chunk in chunks:
        pending += chunk
        while len(pending) > (size := part_size << (number // 1000)):
            yield bytes(pending[:size])
            del pending[:size]
            number += 1
    yield bytes(pending)

"""Operations on objects: head, get, put, delete."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Unpack

from s3tui.s3.checksum import Verifier
from s3tui.s3.errors import (
    ChecksumMismatch,
    NoSuchKey,
    ProtocolError,
    S3Error,
    ServiceError,
    TransportError,
)
from s3tui.s3.models import ByteRange, DeleteResult, ObjectHead
from s3tui.s3.operations.base import Operations
from s3tui.s3.request.file_sink import FileSink
from s3tui.s3.request.options import (
    CallOptions,
    ReadOptions,
    WriteOptions,
    call_headers,
    call_timeouts,
    query,
    read_headers,
    read_query,
    write_headers,
)
from s3tui.s3.request.payload import IN_MEMORY, Data
from s3tui.s3.request.s3_request import S3Request, content_md5
from s3tui.s3.sending.capabilities import Capability
from s3tui.s3.sending.object_stream import ObjectBody
from s3tui.s3.sending.proof import MODE_HEADER
from s3tui.s3.wire import headers as response_headers
from s3tui.s3.wire import xml
from s3tui.s3.wire.deletions import Deletions, Pair, is_of_another_region

_DELETE_BATCH = 1000
_AT_ONCE = 16
"""Requests, where each is about one key."""
_CHECKSUMS = {MODE_HEADER: "ENABLED"}


class ObjectOperations(Operations):
    async def head_object(
        self, bucket: str, key: str, *, checksums: bool = False, **options: Unpack[ReadOptions]
    ) -> ObjectHead:
        """Return an object's properties, without its bytes.

        Args:
            checksums: ask for its checksum too, unless the client's mode is `NEVER`; of an object under KMS
                that takes kms:Decrypt.

        Raises: NoSuchKey, AccessDenied, PreconditionFailed, NotModified, TransportError.
        Source: S3 API Reference, HeadObject.
        """
        asks = checksums and self._asks_for_checksums
        response, _ = await self._send(
            "HeadObject",
            "HEAD",
            bucket,
            key,
            query=read_query(options),
            headers=read_headers(options) | (_CHECKSUMS if asks else {}),
            options=options,
        )
        return response_headers.object_head(response.headers)

    async def object_exists(self, bucket: str, key: str, **options: Unpack[ReadOptions]) -> bool:
        """Say whether the object exists.

        Raises: AccessDenied, also for a missing one when the bucket may not be listed; TransportError.
        """
        try:
            await self.head_object(bucket, key, **options)
        except NoSuchKey:
            return False
        return True

    async def get_object(
        self, bucket: str, key: str, *, byte_range: ByteRange | None = None, **options: Unpack[ReadOptions]
    ) -> bytes:
        """Return an object's bytes, or a range of them, all in memory.

        A whole object is compared with its checksum, where it has one and the client's mode is not `NEVER`.

        Raises: NoSuchKey, AccessDenied, InvalidRange, ObjectArchived, PreconditionFailed, NotModified,
            ChecksumMismatch, TransportError.
        Source: S3 API Reference, GetObject.
        """
        request = self._get_request(bucket, key, byte_range, options)
        response, body = await self._sender.read(request)
        span = response_headers.content_range(response.headers)
        if span is not None and len(body) != span.last + 1 - span.first:
            raise TransportError(
                f"{self._sender.endpoint.authority} sent {len(body)} bytes and said that they are others",
                operation="GetObject",
                bucket=bucket,
                key=key,
            )
        expected = response_headers.whole_checksum(response)
        if expected is not None:
            verifier = Verifier(expected)
            verifier.update(body)
            verifier.check()
        return response_headers.wanted_bytes(body, response, byte_range)

    async def get_object_to_file(
        self,
        bucket: str,
        key: str,
        *,
        fd: int,
        offset: int = 0,
        byte_range: ByteRange | None = None,
        observe: Callable[[int], None] | None = None,
        **options: Unpack[ReadOptions],
    ) -> ObjectHead:
        """Download an object, or a range of it, into an open file; the file transport makes it fast.

        A connection that breaks underway is opened again at the byte where it broke, as long as the
        object is still the same one. A whole object is compared with its checksum. When it fails, the
        file holds whatever came until then. Cancelling it returns when the file is left alone.

        Args:
            fd: stays open, and its own position where it is.
            offset: where in the file the first byte goes.
            byte_range: with a first and a last byte.
            observe: called in the moving thread with the number of bytes that each write took.

        Raises: as `get_object`; RangeIgnored, of a server that sends everything; OSError, of the file.
        Source: S3 API Reference, GetObject.
        """
        sink = FileSink(bucket, key, fd, offset, byte_range, observe or (lambda _: None))
        request = self._get_request(bucket, key, byte_range, options)
        await self._sender.send(replace(request, sink=sink))
        sink.verify()
        return sink.head

    @asynccontextmanager
    async def stream_object(
        self, bucket: str, key: str, *, byte_range: ByteRange | None = None, **options: Unpack[ReadOptions]
    ) -> AsyncIterator[ObjectBody]:
        """Open an object, or a range of it, as a stream of chunks; leaving the context closes it.

        A connection that breaks underway is opened again at the byte where it broke, as long as the
        object is still the same one; the reader does not notice. A whole object is compared with its
        checksum when its last chunk was read.

        Raises: as `get_object`; while reading, TransportError, ChecksumMismatch and PreconditionFailed.
        Source: S3 API Reference, GetObject.
        """
        body = ObjectBody(self._sender, self._get_request(bucket, key, byte_range, options), byte_range)
        try:
            await body.open()
            yield body
        finally:
            await body.aclose()

    @property
    def _asks_for_checksums(self) -> bool:
        is_known = self._sender.capabilities.has(Capability.CHECKSUM_MODE) is not False
        return is_known and self._defaults.asks_for_checksums

    def _get_request(
        self, bucket: str, key: str, byte_range: ByteRange | None, options: ReadOptions
    ) -> S3Request:
        headers = read_headers(options) | call_headers(options, self._defaults)
        if byte_range is not None:
            headers["range"] = str(byte_range)
        elif self._asks_for_checksums and options.get("part_number") is None:
            headers |= _CHECKSUMS
        query, timeouts = read_query(options), call_timeouts(options)
        return S3Request("GetObject", "GET", bucket, key, query, headers, timeouts=timeouts)

    async def put_object(
        self,
        bucket: str,
        key: str,
        data: Data,
        *,
        content_length: int | None = None,
        expect_continue: bool = False,
        **options: Unpack[WriteOptions],
    ) -> str:
        """Write an object of up to 5 GiB, and return its etag.

        Args:
            data: a file or a section of one can be sent again after a redirect or a broken connection.
                Another stream needs `content_length`, and is not repeated once a byte of it was taken.
            expect_continue: wait for the server's consent before the body is sent.

        Raises: AccessDenied, NoSuchBucket, PreconditionFailed, TransportError; ValueError, for a value
            that cannot stand in a header or a stream of another length; what a stream raises itself.
        Source: S3 API Reference, PutObject.
        """
        headers = {"content-type": "application/octet-stream", **write_headers(options)}
        if expect_continue:
            headers["expect"] = "100-continue"
        is_checked = self._wants_checksum(of_streams=not isinstance(data, IN_MEMORY))
        algorithm = self._defaults.checksum_algorithm if is_checked else None
        response, sent = await self._put_body(
            "PutObject",
            bucket,
            key,
            data,
            content_length,
            algorithm,
            headers=headers,
            options=options,
            # Repeated after a lost response, the condition would fail on what the first try wrote.
            repeatable="if-match" not in headers and "if-none-match" not in headers,
        )
        if sent.is_framed and not self._sender.endpoint.is_aws:
            await self._check_framing(bucket, key, sent.size)
        return xml.unquote_etag(response.headers.get("etag")) or ""

    async def _check_framing(self, bucket: str, key: str, size: int) -> None:
        """Check once that the server undid the framing of a body with a trailer; some store it.

        Raises: ChecksumMismatch, of one that does.
        """
        known = self._sender.capabilities
        if known.has(Capability.CHECKSUM_TRAILERS):
            return
        stored = (await self.head_object(bucket, key)).size
        if stored is None:
            return
        seen = f"PutObject: {size} bytes were sent with a trailer, and {stored} were stored"
        known.learn(Capability.CHECKSUM_TRAILERS, stored == size, seen)
        if stored != size:
            raise ChecksumMismatch(
                f"{self._sender.endpoint.authority} stored the framing of s3://{bucket}/{key} as part of it: "
                f"send it again without a trailer",
                operation="PutObject",
                bucket=bucket,
                key=key,
            )

    async def delete_object(
        self,
        bucket: str,
        key: str,
        *,
        version_id: str | None = None,
        must_exist: bool = False,
        if_match: str | None = None,
        bypass_governance: bool = False,
        **call: Unpack[CallOptions],
    ) -> None:
        """Delete an object, or one version of it; S3 does not mind when there is none.

        Args:
            must_exist: send a HEAD before it.
            if_match: delete only the object of this etag.
            bypass_governance: also when Object Lock holds it in governance mode.

        Raises: NoSuchKey (with `must_exist`), AccessDenied, PreconditionFailed, TransportError.
        Source: S3 API Reference, DeleteObject.
        """
        self._sender.check_writable("DeleteObject", bucket, key)
        if must_exist:
            await self.head_object(bucket, key, version_id=version_id, **call)
        headers = read_headers({"if_match": if_match})
        if bypass_governance:
            headers["x-amz-bypass-governance-retention"] = "true"
        try:
            await self._send(
                "DeleteObject",
                "DELETE",
                bucket,
                key,
                query=query(versionId=version_id),
                headers=headers,
                repeatable=if_match is None,
                options=call,
            )
        except NoSuchKey:
            if must_exist:
                raise

    async def delete_objects(
        self,
        bucket: str,
        keys: Iterable[str | tuple[str, str]],
        *,
        bypass_governance: bool = False,
        **call: Unpack[CallOptions],
    ) -> DeleteResult:
        """Delete any number of keys, or of (key, version id) pairs, in batches of 1 000.

        A key that cannot be deleted is an entry of the result's `errors`, not an exception. Keys that
        XML cannot carry are deleted one by one, and all of them where the server knows no DeleteObjects. Of
        those that the response does not mention, a HEAD tells whether they are gone.

        Raises: NoSuchBucket, AccessDenied, TransportError; what was deleted until then stays deleted, and
            is in the `partial` of what is raised, with what is left.
        Source: S3 API Reference, DeleteObjects.
        """
        pairs = [(entry, None) if isinstance(entry, str) else entry for entry in keys]
        batchable = [pair for pair in pairs if xml.is_xml_safe(pair[0])]
        single = [pair for pair in pairs if not xml.is_xml_safe(pair[0])]
        found = Deletions(dict.fromkeys(pairs))
        try:
            for start in range(0, len(batchable), _DELETE_BATCH):
                batch = batchable[start : start + _DELETE_BATCH]
                if not await self._delete_batch(bucket, batch, found, bypass_governance, call):
                    single = [*batchable[start:], *single]
                    break
            await _of_each(
                single, lambda pair: self._delete_one(bucket, pair, found, bypass_governance, call)
            )
        except S3Error as error:
            error.partial = found.result()
            raise
        return found.result()

    async def _delete_batch(
        self,
        bucket: str,
        batch: Sequence[Pair],
        found: Deletions,
        bypass_governance: bool,
        call: CallOptions,
    ) -> bool:
        """Delete keys by one DeleteObjects; return `False` when the server does not know it."""
        known = self._sender.capabilities
        if known.has(Capability.DELETE_OBJECTS) is False:
            return False
        body = xml.delete_objects_body(batch)
        headers = {"content-md5": content_md5(body), "content-type": "application/xml"}
        if bypass_governance:
            headers["x-amz-bypass-governance-retention"] = "true"
        try:
            answer, unnamed = await self._ask_to_delete(bucket, body, headers, call)
            if is_of_another_region(answer):
                self._sender.regions.forget(bucket)
                await self._learn_region(bucket)
                answer, unnamed = await self._ask_to_delete(bucket, body, headers, call)
        except ServiceError as error:
            is_unknown = error.code == "NotImplemented" or error.status in (405, 501)
            if not is_unknown or self._sender.endpoint.is_aws:
                raise
            known.learn(Capability.DELETE_OBJECTS, False, f"DeleteObjects: {error.status} {error.code}")
            return False
        except ProtocolError:
            answer, unnamed = DeleteResult(), 0  # it was sent, and its outcome is unknown
        await _of_each(
            found.take(batch, answer, unnamed),
            lambda pair: self._look_for_deleted(bucket, pair, found, call),
        )
        return True

    async def _ask_to_delete(
        self, bucket: str, body: bytes, headers: Mapping[str, str], call: CallOptions
    ) -> tuple[DeleteResult, int]:
        _, answer = await self._send(
            "DeleteObjects", "POST", bucket, query=(("delete", ""),), headers=headers, body=body, options=call
        )
        return xml.delete_result(answer)

    async def _delete_one(
        self, bucket: str, pair: Pair, found: Deletions, bypass_governance: bool, call: CallOptions
    ) -> None:
        key, version_id = pair
        try:
            await self.delete_object(
                bucket, key, version_id=version_id, bypass_governance=bypass_governance, **call
            )
        except ServiceError as error:
            found.failed(pair, error.code, error.message)
        else:
            found.is_gone(pair)

    async def _look_for_deleted(self, bucket: str, pair: Pair, found: Deletions, call: CallOptions) -> None:
        """Find out, by HEAD, whether a key is gone that a DeleteObjects response does not mention."""
        key, version_id = pair
        try:
            await self.head_object(bucket, key, version_id=version_id, **call)
        except NoSuchKey:
            found.is_gone(pair)
        except S3Error:
            found.failed(pair, "Unknown", "the server did not say whether it was deleted")
        else:
            words = "the server did not say whether it was deleted, and it is still there"
            found.failed(pair, "NotDeleted", words)


async def _of_each(pairs: Sequence[Pair], act: Callable[[Pair], Awaitable[None]]) -> None:
    """Run `act` on several keys at a time; an error is raised when those in flight are over."""
    for start in range(0, len(pairs), _AT_ONCE):
        acts = map(act, pairs[start : start + _AT_ONCE])
        for outcome in await asyncio.gather(*acts, return_exceptions=True):
            if outcome is not None:
                raise outcome

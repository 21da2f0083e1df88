"""Operations on objects: head, get, put."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Unpack

from s3tui.s3.checksum import Verifier
from s3tui.s3.errors import (
    ChecksumMismatch,
    NoSuchKey,
    TransportError,
)
from s3tui.s3.http.file_section import FileSection
from s3tui.s3.models import ByteRange, ObjectHead
from s3tui.s3.operations.links import LinkOperations
from s3tui.s3.request.file_sink import FileSink
from s3tui.s3.request.options import (
    ReadOptions,
    WriteOptions,
    call_headers,
    call_timeouts,
    read_headers,
    read_query,
    write_headers,
)
from s3tui.s3.request.payload import IN_MEMORY, Data
from s3tui.s3.request.s3_request import S3Request
from s3tui.s3.sending.capabilities import Capability
from s3tui.s3.sending.object_stream import ObjectBody
from s3tui.s3.sending.proof import MODE_HEADER
from s3tui.s3.wire import headers as response_headers
from s3tui.s3.wire import xml
from s3tui.s3.wire.redaction import sent_request

_DELETE_BATCH = 1000
_AT_ONCE = 16
"""Requests, where each is about one key."""
_CHECKSUMS = {MODE_HEADER: "ENABLED"}

_CONDITIONS = frozenset(("if-match", "if-none-match"))
_WORTH_ASKING = 1024 * 1024
"""Bytes that take longer than a round trip on most lines."""


class ObjectOperations(LinkOperations):
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
        return replace(response_headers.object_head(response.headers), request=sent_request(response.request))

    async def object_exists(self, bucket: str, key: str, **options: Unpack[ReadOptions]) -> bool:
        """Say whether the object exists.

        Raises: AccessDenied, also for a missing one when the bucket may not be listed; TransportError.
        """
        try:
            await self.head_object(bucket, key, **options)
        except NoSuchKey as error:
            error.check_given()
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
        expect_continue: bool | None = None,
        **options: Unpack[WriteOptions],
    ) -> str:
        """Write an object of up to 5 GiB, and return its etag.

        Args:
            data: a file or a section of one can be sent again after a redirect or a broken connection.
                Another stream needs `content_length`, and is not repeated once a byte of it was taken.
            expect_continue: wait for the server's consent before the body is sent; by default on AWS with
                a large body that may be refused: on a condition, or where the bucket's region is unknown.

        Raises: AccessDenied, NoSuchBucket, PreconditionFailed, TransportError; ValueError, for a value
            that cannot stand in a header or a stream of another length; what a stream raises itself.
        Source: S3 API Reference, PutObject.
        """
        headers = {"content-type": "application/octet-stream", **write_headers(options)}
        if expect_continue is None:
            expect_continue = self._pays_to_ask(bucket, data, content_length, headers)
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

    def _pays_to_ask(
        self, bucket: str, data: Data, content_length: int | None, headers: Mapping[str, str]
    ) -> bool:
        """Say whether a refusal before the body saves more than a round trip costs."""
        if not self._sender.endpoint.is_aws or isinstance(data, FileSection):
            return False  # other servers may not answer; and a file's bytes go another way
        size = len(data) if isinstance(data, bytes | bytearray) else content_length or 0
        is_in_doubt = not _CONDITIONS.isdisjoint(headers) or self._sender.known_region(bucket) is None
        return is_in_doubt and size >= _WORTH_ASKING

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

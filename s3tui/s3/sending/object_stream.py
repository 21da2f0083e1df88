"""Streaming an object's bytes, resumed when a connection breaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx

from s3tui.s3.checksum import Verifier
from s3tui.s3.errors import InvalidRange, PreconditionFailed, RangeIgnored, TransportError
from s3tui.s3.models import ByteRange, ContentRange, ObjectHead
from s3tui.s3.request.s3_request import S3Request
from s3tui.s3.sending import error_mapping
from s3tui.s3.sending.sender import Sender
from s3tui.s3.wire import headers as response_headers
from s3tui.s3.wire.xml import is_weak, quote_etag


class ObjectBody:
    """The body of a GetObject: `async for chunk in body`, once.

    `S3Client.stream_object` makes one. A chunk is the result of one read, up to 256 KiB.
    """

    head: ObjectHead
    content_range: ContentRange | None

    def __init__(self, sender: Sender, request: S3Request, byte_range: ByteRange | None) -> None:
        self._sender = sender
        self._request = request
        self._byte_range = byte_range
        self._response: httpx.Response | None = None

    async def open(self) -> None:
        """Send the request, and wait for the head of the response."""
        self._response = await self._sender.open(self._request)
        self.head = response_headers.object_head(self._response.headers)
        self.content_range = response_headers.content_range(self._response.headers)
        expected = None if self._byte_range is not None else response_headers.whole_checksum(self._response)
        self._verifier = None if expected is None else Verifier(expected)

    async def aclose(self) -> None:
        if self._response is not None:
            response, self._response = self._response, None
            await response.aclose()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        position, end, skip = self._bounds()
        is_open = self.head.size is None and self.content_range is None  # only the end of the body tells
        failures = 0
        failure: TransportError | None = None
        if position == end and self._verifier is not None:
            self._verifier.check()
        while end is None or position < end:
            if self._response is None:
                try:
                    there, skip = await self._resume(position, end)
                except InvalidRange as error:  # all of it may have come, but not that it was all
                    raise failure or error from None
                if is_open and there is not None:
                    end, is_open = min(there, end or there), False
            stream = self._response.stream if self._response is not None else None
            assert isinstance(stream, httpx.AsyncByteStream)
            try:
                async for chunk in stream:
                    if skip >= len(chunk):
                        skip -= len(chunk)
                        continue
                    data = chunk[skip:] if end is None else chunk[skip : skip + end - position]
                    skip, failures = 0, 0
                    position += len(data)
                    if self._verifier is not None:
                        self._verifier.update(data)
                        if position == end:
                            self._verifier.check()
                    yield data
                    if position == end:
                        return
                if is_open and not skip:
                    if self._verifier is not None:
                        self._verifier.check()
                    return
                failure = self._cut_short((end or position) - position)
            except httpx.TransportError as error:
                failure = error_mapping.transport_error(self._request, self._sender.endpoint, error)
            await self.aclose()
            failures += 1  # in a row: each byte that came counts as a success
            if failures >= self._sender.policy.attempts or self.head.etag is None:
                raise failure
            await asyncio.sleep(self._sender.policy.delay_s(failures))

    def _bounds(self) -> tuple[int, int | None, int]:
        """Return where the wanted bytes begin and end in the object, and how many received bytes to skip.

        The end is `None` where only that of the body tells; what it may tell even where a range ends.
        """
        size, span, wanted = self.head.size, self.content_range, self._byte_range
        if span is not None:
            return span.first, span.last + 1, 0
        if wanted is None:
            return 0, size, 0
        # The server ignored the range and sends the whole object.
        if wanted.suffix is not None:
            if size is None:
                raise self._no_suffix()
            return max(0, size - wanted.suffix), size, max(0, size - wanted.suffix)
        first, end = wanted.first or 0, None if wanted.last is None else wanted.last + 1
        ends = [each for each in (end, size) if each is not None]
        return first, min(ends, default=None), first

    async def _resume(self, position: int, end: int | None) -> tuple[int | None, int]:
        """Request the rest, if the object is still the same.

        Returns: where the rest ends, `None` where nothing says so; and how many received bytes to skip.
        """
        etag = self.head.etag
        assert etag is not None
        headers = {
            **self._request.headers,
            "range": str(ByteRange(first=position, last=None if end is None else end - 1)),
            "if-match": quote_etag(etag),
        }
        if is_weak(etag):  # the response is compared
            del headers["if-match"]
        self._response = await self._sender.open(replace(self._request, headers=headers))
        head = response_headers.object_head(self._response.headers)
        # not every product obeys If-Match
        if head.etag != etag or response_headers.is_another(head, self.head):
            raise PreconditionFailed(
                f"s3://{self._request.bucket}/{self._request.key} changed while it was read",
                code="PreconditionFailed",
                status=412,
                operation=self._request.operation,
                bucket=self._request.bucket,
                key=self._request.key,
            )
        span = response_headers.content_range(self._response.headers)
        first = 0 if span is None else span.first
        if first > position:
            raise self._cut_short(0)
        return head.size if span is None else span.last + 1, position - first

    def _no_suffix(self) -> RangeIgnored:
        return RangeIgnored(
            "the server sends the whole object, and does not say how long it is: its end cannot be told",
            operation=self._request.operation,
            bucket=self._request.bucket,
            key=self._request.key,
        )

    def _cut_short(self, missing: int) -> TransportError:
        return TransportError(
            f"{self._sender.endpoint.authority} ended the body {missing or 'some'} bytes too early",
            operation=self._request.operation,
            bucket=self._request.bucket,
            key=self._request.key,
        )

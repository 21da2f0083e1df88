"""The relay of a copy: an object's bytes through this machine's memory, a chunk at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from s3tui.s3.checksum import Hasher
from s3tui.s3.client import S3Client
from s3tui.s3.models import ByteRange, ObjectHead
from s3tui.s3.sending.object_stream import ObjectBody
from s3tui.transfer.download.ranged_get import StartOver, check_same, overlong, truncated
from s3tui.transfer.scheduling.progress import ProgressMeter
from s3tui.transfer.scheduling.rate_limiter import Throttle
from s3tui.transfer.upload.request_body import RequestBody, send

T = TypeVar("T")


class SourceObjectChanged(Exception):
    """The source of a copy changed since the copy began."""


@dataclass(frozen=True, slots=True)
class SourceObject:
    """The source of a copy: one state of an object."""

    client: S3Client
    bucket: str
    key: str
    version_id: str | None
    head: ObjectHead

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


class RelayedBody(RequestBody):
    """The body of a GET as the body of a PUT.

    Args:
        hasher: is given the bytes as they pass.
    """

    def __init__(
        self,
        key: str,
        length: int | None,
        body: ObjectBody,
        meter: ProgressMeter,
        throttle: Throttle,
        hasher: Hasher | None,
    ) -> None:
        super().__init__(length, meter, throttle)
        self.head = body.head
        self.hasher = hasher
        self._key = key
        self._came = 0
        self._chunks = aiter(body)

    async def _next(self) -> bytes:
        """Return the next chunk.

        Raises: TransferError, when more or less comes than has to.
        """
        try:
            chunk = await anext(self._chunks)
        except StopAsyncIteration:
            if self.length is not None and self._came < self.length:
                raise truncated(self._key) from None
            raise
        self._came += len(chunk)
        if self.length is not None and self._came > self.length:
            raise overlong(self._key)
        if self.hasher is not None:
            self.hasher.update(chunk)
        return chunk

    async def drain(self) -> None:
        """Read the rest without sending it."""
        async for _ in self:
            pass


async def relay(
    source: SourceObject,
    byte_range: ByteRange | None,
    meter: ProgressMeter,
    throttle: Throttle,
    request: Callable[[RelayedBody], Awaitable[T]],
    *,
    hasher: Callable[[], Hasher | None] = lambda: None,
) -> T:
    """Send an object's bytes on: see `send`.

    Args:
        hasher: makes one for each try.

    Raises: what `request` or reading raises; SourceObjectChanged.
    """

    @asynccontextmanager
    async def begin(_: int) -> AsyncIterator[RelayedBody]:
        async with source.client.stream_object(
            source.bucket,
            source.key,
            byte_range=byte_range,
            version_id=source.version_id,
            if_match=source.head.etag,
        ) as incoming:
            check_unchanged(source, incoming.head)
            length = _length_of(byte_range, incoming.head, source.head)
            yield RelayedBody(source.key, length, incoming, meter, throttle, hasher())

    return await send(begin, request)


def check_unchanged(source: SourceObject, now: ObjectHead) -> None:
    """Compare the source with what it was when the copy began: not every product obeys If-Match.

    Raises: SourceObjectChanged; TransferError.
    """
    try:
        check_same(source.head, now, source.key)
    except StartOver:
        raise SourceObjectChanged from None


def _length_of(byte_range: ByteRange | None, now: ObjectHead, known: ObjectHead) -> int | None:
    if byte_range is not None and byte_range.last is not None:
        return byte_range.last + 1 - (byte_range.first or 0)
    return known.size if now.size is None else now.size

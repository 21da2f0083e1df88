"""An object's bytes from one endpoint to another, through this machine's memory: a chunk at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from s3tui.s3.checksum import Hasher
from s3tui.s3.client import S3Client
from s3tui.s3.models import ByteRange, ObjectHead
from s3tui.s3.request.object_stream import ObjectBody
from s3tui.s3.retry import Attempts
from s3tui.transfer.download.ranged_get import StartOver, check_same, overlong, truncated
from s3tui.transfer.errors import first_cause, interrupted, is_foreign_cancellation, is_passing
from s3tui.transfer.scheduling.progress import ProgressMeter
from s3tui.transfer.scheduling.rate_limiter import Throttle

T = TypeVar("T")


class SourceObjectChanged(Exception):
    """The object to be copied is not the one any more that the copy began with."""


@dataclass(frozen=True, slots=True)
class SourceObject:
    """What is copied: one state of an object."""

    client: S3Client
    bucket: str
    key: str
    version_id: str | None
    head: ObjectHead

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


class RelayedBody:
    """The body of a GET as the body of a PUT; iterated once. Counts what the target took."""

    def __init__(
        self,
        key: str,
        length: int | None,
        body: ObjectBody,
        meter: ProgressMeter,
        throttle: Throttle,
        hasher: Hasher | None,
    ) -> None:
        self.length = length
        """How many bytes have to come, `None` where only their end tells."""
        self.failure: Exception | None = None
        """What went wrong on the source's side; the target only sees that the body ended."""
        self._key = key
        self._came = 0
        self._chunks = aiter(body)
        self._meter = meter
        self._throttle = throttle
        self._hasher = hasher
        self._counted = 0
        self._pending = 0

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        self.count()
        try:
            chunk = await self._next()
        except StopAsyncIteration:
            raise
        except Exception as error:
            self.failure = error
            raise
        if self._hasher is not None:
            self._hasher.update(chunk)
        await self._throttle.passed(len(chunk))
        self._pending = len(chunk)
        return chunk

    async def _next(self) -> bytes:
        """Raises: TransferError, when more or less comes than has to."""
        try:
            chunk = await anext(self._chunks)
        except StopAsyncIteration:
            if self.length is not None and self._came < self.length:
                raise truncated(self._key) from None
            raise
        self._came += len(chunk)
        if self.length is not None and self._came > self.length:
            raise overlong(self._key)
        return chunk

    async def drain(self) -> None:
        """Read what nobody sends on."""
        async for _ in self:
            pass

    def count(self) -> None:
        self._meter.moved(self._pending)
        self._counted += self._pending
        self._pending = 0

    def take_back(self) -> None:
        self._meter.moved(-self._counted)
        self._counted = self._pending = 0


async def relay(
    source: SourceObject,
    byte_range: ByteRange | None,
    meter: ProgressMeter,
    throttle: Throttle,
    request: Callable[[ObjectHead, RelayedBody], Awaitable[T]],
    *,
    hasher: Callable[[], Hasher | None] = lambda: None,
) -> tuple[T, Hasher | None]:
    """Await `request(head, body)`, again and again while that may help; return its answer.

    Args:
        hasher: makes one for each try; that of the try that got through is returned.

    Raises: what `request` or reading raises; SourceObjectChanged.
    """
    attempts = Attempts()
    while True:
        body: RelayedBody | None = None
        hashed = hasher()
        try:
            async with source.client.stream_object(
                source.bucket,
                source.key,
                byte_range=byte_range,
                version_id=source.version_id,
                if_match=source.head.etag,
            ) as incoming:
                check_unchanged(source, incoming.head)
                length = _length_of(byte_range, incoming.head, source.head)
                body = RelayedBody(source.key, length, incoming, meter, throttle, hashed)
                answer = await request(incoming.head, body)
                body.count()
                return answer, hashed
        except BaseException as error:
            cause: BaseException = first_cause(error)
            if body is not None:
                body.take_back()
                cause = body.failure or cause
            failure = interrupted() if is_foreign_cancellation(cause) else cause
            delay_s = attempts.next_delay_s(failure) if is_passing(failure) else None
            if delay_s is None:
                raise failure from cause.__cause__
        await asyncio.sleep(delay_s)


def check_unchanged(source: SourceObject, now: ObjectHead) -> None:
    """Raises: SourceObjectChanged, as not every product obeys If-Match; TransferError."""
    try:
        check_same(source.head, now, source.key)
    except StartOver:
        raise SourceObjectChanged from None


def _length_of(byte_range: ByteRange | None, now: ObjectHead, known: ObjectHead) -> int | None:
    if byte_range is not None and byte_range.last is not None:
        return byte_range.last + 1 - (byte_range.first or 0)
    return known.size if now.size is None else now.size

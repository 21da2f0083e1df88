"""Request bodies: counted as the connection takes them, and made anew where it broke."""

from __future__ import annotations

import asyncio
import hashlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

from s3tui.s3.retries import Attempts
from s3tui.transfer.errors import first_cause, interrupted, is_foreign_cancellation, is_passing
from s3tui.transfer.scheduling.progress import ProgressMeter
from s3tui.transfer.scheduling.rate_limiter import Throttle
from s3tui.transfer.threads import in_thread
from s3tui.transfer.upload.local_file import SourceFile

_READ = 256 * 1024


class RequestBody(ABC):
    """A body of `length` bytes, a chunk at a time; iterated once. Counts what the connection took."""

    def __init__(self, length: int | None, meter: ProgressMeter, throttle: Throttle) -> None:
        self.length = length
        """The number of bytes that have to come, `None` where only their end tells."""
        self.failure: Exception | None = None
        """The error on the source's side; a client only sees that the body ended."""
        self._meter = meter
        self._throttle = throttle
        self._counted = 0
        self._pending = 0

    @abstractmethod
    async def _next(self) -> bytes:
        """Return the next chunk. Raises: StopAsyncIteration, at the end; what reading raises."""

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
        if self._throttle.is_on:
            await self._throttle.passed(len(chunk))
        self._pending = len(chunk)
        return chunk

    def count(self) -> None:
        self._meter.moved(self._pending)
        self._counted += self._pending
        self._pending = 0

    def take_back(self) -> None:
        self._meter.moved(-self._counted)
        self._counted = self._pending = 0


class SourceFileBody(RequestBody):
    """The body of `length` bytes of a file from `offset`.

    The last chunk is only sent when the file is still what it was, so a request with a body of mixed states
    is never completed.
    """

    def __init__(
        self, source: SourceFile, offset: int, length: int, meter: ProgressMeter, throttle: Throttle
    ) -> None:
        super().__init__(length, meter, throttle)
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._unhashed = b""
        self.is_in_memory = False
        """All of it was taken at once."""
        self._source = source
        self._offset = offset
        self._end = offset + length

    async def _next(self) -> bytes:
        if self._offset == self._end:
            raise StopAsyncIteration
        chunk = await in_thread(self._read)
        self._offset += len(chunk)
        return chunk

    def md5(self) -> str:
        """Return the MD5 of the bytes that were sent; of those in memory it is computed only now."""
        self._md5.update(self._unhashed)
        self._unhashed = b""
        return self._md5.hexdigest()

    def take_all(self) -> bytes | None:
        """Return all of it at once, instead of being iterated, where the source is loaded."""
        content = self._source.content
        if content is None or self._throttle.is_on or len(content) != self.length:
            return None
        self._unhashed, self.is_in_memory = content, True
        self._offset, self._pending = self._end, self.length
        return content

    def _read(self) -> bytes:
        size = min(self._throttle.chunk(_READ), self._end - self._offset)
        chunk = self._source.read(size, self._offset)
        self._md5.update(chunk)
        if self._offset + len(chunk) == self._end:
            self._source.check()
        return chunk


T = TypeVar("T")
B = TypeVar("B", bound=RequestBody)


async def send(
    begin: Callable[[int], AbstractAsyncContextManager[B]], request: Callable[[B], Awaitable[T]]
) -> T:
    """Await `request(body)`, with a new body after each temporary failure; return its result.

    The client itself repeats what can be repeated as it is; a body that was begun needs to be made anew.

    Args:
        begin: makes the body of a try, by the number of the try: the first is 0.

    Raises: what `begin`, `request` or reading the body raises; of the source's side rather than of the
        target's.
    """
    attempts, number = Attempts(), 0
    while True:
        body: B | None = None
        try:
            async with begin(number) as body:
                answer = await request(body)
                body.count()
                return answer
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
        number += 1


async def send_file(
    source: SourceFile,
    offset: int,
    length: int,
    meter: ProgressMeter,
    throttle: Throttle,
    request: Callable[[SourceFileBody], Awaitable[T]],
) -> T:
    """Send a section of a file: see `send`.

    Raises: what `request` raises; TransferError, when the source changed.
    """

    @asynccontextmanager
    async def begin(number: int) -> AsyncIterator[SourceFileBody]:
        if number:
            await in_thread(source.check)
        yield SourceFileBody(source, offset, length, meter, throttle)

    return await send(begin, request)

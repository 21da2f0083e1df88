"""A piece of a file as the body of a request, sent again when it broke off on its way."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from s3tui.s3.retry import Attempts
from s3tui.transfer.errors import TransferError, interrupted, is_foreign_cancellation, is_passing
from s3tui.transfer.scheduling.progress import ProgressMeter
from s3tui.transfer.scheduling.rate_limiter import Throttle
from s3tui.transfer.threads import in_thread
from s3tui.transfer.upload.local_file import SourceFile

T = TypeVar("T")
_READ = 256 * 1024


class Body:
    """`length` bytes of `source` from `offset`, a chunk at a time; iterated once.

    Counts what the connection took. The last chunk is only given away when the source is still what it
    was, so a request with a body of mixed ages is never completed.
    """

    def __init__(
        self, source: SourceFile, offset: int, length: int, meter: ProgressMeter, throttle: Throttle
    ) -> None:
        self.length = length
        self.failure: TransferError | OSError | None = None
        """What went wrong on our side; a client only sees that the body ended."""
        self.md5 = hashlib.md5(usedforsecurity=False)
        """Of what was given away."""
        self._source = source
        self._offset = offset
        self._end = offset + length
        self._meter = meter
        self._throttle = throttle
        self._counted = 0
        self._pending = 0

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        self.count()
        if self._offset == self._end:
            raise StopAsyncIteration
        try:
            chunk = await in_thread(self._read)
        except (TransferError, OSError) as error:
            self.failure = error
            raise
        self._offset += len(chunk)
        if self._throttle.is_on:
            await self._throttle.passed(len(chunk))
        self._pending = len(chunk)
        return chunk

    def take_all(self) -> bytes | None:
        """Return all of it at once, instead of being iterated, where the source is loaded."""
        content = self._source.content
        if content is None or self._throttle.is_on or len(content) != self.length:
            return None
        self.md5.update(content)
        self._offset, self._pending = self._end, self.length
        return content

    def _read(self) -> bytes:
        size = min(self._throttle.chunk(_READ), self._end - self._offset)
        chunk = self._source.read(size, self._offset)
        self.md5.update(chunk)
        if self._offset + len(chunk) == self._end:
            self._source.check()
        return chunk

    def count(self) -> None:
        self._meter.moved(self._pending)
        self._counted += self._pending
        self._pending = 0

    def take_back(self) -> None:
        self._meter.moved(-self._counted)
        self._counted = self._pending = 0


async def send(
    source: SourceFile,
    offset: int,
    length: int,
    meter: ProgressMeter,
    throttle: Throttle,
    request: Callable[[Body], Awaitable[T]],
) -> T:
    """Await `request(body)`, again and again while that may help; return its answer.

    The client itself repeats what can be repeated as it is; a body that was begun needs to be made anew.

    Raises: what `request` raises; TransferError, when the source changed.
    """
    attempts = Attempts()
    while True:
        body = Body(source, offset, length, meter, throttle)
        try:
            answer = await request(body)
        except BaseException as error:
            body.take_back()
            if body.failure is not None:
                raise body.failure from error
            failure = interrupted() if is_foreign_cancellation(error) else error
            delay_s = attempts.next_delay_s(failure) if is_passing(failure) else None
            if delay_s is None:
                raise failure from error.__cause__
        else:
            body.count()
            return answer
        await asyncio.sleep(delay_s)
        await in_thread(source.check)

"""Ranged GETs, which fill the part file of a download."""

from __future__ import annotations

import asyncio

from s3tui.s3.client import ObjectBody
from s3tui.s3.errors import RangeIgnored
from s3tui.s3.models import ByteRange, ObjectHead
from s3tui.s3.wire.headers import is_another
from s3tui.transfer.download.part_file import PartFile, at_target
from s3tui.transfer.download.ranges import Span
from s3tui.transfer.errors import TransferError
from s3tui.transfer.integrity.part_plan import IN_THREADS_FROM
from s3tui.transfer.integrity.verify import StoredObject
from s3tui.transfer.journal.record import ObjectRecord
from s3tui.transfer.resources import Resources
from s3tui.transfer.scheduling.capacity import run_workers
from s3tui.transfer.scheduling.progress import ProgressMeter
from s3tui.transfer.scheduling.thread_progress import ThreadProgressMeter
from s3tui.transfer.threads import in_thread

SIZES_DISAGREE = "SizesDisagree"
_WRITE = 1024 * 1024
_WRITE_AFTER_S = 0.2  # a slow body is written, and counted, before a whole block is there


class StartOver(Exception):
    """The download has to start over; the message says why, for the case that it happens again."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.failure = TransferError(message, code)


class RangesIgnored(Exception):
    """The server ignores Range, and sends the whole object."""


class Fetching:
    """Fills the `spans` of a part file; they tell how far it came, also when it was cancelled.

    Args:
        at_once: a span may come in several requests, or by a thread; else it is one request, as it must be
            where the server knows no ranges.
    """

    def __init__(
        self,
        stored: StoredObject,
        part: PartFile,
        spans: list[Span],
        meter: ProgressMeter,
        object_record: ObjectRecord,
        resources: Resources,
        *,
        at_once: bool,
    ) -> None:
        self._stored = stored
        self._part = part
        self._spans = spans
        self._meter = meter
        self._object_record = object_record
        self._resources = resources
        self._throttle = resources.throttle
        self._at_once = at_once

    async def fetch_missing(self) -> None:
        """Fetch all spans that are not done.

        Raises: StartOver, RangesIgnored, TransferError, S3Error; OSError, which names the folder.
        """
        todo = [(index, span) for index, span in enumerate(self._spans) if not span.is_done]
        left = iter(todo)

        async def fetch_some() -> None:
            for index, span in left:
                async with self._resources.parts:
                    with self._meter.part(index):
                        await self._fetch(span)

        await run_workers(self._resources.parts, fetch_some, most=len(todo))

    async def fill(self, span: Span, body: ObjectBody, count: int | None) -> None:
        """Write the next `count` bytes of a span, which are what `body` holds; `None`: whatever it holds.

        Raises: TransferError, when it holds more or less.
        """
        clock = asyncio.get_running_loop().time
        until = None if count is None else span.written + count
        chunks: list[bytes] = []
        held, since = 0, clock()
        async for chunk in body:
            chunks.append(chunk)
            held += len(chunk)
            if until is not None and span.written + held > until:
                raise overlong(self._stored.key)
            if self._throttle.is_on:
                await self._throttle.passed(len(chunk))
            if held >= _WRITE or clock() - since >= _WRITE_AFTER_S:
                await self._flush(chunks, span)
                chunks, held, since = [], 0, clock()
        if chunks:
            await self._flush(chunks, span)
        if until is not None and span.written < until:
            raise truncated(self._stored.key)

    async def _fetch(self, span: Span) -> None:
        throttle = self._throttle
        await in_thread(self._part.reserve, span.first + span.written, span.size - span.written)
        if self._at_once and throttle.allows_blocks and span.size - span.written >= IN_THREADS_FROM:
            await self._fetch_in_thread(span)
            return
        while not span.is_done:
            left = span.size - span.written
            await self._fetch_stretch(span, throttle.stretch(left) if self._at_once else left)

    async def _fetch_stretch(self, span: Span, count: int) -> None:
        """Fetch the next `count` bytes of a range."""
        stored = self._stored
        first = span.first + span.written
        async with stored.client.stream_object(
            stored.bucket,
            stored.key,
            byte_range=None if count == stored.head.size else ByteRange(first=first, last=first + count - 1),
            version_id=stored.version_id,
            if_match=stored.if_match,
        ) as body:
            check_same(stored.head, body.head, stored.key)
            is_part = len(self._spans) > 1 or span.written + count < span.size
            # Of a whole object of unknown length, the rest would be cut off where it should end.
            is_unsized_rest = span.written > 0 and body.head.size is None
            if body.content_range is None and (is_part or is_unsized_rest):
                raise RangesIgnored
            await self.fill(span, body, count)

    async def _fetch_in_thread(self, span: Span) -> None:
        stored = self._stored
        meter = ThreadProgressMeter(self._meter, self._throttle)
        first = span.first + span.written

        def moved(count: int) -> None:
            span.written += count
            self._object_record.progressed()
            meter.moved(count)

        try:
            head = await stored.client.get_object_to_file(
                stored.bucket,
                stored.key,
                fd=self._part.fd,
                offset=first,
                byte_range=ByteRange(first=first, last=span.first + span.size - 1),
                observe=moved,
                version_id=stored.version_id,
                if_match=stored.if_match,
            )
        except RangeIgnored:
            raise RangesIgnored from None
        except OSError as error:
            raise at_target(error, self._part.target) from error
        finally:
            meter.settle()
        check_same(stored.head, head, stored.key)

    async def _flush(self, chunks: list[bytes], span: Span) -> None:
        before = span.written
        try:
            await in_thread(self._write, chunks, span)
        finally:
            self._meter.moved(span.written - before)  # also when cancelled: the thread has done its work
            self._object_record.progressed()

    def _write(self, chunks: list[bytes], span: Span) -> None:
        data = b"".join(chunks)
        self._part.write(data, span.first + span.written)
        span.written += len(data)
        span.size = max(span.size, span.written)  # of a body whose length nobody said


def check_same(known: ObjectHead, now: ObjectHead, key: str) -> None:
    """Compare an answer with what is known of the object: not all servers obey If-Match.

    Raises: StartOver, when it is another object by now; TransferError, when answers disagree on its size.
    """
    if not is_another(known, now):
        return
    if known.etag is not None and known.etag == now.etag:
        raise disagreeing(key)
    raise changed(key)


def disagreeing(key: str) -> TransferError:
    said = f"the server's answers disagree on how long {key} is, and none of them was kept"
    return TransferError(f"{said}: list it anew, or ask who runs the server", SIZES_DISAGREE)


def overlong(key: str) -> TransferError:
    return TransferError(f"{key} came longer than the server said that it is: retry", "Truncated")


def truncated(key: str) -> TransferError:
    return TransferError(f"{key} came shorter than announced: retry", "Truncated")


def changed(key: str) -> StartOver:
    return StartOver(
        f"{key} keeps changing while it is being downloaded: retry when it is at rest", "ObjectChanged"
    )

"""One file on its way to one object: in one request, or in parts when it is large.

Every upload in parts that was opened is completed or aborted; while a transfer is paused it stays
open, and what was sent is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from s3tui.s3.client import S3Client
from s3tui.s3.errors import AccessDenied, NoSuchKey, PreconditionFailed, S3Error, ServiceError
from s3tui.s3.multipart import MultipartUpload
from s3tui.transfer import open_upload
from s3tui.transfer.conflicts import Decision, decide
from s3tui.transfer.content_types import guess_content_type
from s3tui.transfer.disk import in_thread, see_through
from s3tui.transfer.failures import TransferError, first_cause, target_exists
from s3tui.transfer.lanes import Lanes
from s3tui.transfer.models import Conflict, Side
from s3tui.transfer.names import numbered
from s3tui.transfer.parts_upload import PartsUpload
from s3tui.transfer.plan import IN_PARTS_FROM, MAX_OBJECT, plan_parts
from s3tui.transfer.record import Piece, Record
from s3tui.transfer.recovery import CLOCKS_DIFFER_S
from s3tui.transfer.sending import Body, send
from s3tui.transfer.source import SourceFile
from s3tui.transfer.tally import Meter

_CLEAN_UP_S = 10.0
_TRIES = 3
_NUMBERS = 10_000


class ObjectUpload:
    """Moves one file; `run` may be called again after it was cancelled, and then goes on."""

    def __init__(
        self,
        source: Path,
        bucket: str,
        key: str,
        meter: Meter,
        *,
        conflict: Conflict,
        content_type: str | None = None,
        follow_links: bool = True,
        piece: Piece | None = None,
    ) -> None:
        self._piece = piece or Record().piece(key)
        self._path = source
        self._bucket = bucket
        self._key = key
        self._meter = meter
        self.conflict = conflict
        self._content_type = content_type or guess_content_type(source.name)
        self._follow_links = follow_links
        self._source: SourceFile | None = None
        self._in_parts: PartsUpload | None = None
        self._key_is_free = True
        self._put_to: str | None = None
        """Where an earlier run sent it, without learning whether it got there."""

    async def run(self, client: S3Client, lanes: Lanes) -> str | None:
        """Return where the file went; `None`, when it was skipped."""
        try:
            source = await self._open_source()
            key = await self._place(client, lanes, source)
        except BaseExceptionGroup as group:
            raise first_cause(group) from None
        finally:
            self._close_source()
        if key is None:
            self._meter.skipped()
        else:
            self._meter.finished()
        open_upload.finish(self._piece)
        return None if key is None else self._uri(key)

    async def discard(self) -> None:
        """Leave nothing behind at S3, unless it is complete."""
        self._meter.take_back()
        if self._in_parts is not None:
            with suppress(S3Error, TimeoutError):  # what cannot be reached cannot be tidied either
                async with asyncio.timeout(_CLEAN_UP_S):
                    await self._in_parts.abort()
                    await open_upload.withdraw(self._piece)
            self._in_parts = None  # not when cancelled: the next call aborts it

    async def _open_source(self) -> SourceFile:
        await in_thread(self._open)
        assert self._source is not None
        if self._source.size > MAX_OBJECT:
            raise TransferError(f"{self._path} is larger than S3 can hold: 5 TiB at most", "EntityTooLarge")
        self._meter.sized(self._source.size)
        if self._in_parts is not None and self._in_parts.fingerprint != self._source.fingerprint:
            await self.discard()
            self._notice_change()
        return self._source

    def _open(self) -> None:
        self._source = SourceFile(self._path, follow_links=self._follow_links)

    def _close_source(self) -> None:
        source, self._source = self._source, None
        if source is not None:
            source.close()

    async def _place(self, client: S3Client, lanes: Lanes, source: SourceFile) -> str | None:
        """Send the file to the first key that is free; return that key, `None` to skip."""
        if self._piece.again and (written := await self._recover(client, source)) is not None:
            return written
        if self._put_to is not None and await self._was_written(client, source, self._put_to):
            return self._put_to
        for _ in range(_TRIES):
            key = self._in_parts.key if self._in_parts is not None else await self._find_key(client, source)
            if key is None:
                return None
            try:
                if source.size < IN_PARTS_FROM:
                    await self._put(client, lanes, source, key)
                else:
                    await self._put_in_parts(client, lanes, source, key)
            except PreconditionFailed:  # somebody took the name this instant
                await self.discard()
                if self.conflict is Conflict.SKIP:
                    return None
                if self.conflict is not Conflict.KEEP_BOTH:
                    break
            else:
                return key
        raise target_exists(self._uri(self._key))

    async def _recover(self, client: S3Client, source: SourceFile) -> str | None:
        """Take up what an earlier process left; return the key, when that had already brought it there."""
        piece = self._piece
        piece.again = False
        key = open_upload.key_of(piece)
        if key is None:
            return await self._written_before(client, source) if source.size < IN_PARTS_FROM else None
        upload = await open_upload.take_up(client, self._bucket, piece)
        if upload is not None and piece.facts["source"] == list(source.fingerprint):
            self._in_parts = PartsUpload(upload, source, open_upload.plan_of(piece), self._meter)
            return None
        if upload is not None:
            self._notice_change()
            await upload.abort()
        elif await open_upload.was_completed(client, self._bucket, piece):
            self._meter.moved(source.size)
            return key
        await open_upload.withdraw(piece)
        return None

    async def _written_before(self, client: S3Client, source: SourceFile) -> str | None:
        """Return the key that an earlier process may have written to before it died, if it did."""
        for number in range(_NUMBERS if self.conflict is Conflict.KEEP_BOTH else 1):
            key = numbered(self._key, number) if number else self._key
            try:
                head = await client.head_object(self._bucket, key)
            except (AccessDenied, NoSuchKey):
                return None
            written = self._piece.began_at if head.last_modified is None else head.last_modified.timestamp()
            if written >= self._piece.began_at - CLOCKS_DIFFER_S and await self._was_written(
                client, source, key
            ):
                return key
        return None

    def _notice_change(self) -> None:
        self._meter.notice(f"{self._path.name} changed since: its upload started over")

    async def _find_key(self, client: S3Client, source: SourceFile) -> str | None:
        if self.conflict is Conflict.OVERWRITE:
            return self._key
        there = await self._look_at(client, self._key)
        match decide(self.conflict, there, Side(str(self._path), source.size, source.modified)):
            case Decision.PROCEED:
                return self._key
            case Decision.SKIP:
                return None
        for number in range(1, _NUMBERS):
            key = numbered(self._key, number)
            if await self._look_at(client, key) is None:
                return key
        raise target_exists(self._uri(self._key))

    async def _look_at(self, client: S3Client, key: str) -> Side | None:
        self._key_is_free = True
        try:
            head = await client.head_object(self._bucket, key)
        except NoSuchKey:
            return None
        except AccessDenied:  # may write, but not look: If-None-Match has to do
            self._key_is_free = False
            return None
        return Side(self._uri(key), head.size, head.last_modified, head.etag)

    async def _put(self, client: S3Client, lanes: Lanes, source: SourceFile, key: str) -> None:
        async def write(if_none_match: str | None) -> None:
            async def request(body: Body) -> str:
                return await client.put_object(
                    self._bucket,
                    key,
                    body if body.length else b"",
                    content_length=body.length,
                    content_type=self._content_type,
                    if_none_match=if_none_match,
                )

            self._put_to = key
            try:
                await send(source, 0, source.size, self._meter, lanes.throttle, request)
            except PreconditionFailed:
                if not await self._was_written(client, source, key):
                    raise

        await self._write_if_free(write)

    async def _was_written(self, client: S3Client, source: SourceFile, key: str) -> bool:
        """Say whether it was an earlier try of ours, whose answer was lost, that took the key."""
        try:
            head = await client.head_object(self._bucket, key)
        except (AccessDenied, NoSuchKey):
            return False
        if head.size != source.size or head.etag != await in_thread(source.md5):
            return False
        self._meter.moved(source.size)
        return True

    async def _put_in_parts(self, client: S3Client, lanes: Lanes, source: SourceFile, key: str) -> None:
        if self._in_parts is None:
            # Cancelled before the answer, it would leave an upload behind that nobody knows the id of.
            await see_through(self._open_parts(client, source, key), patience_s=_CLEAN_UP_S)
        assert self._in_parts is not None
        await self._in_parts.send_missing(source, lanes)
        self._in_parts.check_complete()
        upload = self._in_parts.upload

        async def complete(if_none_match: str | None) -> None:
            await open_upload.complete(client, self._piece, upload, if_none_match)

        await self._write_if_free(complete)
        self._in_parts = None

    async def _open_parts(self, client: S3Client, source: SourceFile, key: str) -> None:
        async def start() -> MultipartUpload:
            return await client.begin_upload(self._bucket, key, content_type=self._content_type)

        plan = plan_parts(source.size)
        upload = await open_upload.begin(self._piece, key, start, plan, source.fingerprint)
        self._in_parts = PartsUpload(upload, source, plan, self._meter)

    async def _write_if_free(self, write: Callable[[str | None], Awaitable[None]]) -> None:
        """Await `write` with the If-None-Match that the policy asks for, where the server knows it."""
        if self.conflict is Conflict.OVERWRITE:
            return await write(None)
        try:
            await write("*")
        except ServiceError as error:
            if error.status not in (400, 501):
                raise
            if not self._key_is_free:
                raise TransferError(
                    f"whether {self._uri(self._key)} exists cannot be known: reading it is refused, "
                    "and the server knows no conditional writes",
                    "UnknownTarget",
                ) from error
            await write(None)  # that nothing was there a moment ago is all that can be known

    def _uri(self, key: str) -> str:
        return f"s3://{self._bucket}/{key}"

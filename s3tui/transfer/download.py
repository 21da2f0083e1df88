"""One object on its way to one file.

The object is pinned by its etag when the first answer names it; should it change underway, the
download starts over, once. What was written is kept while a transfer is paused.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from s3tui.s3.client import ObjectBody, S3Client
from s3tui.s3.errors import ChecksumMismatch, PreconditionFailed, ServiceError
from s3tui.s3.models import ObjectHead
from s3tui.transfer.conflicts import Decision, decide, needs_both_sides
from s3tui.transfer.disk import (
    PartFile,
    in_thread,
    look_at,
    make_folder,
    remove_part,
    see_through,
    written_since,
)
from s3tui.transfer.failures import TransferError, first_cause
from s3tui.transfer.fetching import Fetching, RangesIgnored, StartOver, changed, truncated
from s3tui.transfer.lanes import Lanes
from s3tui.transfer.models import Conflict, Side
from s3tui.transfer.plan import IN_PARTS_FROM, SMALL, plan_ranges
from s3tui.transfer.record import Piece, Record
from s3tui.transfer.spans import Span, boot_id, cut, facts_of, front_of, progress_of, spans_of
from s3tui.transfer.tally import Meter
from s3tui.transfer.throttle import Throttle
from s3tui.transfer.verify import FileCheck, StoredObject, Verdict, check_file, is_provable, prove

_TRIES = 2
_LOOK_S = 0.02


class ObjectDownload:
    """Moves one object; `run` may be called again after it was cancelled, and then goes on.

    Args:
        root: the folder that nothing may lead out of; `target` lies in it. Both are made.
        size: as a listing has it; `None` costs one more round trip.
        piece: what the journal keeps of it.
    """

    def __init__(
        self,
        bucket: str,
        key: str,
        root: Path,
        target: Path,
        meter: Meter,
        *,
        conflict: Conflict,
        version_id: str | None = None,
        size: int | None = None,
        piece: Piece | None = None,
    ) -> None:
        self._bucket = bucket
        self._key = key
        self._root = root
        self._target = target
        self._meter = meter
        self.conflict = conflict
        self._version_id = version_id
        self._size = size
        self._piece = piece or Record().piece(key)
        self._may_have_left = self._piece.again
        self._at_once = True
        self._head = ObjectHead(0)
        self._part: PartFile | None = None
        self._ranges: list[Span] = []
        self._check: FileCheck | None = None
        self._is_over = False
        self._published: Path | None = None

    async def run(self, client: S3Client, lanes: Lanes) -> str | None:
        """Return where the object went; `None`, when it was skipped."""
        if self._is_over or await self._was_published(client):  # paused or killed the moment it was
            return self._conclude()
        if self._part is None and not await self._may_begin(client, lanes):
            await self.discard()
            self._meter.skipped()
            return None
        failure: TransferError | None = None
        for _ in range(_TRIES):
            try:
                return await self._publish(client, lanes, await self._fetch_followed(client, lanes))
            except Exception as error:
                failure = self._worth_starting_over(first_cause(error))
            await self.discard()
        assert failure is not None
        raise failure

    async def discard(self) -> None:
        """Leave nothing behind, unless it is published."""
        self._meter.take_back()
        self._is_over = False
        await self._piece.forget()  # first: what is not there must not be continued
        part, self._part = self._part, None
        if part is not None:
            await in_thread(part.remove)
        elif self._may_have_left:
            await in_thread(remove_part, self._target, self._piece.tag)

    async def _was_published(self, client: S3Client) -> bool:
        """Say whether an earlier process published it, and died before it wrote that down."""
        if not self._piece.again:
            return False
        self._piece.again = False
        found = await in_thread(written_since, self._target, self.conflict, self._piece.began_at)
        if not found:
            return False
        try:
            head = await client.head_object(self._bucket, self._key, version_id=self._version_id)
        except ServiceError:
            return False
        for path, info in found:
            if head.last_modified and (info.st_size, info.st_mtime) == (
                head.size,
                head.last_modified.timestamp(),
            ):
                await in_thread(remove_part, self._target, self._piece.tag)
                self._meter.sized(head.size)
                self._meter.moved(head.size)
                self._published, self._is_over = path, True
        return self._is_over

    async def _may_begin(self, client: S3Client, lanes: Lanes) -> bool:
        """Say whether there is work to do, before the first byte is asked for."""
        there = await lanes.together.run(self._prepare)
        coming = Side(f"s3://{self._bucket}/{self._key}", self._size)
        if there is None or not needs_both_sides(self.conflict):
            return decide(self.conflict, there, coming) is not Decision.SKIP
        head = await client.head_object(self._bucket, self._key, version_id=self._version_id, checksums=True)
        if self.conflict is Conflict.OVERWRITE_IF_DIFFERENT:
            return not await self._is_same(client, head)
        coming = replace(coming, size=head.size, modified=head.last_modified, checksum=head.etag)
        return decide(self.conflict, there, coming) is not Decision.SKIP

    async def _is_same(self, client: S3Client, head: ObjectHead) -> bool:
        stored = StoredObject(client, self._bucket, self._key, self._version_id, head)
        verdict = await check_file(stored, self._target)
        if verdict.is_same is None:
            self._meter.notice("whether it is the same cannot be told, so it was overwritten")
        return verdict.is_same is True

    def _prepare(self) -> Side | None:
        make_folder(self._root, self._target.parent.relative_to(self._root).as_posix())
        return look_at(self._target)

    def _worth_starting_over(self, cause: BaseException) -> TransferError:
        match cause:
            case StartOver():
                if cause.failure.code == "ObjectChanged":
                    self._meter.notice(f"{self._key} changed meanwhile: its download started over")
                return cause.failure
            case RangesIgnored():
                self._at_once = False
                return TransferError("the server sends no parts of an object", "NoRanges")
            case ChecksumMismatch():
                return TransferError(cause.message, "ChecksumMismatch")
            case PreconditionFailed():
                self._meter.notice(f"{self._key} changed meanwhile: its download started over")
                return changed(self._key).failure
            case _:
                raise cause

    async def _fetch_followed(self, client: S3Client, lanes: Lanes) -> bytes | None:
        """Fetch, and hash what has come meanwhile: large files would keep everybody waiting at the end."""
        self._check = None
        if self._size is not None and self._size < IN_PARTS_FROM:
            return await self._fetch(client, lanes)
        following = asyncio.create_task(self._follow(client))
        try:
            return await self._fetch(client, lanes)
        finally:
            following.cancel()
            await see_through(asyncio.wait([following]))  # it reads the file that others close
            following.cancelled() or following.exception()  # found again at the end

    async def _follow(self, client: S3Client) -> None:
        while self._part is None or self._head.size < IN_PARTS_FROM:  # noqa: ASYNC110 - it is ended by a cancellation too
            await asyncio.sleep(_LOOK_S)
        self._check = self._file_check(client, self._part)
        await self._check.follow(lambda: front_of(self._ranges))

    def _file_check(self, client: S3Client, part: PartFile) -> FileCheck:
        return FileCheck(self._stored(client), part.fd)

    def _stored(self, client: S3Client) -> StoredObject:
        return StoredObject(client, self._bucket, self._key, self._version_id, self._head)

    async def _fetch(self, client: S3Client, lanes: Lanes) -> bytes | None:
        """Fill the part file; return what is still to be written to it, when that is all there is."""
        small = IN_PARTS_FROM if lanes.throttle.allows_blocks else SMALL
        is_small = self._size is not None and self._size < small
        if self._part is None and is_small and not self._piece.facts:
            async with client.stream_object(self._bucket, self._key, version_id=self._version_id) as body:
                if body.head.size <= SMALL:
                    return await self._take(body, lanes.throttle)
                await self._begin(body.head, at_once=False)
                assert self._part is not None
                await in_thread(self._part.reserve, 0, body.head.size)
                await self._fetching(client, lanes, self._part).fill(self._ranges[0], body, body.head.size)
            return None
        if self._part is None:
            head = await client.head_object(
                self._bucket, self._key, version_id=self._version_id, checksums=True
            )
            await self._begin(head, at_once=self._at_once)
        assert self._part is not None
        await self._fetching(client, lanes, self._part).fetch_missing()
        return None

    def _fetching(self, client: S3Client, lanes: Lanes, part: PartFile) -> Fetching:
        stored = self._stored(client)
        return Fetching(stored, part, self._ranges, self._meter, self._piece, lanes, at_once=self._at_once)

    async def _take(self, body: ObjectBody, throttle: Throttle) -> bytes:
        self._head = body.head
        self._meter.sized(body.head.size)
        data = b"".join([chunk async for chunk in body])
        if len(data) != body.head.size:
            raise truncated(self._key)
        self._meter.moved(len(data))
        if throttle.is_on:
            await throttle.passed(len(data))
        return data

    async def _begin(self, head: ObjectHead, *, at_once: bool) -> None:
        self._head = head
        plan = plan_ranges(head.size, at_once=at_once)
        self._ranges = cut(plan)
        self._meter.sized(head.size)
        if self._piece.facts and not await self._continue():
            await self._piece.forget()
        if len(self._ranges) > 1:
            self._meter.cut(len(self._ranges))
        for index, span in enumerate(self._ranges):
            self._meter.moved(span.written)
            if span.is_done:
                with self._meter.part(index):
                    pass
        if self._part is None:
            await in_thread(self._open_part)
            self._piece.later(**facts_of(head, plan.part_size))
        self._piece.tells(progress_of(self._ranges))

    async def _continue(self) -> bool:
        """Take up what an earlier process left of it, if that can be trusted."""
        facts, head = self._piece.facts, self._head
        if (facts["etag"], facts["size"]) != (head.etag, head.size):
            self._meter.notice(f"{self._key} changed since: its download started over")
            return False
        if head.etag is None or (facts["boot"] != boot_id() and not is_provable(head)):
            return False  # not every byte may have reached the disk, and nothing would tell
        self._part = await in_thread(PartFile.existing, self._target, head.size, self._piece.tag)
        if self._part is None:
            return False
        self._ranges = spans_of(facts)
        return True

    def _open_part(self) -> None:
        self._part = PartFile(self._target, self._head.size, self._piece.tag)

    async def _publish(self, client: S3Client, lanes: Lanes, data: bytes | None) -> str | None:
        if data is None:
            assert self._part is not None
            if not all(span.is_done for span in self._ranges):
                raise truncated(self._key)
            check = self._check or self._file_check(client, self._part)
            self._meter.verified(_proven(self._key, await check.verdict()))
            await in_thread(self._name, self._part)
        else:
            self._meter.verified(await lanes.together.run(self._write_and_name, data))
        return self._conclude()

    def _write_and_name(self, data: bytes) -> str:
        """Return what proved them; in a thread, for hashing takes longer than writing."""
        by = _proven(self._key, prove(data, self._head))
        part = PartFile(self._target, len(data), self._piece.tag)
        try:
            part.write(data, 0)
            self._name(part)
        finally:
            part.remove()
        return by

    def _name(self, part: PartFile) -> None:
        self._published = part.publish(self.conflict, self._head.last_modified)
        self._part, self._is_over = None, True

    def _conclude(self) -> str | None:
        self._piece.over()
        if self._published is None:
            self._meter.take_back()
            self._meter.skipped()
            return None
        self._meter.finished()
        return str(self._published)


def _proven(key: str, verdict: Verdict) -> str:
    if verdict.is_same is False:
        raise StartOver(
            f"what came is not what S3 holds under {key}: its {verdict.by} differs; nothing was kept, retry",
            "ChecksumMismatch",
        )
    return verdict.by

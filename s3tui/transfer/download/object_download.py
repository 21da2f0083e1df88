"""The download of one object to one file.

The object is pinned by its etag when the first answer names it; should it change underway, the
download starts over, once. What was written is kept while a transfer is paused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from s3tui.s3.client import ObjectBody, S3Client
from s3tui.s3.errors import ChecksumMismatch, PreconditionFailed, ServiceError
from s3tui.s3.models import ObjectHead
from s3tui.s3.wire.xml import is_weak
from s3tui.transfer.download.part_file import PartFile, look_at, make_folder, remove_part, written_since
from s3tui.transfer.download.ranged_get import (
    SIZES_DISAGREE,
    Fetching,
    RangesIgnored,
    StartOver,
    changed,
    check_same,
    disagreeing,
    overlong,
    truncated,
)
from s3tui.transfer.download.ranges import (
    Span,
    contiguous_end,
    facts_of,
    is_same_boot,
    progress_of,
    spans_of,
    split,
)
from s3tui.transfer.errors import TransferError, first_cause, is_outage
from s3tui.transfer.integrity.object_size import merged, sized
from s3tui.transfer.integrity.part_plan import IN_PARTS_FROM, SMALL, plan_ranges
from s3tui.transfer.integrity.verify import FileCheck, StoredObject, Verdict, check_file, is_provable, prove
from s3tui.transfer.journal.record import ObjectRecord, TransferRecord
from s3tui.transfer.models import Conflict, Side
from s3tui.transfer.resources import Resources
from s3tui.transfer.scheduling.progress import ProgressMeter
from s3tui.transfer.scheduling.rate_limiter import Throttle
from s3tui.transfer.target.conflict_policy import Decision, decide, needs_both_sides
from s3tui.transfer.threads import in_thread, see_through

_TRIES = 2
_LOOK_S = 0.02


class ObjectDownload:
    """Downloads one object; `run` may be called again after it was cancelled, and then goes on.

    Args:
        root: the folder that nothing may lead out of; `target` lies in it. Both are made.
        size: as a listing has it; `None` costs one more request.
        object_record: of the object, in the journal.
        may_publish: asked last, in a thread, whether what came may take the name; else it is skipped.
    """

    def __init__(
        self,
        bucket: str,
        key: str,
        root: Path,
        target: Path,
        meter: ProgressMeter,
        *,
        conflict: Conflict,
        version_id: str | None = None,
        size: int | None = None,
        object_record: ObjectRecord | None = None,
        may_publish: Callable[[ObjectHead], bool] = lambda _: True,
    ) -> None:
        self._bucket = bucket
        self._key = key
        self._root = root
        self._target = target
        self._meter = meter
        self.conflict = conflict
        self._version_id = version_id
        self._size = size
        self._object_record = object_record or TransferRecord().object_record(key)
        self._may_publish = may_publish
        self._may_have_left = self._object_record.again
        self._at_once = True
        self._listed: int | None = None
        """The size that a listing said, and an answer contradicted."""
        self._head = ObjectHead(None)
        self._is_size_said = True
        self._unpinnable: str | None = None
        """An etag that If-Match did not hold for."""
        self._misfit: tuple[str | None, bytes] | None = None
        """The etag that the bytes of the first read did not have, and the digest that they had."""
        self._part: PartFile | None = None
        self._ranges: list[Span] = []
        self._check: FileCheck | None = None
        self._is_over = False
        self._proof: str | None = None
        """The checksum or MD5 that proved its bytes."""
        self._published: Path | None = None
        self._refused: str | None = None
        """One sentence, where the file system refused something."""

    async def run(self, client: S3Client, resources: Resources) -> str | None:
        """Download the object; return where it went, `None` when it was skipped."""
        if self._is_over or await self._was_published(client):  # paused or killed the moment it was
            return self._conclude()
        if self._part is None and not await self._may_begin(client, resources):
            await self.discard()
            self._meter.skipped()
            return None
        failure: TransferError | None = None
        for _ in range(_TRIES):
            try:
                return await self._publish(client, resources, await self._fetch_followed(client, resources))
            except Exception as error:
                failure = self._worth_starting_over(first_cause(error))
            await self.discard()
        assert failure is not None
        raise failure

    async def discard(self) -> None:
        """Remove the part file and what is recorded of it, unless it is published."""
        self._meter.take_back()
        self._is_over = False
        await self._object_record.forget()  # first: what is not there must not be continued
        part, self._part = self._part, None
        if part is not None:
            await in_thread(part.remove)
        elif self._may_have_left:
            await in_thread(remove_part, self._target, self._object_record.tag)

    async def _was_published(self, client: S3Client) -> bool:
        """Say whether an earlier process published it, and died before that was recorded."""
        if self._object_record.again:
            self._published = await self._find_published(client)
            self._is_over = self._published is not None
            self._object_record.again = False  # not before: a pause or an outage may end the look
        return self._is_over

    async def _find_published(self, client: S3Client) -> Path | None:
        """Return the file that an earlier process published, if what S3 says of the object is true of it."""
        found = await in_thread(written_since, self._target, self.conflict, self._object_record.began_at)
        if not found:
            return None
        try:
            head = await self._look(client)
        except ServiceError as error:
            if is_outage(error):
                raise
            return None
        modified = None if head.last_modified is None else head.last_modified.timestamp()
        for path, info in found:
            if (info.st_size, info.st_mtime) != (head.size, modified):
                continue
            await in_thread(remove_part, self._target, self._object_record.tag)
            self._proof = (await self._compared(client, head, path)).proof
            self._meter.sized(info.st_size)
            self._meter.moved(info.st_size)
            return path
        return None

    async def _look(self, client: S3Client) -> ObjectHead:
        head = await client.head_object(self._bucket, self._key, version_id=self._version_id, checksums=True)
        return await sized(client, self._bucket, self._key, self._version_id, head)

    async def _may_begin(self, client: S3Client, resources: Resources) -> bool:
        """Say whether there is work to do, before the first byte is asked for."""
        there = await resources.batched_calls.run(self._prepare)
        incoming = Side(f"s3://{self._bucket}/{self._key}", self._size)
        if there is None or not needs_both_sides(self.conflict):
            return decide(self.conflict, there, incoming) is not Decision.SKIP
        head = await self._look(client)
        if self.conflict is Conflict.OVERWRITE_IF_DIFFERENT:
            return not await self._is_same(client, head)
        incoming = replace(incoming, size=head.size, modified=head.last_modified, checksum=head.etag)
        return decide(self.conflict, there, incoming) is not Decision.SKIP

    async def _is_same(self, client: S3Client, head: ObjectHead) -> bool:
        verdict = await self._compared(client, head, self._target)
        if verdict.is_same is None:
            self._meter.notice("whether it is the same cannot be told, so it was overwritten")
        return verdict.is_same is True

    async def _compared(self, client: S3Client, head: ObjectHead, path: Path) -> Verdict:
        return await check_file(StoredObject(client, self._bucket, self._key, self._version_id, head), path)

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
                self._unpinnable = self._head.etag  # if it has that still, the server refuses its own
                if not is_weak(self._head.etag or ""):
                    self._meter.notice(f"{self._key} changed meanwhile: its download started over")
                return changed(self._key).failure
            case TransferError() if cause.code in ("Truncated", SIZES_DISAGREE) and self._size is not None:
                self._listed, self._size = self._size, None  # it may be old: the object itself is asked now
                return cause
            case _:
                raise cause

    async def _fetch_followed(self, client: S3Client, resources: Resources) -> bytes | None:
        """Fetch, and hash what has come meanwhile: a large file would have to be waited for at the end."""
        self._check = None
        if self._size is not None and self._size < IN_PARTS_FROM:
            return await self._fetch(client, resources)
        following = asyncio.create_task(self._follow(client))
        try:
            return await self._fetch(client, resources)
        finally:
            following.cancel()
            await see_through(asyncio.wait([following]))  # it reads the file that others close
            following.cancelled() or following.exception()  # found again at the end

    async def _follow(self, client: S3Client) -> None:
        while self._part is None or (self._head.size or 0) < IN_PARTS_FROM:  # noqa: ASYNC110 - it is ended by a cancellation too
            await asyncio.sleep(_LOOK_S)
        self._check = self._file_check(client, self._part)
        await self._check.follow(lambda: contiguous_end(self._ranges))

    def _file_check(self, client: S3Client, part: PartFile) -> FileCheck:
        return FileCheck(self._stored(client), part.fd)

    def _stored(self, client: S3Client) -> StoredObject:
        head, is_said = self._head, self._is_size_said
        is_pinned = head.etag != self._unpinnable
        return StoredObject(client, self._bucket, self._key, self._version_id, head, is_said, is_pinned)

    async def _fetch(self, client: S3Client, resources: Resources) -> bytes | None:
        """Fill the part file; return the bytes of a small object instead, which are still to be written."""
        small = IN_PARTS_FROM if resources.throttle.allows_blocks else SMALL
        is_small = self._size is not None and self._size < small
        if self._part is None and is_small and not self._object_record.facts:
            assert self._size is not None
            if self._size <= SMALL and not resources.throttle.is_on:
                found = await client.small_objects.get(
                    self._bucket, self._key, self._size, version_id=self._version_id
                )
                if found is not None:
                    self._came(found.head, len(found.data))
                    self._meter.moved(len(found.data))
                    return found.data
            async with client.stream_object(self._bucket, self._key, version_id=self._version_id) as body:
                if body.head.size not in (None, self._size):
                    raise disagreeing(self._key)  # the listing is old, or one of the two is wrong
                if self._size <= SMALL:
                    return await self._take(body, self._size, resources.throttle)
                await self._fill(body, body.head, self._size, client, resources)
            return None
        if self._part is None:
            head = await self._look(client)
            if self._listed is not None and head.etag is None and head.size != self._listed:
                raise disagreeing(self._key)  # what has no name may not overrule a listing
            if head.size is None:
                await self._fetch_unsized(head, client, resources)
                return None
            await self._begin(head, head.size, at_once=self._at_once)
        assert self._part is not None
        await self._fetching(client, resources, self._part).fetch_missing()
        return None

    def _fetching(self, client: S3Client, resources: Resources, part: PartFile) -> Fetching:
        stored = self._stored(client)
        return Fetching(
            stored, part, self._ranges, self._meter, self._object_record, resources, at_once=self._at_once
        )

    async def _fill(
        self, body: ObjectBody, head: ObjectHead, size: int, client: S3Client, resources: Resources
    ) -> None:
        await self._begin(head, size, at_once=False)
        assert self._part is not None
        await in_thread(self._part.reserve, 0, size)
        await self._fetching(client, resources, self._part).fill(self._ranges[0], body, size)

    async def _fetch_unsized(self, head: ObjectHead, client: S3Client, resources: Resources) -> None:
        """Fetch an object whose size neither itself nor a listing tells.

        Nothing is recorded of it: cut short, it begins anew.
        """
        pin = None if head.etag == self._unpinnable else head.etag
        async with client.stream_object(
            self._bucket, self._key, version_id=self._version_id, if_match=pin
        ) as body:
            check_same(head, body.head, self._key)
            self._head = head = merged(head, body.head)
            if head.size is not None:
                await self._fill(body, head, head.size, client, resources)
                return
            part = await in_thread(PartFile, self._target, 0, self._object_record.tag)
            try:
                self._ranges = [Span(0, 0)]
                await self._fetching(client, resources, part).fill(self._ranges[0], body, None)
            except BaseException:
                self._meter.take_back()
                await in_thread(part.remove)
                raise
        self._part, self._is_size_said = part, False
        self._head = replace(self._head, size=self._ranges[0].size)
        self._meter.sized(self._ranges[0].size)

    async def _take(self, body: ObjectBody, size: int, throttle: Throttle) -> bytes:
        self._came(body.head if body.head.size is not None else replace(body.head, size=size), size)
        chunks, count = [], 0
        async for chunk in body:
            chunks.append(chunk)
            count += len(chunk)
            if count > size:
                raise overlong(self._key)
        data = b"".join(chunks)
        if len(data) != size:
            raise truncated(self._key)
        self._meter.moved(len(data))
        if throttle.is_on:
            await throttle.passed(len(data))
        return data

    def _came(self, head: ObjectHead, size: int) -> None:
        self._head = head
        self._meter.sized(size)

    async def _begin(self, head: ObjectHead, size: int, *, at_once: bool) -> None:
        self._head, self._is_size_said = replace(head, size=size), True
        plan = plan_ranges(size, at_once=at_once)
        self._ranges = split(plan)
        self._meter.sized(size)
        if self._object_record.facts and not await self._continue():
            await self._object_record.forget()
        if len(self._ranges) > 1:
            self._meter.split(len(self._ranges))
        for index, span in enumerate(self._ranges):
            self._meter.moved(span.written)
            if span.is_done:
                with self._meter.part(index):
                    pass
        if self._part is None:
            await in_thread(self._open_part, size)
            self._object_record.later(**facts_of(self._head, plan.part_size))
        self._object_record.tells(progress_of(self._ranges))

    async def _continue(self) -> bool:
        """Go on with the part file of an earlier process, if that can be trusted."""
        facts, head = self._object_record.facts, self._head
        if (facts["etag"], facts["size"]) != (head.etag, head.size):
            self._meter.notice(f"{self._key} changed since: its download started over")
            return False
        if head.etag is None or not (is_same_boot(facts) or is_provable(head)):
            return False  # not every byte may have reached the disk, and nothing would tell
        assert head.size is not None
        self._part = await in_thread(PartFile.existing, self._target, head.size, self._object_record.tag)
        if self._part is None:
            return False
        self._ranges = spans_of(facts)
        return True

    def _open_part(self, size: int) -> None:
        self._part = PartFile(self._target, size, self._object_record.tag)

    async def _publish(self, client: S3Client, resources: Resources, data: bytes | None) -> str | None:
        if data is None:
            assert self._part is not None
            if not all(span.is_done for span in self._ranges):
                raise truncated(self._key)
            check = self._check or self._file_check(client, self._part)
            self._proof = self._judge(await check.verdict())
            await in_thread(self._name, self._part)
        else:
            await resources.batched_calls.run(self._write_and_name, data)
        return self._conclude()

    def _write_and_name(self, data: bytes) -> None:
        """Verify and write a small object; in a thread, as hashing takes longer than writing."""
        self._proof = self._judge(prove(data, self._head))
        part = PartFile(self._target, len(data), self._object_record.tag)
        try:
            part.write(data, 0)
            self._name(part)
        finally:
            part.remove()

    def _judge(self, verdict: Verdict) -> str | None:
        """Return the checksum or MD5 that proves the bytes, `None` where none does.

        Raises: StartOver, where they are not, or another read has to tell whether they are.
        """
        if verdict.is_same is not False:
            return verdict.proof
        known, self._misfit = self._misfit, None
        if verdict.misfit is not None and self._is_size_said:  # else it may have come short, each time
            self._misfit = self._head.etag, verdict.misfit
            if self._misfit == known:
                return None  # twice the same bytes: the etag says nothing about them
        raise StartOver(
            f"what came is not what S3 holds under {self._key}: its {verdict.by} differs; "
            "nothing was kept, retry",
            "ChecksumMismatch",
        )

    def _name(self, part: PartFile) -> None:
        if self._may_publish(self._head):
            self._published = part.publish(self.conflict, self._head.last_modified)
        else:
            part.remove()
        self._refused = part.notice
        self._part, self._is_over = None, True

    def _conclude(self) -> str | None:
        self._object_record.over()
        if self._published is None:
            self._meter.take_back()
            self._meter.skipped()
            return None
        if self._refused is not None:
            self._meter.notice(self._refused)
        self._meter.proven(self._proof)
        self._meter.finished()
        return str(self._published)

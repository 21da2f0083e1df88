"""The copy of one object to another key: inside S3, or through this machine to another endpoint.

The source is pinned by its etag; should it change underway, the copy starts over, once. An upload in
parts stays open while a transfer is paused, and is completed or aborted in the end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from s3tui.s3.client import S3Client
from s3tui.s3.errors import (
    AccessDenied,
    NoSuchKey,
    NotSupported,
    PreconditionFailed,
    ProtocolError,
    ServiceError,
)
from s3tui.s3.models import ObjectHead
from s3tui.s3.operations.multipart_upload import MultipartUpload
from s3tui.s3.request.options import ObjectOptions, description_of
from s3tui.s3.retries import Attempts, may_pass
from s3tui.transfer.copy.multipart import PartsCopy
from s3tui.transfer.copy.relay import RelayedBody, SourceObject, SourceObjectChanged, relay
from s3tui.transfer.copy.route import CopyRoute, patience_s, refuses_other_source, route_of
from s3tui.transfer.errors import TransferError, first_cause, is_passing
from s3tui.transfer.integrity.object_size import sized
from s3tui.transfer.integrity.part_plan import (
    IN_PARTS_FROM,
    MAX_COPY,
    MAX_OBJECT,
    PartPlan,
    plan_copy,
    plan_parts,
)
from s3tui.transfer.integrity.part_sizes import likely_part_sizes
from s3tui.transfer.integrity.verify import SIZE, StoredObject, Verdict, compare, compare_bytes
from s3tui.transfer.journal.record import ObjectRecord, TransferRecord
from s3tui.transfer.models import Conflict, Side
from s3tui.transfer.requests import NO_OPTIONS, TargetOptions
from s3tui.transfer.resources import Resources
from s3tui.transfer.scheduling.progress import ProgressMeter
from s3tui.transfer.target.target_key import IncomingObject, TargetKey
from s3tui.transfer.threads import see_through
from s3tui.transfer.upload import resumable
from s3tui.transfer.upload.object_write import CLEAN_UP_S, ObjectWrite
from s3tui.transfer.upload.verify_upload import is_recent
from s3tui.transfer.upload.write_options import describes, written_as

_TRIES = 2

OtherClient = Callable[[], Awaitable[S3Client]]
"""Gives the client of the endpoint that is written to."""


class ObjectCopy(ObjectWrite[PartsCopy]):
    """Copies one object; `run` may be called again after it was cancelled, and then goes on.

    Args:
        to: for a copy to another endpoint; `None` copies inside S3.
        listed: what a listing says of the object; `None` costs one more request.
        object_record: of the object, in the journal.
        is_pinned: skip the object if it is not what `listed` says any more.
        needs_tags: fail where its tags may not be read and would be left out, as its source is to go.
    """

    def __init__(
        self,
        bucket: str,
        key: str,
        target: TargetKey,
        meter: ProgressMeter,
        *,
        to: OtherClient | None = None,
        version_id: str | None = None,
        options: TargetOptions = NO_OPTIONS,
        listed: ObjectHead | None = None,
        object_record: ObjectRecord | None = None,
        is_pinned: bool = False,
        needs_tags: bool = False,
    ) -> None:
        super().__init__(target, meter, object_record or TransferRecord().object_record(target.key))
        self._bucket = bucket
        self._key = key
        self._to = to
        self._version_id = version_id
        self._options = options
        self._listed = listed
        self._is_pinned, self._needs_tags = is_pinned, needs_tags
        self._head: ObjectHead | None = None
        self._can_copy_parts = True
        self._sent_to: str | None = None
        """The key that an earlier run wrote to, without learning whether it got there."""
        self._sent_at: float | None = None
        self.written_etag: str | None = None
        """The etag of what was written here, once that was compared with the source."""

    async def run(self, client: S3Client, resources: Resources) -> str | None:
        """Copy the object; return where the copy is, `None` when it was skipped."""
        to = client if self._to is None else await self._to()
        self._refuse_itself(client, to)
        await self._abort_orphans()
        for _ in range(_TRIES):
            source = await self._look(client)
            try:
                key = await self._place(source, to, resources)
            except SourceObjectChanged:
                await self.discard()
                if self._is_pinned:
                    self._meter.skipped()
                    return None
                self._head = self._listed = None
                self._meter.notice(f"{self._key} changed meanwhile: its copy started over")
                continue
            resumable.finish(self._object_record)
            if key is None:
                self._meter.skipped()
                return None
            self._meter.finished()
            return self._target.uri(key)
        raise TransferError(
            f"{self._key} keeps changing while it is being copied: retry when it is at rest", "ObjectChanged"
        )

    def _refuse_itself(self, client: S3Client, to: S3Client) -> None:
        is_here = client.endpoint == to.endpoint and self._target.bucket == self._bucket
        changes = self._options != NO_OPTIONS or self._version_id is not None
        if is_here and self._target.key == self._key and not (changes or self.conflict is Conflict.KEEP_BOTH):
            raise TransferError(
                f"{self._target.uri()} would be copied onto itself: pick another name, "
                "or say what shall change",
                "SameObject",
            )

    async def _look(self, client: S3Client) -> SourceObject:
        if self._head is None:
            head = self._listed or await self._ask(client)
            self._head = await sized(client, self._bucket, self._key, self._version_id, head)
            if self._head is not head:
                self._listed = None
            if self._head.size is not None:
                self._meter.sized(self._head.size)
        return SourceObject(client, self._bucket, self._key, self._version_id, self._head)

    async def _ask(self, client: S3Client) -> ObjectHead:
        return await client.head_object(self._bucket, self._key, version_id=self._version_id, checksums=True)

    async def _place(self, source: SourceObject, to: S3Client, resources: Resources) -> str | None:
        head, is_new = source.head, not self._object_record.again
        if not is_new and self._in_parts is None:
            completed = await self._recover(source, to)
            if completed is not None:
                return completed
        if self._sent_to is not None and await self._was_written(source, to, self._sent_to):
            return self._sent_to

        async def write(key: str, if_none_match: str | None) -> None:
            attempts = Attempts()
            while True:
                try:
                    return await self._write(source, to, resources, key, if_none_match)
                except Exception as error:
                    cause = first_cause(error)
                    if isinstance(cause, PreconditionFailed):
                        if await self._has_changed(source):
                            raise SourceObjectChanged from error
                        if self._sent_to == key and await self._was_written(source, to, key):
                            return None
                    # What writes on a condition is not repeated blindly: one looks between two tries.
                    is_free = if_none_match is None is self._target.if_match
                    is_seen_to = is_free or self._route(to, head.size) is not CopyRoute.AT_ONCE
                    delay_s = None if is_seen_to or not is_passing(cause) else attempts.next_delay_s(cause)
                    if delay_s is None:
                        raise cause from None
                await asyncio.sleep(delay_s)
                if await self._was_written(source, to, key):
                    return None

        async def is_same(there: ObjectHead) -> bool:
            return await self._is_same(source, there)

        async def was_written(key: str) -> bool:
            completed = await self._was_completed(to, key, source.head.size or 0)
            return completed or await self._was_written(source, to, key)

        side = Side(f"s3://{self._bucket}/{self._key}", head.size, head.last_modified, head.etag)
        return await self._target.place(
            to,
            write,
            incoming=IncomingObject(side, is_same),
            start_over=self.discard,
            begun=None if self._in_parts is None else self._in_parts.key,
            arrived=None if is_new else resumable.has_arrived(self._object_record, was_written),
        )

    async def _recover(self, source: SourceObject, to: S3Client) -> str | None:
        """Go on with the upload of an earlier process; return the key, when that had completed it."""
        left = await resumable.recover(to, self._target.bucket, self._object_record, source.head.etag)
        if left.has_changed:
            self._meter.notice(f"{self._key} changed since: its copy started over")
        if left.upload is not None:
            plan = resumable.plan_of(self._object_record)
            is_inside = self._route(to, source.head.size) is CopyRoute.IN_PARTS
            self._in_parts = PartsCopy(left.upload, source.head, plan, self._meter, is_inside=is_inside)
        elif left.completed is not None:
            self._meter.moved(source.head.size or 0)
            self._meter.proven(None)
        return left.completed

    async def _is_same(self, source: SourceObject, there: ObjectHead) -> bool:
        verdict = compare(source.head, there)
        if verdict.is_same is None and self._listed is source.head:  # a listing does not say it all
            verdict = compare(await self._ask(source.client), there)
        if verdict.is_same is None:
            self._meter.notice("whether it is the same cannot be told, so it was overwritten")
        return verdict.is_same is True

    async def _has_changed(self, source: SourceObject) -> bool:
        try:
            now = await self._ask(source.client)
        except (AccessDenied, NoSuchKey) as error:
            error.check_given()
            return True
        return now.etag != source.head.etag

    async def _was_written(self, source: SourceObject, to: S3Client, key: str) -> bool:
        """Say whether an earlier try of ours, whose answer was lost, wrote the object under the key."""
        try:
            there = await to.head_object(self._target.bucket, key, checksums=True)
        except (AccessDenied, NoSuchKey):
            return False
        verdict = compare(source.head, there)
        if verdict.is_same is None and self.conflict not in (
            Conflict.OVERWRITE,
            Conflict.OVERWRITE_IF_DIFFERENT,
        ):
            # Nothing tells. The key was free when it was written to: size and time decide.
            is_recent_one = self._sent_at is not None and is_recent(there, self._sent_at)
            verdict = Verdict(is_recent_one and there.size == source.head.size is not None, SIZE)
        if verdict.is_same is not True:
            return False
        self._meter.proven(verdict.proof)
        self._meter.take_back()
        self._meter.moved(source.head.size or 0)
        return True

    async def _write(
        self, source: SourceObject, to: S3Client, resources: Resources, key: str, if_none_match: str | None
    ) -> None:
        size = source.head.size
        route = self._route(to, size)
        is_large = size is not None and size >= IN_PARTS_FROM
        if self._can_copy_parts and (
            route is CopyRoute.IN_PARTS or (route is CopyRoute.THROUGH_US and is_large)
        ):
            try:
                etag = await self._write_in_parts(source, to, resources, key, if_none_match)
            except (ProtocolError, NotSupported, ServiceError) as error:
                if self._to is not None or size is None or size > MAX_COPY or not _knows_no_parts(error):
                    raise
                await self.discard()
                self._can_copy_parts = False
            else:
                await self._verify(source, to, key, etag)
                self.written_etag = etag
                return
        self._sent_to, self._sent_at = key, self._sent_at or time.time()
        if route is CopyRoute.THROUGH_US:
            etag = await self._relay(source, to, resources, key, if_none_match)
        else:
            etag = await self._copy(source, to, key, if_none_match)
            self._meter.moved(size or 0)
        await self._verify(source, to, key, etag)
        self.written_etag = etag

    def _route(self, to: S3Client, size: int | None) -> CopyRoute:
        return CopyRoute.THROUGH_US if self._to is not None else route_of(to, self._key, size)

    async def _copy(self, source: SourceObject, to: S3Client, key: str, if_none_match: str | None) -> str:
        options = await self._description(source) if describes(self._options) else ObjectOptions()
        options.update(written_as(self._options))
        patience = patience_s(source.head.size)
        if patience is not None:
            options["read_timeout_s"] = patience
        return await to.copy_object(
            self._target.bucket,
            key,
            source=f"{self._bucket}/{self._key}",
            source_version_id=self._version_id,
            source_if_match=source.head.etag,
            if_match=self._target.if_match,
            if_none_match=if_none_match,
            **options,
        )

    async def _description(self, source: SourceObject) -> ObjectOptions:
        """Return all headers that S3 keeps in a plain copy, for requests that have to send them."""
        if self._listed is not None:
            head = await self._ask(source.client)
            if head.etag != source.head.etag:
                raise SourceObjectChanged
            self._head, self._listed = head, None
        return description_of(self._head or source.head)

    async def _tags(self, client: S3Client) -> dict[str, str]:
        if self._options.tags:
            return {}
        try:
            return dict(await client.get_object_tagging(self._bucket, self._key, version_id=self._version_id))
        except AccessDenied as error:
            error.check_given()
            if self._needs_tags:
                raise
            self._meter.notice("its tags may not be read, and were left out")
            return {}
        except (ProtocolError, NotSupported):
            return {}  # a server that has no tags
        except ServiceError as error:
            if error.is_bare or may_pass(error):
                raise
            return {}

    async def _relay(
        self, source: SourceObject, to: S3Client, resources: Resources, key: str, if_none_match: str | None
    ) -> str:
        async def put(body: RelayedBody) -> str:
            options = description_of(body.head)
            if body.head.tag_count:
                options["tagging"] = await self._tags(source.client)
            options.update(written_as(self._options))
            bucket, length = self._target.bucket, body.length
            if_match = self._target.if_match
            if length is None:
                return await to.put_stream(
                    bucket, key, body, if_match=if_match, if_none_match=if_none_match, **options
                )
            if not length:
                await body.drain()
            data = body if length else b""
            return await to.put_object(
                bucket,
                key,
                data,
                content_length=length,
                if_match=if_match,
                if_none_match=if_none_match,
                **options,
            )

        return await relay(source, None, self._meter, resources.throttle, put)

    async def _write_in_parts(
        self, source: SourceObject, to: S3Client, resources: Resources, key: str, if_none_match: str | None
    ) -> str:
        parts = self._in_parts or await self._begin_parts(source, to, key)
        is_inside = parts.is_inside and not parts.is_whole
        if is_inside and not await refuses_other_source(to, parts.upload, source, parts.spare_number):
            await self.discard()
            parts = await self._begin_parts(source, to, key)  # now through this machine
        await parts.copy_missing(source, resources)
        parts.check_complete()
        etag = await resumable.complete(
            to, self._object_record, parts.upload, if_none_match, if_match=self._target.if_match
        )
        relayed, self._in_parts = parts.relayed, None
        if relayed is not None and relayed != source.head.checksum:
            await self._target.remove_damaged(to, key, etag, source.uri)
        return etag

    async def _begin_parts(self, source: SourceObject, to: S3Client, key: str) -> PartsCopy:
        # Cancelled before the answer, it would leave an upload behind that nobody knows the id of.
        await see_through(self._open_parts(source, to, key), patience_s=CLEAN_UP_S)
        assert self._in_parts is not None
        return self._in_parts

    async def _open_parts(self, source: SourceObject, to: S3Client, key: str) -> None:
        if (source.head.size or 0) > MAX_OBJECT:
            raise TransferError(
                f"s3://{self._bucket}/{self._key} is said to be larger than an object in S3 can be, which is "
                "5 TiB: if that is so, split it into objects of 5 TiB at most, and copy these",
                "EntityTooLarge",
            )
        described = await self._description(source)
        described["tagging"] = await self._tags(source.client)
        described.update(written_as(self._options))
        is_inside = self._route(to, source.head.size) is CopyRoute.IN_PARTS
        assert source.head.size is not None
        plan = plan_copy(source.head.size) if is_inside else await self._plan_as_source(source)

        async def start() -> MultipartUpload:
            if is_inside:
                return await MultipartUpload.begin(to, self._target.bucket, key, **described)
            return await to.begin_upload(self._target.bucket, key, **described)

        upload = await resumable.begin(self._object_record, key, start, plan, source.head.etag)
        head = self._head or source.head
        self._in_parts = PartsCopy(upload, head, plan, self._meter, is_inside=is_inside)

    async def _plan_as_source(self, source: SourceObject) -> PartPlan:
        """Plan the parts as those of the source, where known: the same bytes then have the same etag."""
        plan = plan_parts(source.head.size or 0)
        known = await likely_part_sizes(source.client, self._bucket, self._key, self._version_id, source.head)
        if known is None:
            return plan
        alike = replace(plan, part_size=known.sizes[0])
        is_alike = tuple(length for _, length in alike) == known.sizes
        return alike if is_alike and alike.is_acceptable else plan

    async def _verify(self, source: SourceObject, to: S3Client, key: str, etag: str) -> None:
        """Compare the copy with its source, as far as S3 tells."""
        head = self._head or source.head
        proof = compare(head, ObjectHead(head.size, etag)).proof
        if proof is not None:
            self._meter.proven(proof)
            return
        try:
            there = await to.head_object(self._target.bucket, key, checksums=True)
        except (AccessDenied, NoSuchKey):
            self._meter.proven(None)  # may write, but not look; or somebody was here meanwhile
            return
        if there.etag != etag:
            self._meter.proven(None)
            return
        verdict = compare(head, there)
        if verdict.misfit is not None:
            at_target = StoredObject(to, self._target.bucket, key, None, there)
            at_source = StoredObject(source.client, self._bucket, self._key, self._version_id, head)
            verdict = await compare_bytes(at_source, at_target)
        if verdict.is_same is False:
            await self._target.remove_damaged(to, key, etag, source.uri)
        self._meter.proven(verdict.proof)


def _knows_no_parts(error: BaseException) -> bool:
    cause = first_cause(error)
    if isinstance(cause, ServiceError):
        return cause.status == 501 and not cause.is_bare
    return isinstance(cause, ProtocolError | NotSupported)

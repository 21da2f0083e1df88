"""Resumable multipart uploads, which outlive their process: begun, recovered and completed with the journal.

Their parts may come from a file or from another object.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from s3tui.s3.checksum import ChecksumAlgorithm, composite, is_md5, multipart_etag
from s3tui.s3.client import S3Client
from s3tui.s3.errors import (
    AccessDenied,
    NoSuchKey,
    NoSuchUpload,
    PreconditionFailed,
    ProtocolError,
    ServiceError,
    TransportError,
)
from s3tui.s3.models import ObjectHead, Part
from s3tui.s3.operations.multipart_upload import MultipartUpload
from s3tui.s3.retries import Attempts
from s3tui.s3.wire.headers import is_opaque
from s3tui.transfer.errors import is_passing
from s3tui.transfer.integrity.part_plan import PartPlan
from s3tui.transfer.integrity.part_sizes import part_count
from s3tui.transfer.journal.record import ObjectRecord
from s3tui.transfer.journal.recovery import CLOCKS_DIFFER_S, intent
from s3tui.transfer.target.target_key import HasArrived
from s3tui.transfer.upload.verify_upload import is_recent

_LOOKS = 10
_LOOK_EVERY_S = 0.3
_FACTS = ("upload_id", "key", "part_size", "size", "source", "algorithm", "began", "completes_as", "checksum")
_KNOWN_BY = ("key", "size", "completes_as", "checksum")


async def begin(
    object_record: ObjectRecord,
    key: str,
    start: Callable[[], Awaitable[MultipartUpload]],
    plan: PartPlan,
    source: object,
) -> MultipartUpload:
    """Await `start`, which begins an upload of `key`; its id is committed when this returns.

    Args:
        source: tells the state of what is uploaded from every other; goes to JSON and back.
    """
    earlier = object_record.facts.get("intents")
    # A process that dies before the answer is recorded leaves an upload that only this tells of.
    await object_record.note(intents=intent(object_record, key))
    upload = await start()
    algorithm = upload.checksum_algorithm
    await object_record.note(
        intents=earlier,
        upload_id=upload.upload_id,
        key=key,
        part_size=plan.part_size,
        size=plan.size,
        source=source,
        algorithm=None if algorithm is None else algorithm.value,
        began=time.time(),
        completes_as=None,
        checksum=None,
    )
    return upload


def plan_of(object_record: ObjectRecord) -> PartPlan:
    return PartPlan(object_record.facts["size"], object_record.facts["part_size"])


@dataclass(frozen=True, slots=True)
class RecoveredUpload:
    """The upload of one object that an earlier process left."""

    upload: MultipartUpload | None = None
    """Open, with the parts that S3 has of it."""
    completed: str | None = None
    """The key that the upload had already become an object under."""
    has_changed: bool = False
    """The source is another one by now; what was there of the old one is gone."""


async def recover(
    client: S3Client, bucket: str, object_record: ObjectRecord, source: object
) -> RecoveredUpload:
    """Find out what an earlier process left of an upload; one of an older source is aborted.

    Args:
        source: as it is now, in the words of `begin`.

    Raises: AccessDenied, TransportError.
    """
    if "upload_id" not in object_record.facts:
        return RecoveredUpload()
    upload = await _take_up(client, bucket, object_record)
    if upload is not None and object_record.facts["source"] == json.loads(json.dumps(source)):
        return RecoveredUpload(upload)
    if upload is not None:
        try:
            await upload.abort()
        except NoSuchUpload as error:
            error.check_given()
    elif await _is_being_completed(client, bucket, object_record):
        return RecoveredUpload(completed=object_record.facts["key"])
    await withdraw(object_record)
    return RecoveredUpload(has_changed=upload is not None)


def has_arrived(object_record: ObjectRecord, was_written: Callable[[str], Awaitable[bool]]) -> HasArrived:
    """Return a function that tells whether an object came, in one request, from an earlier process.

    Args:
        was_written: says whether what is under a key is what would be written there.
    """

    async def arrived(key: str, head: ObjectHead) -> bool:
        since = object_record.began_at - CLOCKS_DIFFER_S
        is_new = head.last_modified is None or head.last_modified.timestamp() >= since
        return is_new and await was_written(key)

    return arrived


async def _is_being_completed(client: S3Client, bucket: str, object_record: ObjectRecord) -> bool:
    """Say whether the upload that is gone became an object, or is about to: S3 may still be at it."""
    for _ in range(_LOOKS if "completes_as" in object_record.facts else 0):
        if await was_completed(client, bucket, object_record, is_likely=True):
            return True
        await asyncio.sleep(_LOOK_EVERY_S)
    return False


async def _take_up(client: S3Client, bucket: str, object_record: ObjectRecord) -> MultipartUpload | None:
    facts, plan = object_record.facts, plan_of(object_record)
    try:
        found = await client.list_parts(bucket, facts["key"], upload_id=facts["upload_id"])
    except NoSuchUpload as error:
        error.check_given()
        return None
    sizes = {number: length for number, (_, length) in enumerate(plan, start=1)}
    name = facts.get("algorithm")
    return MultipartUpload(
        client,
        bucket,
        facts["key"],
        facts["upload_id"],
        parts=[part for part in found if part.size == sizes.get(part.part_number)],
        checksum_algorithm=None if name is None else ChecksumAlgorithm(name),
    )


async def complete(
    client: S3Client,
    object_record: ObjectRecord,
    upload: MultipartUpload,
    if_none_match: str | None,
    *,
    if_match: str | None = None,
) -> str:
    """Complete the upload, and return the object's etag; also when an earlier process just did.

    Raises: as `MultipartUpload.complete`.
    """
    was_asked = "completes_as" in object_record.facts  # and not answered, or it would be over
    await object_record.note(**_expected(upload.parts))
    attempts = Attempts()
    while True:
        try:
            return await upload.complete(if_match=if_match, if_none_match=if_none_match)
        except (ServiceError, TransportError, ProtocolError) as error:
            failure = error
        found = await _look_after(client, upload, object_record, failure, was_asked=was_asked)
        if found is not None:
            return found
        delay_s, was_asked = attempts.next_delay_s(failure), True
        if delay_s is None:
            raise failure
        await asyncio.sleep(delay_s)


async def _look_after(
    client: S3Client,
    upload: MultipartUpload,
    object_record: ObjectRecord,
    failure: ServiceError | TransportError | ProtocolError,
    *,
    was_asked: bool,
) -> str | None:
    """Find out what a failed completion led to; return the object's etag, `None` to complete again.

    Args:
        was_asked: it was asked for before, and the answer was lost: what is there now may be ours.

    Raises: `failure`, when it is a definite no; NoSuchUpload, when there is nothing any more to complete;
        TransportError.
    """
    is_gone, is_taken = isinstance(failure, NoSuchUpload), isinstance(failure, PreconditionFailed)
    is_unread = isinstance(failure, ProtocolError)  # it was answered, and nobody knows with what
    if isinstance(failure, ServiceError) and failure.is_bare and not is_passing(failure):
        raise failure
    if not (is_gone or is_taken or is_unread or is_passing(failure)):
        raise failure
    is_likely = is_gone or is_unread or (is_taken and was_asked)
    head = await was_completed(client, upload.bucket, object_record, is_likely=is_likely)
    if head is None and not (is_gone or is_taken):
        gone = await _gone(client, upload)  # some servers know no better than 500 for it
        failure, is_gone = gone or failure, gone is not None
    if head is None and is_gone and await _is_being_completed(client, upload.bucket, object_record):
        head = await was_completed(client, upload.bucket, object_record, is_likely=True)
    if head is None or head.etag is None:
        if is_gone or is_taken:
            raise failure
        return None
    if not is_gone:
        with suppress(NoSuchUpload):
            await upload.abort()  # completed or not, it must not stay open
    return head.etag


async def _gone(client: S3Client, upload: MultipartUpload) -> NoSuchUpload | None:
    """Return the error that says that an upload is no longer open; `None`, where none does."""
    try:
        await client.list_parts(upload.bucket, upload.key, upload_id=upload.upload_id, max_parts=1)
    except NoSuchUpload as gone:
        # Of an object that is not there yet, NoSuchKey may be said by who does not list parts at all.
        return gone if gone.code == "NoSuchUpload" and not gone.is_bare else None
    except ServiceError:
        return None
    return None


async def was_completed(
    client: S3Client, bucket: str, object_record: ObjectRecord, *, is_likely: bool = False
) -> ObjectHead | None:
    """Return the head of the object under the key, when it is what the parts of the upload make.

    Args:
        is_likely: it was asked for, and there is no upload any more, or something under the key that was not
            there. Then an etag that tells nothing is no objection where size, parts and time fit.
    """
    facts = object_record.facts
    if "completes_as" not in facts:
        return None
    try:
        head = await client.head_object(bucket, facts["key"], checksums=bool(facts["checksum"]))
    except (AccessDenied, NoSuchKey) as error:
        error.check_given()
        return None
    if head.size != facts["size"]:
        return None
    is_known = head.checksum is not None and head.checksum.value == facts["checksum"]
    if is_known or (head.etag or "").lower() == facts["completes_as"]:
        return head
    return head if is_likely and _may_be_ours(head, object_record) else None


def _may_be_ours(head: ObjectHead, object_record: ObjectRecord) -> bool:
    """Say whether an object of the right size, whose etag is none that can be foretold, can be our upload."""
    expected, began = object_record.facts["completes_as"], object_record.facts.get("began")
    if began is None:
        return False
    if not is_recent(head, began):
        return False
    count = part_count(head)
    if count is not None and count != len(plan_of(object_record)):
        return False
    return not expected or is_opaque(head) or count is None or not _is_multipart_md5(head.etag)


def _is_multipart_md5(etag: str | None) -> bool:
    digest, dash, _ = (etag or "").partition("-")
    return bool(dash) and is_md5(digest.lower())


async def withdraw(object_record: ObjectRecord) -> None:
    """Remove the facts of an upload that does not exist any more."""
    await object_record.note(**dict.fromkeys(_FACTS))


def finish(object_record: ObjectRecord) -> None:
    """Record that the object is there; uploads whose ids were never received are left to be looked for.

    Should the process die before the end of the transfer is recorded, what stays identifies the object.
    """
    facts = object_record.facts
    known_by = {name: facts[name] for name in _KNOWN_BY} if "completes_as" in facts else {}
    object_record.over(intents=facts.get("intents"), **known_by)


def _expected(parts: tuple[Part, ...]) -> dict[str, object]:
    """Return the facts that identify the object: its etag does not, where a key encrypts it."""
    checksums = [part.checksum for part in parts if part.checksum is not None]
    algorithms = {checksum.algorithm for checksum in checksums}  # a server may tell its own of earlier parts
    is_known = len(checksums) == len(parts) and len(algorithms) == 1
    return {
        "completes_as": multipart_etag([part.etag.lower() for part in parts]) or "",
        "checksum": composite(checksums).value if is_known else "",
    }

"""The verification of uploads: compares what S3 holds with what was sent to it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from s3tui.s3.checksum import ChecksumType, composite, is_md5
from s3tui.s3.client import S3Client
from s3tui.s3.errors import AccessDenied, NoSuchKey, S3Error
from s3tui.s3.models import ObjectHead, Part
from s3tui.s3.sending.capabilities import Capability
from s3tui.s3.wire.headers import is_opaque, md5_of
from s3tui.transfer.errors import TransferError, interrupted
from s3tui.transfer.integrity.verify import SIZE, UNKNOWN, FileCheck, StoredObject, Verdict, md5s_of_parts
from s3tui.transfer.journal.recovery import CLOCKS_DIFFER_S
from s3tui.transfer.scheduling.progress import ProgressMeter
from s3tui.transfer.target.target_key import TargetKey
from s3tui.transfer.threads import in_thread
from s3tui.transfer.upload.local_file import SourceFile


async def check_put(
    client: S3Client,
    target: TargetKey,
    key: str,
    etag: str,
    source: SourceFile,
    meter: ProgressMeter,
    md5: Callable[[], str],
    *,
    in_memory: bool,
) -> None:
    """As `check_upload`, for a file that was sent in one request: by its etag, where that is its MD5.

    Where an endpoint was seen to tell no digest, none is computed, and S3 is asked of a single object, and of
    one whose hash was not signed: then nothing but its size tells whether all of it arrived.

    Args:
        md5: returns that of the bytes that were sent.
        in_memory: they were sent from memory: those, the hash in a signature covers.
    """
    is_alone = meter.is_alone or not in_memory or client.keys is None
    sent = md5() if is_md5(etag) or not etag else None
    if sent is not None and etag.lower() == sent:
        meter.proven("MD5")
    elif sent is not None or is_alone or client.capabilities.has(Capability.OBJECT_DIGESTS) is not False:
        await check_upload(client, target, key, etag, source, meter, md5=sent)
    else:
        meter.proven(None)


async def check_upload(
    client: S3Client,
    target: TargetKey,
    key: str,
    etag: str,
    source: SourceFile,
    meter: ProgressMeter,
    *,
    md5: str | None = None,
    parts: Sequence[Part] = (),
) -> None:
    """Ask S3 what it holds now, and compare that with the file; tell `meter` what proved it, if anything.

    Without permission to read, nothing is learned; nor when somebody else wrote to the key since.

    Args:
        etag: what S3 called it; empty where it gave no name, which proves not even that it took it.
        md5: of the file, when it was sent in one request, and the etag may be one.
        parts: of which the object was made, with the checksums that they were sent with.

    Raises: TransferError, when it is not the same; it was removed then, if it has a name and may be.
    """
    meter.proven((await _checked(client, target, key, etag, source, md5, parts)).proof)


async def _checked(
    client: S3Client,
    target: TargetKey,
    key: str,
    etag: str,
    source: SourceFile,
    md5: str | None,
    parts: Sequence[Part],
) -> Verdict:
    try:
        head = await client.head_object(target.bucket, key, checksums=True)
    except NoSuchKey:
        if not etag:
            raise interrupted() from None
        return UNKNOWN
    except S3Error:
        return UNKNOWN
    if (head.etag or "") != etag and etag:
        return UNKNOWN
    stored = StoredObject(client, target.bucket, key, None, head)
    verdict = await _verdict(stored, source, md5, parts)
    if etag and not parts:
        _learn_digests(client, head, verdict)
    if verdict.is_same is False:
        if not await in_thread(_is_unchanged, source):
            return UNKNOWN  # changed since it was sent: nothing can be said any more
        if not etag:
            raise TransferError(f"{target.uri(key)} does not hold what was sent: retry", "ChecksumMismatch")
        await target.remove_damaged(client, key, etag)
    return verdict


def _learn_digests(client: S3Client, head: ObjectHead, verdict: Verdict) -> None:
    """Note whether the head of an object that was sent in one request tells a digest of its bytes."""
    if verdict.proof is not None:
        client.capabilities.learn(Capability.OBJECT_DIGESTS, True, f"HeadObject: {verdict.proof}")
    elif verdict is UNKNOWN and head.checksum is None and md5_of(head) is None and not is_opaque(head):
        seen = f"HeadObject: no checksum, and {head.etag!r} is no MD5"
        client.capabilities.learn(Capability.OBJECT_DIGESTS, False, seen)


async def _verdict(
    stored: StoredObject, source: SourceFile, md5: str | None, parts: Sequence[Part]
) -> Verdict:
    head = stored.head
    if head.size != source.size:
        return Verdict(False, SIZE)
    if head.checksum is not None and head.checksum.type is ChecksumType.FULL_OBJECT:
        return await FileCheck(stored, source.fd).verdict()
    if _has_checksum_of(head, parts):
        assert head.checksum is not None
        return Verdict(True, f"{head.checksum.algorithm.value} of parts")
    if parts:
        return await _by_etags_of_parts(head, source, parts)
    if md5 is not None and md5_of(head) is not None:
        # Either another MD5, or what this product calls an etag only looks like one.
        return await _read_back(stored, md5)
    return UNKNOWN


async def is_own_write(
    client: S3Client, bucket: str, key: str, source: SourceFile, began: float | None
) -> Verdict:
    """Compare what is under `key` with `source`, which an earlier try may have sent whose answer was lost.

    By its checksum or MD5; what neither proves is read back. Where that is denied, size and time decide.

    Args:
        began: when it was sent first, in seconds since the epoch.

    Raises: TransportError, ServiceError: nothing is known then.
    """
    try:
        head = await client.head_object(bucket, key, checksums=True)
    except (AccessDenied, NoSuchKey):
        return UNKNOWN
    if head.size != source.size:
        return Verdict(False, SIZE)
    stored = StoredObject(client, bucket, key, None, head)
    md5 = await in_thread(source.md5)
    if (head.etag or "").lower() == md5:
        return Verdict(True, "MD5")
    verdict = await FileCheck(stored, source.fd).verdict()
    if verdict.is_same:
        return verdict
    found = hashlib.md5(usedforsecurity=False)
    try:
        async with client.stream_object(bucket, key, if_match=head.etag) as body:
            async for chunk in body:
                found.update(chunk)
    except AccessDenied:
        return Verdict(began is not None and is_recent(head, began), SIZE)
    return Verdict(found.hexdigest() == md5, "MD5")


def is_recent(head: ObjectHead, began: float) -> bool:
    """Say whether an object can have been written after `began`, by a clock that may differ from ours."""
    return head.last_modified is not None and head.last_modified.timestamp() >= began - CLOCKS_DIFFER_S


def _is_unchanged(source: SourceFile) -> bool:
    try:
        source.check()
    except TransferError:
        return False
    return True


def _has_checksum_of(head: ObjectHead, parts: Sequence[Part]) -> bool:
    checksums = [part.checksum for part in parts if part.checksum is not None]
    if head.checksum is None or not checksums or len(checksums) != len(parts):
        return False
    if {checksum.algorithm for checksum in checksums} != {head.checksum.algorithm}:
        return False
    return composite(checksums).digest == head.checksum.digest


async def _by_etags_of_parts(head: ObjectHead, source: SourceFile, parts: Sequence[Part]) -> Verdict:
    """Compare the MD5 of each part of the file with the part's etag, where those make the object's etag.

    An etag may be anything else: only where one is the MD5 of its part, another that is not disproves.
    """
    etags, sizes = [part.etag.strip('"').lower() for part in parts], [part.size for part in parts]
    if head.etag is None or None in sizes or not all(map(is_md5, etags)):
        return UNKNOWN
    whole = hashlib.md5(b"".join(map(bytes.fromhex, etags)), usedforsecurity=False).hexdigest()
    if head.etag.lower() != f"{whole}-{len(parts)}":
        return UNKNOWN
    found = await md5s_of_parts(source.fd, [size or 0 for size in sizes])
    fits = [etag == digest.hex() for etag, digest in zip(etags, found, strict=True)]
    return Verdict(all(fits), "MD5 of parts") if any(fits) else UNKNOWN


async def _read_back(stored: StoredObject, md5: str) -> Verdict:
    found = hashlib.md5(usedforsecurity=False)
    try:
        async with stored.client.stream_object(stored.bucket, stored.key) as body:
            if body.head.etag != stored.head.etag:
                return UNKNOWN
            async for chunk in body:
                found.update(chunk)
    except S3Error:
        return UNKNOWN
    return Verdict(found.hexdigest() == md5, "MD5")

"""Orphan uploads: multipart uploads that nobody will end, and the file that can continue one."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from s3tui.s3.checksum import is_md5
from s3tui.s3.client import S3Client
from s3tui.s3.errors import NoSuchUpload
from s3tui.s3.http.file_section import FileSection
from s3tui.s3.models import OpenUpload, Part
from s3tui.s3.request.payload import section_checksum
from s3tui.transfer.errors import TransferError, target_exists
from s3tui.transfer.integrity.part_plan import PartPlan, plan_parts
from s3tui.transfer.journal.journal import Facts
from s3tui.transfer.threads import in_thread
from s3tui.transfer.upload.local_file import SourceFile

_AT_ONCE = 8
_READ = 1024 * 1024


@dataclass(frozen=True, slots=True)
class OrphanUpload:
    key: str
    upload_id: str
    initiated: datetime | None
    parts: int
    bytes: int
    """The size of all its parts, which is paid for."""
    ours: bool
    """A transfer on this machine began it, and may continue it."""


async def orphan_uploads(client: S3Client, bucket: str, prefix: str, known: set[str]) -> list[OrphanUpload]:
    """Return the open uploads under `prefix` by key, with the size of their parts.

    Args:
        known: the ids of those that are ours.

    Raises: NoSuchBucket, AccessDenied, TransportError.
    """
    turn = asyncio.Semaphore(_AT_ONCE)

    async def measure(upload: OpenUpload) -> OrphanUpload | None:
        async with turn:
            try:
                parts = await client.list_parts(bucket, upload.key, upload_id=upload.upload_id)
            except NoSuchUpload as error:
                error.check_given()
                return None  # ended meanwhile
        size = sum(part.size or 0 for part in parts)
        is_ours = upload.upload_id in known
        return OrphanUpload(upload.key, upload.upload_id, upload.initiated, len(parts), size, is_ours)

    found = [
        upload async for page in client.list_multipart_uploads(bucket, prefix) for upload in page.uploads
    ]
    return [each for each in await asyncio.gather(*map(measure, found)) if each is not None]


async def match(client: S3Client, source: Path, bucket: str, key: str, upload_id: str) -> Facts:
    """Return the facts that let an upload of `source` continue, when every part there is holds its bytes.

    Raises: TransferError, when it cannot be this file's; OSError, AccessDenied, TransportError.
    """
    try:
        parts = await client.list_parts(bucket, key, upload_id=upload_id)
    except NoSuchUpload as error:
        error.check_given()
        raise TransferError(
            f"the upload of {key} is gone: it was completed or aborted", "NoSuchUpload"
        ) from None
    if await client.object_exists(bucket, key):
        raise target_exists(f"s3://{bucket}/{key}")
    return await in_thread(_match, source, key, upload_id, parts)


def _match(source: Path, key: str, upload_id: str, parts: Sequence[Part]) -> Facts:
    file = SourceFile(source.absolute(), follow_links=True)
    try:
        plan = _plan_of(file, key, parts)
        spans = dict(enumerate(plan, start=1))
        for part in parts:
            offset, length = spans[part.part_number]
            if not _is_same(file, part, offset, length):
                raise TransferError(
                    f"part {part.part_number} of the upload of {key} does not hold the bytes of {source}: "
                    "pick the file that it was begun with, or abort it",
                    "OtherFile",
                )
        file.check()
        algorithm = next((part.checksum.algorithm.value for part in parts if part.checksum), None)
        return {
            "upload_id": upload_id,
            "key": key,
            "part_size": plan.part_size,
            "size": plan.size,
            "source": list(file.fingerprint),
            "algorithm": algorithm,
        }
    finally:
        file.close()


def _plan_of(file: SourceFile, key: str, parts: Sequence[Part]) -> PartPlan:
    """Return the part plan of the upload: parts like the first, or the largest that is there."""
    if not parts:
        return plan_parts(file.size)
    first = [part.size for part in parts if part.part_number == 1]
    plan = PartPlan(file.size, max(1, (first or [max(part.size or 0 for part in parts)])[0] or 0))
    sizes = {number: length for number, (_, length) in enumerate(plan, start=1)}
    if not plan.is_acceptable or any(sizes.get(part.part_number) != part.size for part in parts):
        raise TransferError(
            f"{file.path} cannot be cut into the parts that the upload of {key} has: "
            "pick the file that it was begun with, or abort it",
            "OtherFile",
        )
    return plan


def _is_same(file: SourceFile, part: Part, offset: int, length: int) -> bool:
    if part.checksum is not None:
        section = FileSection(file.fd, offset, length)
        return section_checksum(section, part.checksum.algorithm).value == part.checksum.value
    if not is_md5(part.etag):
        return False  # nothing tells
    digest = hashlib.md5(usedforsecurity=False)
    for start in range(offset, offset + length, _READ):
        digest.update(file.read(min(_READ, offset + length - start), start))
    return digest.hexdigest() == part.etag

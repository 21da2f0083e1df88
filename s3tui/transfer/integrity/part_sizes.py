"""Part sizes of multipart objects, as far as S3 tells; etag and composite checksum depend on them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from s3tui.s3.client import S3Client
from s3tui.s3.errors import S3Error
from s3tui.s3.models import ObjectHead
from s3tui.s3.wire.headers import content_range
from s3tui.transfer.task_set import TaskSet

_ASKED_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class PartSizes:
    sizes: tuple[int, ...]
    """Of each part, in order."""
    is_exact: bool
    """S3 told the size of each; else all are taken to be as large as the first."""


def part_count(head: ObjectHead) -> int | None:
    """Return the number of parts that an object was made of; `None`: it was not uploaded in parts."""
    count = (head.etag or "").partition("-")[2]
    return int(count) if count.isascii() and count.isdigit() and 0 < len(count) < 6 and int(count) else None


async def likely_part_sizes(
    client: S3Client, bucket: str, key: str, version_id: str | None, head: ObjectHead
) -> PartSizes | None:
    """Return the part sizes of an object, with as few requests as possible; `None` when S3 does not tell."""
    count, size = part_count(head), head.size
    if count is None or size is None:
        return None
    if count == 1:
        return PartSizes((size,), is_exact=True)
    first = await _size_of(client, bucket, key, version_id, 1)
    if first and -(-size // first) == count:
        return PartSizes((*[first] * (count - 1), size - first * (count - 1)), is_exact=False)
    return await exact_part_sizes(client, bucket, key, version_id, head)


async def exact_part_sizes(
    client: S3Client, bucket: str, key: str, version_id: str | None, head: ObjectHead
) -> PartSizes | None:
    """Return the part sizes of an object, asking for each part if need be; `None` when S3 does not tell."""
    listed = await _listed(client, bucket, key, version_id, head)
    if listed is not None:
        return listed
    turn = asyncio.Semaphore(_ASKED_AT_ONCE)

    async def ask(number: int) -> int | None:
        async with turn:
            return await _size_of(client, bucket, key, version_id, number)

    count = part_count(head) or 0
    if not count or await ask(1) is None:
        return None
    tasks = TaskSet()
    asked = [tasks.start(ask(number)) for number in range(1, count + 1)]
    await tasks.join()
    sizes = tuple([size for task in asked if (size := task.result()) is not None])
    return PartSizes(sizes, is_exact=True) if len(sizes) == count and sum(sizes) == head.size else None


async def _size_of(
    client: S3Client, bucket: str, key: str, version_id: str | None, number: int
) -> int | None:
    """Return the size of one part; `None` from many servers, which answer for the whole object."""
    try:
        part = await client.head_object(bucket, key, version_id=version_id, part_number=number)
    except S3Error:
        return None
    if part.parts_count is None:
        return None
    span = content_range({name.lower(): value for name, value in part.headers})
    return part.size if span is None else span.last - span.first + 1


async def _listed(
    client: S3Client, bucket: str, key: str, version_id: str | None, head: ObjectHead
) -> PartSizes | None:
    with suppress(S3Error):
        attributes = await client.get_object_attributes(bucket, key, version_id=version_id)
        sizes = tuple([part.size or 0 for part in attributes.parts])
        is_this_one = attributes.etag == head.etag and sum(sizes) == head.size
        if is_this_one and len(sizes) == part_count(head):
            return PartSizes(sizes, is_exact=True)
    return None

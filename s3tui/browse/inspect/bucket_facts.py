"""Facts about a bucket: its configuration, access and rules; each setting is asked for by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3tui.browse.inspect.answers import Answer, Refused, answer
from s3tui.prices import parts_cost
from s3tui.s3.configuration import (
    BucketDocument,
    CorsRule,
    DefaultEncryption,
    Leaves,
    LifecycleRule,
    ObjectLockConfiguration,
    PublicAccessBlock,
    Versioning,
)
from s3tui.s3.models import AccessControlList, OpenUpload

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client


@dataclass(frozen=True, slots=True)
class OpenUploads:
    """Multipart uploads that nobody ended, as far as one page lists them."""

    uploads: tuple[OpenUpload, ...]
    is_more: bool = False
    size: int = 0
    """Bytes of the parts of those that were measured."""
    measured: int = 0
    monthly: float | None = None
    """US dollars a month for these bytes; `None`: the storage is not Amazon's, or of an unknown class."""


_MEASURED = 16
"""Uploads whose parts are listed, a request each."""


async def _open_uploads(s3: S3Client, bucket: str) -> OpenUploads:
    listed, is_more = tuple[OpenUpload, ...](), False
    async with aclosing(s3.list_multipart_uploads(bucket)) as pages:
        async for page in pages:
            listed, is_more = page.uploads, page.next is not None
            break
    parts = await asyncio.gather(
        *(answer(s3.list_parts(bucket, each.key, upload_id=each.upload_id)) for each in listed[:_MEASURED])
    )
    sizes = [
        (sum(part.size or 0 for part in known), upload.storage_class)
        for upload, known in zip(listed, parts, strict=False)
        if not isinstance(known, Refused)
    ]
    costs = [parts_cost(size, storage_class) for size, storage_class in sizes]
    monthly = None if None in costs or not s3.endpoint.is_aws else sum(filter(None, costs))
    return OpenUploads(listed, is_more, sum(size for size, _ in sizes), len(sizes), monthly)


@dataclass(frozen=True, slots=True)
class BucketSettings:
    """The settings that hold for every object in a bucket."""

    versioning: Answer[Versioning]
    encryption: Answer[DefaultEncryption | None]
    object_lock: Answer[ObjectLockConfiguration]
    tags: Answer[Mapping[str, str]]
    uploads: Answer[OpenUploads]
    """Multipart uploads that nobody ended."""


async def bucket_settings(s3: S3Client, bucket: str) -> BucketSettings:
    """Ask for a bucket's settings, all at once; raises nothing of S3's."""

    versioning, encryption, lock, tags, open_uploads = await asyncio.gather(
        answer(s3.get_bucket_versioning(bucket)),
        answer(s3.get_bucket_encryption(bucket)),
        answer(s3.get_object_lock_configuration(bucket)),
        answer(s3.get_bucket_tagging(bucket)),
        answer(_open_uploads(s3, bucket)),
    )
    return BucketSettings(versioning, encryption, lock, tags, open_uploads)


@dataclass(frozen=True, slots=True)
class BucketAccess:
    """All that decides who may read a bucket's objects, as far as S3 tells."""

    ownership: Answer[str | None]
    block: Answer[PublicAccessBlock | None]
    has_public_policy: Answer[bool]
    acl: Answer[AccessControlList]
    cors: Answer[tuple[CorsRule, ...]]


async def bucket_access(s3: S3Client, bucket: str) -> BucketAccess:
    """Ask for the settings that open or close a bucket; raises nothing of S3's."""
    ownership, block, has_public_policy, acl, cors = await asyncio.gather(
        answer(s3.get_bucket_ownership(bucket)),
        answer(s3.get_public_access_block(bucket)),
        answer(s3.is_bucket_policy_public(bucket)),
        answer(s3.get_bucket_acl(bucket)),
        answer(s3.get_bucket_cors(bucket)),
    )
    return BucketAccess(ownership, block, has_public_policy, acl, cors)


async def bucket_policy(s3: S3Client, bucket: str) -> Answer[str | None]:
    """Return a bucket's policy as JSON text, `None` without one."""
    return await answer(s3.get_bucket_policy(bucket))


async def bucket_lifecycle(s3: S3Client, bucket: str) -> Answer[tuple[LifecycleRule, ...]]:
    return await answer(s3.get_bucket_lifecycle(bucket))


async def bucket_documents(s3: S3Client, bucket: str) -> Mapping[BucketDocument, Answer[Leaves | None]]:
    """Ask for the configurations that are shown as they are, all at once; raises nothing of S3's."""
    answers = await asyncio.gather(*(answer(s3.get_bucket_document(bucket, each)) for each in BucketDocument))
    return dict(zip(BucketDocument, answers, strict=True))

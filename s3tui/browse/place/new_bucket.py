"""Creates a bucket with its settings, only where there is none, and asks the server for its region."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from s3tui.s3.configuration import DefaultEncryption, PublicAccessBlock, VersioningStatus
from s3tui.s3.errors import AccessDenied, S3Error

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client


@dataclass(frozen=True, slots=True)
class NewBucket:
    """A bucket to be created; what is not said is left to the server."""

    name: str
    region: str | None = None
    versioning: bool = False
    object_lock: bool = False
    """It turns versioning on, for good."""
    encryption: str | None = None
    """`AES256` or `aws:kms`."""
    refuses_public_access: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CreatedBucket:
    """The outcome of `make_bucket`."""

    is_new: bool
    """Whether it was not there before; else nothing was changed."""
    region: str | None
    """As the server tells it; `None` where it does not."""
    is_visible: bool = True
    """Whether its listing may be read."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Settings that could not be made, and why."""


async def make_bucket(s3: S3Client, wish: NewBucket) -> CreatedBucket:
    """Create a bucket, unless there is one of that name, then make its settings, each by itself.

    To create a bucket of one's own again is no harmless thing: in us-east-1 that succeeds, and takes its ACL
    back to the default.

    Raises: S3Error.
    """
    name, region = wish.name, wish.region
    try:
        if await s3.bucket_exists(name):
            return CreatedBucket(False, await _region_of(s3, name))
    except AccessDenied:
        return CreatedBucket(False, None, is_visible=False)
    await s3.create_bucket(name, region=region, object_lock=wish.object_lock)
    seen = await _region_of(s3, name)
    if region is not None and seen != region:  # a server that is not Amazon's may take any, and use its own
        s3.forget_region(name)
    failed = {}
    for label, setting in _settings(s3, wish).items():
        try:
            await setting()
        except S3Error as error:
            failed[label] = error.message
    return CreatedBucket(True, seen, failed=failed)


def _settings(s3: S3Client, wish: NewBucket) -> Mapping[str, Callable[[], Awaitable[None]]]:
    """Return what makes each setting that is wished, by its name."""
    name = wish.name
    settings: dict[str, Callable[[], Awaitable[None]]] = {}
    if wish.versioning and not wish.object_lock:
        settings["versioning"] = partial(s3.put_bucket_versioning, name, VersioningStatus.ENABLED)
    if wish.encryption is not None:
        is_kms = wish.encryption.startswith("aws:kms")
        default = DefaultEncryption(wish.encryption, bucket_key=is_kms)
        settings["encryption"] = partial(s3.put_bucket_encryption, name, default)
    if wish.refuses_public_access:
        every = PublicAccessBlock(True, True, True, True)
        settings["public access"] = partial(s3.put_public_access_block, name, every)
    if wish.tags:
        settings["tags"] = partial(s3.put_bucket_tagging, name, wish.tags)
    return settings


async def _region_of(s3: S3Client, name: str) -> str | None:
    try:
        return await s3.get_bucket_location(name)
    except S3Error:  # not every server has it, nor everybody the right to ask
        return None

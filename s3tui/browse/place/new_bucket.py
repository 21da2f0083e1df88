"""Creates a bucket, only where there is none, and asks the server for the region that it came to be in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3tui.s3.errors import AccessDenied, S3Error

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client


@dataclass(frozen=True, slots=True)
class CreatedBucket:
    """The outcome of `make_bucket`."""

    is_new: bool
    """Whether it was not there before; else nothing was changed."""
    region: str | None
    """As the server tells it; `None` where it does not."""
    is_visible: bool = True
    """Whether its listing may be read."""


async def make_bucket(s3: S3Client, name: str, region: str | None) -> CreatedBucket:
    """Create a bucket, unless there is one of that name.

    To create a bucket of one's own again is no harmless thing: in us-east-1 that succeeds, and takes its ACL
    back to the default.

    Raises: S3Error.
    """
    try:
        if await s3.bucket_exists(name):
            return CreatedBucket(False, await _region_of(s3, name))
    except AccessDenied:
        return CreatedBucket(False, None, is_visible=False)
    await s3.create_bucket(name, region=region)
    seen = await _region_of(s3, name)
    if region is not None and seen != region:  # a server that is not Amazon's may take any, and use its own
        s3.forget_region(name)
    return CreatedBucket(True, seen)


async def _region_of(s3: S3Client, name: str) -> str | None:
    try:
        return await s3.get_bucket_location(name)
    except S3Error:  # not every server has it, nor everybody the right to ask
        return None

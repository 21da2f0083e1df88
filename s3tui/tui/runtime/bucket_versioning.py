"""A bucket's versioning and owner, and the sentences on what deleting or moving objects in it means."""

from __future__ import annotations

import asyncio

from s3tui.s3.configuration import VersioningStatus
from s3tui.s3.errors import S3Error
from s3tui.tui.runtime.session import Session

_PATIENCE_S = 2.0


async def learn_versioning(session: Session, bucket: str) -> VersioningStatus | None:
    """Return the bucket's versioning status; `None` if it cannot be learned within two seconds."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return (await session.run(lambda s3: s3.get_bucket_versioning(bucket))).status
    except (S3Error, TimeoutError):
        return None


async def learn_owner(session: Session, *buckets: str) -> str | None:
    """Return the account that owns `buckets`, if it is that of the keys and is learned within two seconds."""
    from s3tui.transfer.changes.reading import ReadingClient

    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await session.run(lambda s3: ReadingClient(s3).owner(*buckets))
    except (S3Error, TimeoutError):
        return None


def fate(status: VersioningStatus | None, number: int) -> str:
    """Return a sentence on what deleting `number` objects means."""
    they, are, become = ("it", "is", "becomes") if number == 1 else ("they", "are", "become")
    marker = "a delete marker" if number == 1 else "delete markers"
    match status:
        case VersioningStatus.ENABLED:
            return f"Versioning is on: {they} {become} {marker}, older versions stay, and U undoes it."
        case VersioningStatus.SUSPENDED:
            return (
                "Versioning is suspended: what was written since is gone for good, older versions stay. "
                "U undoes it only in part."
            )
        case VersioningStatus.OFF:
            return f"Versioning is off: {they} {are} gone for good."
        case None:
            return f"Whether versioning is on cannot be learned: without it, {they} {are} gone for good."


def fate_of_move(status: VersioningStatus | None) -> str:
    """Return a sentence on what moving objects out of a bucket leaves there."""
    match status:
        case VersioningStatus.ENABLED:
            return "Versioning is on: older versions stay here, and U undoes it."
        case VersioningStatus.SUSPENDED:
            return "Versioning is suspended: U cannot undo it."
        case VersioningStatus.OFF:
            return "Versioning is off: U cannot undo it."
        case None:
            return "Whether versioning is on cannot be learned, and so whether U can undo it."

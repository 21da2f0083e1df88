"""All versions of one key, the latest first."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from s3tui.browse.rows.listing import Kind, Row, VersionStatus
from s3tui.s3.models import ObjectVersion

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client

MOST = 10_000
"""Versions that are read of one key at most."""


async def object_versions(s3: S3Client, bucket: str, key: str) -> tuple[tuple[ObjectVersion, ...], bool]:
    """Return the versions and delete markers of a key, and whether there are more than are read.

    Raises: S3Error.
    Source: S3 API Reference, ListObjectVersions.
    """
    found: list[ObjectVersion] = []
    async with aclosing(s3.list_object_versions(bucket, key)) as pages:
        async for page in pages:
            found += [version for version in page.versions if version.key == key]
            if len(found) > MOST:
                break
            if page.next is None or page.next.key != key:  # keys that only begin like it follow
                break
    return tuple(found[:MOST]), len(found) > MOST


def as_row(version: ObjectVersion) -> Row:
    """Return a version as a row, to be transferred, promoted or deleted as one of a listing."""
    return Row(
        Kind.OBJECT,
        version.key,
        version.key,
        version.size,
        version.last_modified,
        version.storage_class,
        version_id=version.version_id,
        status=status_of(version),
    )


def status_of(version: ObjectVersion) -> VersionStatus:
    if version.is_delete_marker:
        return VersionStatus.DELETED if version.is_latest else VersionStatus.WAS_DELETED
    return VersionStatus.CURRENT if version.is_latest else VersionStatus.OLDER

"""The versions view as a source of rows: all versions and delete markers of a bucket, in place."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from s3tui.browse.rows.listing import Kind, VersionStatus
from s3tui.browse.rows.tree import Tree
from s3tui.browse.source.source import PageRequest
from s3tui.s3.models import ListObjectsPage

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client


@dataclass(frozen=True, slots=True)
class Versions:
    """Every version of every key (ListObjectVersions), the latest first; a row is a key and a version id."""

    title: ClassVar[str] = "versions"
    is_live: ClassVar[bool] = False
    is_offline: ClassVar[bool] = False

    def pages(self, s3: S3Client, request: PageRequest) -> AsyncGenerator[ListObjectsPage, None]:
        from s3tui.s3.listing.versions import list_versions_as_objects

        return list_versions_as_objects(
            s3,
            request.bucket,
            request.prefix,
            delimiter=request.delimiter,
            continuation_token=request.continuation_token,
            start_after=request.start_after,
        )


VERSIONS = Versions()


@dataclass(frozen=True, slots=True)
class VersionCounts:
    """Counts of the versions that are loaded."""

    objects: int = 0
    """Keys that are there now."""
    older: int = 0
    older_size: int = 0
    """In bytes: paid for, and in no usual listing."""
    older_unsized: int = 0
    """Older ones whose size is unknown."""
    delete_markers: int = 0


def count_versions(tree: Tree) -> VersionCounts:
    """Count in all listings that are shown."""
    objects = older = older_size = unsized = markers = 0
    for listing in tree.expanded_listings:
        if listing.versions is None:
            continue
        statuses = listing.versions.statuses
        objects += statuses.count(VersionStatus.CURRENT) - listing.kinds.count(Kind.PREFIX)
        older += statuses.count(VersionStatus.OLDER)
        older_size += listing.versions.older_size
        unsized += listing.versions.older_unsized
        markers += statuses.count(VersionStatus.DELETED) + statuses.count(VersionStatus.WAS_DELETED)
    return VersionCounts(objects, older, older_size, unsized, markers)


def short_id(version_id: str) -> str:
    """Shorten a version id to its end, which tells it from others: many servers begin them all alike."""
    return version_id if len(version_id) <= _SHORT else f"…{version_id[-_SHORT + 1 :]}"


_SHORT = 9

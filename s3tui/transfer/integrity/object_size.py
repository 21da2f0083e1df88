"""The size of an object whose own headers do not tell it: as its bucket's listing has it."""

from __future__ import annotations

from dataclasses import replace

from s3tui.s3.client import S3Client
from s3tui.s3.errors import S3Error
from s3tui.s3.models import ObjectHead


async def sized(
    client: S3Client, bucket: str, key: str, version_id: str | None, head: ObjectHead
) -> ObjectHead:
    """Return `head` with the size that a listing gives, where it gives none itself and the etags agree."""
    if head.size is not None:
        return head
    try:
        size, etag = await _listed(client, bucket, key, version_id)
    except S3Error:  # one may be allowed to read, and not to list
        return head
    return head if None not in (etag, head.etag) and etag != head.etag else replace(head, size=size)


async def _listed(
    client: S3Client, bucket: str, key: str, version_id: str | None
) -> tuple[int | None, str | None]:
    """Return size and etag of one key by the first page: it comes before all keys that it begins."""
    if version_id is None:
        async for page in client.list_objects(bucket, key):
            for found in page.objects:
                if found.key == key:
                    return found.size, found.etag
            break
        return None, None
    async for versions in client.list_object_versions(bucket, key):
        for version in versions.versions:
            if (version.key, version.version_id) == (key, version_id):
                return version.size, version.etag
        break
    return None, None


def merged(head: ObjectHead, other: ObjectHead) -> ObjectHead:
    """Return `head` with what only `other` says of the same object."""
    return replace(
        head,
        size=other.size if head.size is None else head.size,
        etag=head.etag or other.etag,
        last_modified=head.last_modified or other.last_modified,
        checksum=head.checksum or other.checksum,
    )

"""ReadingClient: as much of a client as plans need. It has no operation that could write."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping

from s3tui.s3.client import S3Client
from s3tui.s3.configuration import VersioningStatus
from s3tui.s3.errors import S3Error
from s3tui.s3.listing.parallel import list_objects_parallel
from s3tui.s3.models import (
    AccessControlList,
    ListObjectsPage,
    ListUploadsPage,
    ListVersionsPage,
    ObjectHead,
    VersionMarker,
)


class ReadingClient:
    """Reads what a plan is made of."""

    def __init__(self, client: S3Client) -> None:
        self.endpoint = client.endpoint
        self._client = client

    def all_objects(self, bucket: str, prefix: str) -> AsyncGenerator[ListObjectsPage, None]:
        """Yield every object under a prefix, listed by many workers."""
        return list_objects_parallel(self._client, bucket, prefix)

    def objects(
        self, bucket: str, prefix: str, *, start_after: str | None = None
    ) -> AsyncGenerator[ListObjectsPage, None]:
        """Yield the objects under a prefix, behind a key where the bucket is listed from one on."""
        behind = start_after if self._client.lists_in_order(bucket) else None
        return self._client.list_objects(bucket, prefix, start_after=behind)

    def versions(
        self, bucket: str, prefix: str, *, start: VersionMarker | None = None
    ) -> AsyncGenerator[ListVersionsPage, None]:
        return self._client.list_object_versions(bucket, prefix, start=start)

    def uploads(self, bucket: str, prefix: str) -> AsyncGenerator[ListUploadsPage, None]:
        return self._client.list_multipart_uploads(bucket, prefix)

    async def head(self, bucket: str, key: str, *, checksums: bool = False) -> ObjectHead:
        return await self._client.head_object(bucket, key, checksums=checksums)

    async def head_object(self, bucket: str, key: str, *, version_id: str | None = None) -> ObjectHead:
        return await self._client.head_object(bucket, key, version_id=version_id)

    async def get_object_tagging(
        self, bucket: str, key: str, *, version_id: str | None = None
    ) -> Mapping[str, str]:
        return await self._client.get_object_tagging(bucket, key, version_id=version_id)

    async def get_object_acl(
        self, bucket: str, key: str, *, version_id: str | None = None
    ) -> AccessControlList:
        return await self._client.get_object_acl(bucket, key, version_id=version_id)

    async def get_bucket_ownership(self, bucket: str) -> str | None:
        return await self._client.get_bucket_ownership(bucket)

    async def owner(self, *buckets: str) -> str | None:
        """Return the account that owns all of `buckets`: that of the keys; `None` where that is not known."""
        try:
            account = await self._client.account()
            if account is not None:
                for bucket in buckets:
                    await self._client.head_bucket(bucket, expected_bucket_owner=account)
        except S3Error:
            return None
        return account

    async def versioning(self, bucket: str) -> VersioningStatus | None:
        """Return the bucket's versioning status; `None` where it cannot be learned."""
        try:
            return (await self._client.get_bucket_versioning(bucket)).status
        except S3Error:
            return None

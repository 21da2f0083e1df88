"""BucketHandle: a bucket that is known to exist, and the everyday calls on its objects.

photos = await s3.get_bucket("photos")
await photos.put("2026/cat.jpg", data, content_type="image/jpeg")
async for key in photos.keys("2026/"):
    ...
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Unpack

from s3tui.s3.models import ByteRange
from s3tui.s3.request.options import CallOptions, CopyOptions, ReadOptions, WriteOptions
from s3tui.s3.request.payload import Data

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client


class BucketHandle:
    """A handle on one bucket, which `S3Client.get_bucket` and `create_bucket` return."""

    def __init__(self, client: S3Client, name: str) -> None:
        self.name = name
        self._client = client

    @classmethod
    async def open(cls, client: S3Client, name: str, **call: Unpack[CallOptions]) -> BucketHandle:
        """Check that the bucket exists, and return a handle on it, as `S3Client.get_bucket`."""
        return await client.get_bucket(name, **call)

    async def get(
        self, key: str, *, byte_range: ByteRange | None = None, **options: Unpack[ReadOptions]
    ) -> bytes:
        """Return an object's bytes, as `S3Client.get_object`."""
        return await self._client.get_object(self.name, key, byte_range=byte_range, **options)

    async def put(
        self, key: str, data: Data, *, content_length: int | None = None, **options: Unpack[WriteOptions]
    ) -> str:
        """Write an object and return its etag, as `S3Client.put_object`."""
        return await self._client.put_object(self.name, key, data, content_length=content_length, **options)

    async def delete(self, key: str, *, must_exist: bool = True, **call: Unpack[CallOptions]) -> None:
        """Delete an object; unlike in S3 itself, it is an error when there is none.

        Raises: NoSuchKey (with `must_exist`), AccessDenied, TransportError.
        """
        await self._client.delete_object(self.name, key, must_exist=must_exist, **call)

    async def exists(self, key: str, **options: Unpack[ReadOptions]) -> bool:
        """Say whether there is such an object, as `S3Client.object_exists`."""
        return await self._client.object_exists(self.name, key, **options)

    async def copy_from(self, key: str, source: str, **options: Unpack[CopyOptions]) -> str:
        """Make `key` a copy of `source` (`bucket/key`) and return its etag, as `S3Client.copy_object`."""
        return await self._client.copy_object(self.name, key, source=source, **options)

    async def keys(self, prefix: str = "", **call: Unpack[CallOptions]) -> AsyncGenerator[str, None]:
        """Yield every key under `prefix`, in UTF-8 byte order."""
        async for page in self._client.list_objects(self.name, prefix, **call):
            for entry in page.objects:
                yield entry.key

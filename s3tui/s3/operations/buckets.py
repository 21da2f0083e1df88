"""Operations on buckets, and on the service that holds them."""

from __future__ import annotations

from s3tui.s3 import xml
from s3tui.s3.endpoint import DEFAULT_REGION
from s3tui.s3.errors import NoSuchBucket
from s3tui.s3.models import Bucket
from s3tui.s3.operations.base import Operations
from s3tui.s3.request import S3Request


class BucketOperations(Operations):
    async def list_buckets(self) -> list[Bucket]:
        """Return every bucket that the credentials own, by name.

        Raises: AccessDenied, SignatureRejected, TransportError.
        Source: S3 API Reference, ListBuckets.
        """
        buckets: list[Bucket] = []
        token: str | None = None
        while True:
            query = () if token is None else (("continuation-token", token),)
            _, body = await self._sender.send(S3Request("ListBuckets", "GET", query=query))
            page, next_token = xml.list_buckets(body)
            buckets.extend(page)
            if next_token is None or next_token == token:
                return buckets
            token = next_token

    async def head_bucket(self, bucket: str) -> str:
        """Return the region that serves `bucket`.

        Where the server does not say it, that is the region it accepted a signature for.

        Raises: NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, HeadBucket.
        """
        request = S3Request("HeadBucket", "HEAD", bucket)
        response, _ = await self._sender.send(request)
        return response.headers.get("x-amz-bucket-region") or self._sender.region_for(request)

    async def bucket_exists(self, bucket: str) -> bool:
        """Say whether there is such a bucket that one may look at.

        Raises: AccessDenied, when there is one of that name that one may not.
        """
        try:
            await self.head_bucket(bucket)
        except NoSuchBucket:
            return False
        return True

    async def create_bucket(self, bucket: str, *, region: str | None = None) -> None:
        """Create `bucket` in `region`, by default the endpoint's own.

        Raises: BucketAlreadyExists, AccessDenied, TransportError.
        Source: S3 API Reference, CreateBucket.
        """
        home = region or self._sender.endpoint.region
        # us-east-1 has no location constraint, and a custom endpoint may know no region but its own.
        is_told = home != DEFAULT_REGION and (region is not None or self._sender.endpoint.is_aws)
        self._sender.regions.learn(bucket, home)
        request = S3Request(
            "CreateBucket",
            "PUT",
            bucket,
            body=xml.create_bucket_body(home if is_told else None),
            repeatable=False,
        )
        try:
            await self._sender.send(request)
        except BaseException:
            self._sender.regions.forget(bucket)
            raise

    async def delete_bucket(self, bucket: str, *, missing_ok: bool = False) -> None:
        """Delete an empty bucket.

        Raises: NoSuchBucket (unless `missing_ok`), BucketNotEmpty, AccessDenied, TransportError.
        Source: S3 API Reference, DeleteBucket.
        """
        try:
            await self._sender.send(S3Request("DeleteBucket", "DELETE", bucket))
        except NoSuchBucket:
            if not missing_ok:
                raise
        self._sender.regions.forget(bucket)

"""Operations on buckets: these themselves here, what they hold and how they are set by the bases."""

from __future__ import annotations

from typing import Unpack

from s3tui.s3.address.directory_bucket import DirectoryBucket
from s3tui.s3.address.endpoint import DEFAULT_REGION
from s3tui.s3.errors import BucketAlreadyExists, NoSuchBucket, NotSupported, ProtocolError, ServiceError
from s3tui.s3.models import Bucket
from s3tui.s3.operations.bucket_settings import BucketSettingOperations
from s3tui.s3.operations.listings import ListingOperations
from s3tui.s3.request.options import CallOptions, query
from s3tui.s3.retries import may_pass
from s3tui.s3.wire import foreign, xml
from s3tui.s3.wire.paging import does_not_get_on


class BucketOperations(ListingOperations, BucketSettingOperations):
    _owner: str | None = None

    def known_owner(self) -> str | None:
        """Return the id of the account, as the last ListBuckets told it; sends nothing."""
        return self._owner

    async def list_buckets(
        self,
        *,
        prefix: str = "",
        region: str | None = None,
        max_buckets: int | None = None,
        **call: Unpack[CallOptions],
    ) -> list[Bucket]:
        """Return the buckets that the credentials own, by name.

        Args:
            prefix: only those whose name begins with it.
            region: only those in it, and those of which the server does not say where they are.
            max_buckets: how many to ask for at a time, 10 000 at most; S3 pages only when told.

        Raises: AccessDenied, SignatureRejected, TransportError; ProtocolError, where the server says that
            there are more, and does not come to an end of them.
        Source: S3 API Reference, ListBuckets.
        """
        buckets: dict[str, Bucket] = {}
        seen: set[str] = set()
        token: str | None = None
        while True:
            asked = {
                "prefix": prefix or None,
                "bucket-region": region,
                "max-buckets": None if max_buckets is None else str(max_buckets),
                "continuation-token": token,
            }
            # A request that names a region is answered by that region only.
            _, body = await self._send(
                "ListBuckets", "GET", query=query(**asked), region=region, options=call
            )
            page, next_token = xml.list_buckets(body)
            self._owner = xml.owner_of_buckets(body) or None
            news = {bucket.name for bucket in page} - seen
            seen |= news
            # Not every server knows the filters.
            buckets |= {
                bucket.name: bucket
                for bucket in page
                if bucket.name.startswith(prefix) and (region is None or bucket.region in (None, region))
            }
            if next_token is None:
                return sorted(buckets.values(), key=lambda bucket: bucket.name)
            if next_token == token or not news:
                raise does_not_get_on()
            token = next_token

    async def list_directory_buckets(
        self, *, region: str | None = None, **call: Unpack[CallOptions]
    ) -> list[Bucket]:
        """Return the directory buckets of a region that the credentials own, by name.

        Args:
            region: by default the endpoint's.

        Raises: AccessDenied, SignatureRejected, TransportError; NotSupported, elsewhere than on AWS.
        Source: S3 API Reference, ListDirectoryBuckets.
        """
        if not self._sender.endpoint.is_aws:
            raise NotSupported(
                f"{self._sender.endpoint.authority} has no directory buckets",
                operation="ListDirectoryBuckets",
            )
        buckets: dict[str, Bucket] = {}
        token: str | None = None
        while True:
            asked = query(**{"continuation-token": token})
            _, body = await self._send(
                "ListDirectoryBuckets", "GET", query=asked, region=region, options=call
            )
            page, next_token = xml.list_buckets(body, "ListAllMyDirectoryBucketsResult")
            before = len(buckets)
            buckets |= {bucket.name: bucket for bucket in page}
            if next_token is None:
                return sorted(buckets.values(), key=lambda bucket: bucket.name)
            if next_token == token or len(buckets) == before:
                raise does_not_get_on()
            token = next_token

    async def head_bucket(self, bucket: str, **call: Unpack[CallOptions]) -> str:
        """Return the region that serves `bucket`.

        Where the server does not say it, that is the region it accepted a signature for.

        Raises: NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, HeadBucket.
        """
        response, _ = await self._send("HeadBucket", "HEAD", bucket, options=call)
        said: str | None = response.headers.get("x-amz-bucket-region")
        return said or self._sender.regions.get(bucket) or self._sender.endpoint.region

    async def bucket_exists(self, bucket: str, **call: Unpack[CallOptions]) -> bool:
        """Say whether the bucket exists and these credentials may access it.

        Raises: AccessDenied, when it exists and they may not.
        """
        try:
            await self.head_bucket(bucket, **call)
        except NoSuchBucket as error:
            error.check_given()
            return False
        return True

    async def _make_bucket(
        self,
        bucket: str,
        region: str | None,
        acl: str | None,
        object_lock: bool,
        ownership: str | None,
        call: CallOptions,
    ) -> None:
        """Create a bucket, unless there is one of the name.

        S3 grants one's own once more in us-east-1, and takes its ACL back to the default; some servers
        everywhere.

        Raises: ReadOnly, BucketAlreadyExists, and whatever sending raises.
        """
        self._sender.check_writable("CreateBucket", bucket)
        zone = DirectoryBucket.parse(bucket) if self._sender.endpoint.is_directory_bucket(bucket) else None
        home = region or self._sender.endpoint.region_of(bucket)
        if (home == DEFAULT_REGION or not self._sender.endpoint.is_aws) and await self._is_own(bucket, call):
            raise BucketAlreadyExists(
                f"there is a bucket {bucket} of yours already",
                code="BucketAlreadyOwnedByYou",
                status=409,
                operation="CreateBucket",
                bucket=bucket,
            )
        # us-east-1 has no location constraint, and a custom endpoint may know no region but its own.
        is_told = home != DEFAULT_REGION and (region is not None or self._sender.endpoint.is_aws)
        headers = {
            "x-amz-acl": acl,
            "x-amz-bucket-object-lock-enabled": "true" if object_lock else None,
            "x-amz-object-ownership": ownership,
        }
        self._sender.regions.learn(bucket, home)
        try:
            await self._send(
                "CreateBucket",
                "PUT",
                bucket,
                headers={name: value for name, value in headers.items() if value is not None},
                body=xml.create_bucket_body(home if is_told else None, None if zone is None else zone.zone),
                repeatable=False,
                options=call,
            )
        except BaseException:
            self._sender.regions.forget(bucket)
            raise

    async def _is_own(self, bucket: str, call: CallOptions) -> bool:
        """Say whether there is a bucket that may be looked at; of others CreateBucket itself tells."""
        try:
            return await self.bucket_exists(bucket, **call)
        except ServiceError:
            return False

    async def delete_bucket(
        self, bucket: str, *, missing_ok: bool = False, **call: Unpack[CallOptions]
    ) -> None:
        """Delete an empty bucket.

        Raises: NoSuchBucket (unless `missing_ok`), BucketNotEmpty, AccessDenied, TransportError;
            ProtocolError, where it is still there.
        Source: S3 API Reference, DeleteBucket.
        """
        try:
            response, body = await self._send("DeleteBucket", "DELETE", bucket, options=call)
        except NoSuchBucket as error:
            error.check_given()
            if not missing_ok:
                raise
        else:
            if foreign.is_bare(response, body):
                await self._check_deleted_bucket(bucket, call)
        self._sender.regions.forget(bucket)

    async def _check_deleted_bucket(self, bucket: str, call: CallOptions) -> None:
        """Check that a bucket is gone, after a response that nothing shows to be S3's.

        Raises: ProtocolError, of one that is still there.
        """
        try:
            await self.head_bucket(bucket, **call)
        except ServiceError as error:
            if may_pass(error) and not isinstance(error, NoSuchBucket):
                raise
            return
        raise ProtocolError(
            f"s3://{bucket} is still there, though it was said to be deleted",
            operation="DeleteBucket",
            bucket=bucket,
        )

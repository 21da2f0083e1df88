"""Operations on a bucket's configuration.

What was never configured is `None` or empty, not an error.
"""

from __future__ import annotations

from typing import Unpack

from s3tui.s3.configuration import (
    BucketDocument,
    CorsRule,
    DefaultEncryption,
    Leaves,
    LifecycleRule,
    ObjectLockConfiguration,
    PublicAccessBlock,
    Versioning,
    VersioningStatus,
)
from s3tui.s3.errors import NotSupported, ServiceError
from s3tui.s3.models import AccessControlList
from s3tui.s3.operations.base import Operations
from s3tui.s3.request.options import CallOptions, call_timeouts
from s3tui.s3.request.s3_request import S3Request, content_md5
from s3tui.s3.wire import xml_subresources

NOT_CONFIGURED = frozenset(
    (
        "NoSuchBucketPolicy",
        "NoSuchCORSConfiguration",
        "NoSuchLifecycleConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
        "NoSuchTagSet",
        "NoSuchTagSetError",
        "NoSuchWebsiteConfiguration",
        "ObjectLockConfigurationNotFoundError",
        "OwnershipControlsNotFoundError",
        "ReplicationConfigurationNotFoundError",
        "ServerSideEncryptionConfigurationNotFoundError",
    )
)

_ACCOUNT_BLOCK = "v20180820/configuration/publicAccessBlock"


class BucketConfigurationOperations(Operations):
    async def get_bucket_location(self, bucket: str, **call: Unpack[CallOptions]) -> str:
        """Return the region that the bucket was created in; `head_bucket` is cheaper and more often allowed.

        Raises: NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, GetBucketLocation.
        """
        return xml_subresources.location(
            await self._subresource("GetBucketLocation", bucket, "location", call)
        )

    async def get_bucket_versioning(self, bucket: str, **call: Unpack[CallOptions]) -> Versioning:
        """Return the bucket's versioning status; a directory bucket, which never has any, is not asked.

        Raises: NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, GetBucketVersioning.
        """
        if self._sender.endpoint.is_directory_bucket(bucket):
            return Versioning(VersioningStatus.OFF)
        return xml_subresources.versioning(
            await self._subresource("GetBucketVersioning", bucket, "versioning", call)
        )

    async def put_bucket_versioning(
        self, bucket: str, status: VersioningStatus, **call: Unpack[CallOptions]
    ) -> None:
        """Enable or suspend versioning; it is never off again.

        Raises: NotSupported, NoSuchBucket, AccessDenied, TransportError; ValueError, for `OFF`.
        Source: S3 API Reference, PutBucketVersioning.
        """
        if status is VersioningStatus.OFF:
            raise ValueError("a bucket that had versions can only suspend them")
        await self._check_subresource("versioning", lambda: self.get_bucket_versioning(bucket, **call))
        body = xml_subresources.versioning_body(status)
        await self._send(
            "PutBucketVersioning",
            "PUT",
            bucket,
            query=(("versioning", ""),),
            headers={"content-md5": content_md5(body)},
            body=body,
            options=call,
        )

    async def get_bucket_policy(self, bucket: str, **call: Unpack[CallOptions]) -> str | None:
        """Return the bucket's policy as S3 keeps it: JSON text.

        Raises: NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, GetBucketPolicy.
        """
        body = await self._configured("GetBucketPolicy", bucket, "policy", call)
        return None if body is None else xml_subresources.policy(body)

    async def is_bucket_policy_public(self, bucket: str, **call: Unpack[CallOptions]) -> bool:
        """Say whether S3 considers the bucket's policy public.

        Raises: NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, GetBucketPolicyStatus.
        """
        body = await self._configured("GetBucketPolicyStatus", bucket, "policyStatus", call)
        return body is not None and xml_subresources.policy_is_public(body)

    async def get_public_access_block(
        self, bucket: str, **call: Unpack[CallOptions]
    ) -> PublicAccessBlock | None:
        """Return the kinds of public access that the bucket refuses, whatever its policy and ACLs say.

        Raises: NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, GetPublicAccessBlock.
        """
        body = await self._configured("GetPublicAccessBlock", bucket, "publicAccessBlock", call)
        return None if body is None else xml_subresources.public_access_block(body)

    async def get_account_public_access_block(
        self, account: str | None = None, **call: Unpack[CallOptions]
    ) -> PublicAccessBlock | None:
        """Return the kinds of public access that an account refuses for all of its buckets (S3 Control).

        Args:
            account: its number, by default that of the keys.

        Raises: AccessDenied, TransportError; NotSupported, where no account is known.
        Source: S3 Control API Reference, GetPublicAccessBlock.
        """
        sender = self._sender
        if account is None:
            keys = await sender.current_credentials()
            account = None if keys is None or not sender.endpoint.is_aws else keys.account
        operation = "GetAccountPublicAccessBlock"
        if account is None:
            raise NotSupported("the keys do not tell whose account they are of", operation=operation)
        request = S3Request(
            operation,
            "GET",
            key=_ACCOUNT_BLOCK,
            headers={"x-amz-account-id": account},
            timeouts=call_timeouts(call),
            account=account,
        )
        try:
            _, body = await sender.send(request)
        except ServiceError as error:
            if error.code in NOT_CONFIGURED:
                return None
            raise
        return xml_subresources.public_access_block(body)

    async def get_bucket_cors(self, bucket: str, **call: Unpack[CallOptions]) -> tuple[CorsRule, ...]:
        """Return the bucket's CORS rules.

        Raises: NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, GetBucketCors.
        """
        body = await self._configured("GetBucketCors", bucket, "cors", call)
        return () if body is None else xml_subresources.cors(body)

    async def get_bucket_lifecycle(
        self, bucket: str, **call: Unpack[CallOptions]
    ) -> tuple[LifecycleRule, ...]:
        """Return the bucket's lifecycle rules.

        Raises: NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, GetBucketLifecycleConfiguration.
        """
        body = await self._configured("GetBucketLifecycleConfiguration", bucket, "lifecycle", call)
        return () if body is None else xml_subresources.lifecycle(body)

    async def get_bucket_encryption(
        self, bucket: str, **call: Unpack[CallOptions]
    ) -> DefaultEncryption | None:
        """Return the encryption of objects that are written to the bucket without naming one.

        Raises: NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, GetBucketEncryption.
        """
        body = await self._configured("GetBucketEncryption", bucket, "encryption", call)
        return None if body is None else xml_subresources.encryption(body)

    async def get_object_lock_configuration(
        self, bucket: str, **call: Unpack[CallOptions]
    ) -> ObjectLockConfiguration:
        """Return the bucket's Object Lock configuration, with its default retention.

        Raises: NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, GetObjectLockConfiguration.
        """
        body = await self._configured("GetObjectLockConfiguration", bucket, "object-lock", call)
        return (
            ObjectLockConfiguration(is_enabled=False) if body is None else xml_subresources.object_lock(body)
        )

    async def get_bucket_tagging(self, bucket: str, **call: Unpack[CallOptions]) -> dict[str, str]:
        """Return the bucket's tags.

        Raises: NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, GetBucketTagging.
        """
        body = await self._configured("GetBucketTagging", bucket, "tagging", call)
        return {} if body is None else xml_subresources.tagging(body)

    async def get_bucket_ownership(self, bucket: str, **call: Unpack[CallOptions]) -> str | None:
        """Return the bucket's object ownership: `BucketOwnerEnforced` means that ACLs are off.

        Raises: NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, GetBucketOwnershipControls.
        """
        body = await self._configured("GetBucketOwnershipControls", bucket, "ownershipControls", call)
        return None if body is None else xml_subresources.ownership(body)

    async def get_bucket_acl(self, bucket: str, **call: Unpack[CallOptions]) -> AccessControlList:
        """Return the bucket's access control list.

        Raises: NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, GetBucketAcl.
        """
        return xml_subresources.acl(await self._subresource("GetBucketAcl", bucket, "acl", call))

    async def put_bucket_acl(self, bucket: str, acl: str, **call: Unpack[CallOptions]) -> None:
        """Replace the bucket's access control list by a canned one, such as `private`.

        Raises: NotSupported, NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, PutBucketAcl.
        """
        await self._check_subresource("acl", lambda: self.get_bucket_acl(bucket, **call))
        await self._send(
            "PutBucketAcl",
            "PUT",
            bucket,
            query=(("acl", ""),),
            headers={"x-amz-acl": acl, "content-md5": content_md5(b"")},
            options=call,
        )

    async def get_bucket_document(
        self, bucket: str, document: BucketDocument, **call: Unpack[CallOptions]
    ) -> Leaves | None:
        """Return a configuration as the texts in it; empty, or `None`, where nothing is configured.

        Raises: NoSuchBucket, AccessDenied, ProtocolError (of a server that does not know it), TransportError.
        Source: S3 API Reference, GetBucketReplication, GetBucketLogging, GetBucketNotificationConfiguration,
            GetBucketWebsite, ListBucketInventoryConfigurations, GetBucketAccelerateConfiguration,
            GetBucketRequestPayment.
        """
        operation = f"GetBucket{document.subresource[0].upper()}{document.subresource[1:]}"
        body = await self._configured(operation, bucket, document.subresource, call)
        return None if body is None else xml_subresources.leaves(body, document.root)

    async def _subresource(self, operation: str, bucket: str, name: str, call: CallOptions) -> bytes:
        _, body = await self._send(operation, "GET", bucket, query=((name, ""),), options=call)
        return body

    async def _configured(self, operation: str, bucket: str, name: str, call: CallOptions) -> bytes | None:
        try:
            return await self._subresource(operation, bucket, name, call)
        except ServiceError as error:
            if error.code in NOT_CONFIGURED:
                return None
            raise

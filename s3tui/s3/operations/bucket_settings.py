"""Operations that change a bucket's configuration.

Each replaces the whole document of its subresource. The subresource is read first, once an endpoint: one that
does not know it would take the request for another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

from s3tui.s3.configuration import BucketRules, DefaultEncryption, PublicAccessBlock, RuleDocument
from s3tui.s3.errors import ServiceError
from s3tui.s3.operations.configuration import NOT_CONFIGURED, BucketConfigurationOperations
from s3tui.s3.request.options import CallOptions
from s3tui.s3.request.s3_request import content_md5
from s3tui.s3.wire import rule_documents, xml_subresources

_MINIMUM_SIZE = "x-amz-transition-default-minimum-object-size"


class BucketSettingOperations(BucketConfigurationOperations):
    async def put_bucket_tagging(
        self, bucket: str, tags: Mapping[str, str], **call: Unpack[CallOptions]
    ) -> None:
        """Replace all tags of a bucket.

        Raises: NotSupported, NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, PutBucketTagging.
        """
        await self._check_subresource("tagging of buckets", lambda: self.get_bucket_tagging(bucket, **call))
        await self._put(bucket, "PutBucketTagging", "tagging", xml_subresources.tagging_body(tags), call)

    async def delete_bucket_tagging(self, bucket: str, **call: Unpack[CallOptions]) -> None:
        """Remove all tags of a bucket.

        Raises: NotSupported, NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, DeleteBucketTagging.
        """
        await self._check_subresource("tagging of buckets", lambda: self.get_bucket_tagging(bucket, **call))
        await self._delete(bucket, "DeleteBucketTagging", "tagging", call)

    async def put_public_access_block(
        self, bucket: str, block: PublicAccessBlock, **call: Unpack[CallOptions]
    ) -> None:
        """Set the kinds of public access that a bucket refuses.

        Raises: NotSupported, NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, PutPublicAccessBlock.
        """
        await self._check_subresource(
            "publicAccessBlock", lambda: self.get_public_access_block(bucket, **call)
        )
        body = xml_subresources.public_access_block_body(block)
        await self._put(bucket, "PutPublicAccessBlock", "publicAccessBlock", body, call)

    async def put_bucket_encryption(
        self, bucket: str, encryption: DefaultEncryption, **call: Unpack[CallOptions]
    ) -> None:
        """Set the encryption of objects that are written without naming one.

        Raises: NotSupported, NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, PutBucketEncryption.
        """
        await self._check_subresource("encryption", lambda: self.get_bucket_encryption(bucket, **call))
        body = xml_subresources.encryption_body(encryption)
        await self._put(bucket, "PutBucketEncryption", "encryption", body, call)

    async def put_bucket_policy(self, bucket: str, policy: str, **call: Unpack[CallOptions]) -> None:
        """Replace a bucket's policy, which is JSON.

        Raises: NotSupported, NoSuchBucket, AccessDenied, TransportError; ServiceError `MalformedPolicy`.
        Source: S3 API Reference, PutBucketPolicy.
        """
        await self._check_subresource("policy", lambda: self.get_bucket_policy(bucket, **call))
        await self._put(bucket, "PutBucketPolicy", "policy", policy.encode(), call)

    async def delete_bucket_policy(self, bucket: str, **call: Unpack[CallOptions]) -> None:
        """Remove a bucket's policy.

        Raises: NotSupported, NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, DeleteBucketPolicy.
        """
        await self._check_subresource("policy", lambda: self.get_bucket_policy(bucket, **call))
        await self._delete(bucket, "DeleteBucketPolicy", "policy", call)

    async def get_bucket_rules(
        self, bucket: str, rules: BucketRules, **call: Unpack[CallOptions]
    ) -> RuleDocument | None:
        """Return a bucket's CORS or lifecycle rules as JSON has them, with what is not known here, too.

        Raises: NoSuchBucket, AccessDenied, ProtocolError (of a server that does not know it), TransportError.
        Source: S3 API Reference, GetBucketCors, GetBucketLifecycleConfiguration.
        """
        try:
            response, body = await self._send(
                rules.reads, "GET", bucket, query=((rules.subresource, ""),), options=call
            )
        except ServiceError as error:
            if error.code in NOT_CONFIGURED:
                return None
            raise
        document = rule_documents.read_rules(body, rules.root)
        return RuleDocument(document, response.headers.get(_MINIMUM_SIZE))

    async def put_bucket_rules(
        self, bucket: str, rules: BucketRules, document: RuleDocument, **call: Unpack[CallOptions]
    ) -> None:
        """Replace all CORS or lifecycle rules of a bucket.

        Raises: NotSupported, NoSuchBucket, AccessDenied, TransportError; ValueError, for what are no rules.
        Source: S3 API Reference, PutBucketCors, PutBucketLifecycleConfiguration.
        """
        body = rule_documents.rules_body(document.rules, rules.root)
        await self._check_subresource(rules.subresource, lambda: self.get_bucket_rules(bucket, rules, **call))
        size = document.minimum_size
        headers = {} if size is None else {_MINIMUM_SIZE: size}
        await self._put(bucket, rules.writes, rules.subresource, body, call, headers)

    async def delete_bucket_rules(self, bucket: str, rules: BucketRules, **call: Unpack[CallOptions]) -> None:
        """Remove all CORS or lifecycle rules of a bucket.

        Raises: NotSupported, NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, DeleteBucketCors, DeleteBucketLifecycle.
        """
        await self._check_subresource(rules.subresource, lambda: self.get_bucket_rules(bucket, rules, **call))
        await self._delete(bucket, rules.removes, rules.subresource, call)

    async def _put(
        self,
        bucket: str,
        operation: str,
        subresource: str,
        body: bytes,
        call: CallOptions,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        await self._send(
            operation,
            "PUT",
            bucket,
            query=((subresource, ""),),
            headers={"content-md5": content_md5(body), **(headers or {})},
            body=body,
            options=call,
        )

    async def _delete(self, bucket: str, operation: str, subresource: str, call: CallOptions) -> None:
        await self._send(operation, "DELETE", bucket, query=((subresource, ""),), options=call)

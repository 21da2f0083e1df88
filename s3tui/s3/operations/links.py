"""Links to objects: presigned URLs and forms, which whoever holds them can use, and plain URLs."""

from __future__ import annotations

from collections.abc import Mapping

from s3tui.s3.address.access_point import is_arn
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.address.target import encode_query_value
from s3tui.s3.credentials import Credentials
from s3tui.s3.errors import CredentialsError
from s3tui.s3.operations.base import Operations
from s3tui.s3.request.options import CustomerKey
from s3tui.s3.request.s3_request import S3Request
from s3tui.s3.signing.presign import PresignedUrl, ResponseOverrides, presign
from s3tui.s3.signing.presign_post import PresignedForm, presign_post


class LinkOperations(Operations):
    async def presign(
        self,
        method: str,
        bucket: str,
        key: str,
        *,
        expires_s: int = 3600,
        version_id: str | None = None,
        overrides: ResponseOverrides | None = None,
        content_type: str | None = None,
        only_if_new: bool = False,
        customer_key: CustomerKey | None = None,
    ) -> PresignedUrl:
        """Return a presigned URL: whoever holds it may do `method` on an object.

        Sends nothing. Signed for the region that is known of the bucket: call `head_bucket` first when
        none is.

        Args:
            method: GET, HEAD, PUT or DELETE.
            expires_s: cut to seven days, and to the end of the session; `expires_at` tells the outcome.
            content_type: of a PUT; the bearer must send just this one.
            only_if_new: of a PUT; the bearer must send `If-None-Match: *`, so that nothing is overwritten.
            customer_key: of SSE-C, for GET, HEAD and PUT; the bearer must send the `headers` that hold it.

        Raises: CredentialsError, for an anonymous client; ValueError, for what no URL can do; ReadOnly.
        Source: S3 API Reference, *Authenticating Requests: Using Query Parameters*.
        """
        endpoint, credentials = await self._signer(S3Request("Presign", method, bucket, key))
        return presign(
            method,
            endpoint,
            bucket,
            key,
            credentials=credentials,
            at=self._sender.now(),
            expires_s=expires_s,
            version_id=version_id,
            overrides=overrides,
            content_type=content_type,
            only_if_new=only_if_new,
            customer_headers=None if customer_key is None else customer_key.headers(),
        )

    async def presign_post(
        self,
        bucket: str,
        key: str,
        *,
        expires_s: int = 3600,
        content_type: str | None = None,
        max_size: int | None = None,
        customer_key: CustomerKey | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> PresignedForm:
        """Return a presigned form: whoever holds it may upload a file by a POST, from a browser too.

        Sends nothing, and needs the bucket's region, as `presign` does.

        Args:
            key: one that ends in `${filename}` allows every key that begins with what stands before it.
            expires_s: cut to seven days, and to the end of the session; `expires_at` tells the outcome.
            content_type: the bearer must send just this one.
            max_size: bytes of the largest file that is taken; not every storage provider checks it.
            customer_key: of SSE-C; the form holds it.
            fields: others of S3's, which the bearer must send as they are: `acl`, `x-amz-meta-…`, `tagging`,
                `success_action_redirect`.

        Raises: CredentialsError, for an anonymous client; ValueError, for what no form can do; ReadOnly.
        Source: S3 API Reference, *Browser-Based Uploads Using POST*.
        """
        endpoint, credentials = await self._signer(S3Request("Presign", "POST", bucket, key))
        return presign_post(
            endpoint,
            bucket,
            key,
            credentials=credentials,
            at=self._sender.now(),
            expires_s=expires_s,
            content_type=content_type,
            max_size=max_size,
            more_fields={**({} if customer_key is None else customer_key.headers()), **(fields or {})},
        )

    def object_url(self, bucket: str, key: str, *, version_id: str | None = None) -> str:
        """Return the URL of an object, without a signature: for what everybody may read. Sends nothing.

        Raises: ValueError, where no URL can name it.
        """
        region = self._sender.region_for(S3Request("GetObject", "GET", bucket, key))
        target = self._sender.endpoint.target(bucket, key, region=region)
        asked = "" if version_id is None else f"?versionId={encode_query_value(version_id)}"
        return f"{target.scheme}://{target.authority}{target.path}{asked}"

    async def _signer(self, request: S3Request) -> tuple[Endpoint, Credentials]:
        """Return what a presigned request is signed for, and the keys to sign it with."""
        if not request.is_read:
            self._sender.check_writable("Presign", request.bucket, request.key)
        region = self._sender.region_for(request)
        _, credentials = await self._sender.signed(request, region)
        if credentials is None:
            raise CredentialsError("an anonymous connection cannot sign a URL")
        endpoint = self._sender.endpoint
        return endpoint if is_arn(request.bucket) else endpoint.in_region(region), credentials

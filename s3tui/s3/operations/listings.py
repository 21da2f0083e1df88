"""Operations that list what a bucket holds: objects, versions, open uploads.

A generator has one request in flight at a time; closing it cancels that one. Each page says where
the next one starts, which another process can continue from.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Unpack

from s3tui.s3 import listing_xml, xml
from s3tui.s3.capabilities import Capability
from s3tui.s3.errors import ServiceError
from s3tui.s3.models import (
    ListObjectsPage,
    ListUploadsPage,
    ListVersionsPage,
    UploadMarker,
    VersionMarker,
)
from s3tui.s3.operations.base import Operations, Query
from s3tui.s3.options import CallOptions, query

_PAGE = 1000
_RESTORE_STATUS = {"x-amz-optional-object-attributes": "RestoreStatus"}
_REFUSALS = frozenset({"NotImplemented", "InvalidArgument", "InvalidRequest"})


class ListingOperations(Operations):
    async def list_objects(
        self,
        bucket: str,
        prefix: str = "",
        *,
        delimiter: str = "",
        start_after: str | None = None,
        continuation_token: str | None = None,
        max_keys: int = _PAGE,
        restore_status: bool = False,
        **call: Unpack[CallOptions],
    ) -> AsyncGenerator[ListObjectsPage, None]:
        """Yield what lies under `prefix`, page by page, in UTF-8 byte order.

        With a `delimiter`, keys that hold it after the prefix are rolled up into common prefixes.

        Args:
            start_after: begin behind this key; it need not exist.
            continuation_token: begin where an earlier page said that the next one starts.
            max_keys: keys and common prefixes a page, 1 000 at most.
            restore_status: ask how far restores of archived objects are. A server that refuses to say is
                not asked again by this client; many say nothing.

        Raises: NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, ListObjectsV2.
        """
        token = continuation_token
        while True:
            asked = {
                **_asked(prefix, delimiter, max_keys, "max-keys"),
                "list-type": "2",
                "start-after": start_after,
                "continuation-token": token,
            }
            page = listing_xml.list_objects(
                await self._object_page(bucket, query(**asked), restore_status, call)
            )
            yield page
            if page.next_continuation_token is None or page.next_continuation_token == token:
                return
            token = page.next_continuation_token

    async def _object_page(self, bucket: str, asked: Query, restore_status: bool, call: CallOptions) -> bytes:
        known, refused = self._sender.capabilities, ""
        if restore_status and known.has(Capability.RESTORE_STATUS) is not False:
            try:
                _, body = await self._send(
                    "ListObjectsV2", "GET", bucket, query=asked, headers=_RESTORE_STATUS, options=call
                )
            except ServiceError as error:
                if error.code not in _REFUSALS:
                    raise
                refused = f"{error.operation}: {error.status} {error.code}"
            else:
                return body
        _, body = await self._send("ListObjectsV2", "GET", bucket, query=asked, options=call)
        if refused:  # not before: what was refused may have been something else
            known.learn(Capability.RESTORE_STATUS, False, refused)
        return body

    async def list_object_versions(
        self,
        bucket: str,
        prefix: str = "",
        *,
        delimiter: str = "",
        start: VersionMarker | None = None,
        max_keys: int = _PAGE,
        **call: Unpack[CallOptions],
    ) -> AsyncGenerator[ListVersionsPage, None]:
        """Yield versions and delete markers under `prefix`, page by page, the latest of each key first.

        Args:
            start: begin where an earlier page said that the next one starts (`next`).

        Raises: NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, ListObjectVersions.
        """
        marker = start
        while True:
            asked = {
                **_asked(prefix, delimiter, max_keys, "max-keys"),
                "versions": "",
                "key-marker": None if marker is None else marker.key,
                "version-id-marker": None if marker is None else marker.version_id,
            }
            _, body = await self._send(
                "ListObjectVersions", "GET", bucket, query=query(**asked), options=call
            )
            page = xml.list_object_versions(body)
            yield page
            if page.next is None or page.next == marker:
                return
            marker = page.next

    async def list_multipart_uploads(
        self,
        bucket: str,
        prefix: str = "",
        *,
        delimiter: str = "",
        start: UploadMarker | None = None,
        max_uploads: int = _PAGE,
        **call: Unpack[CallOptions],
    ) -> AsyncGenerator[ListUploadsPage, None]:
        """Yield the open multipart uploads under `prefix`, page by page; each one's parts are paid for.

        Args:
            start: begin where an earlier page said that the next one starts (`next`).

        Raises: NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, ListMultipartUploads.
        """
        marker = start
        while True:
            asked = {
                **_asked(prefix, delimiter, max_uploads, "max-uploads"),
                "uploads": "",
                "key-marker": None if marker is None else marker.key,
                "upload-id-marker": None if marker is None else marker.upload_id,
            }
            _, body = await self._send(
                "ListMultipartUploads", "GET", bucket, query=query(**asked), options=call
            )
            page = xml.list_multipart_uploads(body)
            yield page
            if page.next is None or page.next == marker:
                return
            marker = page.next


def _asked(prefix: str, delimiter: str, limit: int, limit_name: str) -> dict[str, str | None]:
    return {
        "encoding-type": "url",  # XML cannot carry every key
        "prefix": prefix,  # also an empty one: a policy may allow just that, and nothing unsaid
        "delimiter": delimiter or None,
        limit_name: None if limit == _PAGE else str(limit),
    }

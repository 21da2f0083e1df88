"""Operations that list a bucket: objects, versions, open multipart uploads.

A generator has one request in flight at a time; closing it cancels that one. Each page says where
the next one starts, which another process can continue from.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Unpack

from s3tui.s3.errors import NotSupported, ProtocolError, ServiceError
from s3tui.s3.models import (
    ListObjectsPage,
    ListUploadsPage,
    ListVersionsPage,
    UploadMarker,
    VersionMarker,
)
from s3tui.s3.operations.base import Operations, Query
from s3tui.s3.request.options import CallOptions, query
from s3tui.s3.sending.capabilities import REFUSALS, Capability
from s3tui.s3.wire import listing_xml, pages, xml
from s3tui.s3.wire.paging import PageProgress, key_of_token

Asked = Mapping[str, str | None]

_PAGE = 1000
_RESTORE_STATUS = {"x-amz-optional-object-attributes": "RestoreStatus"}
_OPTIONAL = (Capability.ENCODING_TYPE, Capability.LIST_OBJECTS_V2)
"""Parameters of listings that not every server knows."""


class ListingOperations(Operations):
    def lists_in_order(self, bucket: str) -> bool:
        """Say whether keys of `bucket` come in their order, and from any key on; sends nothing.

        Directory buckets (S3 Express One Zone) have no such order, and some servers another one.
        """
        sender = self._sender
        is_known_not_to = sender.capabilities.has(Capability.START_AFTER) is False
        return not (is_known_not_to or sender.endpoint.is_directory_bucket(bucket))

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
        """Yield the objects and common prefixes under `prefix`, page by page, in UTF-8 byte order.

        With a `delimiter`, keys that hold it after the prefix are rolled up into common prefixes. A directory
        bucket lists in no order.

        Args:
            start_after: begin behind this key; it need not exist.
            continuation_token: begin where an earlier page said that the next one starts.
            max_keys: keys and common prefixes a page, 1 000 at most.
            restore_status: ask how far restores of archived objects are. A server that refuses to say is
                not asked again by this client; many say nothing.

        Raises: NoSuchBucket, AccessDenied, TransportError; ProtocolError, where the server says that there
            is more, and does not come to an end of it; NotSupported, of `start_after` in a directory bucket.
        Source: S3 API Reference, ListObjectsV2.
        """
        folder = prefix
        if self._sender.endpoint.is_directory_bucket(bucket):
            if start_after is not None:
                raise NotSupported(
                    f"{bucket} is a directory bucket, which is listed in no order, from the beginning on",
                    operation="ListObjectsV2",
                    bucket=bucket,
                )
            folder = prefix[: prefix.rfind("/") + 1]  # it takes no other prefix
        asked = {**_asked(folder, delimiter, max_keys, "max-keys"), "list-type": "2"}
        token, progress = continuation_token, PageProgress()
        before: ListObjectsPage | None = None
        while True:
            own = key_of_token(token)
            place = {
                "start-after": start_after if token is None else own,
                "continuation-token": token if own is None else None,
            }
            body = await self._object_page(bucket, {**asked, **place}, restore_status, call)
            if place["start-after"] and self._is_news_of_first_version(body):
                continue  # which knows no start-after
            sent = pages.getting_on(listing_xml.list_objects(body, prefix), token)
            yield sent if before is None else pages.without_prefixes(sent, before.common_prefixes)
            if sent.next_continuation_token is None:
                return
            token, before = sent.next_continuation_token, sent
            progress.take(*pages.identity(sent))

    def _is_news_of_first_version(self, body: bytes) -> bool:
        """Note that the server knows only the first version of ListObjects; return whether that is news."""
        known = self._sender.capabilities
        if known.has(Capability.LIST_OBJECTS_V2) is False or not listing_xml.is_of_first_version(body):
            return False
        known.learn(Capability.LIST_OBJECTS_V2, False, "ListObjectsV2: answered as its first version")
        return True

    async def _object_page(self, bucket: str, asked: Asked, restore_status: bool, call: CallOptions) -> bytes:
        known, refused, is_page = self._sender.capabilities, "", False
        if restore_status and known.has(Capability.RESTORE_STATUS) is not False:
            try:
                body = await self._page("ListObjectsV2", bucket, asked, call, headers=_RESTORE_STATUS)
            except ServiceError as error:
                if not _is_refused(error):
                    raise
                refused, is_page = f"{error.operation}: {error.status} {error.code}", error.is_page
            else:
                return body
        body = await self._page("ListObjectsV2", bucket, asked, call)
        if is_page:
            with suppress(ServiceError):  # it may be a proxy's: only the server refuses again
                return await self._page("ListObjectsV2", bucket, asked, call, headers=_RESTORE_STATUS)
        if refused:  # not before: what was refused may have been something else
            known.learn(Capability.RESTORE_STATUS, False, refused)
        return body

    async def _page(
        self,
        operation: str,
        bucket: str,
        asked: Asked,
        call: CallOptions,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Request a page; where the server refuses a parameter that not all servers know, again without it.

        With `headers` of the caller's own, these may be what is refused. A server's token goes on with the
        version of the listing that it came from: for another one it would be a key.
        """
        known = self._sender.capabilities
        optional = _OPTIONAL[:1] if asked.get("continuation-token") else _OPTIONAL
        lacking = [capability for capability in optional if known.has(capability) is False]
        # What refuses a start-after may know the second version otherwise.
        others = () if headers else _OPTIONAL[:1] if asked.get("start-after") else optional
        ways = [lacking] + [[*lacking, capability] for capability in others if capability not in lacking]
        refusal: ServiceError | None = None
        for way in ways:
            try:
                _, body = await self._send(
                    operation, "GET", bucket, query=_without(asked, way), headers=headers, options=call
                )
            except ServiceError as error:
                refusal = refusal or error
                if not _is_refused(error) or self._sender.endpoint.is_aws:
                    raise refusal from None
            else:
                # Not before: what was refused may have been something else.
                if refusal is not None and refusal.is_page:
                    with suppress(ServiceError):  # a web page may be a proxy's: only the server refuses again
                        _, again = await self._send(
                            operation,
                            "GET",
                            bucket,
                            query=_without(asked, ways[0]),
                            headers=headers,
                            options=call,
                        )
                        return again
                if refusal is not None:
                    evidence = f"{operation}: {refusal.status} {refusal.code}"
                    known.learn(way[-1], False, evidence)
                return body
        assert refusal is not None
        if asked.get("start-after") and await self._refuses_second_version(operation, bucket, asked, call):
            return await self._page(operation, bucket, asked, call, headers=headers)
        raise refusal

    async def _refuses_second_version(
        self, operation: str, bucket: str, asked: Asked, call: CallOptions
    ) -> bool:
        """Find out, without the start-after, whether the server refuses ListObjectsV2 itself."""
        known = self._sender.capabilities
        if known.has(Capability.LIST_OBJECTS_V2) is False:
            return False
        with suppress(ServiceError):
            await self._page(operation, bucket, {**asked, "start-after": None, "max-keys": "1"}, call)
        return known.has(Capability.LIST_OBJECTS_V2) is False

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

        Raises: as `list_objects`.
        Source: S3 API Reference, ListObjectVersions.
        """
        marker, progress = start, PageProgress()
        before: ListVersionsPage | None = None
        while True:
            asked = {
                **_asked(prefix, delimiter, max_keys, "max-keys"),
                "versions": "",
                "key-marker": None if marker is None else marker.key,
                "version-id-marker": None if marker is None else marker.version_id,
            }
            page = xml.list_object_versions(await self._page("ListObjectVersions", bucket, asked, call))
            repeated = frozenset(() if before is None else before.common_prefixes)
            yield replace(
                page,
                versions=tuple(found for found in page.versions if found.key.startswith(prefix)),
                common_prefixes=pages.names_under(page.common_prefixes, prefix, repeated),
            )
            if page.next is None:
                return
            ids = [(version.key, version.version_id) for version in page.versions]
            progress.take_marked(marker, page.next, ids, page.common_prefixes)
            marker, before = page.next, page

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
        """Yield the open multipart uploads under `prefix`, page by page; their parts are billed.

        Args:
            start: begin where an earlier page said that the next one starts (`next`).

        Raises: as `list_objects`.
        Source: S3 API Reference, ListMultipartUploads.
        """
        marker, progress = start, PageProgress()
        while True:
            asked = {
                **_asked(prefix, delimiter, max_uploads, "max-uploads"),
                "uploads": "",
                "key-marker": None if marker is None else marker.key,
                "upload-id-marker": None if marker is None else marker.upload_id,
            }
            page = await self._uploads_page(bucket, asked, call)
            yield replace(
                page,
                uploads=tuple(upload for upload in page.uploads if upload.key.startswith(prefix)),
                common_prefixes=pages.names_under(page.common_prefixes, prefix, frozenset()),
            )
            if page.next is None:
                return
            ids = [(upload.key, upload.upload_id) for upload in page.uploads]
            progress.take_marked(marker, page.next, ids, page.common_prefixes)
            marker = page.next

    async def _uploads_page(self, bucket: str, asked: Asked, call: CallOptions) -> ListUploadsPage:
        """Request a page of uploads, whose keys a server may encode without saying so.

        A page that looks encoded is requested once more, not encoded: both responses then say which it is.
        """
        body = await self._page("ListMultipartUploads", bucket, asked, call)
        if not xml.may_be_encoded_unsaid(body):
            return xml.list_multipart_uploads(body)
        decoded = xml.list_multipart_uploads(body, is_encoded=True)
        plain = _without(asked, [Capability.ENCODING_TYPE])
        try:
            _, other = await self._send("ListMultipartUploads", "GET", bucket, query=plain, options=call)
            keys = {upload.upload_id: upload.key for upload in xml.list_multipart_uploads(other).uploads}
        except ProtocolError:
            return decoded  # XML has no way to write one of the keys: then they are encoded for that reason
        is_encoded = any(keys.get(upload.upload_id) == upload.key for upload in decoded.uploads)
        return decoded if is_encoded else xml.list_multipart_uploads(body)


def _asked(prefix: str, delimiter: str, limit: int, limit_name: str) -> Asked:
    return {
        "encoding-type": "url",  # XML cannot carry every key
        "prefix": prefix,  # also an empty one: a policy may allow just that, and nothing unsaid
        "delimiter": delimiter or None,
        limit_name: None if limit == _PAGE else str(limit),
    }


def _without(asked: Asked, capabilities: Collection[Capability]) -> Query:
    """Return the query of a page for a server that lacks some capabilities."""
    wanted = dict(asked)
    if Capability.ENCODING_TYPE in capabilities:
        del wanted["encoding-type"]
    if Capability.LIST_OBJECTS_V2 in capabilities and wanted.pop("list-type", None) is not None:
        wanted["marker"] = wanted.pop("start-after")
    return query(**wanted)


def _is_refused(error: ServiceError) -> bool:
    return error.code in REFUSALS or error.status in (405, 501)

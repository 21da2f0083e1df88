"""Operations on objects."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress

from s3tui.s3 import answers, xml
from s3tui.s3.body import ObjectBody
from s3tui.s3.endpoint import encode_key, encode_query_value
from s3tui.s3.errors import NoSuchKey, ServiceError
from s3tui.s3.models import (
    ByteRange,
    DeletedObject,
    DeleteError,
    DeleteResult,
    ListObjectsPage,
    ObjectHead,
)
from s3tui.s3.operations.base import Operations
from s3tui.s3.request import S3Request, content_md5, object_headers
from s3tui.s3.sender import OnceBody

_DELETE_BATCH = 1000


class ObjectOperations(Operations):
    async def list_objects(
        self,
        bucket: str,
        prefix: str = "",
        *,
        delimiter: str = "",
        start_after: str | None = None,
        continuation_token: str | None = None,
        max_keys: int = 1000,
    ) -> AsyncGenerator[ListObjectsPage, None]:
        """Yield what lies under `prefix`, page by page, in UTF-8 byte order.

        One request is in flight at a time, and closing the generator cancels it. With a `delimiter`,
        keys that hold it after the prefix are rolled up into common prefixes.

        Args:
            start_after: begin behind this key; it need not exist.
            continuation_token: begin where an earlier page said that the next one starts.
            max_keys: keys and common prefixes a page, 1 000 at most.

        Raises: NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, ListObjectsV2.
        """
        token = continuation_token
        while True:
            optional = {
                "prefix": prefix or None,
                "delimiter": delimiter or None,
                "start-after": start_after,
                "continuation-token": token,
                "max-keys": None if max_keys == 1000 else str(max_keys),
            }
            query = [("list-type", "2"), ("encoding-type", "url")]
            query += [(name, value) for name, value in optional.items() if value is not None]
            _, body = await self._sender.send(S3Request("ListObjectsV2", "GET", bucket, query=tuple(query)))
            page = xml.list_objects(body)
            yield page
            if page.next_continuation_token is None or page.next_continuation_token == token:
                return
            token = page.next_continuation_token

    async def head_object(
        self, bucket: str, key: str, *, version_id: str | None = None, if_match: str | None = None
    ) -> ObjectHead:
        """Return what S3 says of an object without sending it.

        Raises: NoSuchKey, AccessDenied, PreconditionFailed, TransportError.
        Source: S3 API Reference, HeadObject.
        """
        request = S3Request(
            "HeadObject", "HEAD", bucket, key, _version(version_id), _conditions(if_match=if_match)
        )
        response, _ = await self._sender.send(request)
        return answers.object_head(response.headers)

    async def get_object(
        self,
        bucket: str,
        key: str,
        *,
        byte_range: ByteRange | None = None,
        version_id: str | None = None,
        if_match: str | None = None,
    ) -> bytes:
        """Return an object's bytes, or a range of them, all in memory.

        Raises: NoSuchKey, AccessDenied, InvalidRange, ObjectArchived, PreconditionFailed, TransportError.
        Source: S3 API Reference, GetObject.
        """
        request = _get_request(bucket, key, byte_range, version_id, if_match)
        response, body = await self._sender.read(request)
        return answers.wanted_bytes(body, response, byte_range)

    @asynccontextmanager
    async def stream_object(
        self,
        bucket: str,
        key: str,
        *,
        byte_range: ByteRange | None = None,
        version_id: str | None = None,
        if_match: str | None = None,
    ) -> AsyncIterator[ObjectBody]:
        """Open an object, or a range of it, to be read chunk by chunk; leaving the context closes it.

        A connection that breaks underway is opened again at the byte where it broke, as long as the
        object is still the same one; the reader does not notice.

        Raises: as `get_object`; while reading, TransportError and PreconditionFailed.
        Source: S3 API Reference, GetObject.
        """
        body = ObjectBody(
            self._sender, _get_request(bucket, key, byte_range, version_id, if_match), byte_range
        )
        try:
            await body.open()
            yield body
        finally:
            await body.aclose()

    async def put_object(
        self,
        bucket: str,
        key: str,
        data: bytes | AsyncIterable[bytes],
        *,
        content_length: int | None = None,
        content_type: str | None = None,
        content_encoding: str | None = None,
        content_disposition: str | None = None,
        cache_control: str | None = None,
        acl: str | None = None,
        storage_class: str | None = None,
        metadata: Mapping[str, str] | None = None,
        tagging: Mapping[str, str] | None = None,
        if_match: str | None = None,
        if_none_match: str | None = None,
        expect_continue: bool = False,
    ) -> str:
        """Write an object of up to 5 GiB, and return its etag.

        Args:
            data: a stream needs `content_length`, and is not repeated once a byte of it was taken.
            if_none_match: `*` writes only when there is no such object; not every product obeys it.
            expect_continue: wait for the server's consent before the body is sent.

        Raises: AccessDenied, NoSuchBucket, PreconditionFailed, TransportError; ValueError, for a value
            that cannot stand in a header.
        Source: S3 API Reference, PutObject.
        """
        headers = object_headers(
            content_type=content_type,
            content_encoding=content_encoding,
            content_disposition=content_disposition,
            cache_control=cache_control,
            acl=acl,
            storage_class=storage_class,
            metadata=metadata,
            tagging=tagging,
        )
        headers |= _conditions(if_match=if_match, if_none_match=if_none_match)
        if expect_continue:
            headers["expect"] = "100-continue"
        body = await self._ready_body(bucket, data, content_length)
        is_conditional = if_match is not None or if_none_match is not None
        request = S3Request(
            "PutObject",
            "PUT",
            bucket,
            key,
            headers=headers,
            body=body,
            content_length=content_length,
            # Repeated after a lost answer, the condition would fail on what the first try wrote.
            repeatable=not is_conditional,
        )
        response, _ = await self._sender.send(request)
        return xml.unquote_etag(response.headers.get("etag")) or ""

    async def copy_object(
        self,
        bucket: str,
        key: str,
        *,
        source: str,
        source_version_id: str | None = None,
        source_if_match: str | None = None,
        content_type: str | None = None,
        storage_class: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """Copy an object of up to 5 GiB inside S3, and return the new etag.

        Args:
            source: `bucket/key` as they are called, not encoded.
            metadata: replaces the source's metadata and headers; `None` keeps them.

        Raises: NoSuchKey, AccessDenied, PreconditionFailed, TransportError.
        Source: S3 API Reference, CopyObject.
        """
        replaces = metadata is not None or content_type is not None
        headers = object_headers(content_type=content_type, storage_class=storage_class, metadata=metadata)
        headers["x-amz-copy-source"] = _copy_source(source, source_version_id)
        headers["x-amz-metadata-directive"] = "REPLACE" if replaces else "COPY"
        if source_if_match is not None:
            headers["x-amz-copy-source-if-match"] = f'"{source_if_match}"'
        _, body = await self._sender.send(S3Request("CopyObject", "PUT", bucket, key, headers=headers))
        return xml.copy_result(body, "CopyObjectResult")

    async def delete_object(
        self, bucket: str, key: str, *, version_id: str | None = None, must_exist: bool = False
    ) -> None:
        """Delete an object, or one version of it; S3 does not mind when there is none.

        With `must_exist` a HEAD goes before it.

        Raises: NoSuchKey (with `must_exist`), AccessDenied, TransportError.
        Source: S3 API Reference, DeleteObject.
        """
        self._sender.check_writable("DeleteObject", bucket, key)
        if must_exist:
            await self.head_object(bucket, key, version_id=version_id)
        try:
            await self._sender.send(S3Request("DeleteObject", "DELETE", bucket, key, _version(version_id)))
        except NoSuchKey:
            if must_exist:
                raise

    async def delete_objects(self, bucket: str, keys: Iterable[str | tuple[str, str]]) -> DeleteResult:
        """Delete any number of keys, or of (key, version id) pairs, in batches of 1 000.

        A key that cannot be deleted is an entry of the result's `errors`, not an exception. Keys that
        XML cannot carry are deleted one by one.

        Raises: NoSuchBucket, AccessDenied, TransportError; what was deleted until then stays deleted.
        Source: S3 API Reference, DeleteObjects.
        """
        pairs = [(entry, None) if isinstance(entry, str) else entry for entry in keys]
        batchable = [pair for pair in pairs if xml.is_xml_safe(pair[0])]
        deleted: list[DeletedObject] = []
        errors: list[DeleteError] = []
        for start in range(0, len(batchable), _DELETE_BATCH):
            body = xml.delete_objects_body(batchable[start : start + _DELETE_BATCH])
            headers = {"content-md5": content_md5(body), "content-type": "application/xml"}
            _, answer = await self._sender.send(
                S3Request(
                    "DeleteObjects", "POST", bucket, query=(("delete", ""),), headers=headers, body=body
                )
            )
            result = xml.delete_result(answer)
            deleted += result.deleted
            errors += result.errors
        for key, version_id in pairs:
            if xml.is_xml_safe(key):
                continue
            try:
                await self.delete_object(bucket, key, version_id=version_id)
            except ServiceError as error:
                errors.append(DeleteError(key, error.code, error.message, version_id))
            else:
                deleted.append(DeletedObject(key, version_id))
        return DeleteResult(tuple(deleted), tuple(errors))

    async def _ready_body(
        self, bucket: str, data: bytes | AsyncIterable[bytes], content_length: int | None
    ) -> bytes | OnceBody:
        if isinstance(data, bytes):
            return data
        if content_length is None:
            raise ValueError("a streamed body needs its content_length")
        self._sender.check_writable("PutObject", bucket)
        if self._sender.regions.get(bucket) is None:
            # A stream cannot be sent twice, so ask first whether this is the right region.
            # It may be refused where writing is allowed; the region is learned all the same.
            with suppress(ServiceError):
                await self._sender.send(S3Request("HeadBucket", "HEAD", bucket))
        return OnceBody(data)


def _get_request(
    bucket: str, key: str, byte_range: ByteRange | None, version_id: str | None, if_match: str | None
) -> S3Request:
    headers = _conditions(if_match=if_match)
    if byte_range is not None:
        headers["range"] = str(byte_range)
    return S3Request("GetObject", "GET", bucket, key, _version(version_id), headers)


def _version(version_id: str | None) -> tuple[tuple[str, str], ...]:
    return () if version_id is None else (("versionId", version_id),)


def _conditions(*, if_match: str | None = None, if_none_match: str | None = None) -> dict[str, str]:
    headers: dict[str, str] = {}
    if if_match is not None:
        headers["if-match"] = f'"{if_match}"'
    if if_none_match is not None:
        headers["if-none-match"] = "*" if if_none_match == "*" else f'"{if_none_match}"'
    return headers


def _copy_source(source: str, version_id: str | None) -> str:
    encoded = encode_key(source)
    return encoded if version_id is None else f"{encoded}?versionId={encode_query_value(version_id)}"

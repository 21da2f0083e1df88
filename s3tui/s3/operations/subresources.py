"""Operations on an object's subresources: tags, ACL, lock, attributes, restore."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Unpack

from s3tui.s3.errors import ServiceError
from s3tui.s3.models import AccessControlList, Grant, ObjectAttributes, Retention
from s3tui.s3.operations.base import Operations
from s3tui.s3.request.options import CallOptions, grant_headers, query
from s3tui.s3.request.s3_request import content_md5
from s3tui.s3.wire import headers as response_headers
from s3tui.s3.wire import xml_subresources
from s3tui.s3.wire.paging import does_not_get_on

_ATTRIBUTES = "ETag,Checksum,ObjectParts,StorageClass,ObjectSize"
_NOT_LOCKED = frozenset(("NoSuchObjectLockConfiguration", "ObjectLockConfigurationNotFoundError"))
_LOCK_IS_OFF = "Object Lock"  # what InvalidRequest says of a bucket that never had it


class SubresourceOperations(Operations):
    async def get_object_tagging(
        self, bucket: str, key: str, *, version_id: str | None = None, **call: Unpack[CallOptions]
    ) -> dict[str, str]:
        """Return an object's tags; in a directory bucket there are none, and it is not asked.

        Raises: NoSuchKey, AccessDenied, ProtocolError (of a server that knows no tags), TransportError.
        Source: S3 API Reference, GetObjectTagging.
        """
        if self._sender.endpoint.is_directory_bucket(bucket):
            return {}
        return xml_subresources.tagging(
            await self._of_object("GetObjectTagging", bucket, key, "tagging", version_id, call)
        )

    async def put_object_tagging(
        self,
        bucket: str,
        key: str,
        tags: Mapping[str, str],
        *,
        version_id: str | None = None,
        **call: Unpack[CallOptions],
    ) -> None:
        """Replace all of an object's tags, of which there can be ten.

        Raises: NotSupported, NoSuchKey, AccessDenied, TransportError.
        Source: S3 API Reference, PutObjectTagging.
        """
        body = xml_subresources.tagging_body(tags)
        await self._check_object_subresource("tagging", bucket, key, version_id, call)
        await self._send(
            "PutObjectTagging",
            "PUT",
            bucket,
            key,
            query=(("tagging", ""), *query(versionId=version_id)),
            headers={"content-md5": content_md5(body)},
            body=body,
            options=call,
        )

    async def delete_object_tagging(
        self, bucket: str, key: str, *, version_id: str | None = None, **call: Unpack[CallOptions]
    ) -> None:
        """Remove all tags of an object.

        Raises: NotSupported, NoSuchKey, AccessDenied, TransportError.
        Source: S3 API Reference, DeleteObjectTagging.
        """
        await self._check_object_subresource("tagging", bucket, key, version_id, call)
        await self._send(
            "DeleteObjectTagging",
            "DELETE",
            bucket,
            key,
            query=(("tagging", ""), *query(versionId=version_id)),
            options=call,
        )

    async def get_object_acl(
        self, bucket: str, key: str, *, version_id: str | None = None, **call: Unpack[CallOptions]
    ) -> AccessControlList:
        """Return an object's access control list.

        Raises: NoSuchKey, AccessDenied, TransportError.
        Source: S3 API Reference, GetObjectAcl.
        """
        return xml_subresources.acl(
            await self._of_object("GetObjectAcl", bucket, key, "acl", version_id, call)
        )

    async def put_object_acl(
        self,
        bucket: str,
        key: str,
        acl: str | Sequence[Grant],
        *,
        version_id: str | None = None,
        **call: Unpack[CallOptions],
    ) -> None:
        """Replace an object's access control list by a canned one, such as `private`, or by these grants.

        Raises: NotSupported, NoSuchKey, AccessDenied, TransportError.
        Source: S3 API Reference, PutObjectAcl.
        """
        granted = {"x-amz-acl": acl} if isinstance(acl, str) else grant_headers(acl)
        await self._check_object_subresource("acl", bucket, key, version_id, call)
        await self._send(
            "PutObjectAcl",
            "PUT",
            bucket,
            key,
            query=(("acl", ""), *query(versionId=version_id)),
            headers={**granted, "content-md5": content_md5(b"")},
            options=call,
        )

    async def get_object_retention(
        self, bucket: str, key: str, *, version_id: str | None = None, **call: Unpack[CallOptions]
    ) -> Retention | None:
        """Return an object's retention, `None` when it has none.

        Raises: NoSuchKey, AccessDenied, TransportError.
        Source: S3 API Reference, GetObjectRetention.
        """
        body = await self._lock("GetObjectRetention", bucket, key, "retention", version_id, call)
        return None if body is None else xml_subresources.retention(body)

    async def put_object_retention(
        self,
        bucket: str,
        key: str,
        retention: Retention | None,
        *,
        bypass_governance: bool = False,
        version_id: str | None = None,
        **call: Unpack[CallOptions],
    ) -> None:
        """Set an object's retention, or with `None` remove it.

        Args:
            bypass_governance: also shorten or remove one of the mode GOVERNANCE, which takes a permission.

        Raises: NotSupported, NoSuchKey, AccessDenied, TransportError.
        Source: S3 API Reference, PutObjectRetention.
        """
        bypass = {"x-amz-bypass-governance-retention": "true"} if bypass_governance else {}
        body = xml_subresources.retention_body(retention)
        await self._put_lock("PutObjectRetention", bucket, key, "retention", body, version_id, call, bypass)

    async def put_object_legal_hold(
        self,
        bucket: str,
        key: str,
        is_on: bool,
        *,
        version_id: str | None = None,
        **call: Unpack[CallOptions],
    ) -> None:
        """Put a legal hold on an object, or take it off.

        Raises: NotSupported, NoSuchKey, AccessDenied, TransportError.
        Source: S3 API Reference, PutObjectLegalHold.
        """
        body = xml_subresources.legal_hold_body(is_on)
        await self._put_lock("PutObjectLegalHold", bucket, key, "legal-hold", body, version_id, call)

    async def get_object_legal_hold(
        self, bucket: str, key: str, *, version_id: str | None = None, **call: Unpack[CallOptions]
    ) -> bool:
        """Say whether an object has a legal hold, which keeps it from being deleted.

        Raises: NoSuchKey, AccessDenied, TransportError.
        Source: S3 API Reference, GetObjectLegalHold.
        """
        body = await self._lock("GetObjectLegalHold", bucket, key, "legal-hold", version_id, call)
        return body is not None and xml_subresources.legal_hold(body)

    async def get_object_attributes(
        self, bucket: str, key: str, *, version_id: str | None = None, **call: Unpack[CallOptions]
    ) -> ObjectAttributes:
        """Return an object's size, checksum and parts, however many there are.

        Raises: NoSuchKey, AccessDenied, ProtocolError (of a server that does not know it), TransportError.
        Source: S3 API Reference, GetObjectAttributes.
        """
        marker: str | None = None
        known: ObjectAttributes | None = None
        while True:
            headers = {"x-amz-object-attributes": _ATTRIBUTES}
            if marker is not None:
                headers["x-amz-part-number-marker"] = marker
            response, body = await self._send(
                "GetObjectAttributes",
                "GET",
                bucket,
                key,
                query=(("attributes", ""), *query(versionId=version_id)),
                headers=headers,
                options=call,
            )
            page, next_marker = xml_subresources.object_attributes(body)
            if known is None:
                known = replace(
                    page,
                    version_id=response.headers.get("x-amz-version-id"),
                    last_modified=response_headers.http_time(response.headers.get("last-modified")),
                )
            else:
                known = replace(known, parts=known.parts + page.parts)
            if next_marker is None:
                return known
            if not page.parts or next_marker == marker:
                raise does_not_get_on()
            marker = next_marker

    async def restore_object(
        self,
        bucket: str,
        key: str,
        *,
        days: int | None = None,
        tier: str = "Standard",
        version_id: str | None = None,
        **call: Unpack[CallOptions],
    ) -> bool:
        """Restore a copy of an archived object; return whether that started a new job.

        `False`: there was a copy already, and it stays `days` from now on. `head_object` says in
        `restore` how far it is.

        Args:
            days: how long the copy stays; not for Intelligent-Tiering, which brings the object itself back.
            tier: `Standard`, `Bulk` (hours, cheap) or `Expedited` (minutes, dear).

        Raises: NoSuchKey, AccessDenied, TransportError; ServiceError, when a job is under way already
            (`RestoreAlreadyInProgress`) or the object is not archived (`InvalidObjectState`).
        Source: S3 API Reference, RestoreObject.
        """
        response, _ = await self._send(
            "RestoreObject",
            "POST",
            bucket,
            key,
            query=(("restore", ""), *query(versionId=version_id)),
            body=xml_subresources.restore_body(days, tier),
            options=call,
        )
        return response.status_code == 202

    async def _of_object(
        self, operation: str, bucket: str, key: str, name: str, version_id: str | None, call: CallOptions
    ) -> bytes:
        _, body = await self._send(
            operation, "GET", bucket, key, query=((name, ""), *query(versionId=version_id)), options=call
        )
        return body

    async def _lock(
        self, operation: str, bucket: str, key: str, name: str, version_id: str | None, call: CallOptions
    ) -> bytes | None:
        try:
            return await self._of_object(operation, bucket, key, name, version_id, call)
        except ServiceError as error:
            if error.code in _NOT_LOCKED or (
                error.code == "InvalidRequest" and _LOCK_IS_OFF in error.message
            ):
                return None
            raise

    async def _put_lock(
        self,
        operation: str,
        bucket: str,
        key: str,
        name: str,
        body: bytes,
        version_id: str | None,
        call: CallOptions,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        await self._check_object_subresource(name, bucket, key, version_id, call)
        await self._send(
            operation,
            "PUT",
            bucket,
            key,
            query=((name, ""), *query(versionId=version_id)),
            headers={"content-md5": content_md5(body), **(headers or {})},
            body=body,
            options=call,
        )

    async def _check_object_subresource(
        self, name: str, bucket: str, key: str, version_id: str | None, call: CallOptions
    ) -> None:
        readers: Mapping[str, Callable[..., Awaitable[object]]] = {
            "tagging": self.get_object_tagging,
            "acl": self.get_object_acl,
            "retention": self.get_object_retention,
            "legal-hold": self.get_object_legal_hold,
        }
        read = readers[name]
        await self._check_subresource(name, lambda: read(bucket, key, version_id=version_id, **call))

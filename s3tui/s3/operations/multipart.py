"""Operations of multipart uploads: up to 10 000 parts of 5 MiB to 5 GiB, the last one of any size."""

from __future__ import annotations

from collections.abc import AsyncIterable, Mapping, Sequence

from s3tui.s3 import xml
from s3tui.s3.models import Part
from s3tui.s3.operations.objects import ObjectOperations
from s3tui.s3.request import S3Request, object_headers


class MultipartOperations(ObjectOperations):
    async def create_multipart_upload(
        self,
        bucket: str,
        key: str,
        *,
        content_type: str | None = None,
        content_encoding: str | None = None,
        content_disposition: str | None = None,
        cache_control: str | None = None,
        acl: str | None = None,
        storage_class: str | None = None,
        metadata: Mapping[str, str] | None = None,
        tagging: Mapping[str, str] | None = None,
    ) -> str:
        """Open a multipart upload, and return its upload id.

        Its parts are kept, and paid for, until it is completed or aborted.

        Raises: AccessDenied, NoSuchBucket, TransportError.
        Source: S3 API Reference, CreateMultipartUpload.
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
        request = S3Request(
            "CreateMultipartUpload",
            "POST",
            bucket,
            key,
            (("uploads", ""),),
            headers,
            repeatable=False,  # a second one would leave the first behind
        )
        _, body = await self._sender.send(request)
        return xml.initiate_multipart_upload(body)

    async def upload_part(
        self,
        bucket: str,
        key: str,
        *,
        upload_id: str,
        part_number: int,
        data: bytes | AsyncIterable[bytes],
        content_length: int | None = None,
    ) -> Part:
        """Send one part; a part of the same number that was there is replaced.

        Args:
            data: a stream needs `content_length`, and is not repeated once a byte of it was taken.

        Raises: NoSuchUpload, AccessDenied, TransportError.
        Source: S3 API Reference, UploadPart.
        """
        request = S3Request(
            "UploadPart",
            "PUT",
            bucket,
            key,
            (("partNumber", str(part_number)), ("uploadId", upload_id)),
            body=await self._ready_body(bucket, data, content_length),
            content_length=content_length,
        )
        response, _ = await self._sender.send(request)
        size = len(data) if isinstance(data, bytes) else content_length
        return Part(part_number, xml.unquote_etag(response.headers.get("etag")) or "", size)

    async def list_parts(self, bucket: str, key: str, *, upload_id: str) -> list[Part]:
        """Return the parts that S3 holds of an open upload, by number.

        Raises: NoSuchUpload, AccessDenied, TransportError.
        Source: S3 API Reference, ListParts.
        """
        parts: list[Part] = []
        marker: str | None = None
        while True:
            query = [("uploadId", upload_id)]
            if marker is not None:
                query.append(("part-number-marker", marker))
            _, body = await self._sender.send(S3Request("ListParts", "GET", bucket, key, tuple(query)))
            page, next_marker = xml.list_parts(body)
            parts += page
            if next_marker is None or next_marker == marker:
                return parts
            marker = next_marker

    async def complete_multipart_upload(
        self,
        bucket: str,
        key: str,
        *,
        upload_id: str,
        parts: Sequence[Part],
        if_none_match: str | None = None,
    ) -> str:
        """Make an object of the parts, and return its etag.

        S3 may answer 200 and then say that it failed; that is raised as the error that it is.

        Raises: NoSuchUpload, PreconditionFailed, AccessDenied, TransportError.
        Source: S3 API Reference, CompleteMultipartUpload.
        """
        headers = {"content-type": "application/xml"}
        if if_none_match is not None:
            headers["if-none-match"] = if_none_match
        request = S3Request(
            "CompleteMultipartUpload",
            "POST",
            bucket,
            key,
            (("uploadId", upload_id),),
            headers,
            xml.complete_multipart_upload_body(parts),
            repeatable=False,  # repeated after a lost answer, it would find the upload gone
        )
        _, body = await self._sender.send(request)
        return xml.complete_multipart_upload(body)

    async def abort_multipart_upload(self, bucket: str, key: str, *, upload_id: str) -> None:
        """Throw an open upload and its parts away.

        Raises: NoSuchUpload, AccessDenied, TransportError.
        Source: S3 API Reference, AbortMultipartUpload.
        """
        await self._sender.send(
            S3Request("AbortMultipartUpload", "DELETE", bucket, key, (("uploadId", upload_id),))
        )

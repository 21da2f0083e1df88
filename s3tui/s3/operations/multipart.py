"""Operations of multipart uploads: up to 10 000 parts of 5 MiB to 5 GiB, the last one of any size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Unpack

from s3tui.s3.checksum import ChecksumAlgorithm, multipart_etag
from s3tui.s3.errors import NoSuchUpload, ProtocolError, S3Error, ServiceError, TransportError
from s3tui.s3.models import ByteRange, Part
from s3tui.s3.operations.deletions import DeletionOperations
from s3tui.s3.request.options import (
    CallOptions,
    CopyPartOptions,
    ObjectOptions,
    PartOptions,
    condition_headers,
    object_headers,
    part_headers,
    query,
    source_headers,
)
from s3tui.s3.request.payload import Data
from s3tui.s3.retries import may_pass
from s3tui.s3.sending.capabilities import Capability
from s3tui.s3.sending.proof import Proof, weaker
from s3tui.s3.wire import foreign, xml
from s3tui.s3.wire.paging import does_not_get_on


class MultipartOperations(DeletionOperations):
    async def create_multipart_upload(
        self,
        bucket: str,
        key: str,
        *,
        checksum_algorithm: ChecksumAlgorithm | None = None,
        **options: Unpack[ObjectOptions],
    ) -> str:
        """Create a multipart upload, and return its upload id.

        Its parts are kept, and paid for, until it is completed or aborted.

        Args:
            checksum_algorithm: every part must then be sent with a checksum of that algorithm; an endpoint
                that knows no checksums is asked without.

        Raises: AccessDenied, NoSuchBucket, TransportError.
        Source: S3 API Reference, CreateMultipartUpload.
        """
        headers = {"content-type": "application/octet-stream", **object_headers(options)}
        known = self._sender.capabilities
        if checksum_algorithm is None or known.has(Capability.CHECKSUM_HEADERS) is False:
            return await self._create_upload(bucket, key, headers, options)
        announced = {**headers, "x-amz-checksum-algorithm": checksum_algorithm.value}
        try:
            return await self._create_upload(bucket, key, announced, options)
        except ServiceError as error:
            proof = Proof(checksum_algorithm)
            if weaker(proof, error) is None:
                raise
            upload_id = await self._create_upload(bucket, key, headers, options)
            self._note_refusal(bucket, proof, error)
            return upload_id

    async def _create_upload(
        self, bucket: str, key: str, headers: Mapping[str, str], options: ObjectOptions
    ) -> str:
        _, body = await self._send(
            "CreateMultipartUpload",
            "POST",
            bucket,
            key,
            query=(("uploads", ""),),
            headers=headers,
            repeatable=False,  # a second one would leave the first behind
            options=options,
        )
        return xml.initiate_multipart_upload(body)

    async def upload_part(
        self,
        bucket: str,
        key: str,
        *,
        upload_id: str,
        part_number: int,
        data: Data,
        content_length: int | None = None,
        checksum_algorithm: ChecksumAlgorithm | None = None,
        **options: Unpack[PartOptions],
    ) -> Part:
        """Upload one part; it replaces an earlier part of the same number.

        Args:
            data: a file can be sent again after a broken connection. Another stream needs
                `content_length`, and is not repeated once a byte of it was taken.
            checksum_algorithm: the one that the upload was created with.

        Raises: NoSuchUpload, AccessDenied, TransportError; ProtocolError, of a server that names no etag;
            what a stream raises itself.
        Source: S3 API Reference, UploadPart.
        """
        response, sent = await self._put_body(
            "UploadPart",
            bucket,
            key,
            data,
            content_length,
            checksum_algorithm,
            query=(("partNumber", str(part_number)), ("uploadId", upload_id)),
            headers=part_headers(options),
            options=options,
        )
        etag = xml.unquote_etag(response.headers.get("etag"))
        if etag is None:
            raise ProtocolError(
                f"the server took part {part_number} without an ETag: nothing can be made of it"
            )
        return Part(part_number, etag, sent.size, sent.checksum)

    async def upload_part_copy(
        self,
        bucket: str,
        key: str,
        *,
        upload_id: str,
        part_number: int,
        source: str,
        byte_range: ByteRange | None = None,
        **options: Unpack[CopyPartOptions],
    ) -> Part:
        """Copy an object in S3, or a range of it, as one part.

        Args:
            source: `bucket/key` as they are called, not encoded.
            byte_range: with a first and a last byte; by default all of the source, 5 GiB at most.

        Raises: NoSuchUpload, NoSuchKey, AccessDenied, PreconditionFailed, TransportError; ProtocolError, of
            a server that says it copied but not what.
        Source: S3 API Reference, UploadPartCopy.
        """
        headers = source_headers(source, options) | part_headers(options)
        if byte_range is not None:
            if byte_range.first is None or byte_range.last is None:
                raise ValueError("a part is copied from a first to a last byte")
            headers["x-amz-copy-source-range"] = str(byte_range)
        _, body = await self._send(
            "UploadPartCopy",
            "PUT",
            bucket,
            key,
            query=(("partNumber", str(part_number)), ("uploadId", upload_id)),
            headers=headers,
            options=options,
        )
        part = xml.copied_part(body, part_number)
        if not part.etag:
            raise ProtocolError(
                f"the server copied part {part_number} without an ETag: nothing can be made of it"
            )
        return part

    async def list_parts(
        self,
        bucket: str,
        key: str,
        *,
        upload_id: str,
        max_parts: int | None = None,
        **call: Unpack[CallOptions],
    ) -> list[Part]:
        """Return the parts that S3 holds of an open upload, by number.

        Args:
            max_parts: how many to ask for at a time, 1 000 at most.

        Raises: NoSuchUpload, AccessDenied, TransportError; ProtocolError, where the server says that there
            are more, and does not come to an end of them.
        Source: S3 API Reference, ListParts.
        """
        parts: list[Part] = []
        marker: str | None = None
        while True:
            asked = {
                "uploadId": upload_id,
                "max-parts": None if max_parts is None else str(max_parts),
                "part-number-marker": marker,
            }
            _, body = await self._send("ListParts", "GET", bucket, key, query=query(**asked), options=call)
            page, next_marker = xml.list_parts(body)
            news = {part.part_number for part in page} - {part.part_number for part in parts}
            parts += [part for part in page if part.part_number in news]
            if next_marker is None:
                return parts
            if not news or next_marker == marker:
                raise does_not_get_on()
            marker = next_marker

    async def complete_multipart_upload(
        self,
        bucket: str,
        key: str,
        *,
        upload_id: str,
        parts: Sequence[Part],
        if_match: str | None = None,
        if_none_match: str | None = None,
        **options: Unpack[PartOptions],
    ) -> str:
        """Complete a multipart upload: make an object of its parts, and return its etag.

        S3 may answer 200 and then say that it failed; that is raised as the error that it is. When the
        answer is lost or cannot be read, or the upload is gone, a HEAD finds out whether the object is
        there: its etag follows from those of the parts.

        Raises: NoSuchUpload, PreconditionFailed, AccessDenied, TransportError, ProtocolError.
        Source: S3 API Reference, CompleteMultipartUpload.
        """
        try:
            _, body = await self._send(
                "CompleteMultipartUpload",
                "POST",
                bucket,
                key,
                query=(("uploadId", upload_id),),
                headers={
                    "content-type": "application/xml",
                    **condition_headers(if_match, if_none_match),
                    **part_headers(options),
                },
                body=xml.complete_multipart_upload_body(parts),
                repeatable=False,  # repeated after a lost response, it would find the upload gone
                options=options,
            )
            etag = xml.complete_multipart_upload(body)
        except (TransportError, ServiceError, ProtocolError) as error:
            is_no = isinstance(error, ServiceError) and error.status < 500 and not may_pass(error)
            if is_no and not isinstance(error, NoSuchUpload):
                raise
            ordered = sorted(parts, key=lambda part: part.part_number)
            known = multipart_etag([part.etag.lower() for part in ordered])
            if known is None or not await self._has_etag(bucket, key, known, options):
                raise
            return known
        # Ceph leaves it empty the first time.
        return etag or (await self.head_object(bucket, key, **options)).etag or ""

    async def abort_multipart_upload(
        self, bucket: str, key: str, *, upload_id: str, **call: Unpack[CallOptions]
    ) -> None:
        """Abort an open upload: S3 discards its parts.

        Raises: NoSuchUpload, AccessDenied, TransportError; ProtocolError, where it is still open.
        Source: S3 API Reference, AbortMultipartUpload.
        """
        response, body = await self._send(
            "AbortMultipartUpload", "DELETE", bucket, key, query=(("uploadId", upload_id),), options=call
        )
        if foreign.is_bare(response, body):
            await self._check_aborted(bucket, key, upload_id, call)

    async def _check_aborted(self, bucket: str, key: str, upload_id: str, call: CallOptions) -> None:
        """Check that an upload is gone, after a response that nothing shows to be S3's.

        Raises: ProtocolError, of one that is still open.
        """
        try:
            await self.list_parts(bucket, key, upload_id=upload_id, **call)
        except ServiceError as error:
            if may_pass(error) and not isinstance(error, NoSuchUpload):
                raise
            return
        raise ProtocolError(
            f"the upload of s3://{bucket}/{key} is still open, though it was said to be aborted",
            operation="AbortMultipartUpload",
            bucket=bucket,
            key=key,
        )

    async def _has_etag(self, bucket: str, key: str, etag: str, options: PartOptions) -> bool:
        try:
            head = await self.head_object(bucket, key, **options)
        except S3Error:
            return False  # nothing is known, as before
        return head.etag == etag

"""Multipart uploads, copies by parts and streams, on every server."""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from s3tui.s3 import (
    ByteRange,
    CallDefaults,
    ChecksumAlgorithm,
    ChecksumMode,
    Credentials,
    Endpoint,
    MultipartUpload,
    RetryPolicy,
    S3Client,
    UploadMarker,
    errors,
)
from s3tui.s3.http.pool import ConnectionPool
from tests.s3.conftest import client_of, deviates
from tests.s3.scripted import KEYS, Reply, scripted
from tests.servers import S3Server

MIB = 1024 * 1024
FIRST, LAST = os.urandom(5 * MIB), b"the end"


async def _open_uploads(s3: S3Client, bucket: str) -> list[str]:
    return [entry.key async for page in s3.list_multipart_uploads(bucket) for entry in page.uploads]


@deviates("rclone", "gives the plain MD5 as etag")
async def test_parts_sent_in_any_order_become_the_object(s3: S3Client, oracle: Any, bucket: str) -> None:
    async with await s3.begin_upload(
        bucket, "a +é", content_type="text/plain", metadata={"a": "b"}
    ) as upload:
        await upload.upload_part(2, LAST)
        await upload.upload_part(1, FIRST)
        etag = await upload.complete()
    theirs = oracle.head_object(Bucket=bucket, Key="a +é")
    assert theirs["ContentLength"] == len(FIRST + LAST)
    assert theirs["Metadata"] == {"a": "b"}
    assert etag == theirs["ETag"].strip('"')
    assert etag.endswith("-2")
    assert await s3.get_object(bucket, "a +é") == FIRST + LAST


async def test_an_upload_continues_from_stored_ids(s3: S3Client, oracle: Any, bucket: str) -> None:
    begun = await s3.begin_upload(bucket, "k")
    sent = await begun.upload_part(1, FIRST)
    later = MultipartUpload(s3, bucket, "k", begun.upload_id)
    assert later.parts == ()
    (found,) = await later.load_parts()
    assert (found.part_number, found.etag, found.size) == (1, sent.etag, len(FIRST))
    theirs = oracle.list_parts(Bucket=bucket, Key="k", UploadId=begun.upload_id)["Parts"]
    assert [part["ETag"].strip('"') for part in theirs] == [sent.etag]
    await later.upload_part(2, LAST)
    await later.complete()
    assert await s3.get_object(bucket, "k") == FIRST + LAST


async def test_an_aborted_or_failed_upload_leaves_nothing(s3: S3Client, bucket: str) -> None:
    upload = await s3.begin_upload(bucket, "k")
    await upload.upload_part(1, FIRST)
    await upload.abort()
    with pytest.raises(errors.NoSuchUpload):
        await upload.load_parts()
    with pytest.raises(ZeroDivisionError):
        async with await s3.begin_upload(bucket, "k"):
            raise ZeroDivisionError
    assert await _open_uploads(s3, bucket) == []
    assert not await s3.object_exists(bucket, "k")


async def test_open_uploads_are_listed_page_by_page(s3: S3Client, oracle: Any, bucket: str) -> None:
    keys = ["a é+", "b/c", "d"]
    for key in keys:
        await s3.create_multipart_upload(bucket, key)
    theirs = oracle.list_multipart_uploads(Bucket=bucket)["Uploads"]
    ours = [entry async for page in s3.list_multipart_uploads(bucket) for entry in page.uploads]
    assert [entry.key for entry in ours] == [entry["Key"] for entry in theirs] == keys
    assert [entry.upload_id for entry in ours] == [entry["UploadId"] for entry in theirs]


@deviates("moto", "ignores the markers")
@deviates("rclone", "begins at the marker, not behind it")
async def test_a_listing_of_uploads_begins_behind_a_marker(s3: S3Client, bucket: str) -> None:
    ids = {key: await s3.create_multipart_upload(bucket, key) for key in ("a", "b", "c")}
    late = s3.list_multipart_uploads(bucket, start=UploadMarker("b", ids["b"]))
    assert [entry.key async for page in late for entry in page.uploads] == ["c"]


async def test_uploads_paged_one_by_one_are_all_there(s3: S3Client, bucket: str) -> None:
    for key in ("a", "b", "b", "c"):
        await s3.create_multipart_upload(bucket, key)
    pages = [page.uploads async for page in s3.list_multipart_uploads(bucket, max_uploads=1)]
    assert [entry.key for page in pages for entry in page] == ["a", "b", "b", "c"]


async def test_parts_are_listed_page_by_page(s3: S3Client, bucket: str) -> None:
    upload = await s3.begin_upload(bucket, "k")
    for number in (1, 2, 3):
        await upload.upload_part(number, b"x" * number)
    found = await s3.list_parts(bucket, "k", upload_id=upload.upload_id, max_parts=1)
    assert [(part.part_number, part.size) for part in found] == [(1, 1), (2, 2), (3, 3)]


async def test_the_condition_on_completion_holds_or_fails(s3: S3Client, bucket: str) -> None:
    upload = await s3.begin_upload(bucket, "k")
    await upload.upload_part(1, LAST)
    await upload.complete(if_none_match="*")
    assert await s3.get_object(bucket, "k") == LAST


@deviates("rclone", "answers UploadPartCopy without an etag", errors.ProtocolError)
async def test_a_part_is_copied_from_a_range(s3: S3Client, bucket: str) -> None:
    await s3.put_object(bucket, "source é/+", FIRST + LAST)
    async with await s3.begin_upload(bucket, "k") as upload:
        await upload.copy_part(1, f"{bucket}/source é/+", byte_range=ByteRange(0, len(FIRST) - 1))
        await upload.copy_part(2, f"{bucket}/source é/+", byte_range=ByteRange(10, 19))
        await upload.complete()
    assert await s3.get_object(bucket, "k") == FIRST + FIRST[10:20]


@deviates("rclone", "answers UploadPartCopy without an etag", errors.ProtocolError)
async def test_a_copy_by_parts_keeps_what_a_copy_keeps(s3: S3Client, bucket: str) -> None:
    data = FIRST * 2 + LAST
    await s3.put_object(
        bucket,
        "k",
        data,
        content_type="text/x",
        cache_control="no-store",
        metadata={"a": "b"},
    )
    await s3.copy_by_parts(bucket, "copy", source=f"{bucket}/k", part_size=5 * MIB)
    head = await s3.head_object(bucket, "copy")
    assert (head.content_type, head.cache_control, head.metadata) == ("text/x", "no-store", {"a": "b"})
    assert await s3.get_object(bucket, "copy") == data
    await s3.copy_by_parts(bucket, "other", source=f"{bucket}/k", part_size=5 * MIB, metadata={})
    assert (await s3.head_object(bucket, "other")).metadata == {}
    assert await _open_uploads(s3, bucket) == []


@deviates("ministack", "loses the tags that an upload is created with")
@deviates("rclone", "answers UploadPartCopy without an etag", errors.ProtocolError)
async def test_a_copy_by_parts_keeps_the_tags(s3: S3Client, bucket: str) -> None:
    await s3.put_object(bucket, "k", LAST, tagging={"t": "v"})
    await s3.copy_by_parts(bucket, "copy", source=f"{bucket}/k")
    assert await s3.get_object_tagging(bucket, "copy") == {"t": "v"}


async def test_a_copy_by_parts_that_fails_leaves_no_upload(s3: S3Client, bucket: str) -> None:
    await s3.put_object(bucket, "k", FIRST)
    with pytest.raises((errors.ProtocolError, errors.PreconditionFailed)):
        await s3.copy_by_parts(bucket, "copy", source=f"{bucket}/k", source_if_match="0" * 32)
    assert await _open_uploads(s3, bucket) == []


async def test_a_source_that_is_too_large_for_one_copy_is_copied_by_parts() -> None:
    asked: list[str] = []
    gibibytes = 6 * 1024**3

    def answer(request: httpx.Request) -> httpx.Response:
        query = request.extensions["target"].decode().partition("?")[2]
        asked.append(f"{request.method} {query.partition('=')[0]}".strip())
        source_range = request.headers.get("x-amz-copy-source-range")
        if request.method == "HEAD":
            head = {"content-length": str(gibibytes), "etag": '"abc-3"'}
            return httpx.Response(200, headers=head, stream=httpx.ByteStream(b""))
        if request.method == "PUT" and source_range is None:
            return httpx.Response(
                400,
                stream=httpx.ByteStream(
                    b"<Error><Code>InvalidRequest</Code><Message>too large</Message></Error>"
                ),
            )
        if request.method == "PUT":
            assert request.headers["x-amz-copy-source-if-match"] == '"abc-3"'
            return httpx.Response(
                200, stream=httpx.ByteStream(b"<CopyPartResult><ETag>e</ETag></CopyPartResult>")
            )
        if query == "uploads=":
            return httpx.Response(
                200,
                stream=httpx.ByteStream(
                    b"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
                ),
            )
        return httpx.Response(
            200,
            stream=httpx.ByteStream(
                b"<CompleteMultipartUploadResult><ETag>done-12</ETag></CompleteMultipartUploadResult>"
            ),
        )

    endpoint = Endpoint.custom("http://s3.example")
    async with S3Client(endpoint, Credentials("a", "b"), transport=httpx.MockTransport(answer)) as s3:
        assert await s3.copy_object("b", "k", source="b/large") == "done-12"
    assert asked.count("PUT partNumber") == 12


# Streams


async def _chunks(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@pytest.mark.parametrize("mode", [ChecksumMode.WHEN_SUPPORTED, ChecksumMode.NEVER])
async def test_streams_files_and_blocking_iterators_are_put(
    server: S3Server, bucket: str, mode: ChecksumMode
) -> None:
    async with client_of(server, server.credentials, defaults=CallDefaults(checksums=mode)) as s3:
        await s3.put_object(bucket, "stream", _chunks(b"ab", b"", b"cd"), content_length=4)
        file = io.BytesIO(b"--abcd")
        file.seek(2)
        await s3.put_object(bucket, "file", file)
        await s3.put_object(bucket, "iterator", iter([b"ab", b"cd"]), content_length=4)
        await s3.put_object(bucket, "view", memoryview(b"abcd"))
        upload = await s3.begin_upload(bucket, "parts")
        await upload.upload_part(1, _chunks(b"ab", b"cd"), content_length=4)
        await upload.complete()
        for key in ("stream", "file", "iterator", "view", "parts"):
            assert await s3.get_object(bucket, key) == b"abcd"
            assert (await s3.head_object(bucket, key)).content_encoding is None


@pytest.mark.parametrize("length", [3, 5])
async def test_a_stream_of_another_length_than_announced_is_refused(
    s3: S3Client, bucket: str, length: int
) -> None:
    with pytest.raises(ValueError, match="content_length"):
        await s3.put_object(bucket, "k", _chunks(b"ab", b"cd"), content_length=length)
    assert not await s3.object_exists(bucket, "k")


async def test_what_a_stream_raises_reaches_the_caller(s3: S3Client, bucket: str) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"ab"
        raise LookupError("the disk is gone")

    with pytest.raises(LookupError, match="the disk is gone"):
        await s3.put_object(bucket, "k", broken(), content_length=4)
    assert not await s3.object_exists(bucket, "k")


@pytest.mark.parametrize("size", [0, 10, 5 * MIB, 5 * MIB + 1, 12 * MIB])
async def test_a_stream_of_unknown_length_becomes_the_object(s3: S3Client, bucket: str, size: int) -> None:
    data = (FIRST * 3)[:size]
    pieces = _chunks(*(data[start : start + 700_000] for start in range(0, size, 700_000)))
    await s3.put_stream(bucket, "k", pieces, part_size=5 * MIB, content_type="text/plain")
    assert await s3.get_object(bucket, "k") == data
    assert (await s3.head_object(bucket, "k")).content_type == "text/plain"


async def test_a_stream_of_unknown_length_that_breaks_leaves_nothing(s3: S3Client, bucket: str) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield FIRST
        yield FIRST
        yield FIRST
        raise LookupError

    with pytest.raises(LookupError):
        await s3.put_stream(bucket, "k", broken(), part_size=5 * MIB)
    assert await _open_uploads(s3, bucket) == []
    assert not await s3.object_exists(bucket, "k")


# Lost answers


class _LosesAnswers(httpx.AsyncBaseTransport):
    """Sends everything, and loses the answers to completions."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        if request.method == "POST" and b"uploadId=" in request.extensions["target"]:
            await response.aread()
            await response.aclose()
            raise httpx.ReadError("the connection was reset", request=request)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


@deviates("rclone", "gives an etag that does not follow from the parts", errors.TransportError)
async def test_a_completion_whose_answer_was_lost_is_found_out(server: S3Server, bucket: str) -> None:
    async with client_of(server, server.credentials) as s3:
        if server.ca_file is not None:
            pytest.skip("the transport is the http one; TLS changes nothing here")
        lossy = S3Client(
            server.endpoint,
            server.credentials,
            transport=_LosesAnswers(ConnectionPool()),
            retry=RetryPolicy(1),
        )
        async with lossy:
            upload = await lossy.begin_upload(bucket, "k")
            await upload.upload_part(1, FIRST)
            await upload.upload_part(2, LAST)
            etag = await upload.complete()
        assert etag == (await s3.head_object(bucket, "k")).etag
        assert (
            await MultipartUpload(s3, bucket, "k", upload.upload_id, parts=upload.parts).complete() == etag
        ), "completing once more finds out, too"


@deviates("moto", "answers 500 when the upload is gone", errors.ServiceError)
async def test_a_completion_that_did_not_happen_stays_an_error(s3: S3Client, bucket: str) -> None:
    upload = await s3.begin_upload(bucket, "k")
    await upload.upload_part(1, FIRST)
    await upload.abort()
    with pytest.raises(errors.NoSuchUpload):
        await upload.complete()


# Checksums of parts


@deviates("rclone", "knows no checksums")
@pytest.mark.parametrize("algorithm", list(ChecksumAlgorithm)[:5], ids=lambda algorithm: algorithm.value)
async def test_parts_carry_checksums_when_asked(
    server: S3Server, bucket: str, algorithm: ChecksumAlgorithm
) -> None:
    defaults = CallDefaults(checksums=ChecksumMode.ALWAYS, checksum_algorithm=algorithm)
    async with client_of(server, server.credentials, defaults=defaults) as s3:
        async with await s3.begin_upload(bucket, "k") as upload:
            part = await upload.upload_part(1, FIRST)
            assert part.checksum is not None
            await upload.upload_part(2, _chunks(b"the ", b"end"), content_length=7)
            assert [part.checksum for part in await upload.load_parts()] == [
                part.checksum for part in upload.parts
            ]
            await upload.complete()
        head = await s3.head_object(bucket, "k", checksums=True)
        assert head.checksum is not None
        assert head.checksum.algorithm is algorithm
        theirs = server.boto3().head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
        assert theirs[algorithm.element] == head.checksum.value
        assert await s3.get_object(bucket, "k") == FIRST + LAST


_NO_ETAG = [
    Reply(200, {"x-amz-request-id": "1"}),
    Reply(200, {"x-amz-request-id": "1", "etag": ""}),
    Reply(200, {"x-amz-request-id": "1", "etag": '""'}),
    Reply(200, {}, b"<CopyPartResult><LastModified>2026-01-01T00:00:00Z</LastModified></CopyPartResult>"),
    Reply(200, {}, b"<CopyPartResult><ETag></ETag></CopyPartResult>"),
]


@pytest.mark.parametrize("reply", _NO_ETAG, ids=range(len(_NO_ETAG)))
async def test_a_part_without_an_etag_is_no_part(reply: Reply) -> None:
    async def part(s3: S3Client) -> object:
        if reply.body:
            return await s3.upload_part_copy("b", "k", upload_id="id", part_number=1, source="b/s")
        return await s3.upload_part("b", "k", upload_id="id", part_number=1, data=b"data")

    async with scripted(lambda _: reply) as server, S3Client(server.endpoint, KEYS) as s3:
        with pytest.raises(errors.ProtocolError, match=r"without (an|its) <?ETag"):
            await part(s3)

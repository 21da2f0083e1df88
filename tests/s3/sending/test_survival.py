"""Known misbehaviour of servers that a client must survive; one line of the list after the other.

Lines 3 (HEAD without a reason), 4 (ranges), 5 (etags) and 9 on real servers are also in
`test_operations`, `test_answers` and `test_multipart`.
"""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from s3tui.s3 import (
    ByteRange,
    CallDefaults,
    ChecksumMode,
    Credentials,
    Endpoint,
    Exchange,
    RegionRouted,
    RetryPolicy,
    S3Client,
    errors,
)
from s3tui.s3.wire import xml
from tests.s3.conftest import client_of
from tests.servers import OTHER_REGION, S3Server

KEYS = Credentials("AKIDEXAMPLE", "secret")
Answering = Callable[[httpx.Request], httpx.Response]


def _client(answer: Answering, url: str = "http://s3.example", **options: Any) -> S3Client:
    transport = httpx.MockTransport(answer)
    return S3Client(Endpoint.custom(url), KEYS, transport=transport, retry=RetryPolicy(1), **options)


def _answer(status: int, body: bytes = b"", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=named, stream=httpx.ByteStream(body))


# 1. Writing a subresource that a server does not know destroys the object.


async def test_1_tags_are_not_written_where_they_would_replace_the_object(rclone_server: S3Server) -> None:
    bucket = rclone_server.make_bucket()
    async with client_of(rclone_server, rclone_server.credentials) as s3:
        await s3.put_object(bucket, "k", b"precious")
        with pytest.raises(errors.NotSupported, match="nothing was changed"):
            await s3.put_object_tagging(bucket, "k", {"a": "b"})
        with pytest.raises(errors.NotSupported):
            await s3.delete_object_tagging(bucket, "k")
        assert await s3.get_object(bucket, "k") == b"precious"


async def test_1_an_object_that_looks_like_tags_is_checked_once_a_client() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return _answer(200, b"<Tagging><TagSet/></Tagging>")

    async with _client(answer) as s3:
        await s3.put_object_tagging("b", "k", {"a": "b"})
        await s3.put_object_tagging("b", "k", {"a": "c"})
    assert asked == ["GET", "PUT", "PUT"]


# 2. A redirect may name a foreign host, or nothing at all.


async def test_2_a_redirect_to_amazon_is_answered_at_our_own_endpoint(ministack: S3Server) -> None:
    bucket = ministack.make_bucket(region=OTHER_REGION)
    facts: list[object] = []
    async with client_of(ministack, ministack.credentials, observer=facts.append) as s3:
        await s3.put_object(bucket, "k", b"x")
    (hop,) = [fact for fact in facts if isinstance(fact, RegionRouted)]
    assert (hop.from_region, hop.to_region) == ("us-east-1", OTHER_REGION)


async def test_2_a_redirect_without_a_word_is_an_error_and_no_loop() -> None:
    async with _client(lambda request: _answer(301)) as s3:
        with pytest.raises(errors.WrongRegion):
            await s3.get_object("b", "k")


# 3. HEAD has no error body.


async def test_3_the_reason_of_a_refused_head_is_asked_for(ministack: S3Server) -> None:
    bucket = ministack.make_bucket()
    facts: list[object] = []
    async with client_of(ministack, ministack.wrong_secret, observer=facts.append) as s3:
        with pytest.raises(errors.SignatureRejected):
            await s3.head_object(bucket, "k")
    assert [fact.method for fact in facts if isinstance(fact, Exchange)] == ["HEAD", "GET"]


# 4. A range may be answered with 200.


@pytest.mark.parametrize("content_range", [{}, {"content_range": "bytes 2-4/10"}], ids=["whole", "range"])
async def test_4_a_streamed_range_is_the_range_whatever_came(content_range: dict[str, str]) -> None:
    body = b"234" if content_range else b"0123456789"
    headers = {"content_length": str(len(body)), **content_range}
    async with _client(lambda request: _answer(200, body, **headers)) as s3:
        assert await s3.get_object("b", "k", byte_range=ByteRange(2, 4)) == b"234"
        async with s3.stream_object("b", "k", byte_range=ByteRange(2, 4)) as stream:
            assert b"".join([chunk async for chunk in stream]) == b"234"


# 6. Error bodies may be anything.


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<Error><Code>AccessDenied</Code></Error>",
        b"<Error><Code>AccessDenied</Code><Message>no",
        b'{"error": "forbidden"}',
        b"\xff" * 300_000,
    ],
    ids=["empty", "bare", "cut", "json", "huge"],
)
async def test_6_a_refusal_is_access_denied_whatever_its_body(body: bytes) -> None:
    async with _client(lambda request: _answer(403, body)) as s3:
        with pytest.raises(errors.AccessDenied) as caught:
            await s3.get_object("b", "k")
    assert caught.value.code == "AccessDenied"
    assert len(str(caught.value)) < 300


async def test_6_a_404_with_a_code_of_its_own_is_not_a_missing_bucket() -> None:
    body = b"<Error><Code>NoSuchUnicornConfiguration</Code></Error>"
    async with _client(lambda request: _answer(404, body)) as s3:
        with pytest.raises(errors.ServiceError) as caught:
            await s3.get_bucket_cors("b")
    assert type(caught.value) is errors.ServiceError
    assert caught.value.code == "NoSuchUnicornConfiguration"


# 7. What says how a listing goes on may be missing.


def test_7_a_listing_without_key_count_is_read() -> None:
    page = xml.list_objects(b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
    assert page.next_continuation_token is None


async def test_7_a_token_that_does_not_move_ends_the_listing() -> None:
    stuck = (
        b"<ListBucketResult><IsTruncated>true</IsTruncated>"
        b"<NextContinuationToken>again</NextContinuationToken></ListBucketResult>"
    )
    async with _client(lambda request: _answer(200, stuck)) as s3:
        with pytest.raises(errors.ProtocolError, match="not complete"):
            assert [page async for page in s3.list_objects("b")] == []


# 8. Over https, a plain body with its checksum in a header.


async def test_8_a_file_goes_plainly_over_https_with_its_checksum_before_it() -> None:
    sent: list[httpx.Request] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        await request.aread()
        sent.append(request)
        return _answer(200, etag='"e"')

    always = CallDefaults(checksums=ChecksumMode.ALWAYS)
    transport = httpx.MockTransport(answer)
    endpoint = Endpoint.custom("https://s3.example")
    async with S3Client(endpoint, KEYS, transport=transport, defaults=always) as s3:
        await s3.put_object("b", "k", io.BytesIO(b"hello"))
    (request,) = sent
    assert request.content == b"hello"
    assert request.headers["content-length"] == "5"
    assert request.headers["x-amz-checksum-crc32"] == "NhCmhg=="
    assert "x-amz-trailer" not in request.headers


async def test_8_a_file_goes_up_over_https_to_a_real_server(ministack_tls: S3Server, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"hello" * 200_000)
    bucket = ministack_tls.make_bucket()
    always = CallDefaults(checksums=ChecksumMode.ALWAYS)
    async with client_of(ministack_tls, ministack_tls.credentials, defaults=always) as s3:
        with path.open("rb") as file:  # opening is no wait; reading is in a thread
            await s3.put_object(bucket, "k", file)
        assert (await s3.head_object(bucket, "k")).size == 1_000_000


# 9. A folder's marker is among its contents, or never listed.


async def test_9_the_marker_of_a_folder_is_an_object_of_its_own_listing(ministack: S3Server) -> None:
    bucket = ministack.make_bucket()
    async with client_of(ministack, ministack.credentials) as s3:
        await s3.put_object(bucket, "d1/", b"")
        await s3.put_object(bucket, "d1/k", b"x")
        page = await anext(s3.list_objects(bucket, "d1/", delimiter="/"))
    assert [entry.key for entry in page.objects] == ["d1/", "d1/k"]


# 10. A condition on writing may be ignored.


async def test_10_a_condition_that_is_ignored_shows_in_nothing_but_the_object(
    rclone_server: S3Server,
) -> None:
    """So whoever needs the promise looks first: this pins why `Conflict` plans do a HEAD."""
    bucket = rclone_server.make_bucket()
    async with client_of(rclone_server, rclone_server.credentials) as s3:
        await s3.put_object(bucket, "k", b"first")
        await s3.put_object(bucket, "k", b"second", if_none_match="*")
        assert await s3.get_object(bucket, "k") == b"second"


# Errors inside an answer of 200.


@pytest.mark.parametrize("operation", ["copy", "complete", "part copy"])
async def test_an_error_inside_200_is_that_error(operation: str) -> None:
    late = b'<?xml version="1.0"?>\n\n  <Error><Code>AccessDenied</Code><Message>m</Message></Error>'
    async with _client(lambda request: _answer(200, late)) as s3:
        calls: dict[str, Callable[[], Awaitable[object]]] = {
            "copy": lambda: s3.copy_object("b", "k", source="b/s"),
            "complete": lambda: s3.complete_multipart_upload("b", "k", upload_id="u", parts=[]),
            "part copy": lambda: s3.upload_part_copy("b", "k", upload_id="u", part_number=1, source="b/s"),
        }
        with pytest.raises(errors.AccessDenied):
            await calls[operation]()

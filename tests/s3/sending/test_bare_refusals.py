"""Refusals without a sign of S3: they are told as they stand, and nothing is given up because of them."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from s3tui.s3 import S3Client
from s3tui.s3.errors import (
    AccessDenied,
    NoSuchBucket,
    NoSuchKey,
    NoSuchUpload,
    ProtocolError,
    S3Error,
    ServiceError,
)
from s3tui.s3.models import Part
from s3tui.s3.retries import RetryPolicy, may_pass
from s3tui.transfer.errors import is_outage, leaves_the_rest
from tests.long import rng, share
from tests.s3.scripted import KEYS, Reply, Script, Seen, error_reply, scripted

BODIES = {
    "nothing": b"",
    "text": b"default backend - 404",
    "JSON": b'{"message": "no Route matched with those values"}',
    "another document": b"<status>no</status>",
    "bytes": b"\0\xff\xfe",
}
CALLS: dict[str, Callable[[S3Client], Awaitable[object]]] = {
    "head": lambda s3: s3.head_object("b", "k"),
    "exists": lambda s3: s3.object_exists("b", "k"),
    "get": lambda s3: s3.get_object("b", "k"),
    "put": lambda s3: s3.put_object("b", "k", b"x"),
    "delete": lambda s3: s3.delete_object("b", "k"),
    "copy": lambda s3: s3.copy_object("b", "k", source="b/s"),
    "begin": lambda s3: s3.create_multipart_upload("b", "k"),
    "part": lambda s3: s3.upload_part("b", "k", upload_id="u", part_number=1, data=b"x"),
    "parts": lambda s3: s3.list_parts("b", "k", upload_id="u"),
    "complete": lambda s3: s3.complete_multipart_upload("b", "k", upload_id="u", parts=[Part(1, "e")]),
    "abort": lambda s3: s3.abort_multipart_upload("b", "k", upload_id="u"),
    "list": lambda s3: anext(s3.list_objects("b")),
    "bucket": lambda s3: s3.head_bucket("b"),
    "bucket exists": lambda s3: s3.bucket_exists("b"),
    "delete bucket": lambda s3: s3.delete_bucket("b", missing_ok=True),
}
ABOUT_UPLOADS = ("part", "parts", "complete", "abort")
CASES = list(itertools.product(CALLS, (403, 404, 410, 451), BODIES))
EMPTY = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
NO_PARTS = b"<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>"
NO_UPLOADS = b"<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>"


async def refusal(script: Script, call: str) -> ServiceError:
    async with (
        scripted(script) as server,
        S3Client(server.endpoint, KEYS, retry=RetryPolicy(attempts=1)) as s3,
    ):
        with pytest.raises(ServiceError) as raised:
            await CALLS[call](s3)
        assert s3.capabilities.known() == ()
    return raised.value


@pytest.mark.parametrize(("call", "status", "body"), rng("bare").sample(CASES, share(60, len(CASES))))
async def test_who_answers_everything_so_is_no_s3(call: str, status: int, body: str) -> None:
    error = await refusal(lambda _: Reply(status, body=BODIES[body]), call)
    assert (error.is_bare, error.is_alone) == (True, True)
    assert is_outage(error)
    assert leaves_the_rest(error)
    if status == 403:
        assert isinstance(error, AccessDenied)
    if status == 404:
        missing = NoSuchUpload if call in ABOUT_UPLOADS else NoSuchKey
        assert isinstance(error, NoSuchBucket if "bucket" in call or call == "list" else missing)


BESIDE = [(call, body) for call in CALLS for body in BODIES if call != "list" and "bucket" not in call]


@pytest.mark.parametrize(("call", "body"), rng("beside").sample(BESIDE, share(20, len(BESIDE))))
async def test_where_s3_is_beside_it_a_refusal_fails_and_keeps_what_there_is(call: str, body: str) -> None:
    def script(seen: Seen) -> Reply:
        is_beside = seen.target.startswith(b"/b?")
        return error_reply(403, "AccessDenied") if is_beside else Reply(403, body=BODIES[body])

    error = await refusal(script, call)
    assert isinstance(error, AccessDenied)
    assert (error.is_bare, error.is_alone, may_pass(error)) == (True, False, False)
    assert leaves_the_rest(error)


@pytest.mark.parametrize(
    ("listing", "is_gone"),
    [
        (EMPTY, True),
        (EMPTY.replace(b"<Is", b"<Contents><Key>k2</Key><Size>1</Size></Contents><Is"), True),
        (EMPTY.replace(b"<Is", b"<Contents><Key>k</Key><Size>1</Size></Contents><Is"), False),
        (EMPTY.replace(b"false", b"true"), False),
        (b"<Other/>", False),
    ],
)
@pytest.mark.parametrize("call", ["head", "get"])
async def test_a_listing_tells_whether_a_missing_object_is_missing(
    call: str, listing: bytes, *, is_gone: bool
) -> None:
    def script(seen: Seen) -> Reply:
        return Reply(body=listing) if seen.target.startswith(b"/b?") else Reply(404)

    error = await refusal(script, call)
    assert isinstance(error, NoSuchKey)
    assert error.is_bare is not is_gone
    assert leaves_the_rest(error) is not is_gone


@pytest.mark.parametrize("is_open", [False, True])
@pytest.mark.parametrize("call", ["part", "parts", "abort"])
async def test_the_open_uploads_tell_whether_one_is_gone(call: str, *, is_open: bool) -> None:
    entry = b"<Upload><Key>k</Key><UploadId>u</UploadId></Upload>" * is_open

    def script(seen: Seen) -> Reply:
        is_list = seen.target.startswith(b"/b?")
        return Reply(body=NO_UPLOADS.replace(b"<Is", entry + b"<Is")) if is_list else Reply(404)

    error = await refusal(script, call)
    assert isinstance(error, NoSuchUpload)
    assert error.is_bare is is_open


async def test_a_head_is_asked_again_as_a_get_that_carries_a_document() -> None:
    def script(seen: Seen) -> Reply:
        return Reply(404) if seen.method == "HEAD" else error_reply(404, "NoSuchKey")

    error = await refusal(script, "head")
    assert isinstance(error, NoSuchKey)
    assert not error.is_bare
    async with scripted(script) as server, S3Client(server.endpoint, KEYS) as s3:
        assert not await s3.object_exists("b", "k")
        assert [seen.headers.get("range") for seen in server.requests] == [None, "bytes=0-0"]


@pytest.mark.parametrize("headers", [{"x-amz-request-id": "1"}, {"X-Amz-Id-2": "1"}])
@pytest.mark.parametrize("call", ["get", "parts", "abort"])
async def test_s3_is_believed_at_once(call: str, headers: dict[str, str]) -> None:
    requests: list[Seen] = []

    def script(seen: Seen) -> Reply:
        requests.append(seen)
        return Reply(404, headers)

    error = await refusal(script, call)
    assert (error.is_bare, len(requests)) == (False, 1)


PAGE = b"<!doctype html><html><title>Not Implemented</title></html>"


@pytest.mark.parametrize("status", [400, 405, 500, 501, 503])
async def test_a_web_page_tells_of_no_lack_of_the_endpoint(status: int) -> None:
    """A proxy refuses what is sent first; what is sent instead passes."""
    refused = set[str]()

    def script(seen: Seen) -> Reply:
        name = seen.method + seen.target.decode().partition("?")[0]
        if name not in refused:
            refused.add(name)
            return Reply(status, {"content-type": "text/html"}, PAGE)
        return Reply(404 if seen.method == "HEAD" else 200, {"etag": '"e"'}, EMPTY)

    async with (
        scripted(script) as server,
        S3Client(server.endpoint, KEYS, retry=RetryPolicy(attempts=1)) as s3,
    ):
        calls: list[Callable[[], Awaitable[object]]] = [
            lambda: anext(s3.list_objects("b", restore_status=True)),
            lambda: s3.put_object("b", "k", b"x"),
            lambda: s3.get_object("b", "k"),
            lambda: s3.delete_objects("b", ["k"]),
        ]
        for call in calls:
            refused.clear()
            with suppress(ServiceError, ProtocolError):
                await call()
            assert s3.capabilities.known() == ()


DELETIONS = {"delete": "NoSuchKey", "abort": "NoSuchUpload", "delete bucket": "NoSuchBucket"}
DELETED = {
    "another document": b"<Nothing/>",
    "a listing": EMPTY,
    "another result": b"<CopyObjectResult><ETag>e</ETag></CopyObjectResult>",
    "JSON": b'{"ok": true}',
    "a page": PAGE,
    "nothing": b"",
}


@pytest.mark.parametrize("status", [200, 202, 204])
@pytest.mark.parametrize("body", DELETED.values(), ids=DELETED)
async def test_a_deletion_that_nobody_did_is_not_done(status: int, body: bytes) -> None:
    body = b"" if status == 204 else body

    def script(seen: Seen) -> Reply:
        if seen.method == "DELETE":
            return Reply(status, body=body)
        is_parts = b"uploadId" in seen.target
        return Reply(headers={"etag": '"e"'}, body=NO_PARTS if is_parts else EMPTY)

    async with (
        scripted(script) as server,
        S3Client(server.endpoint, KEYS, retry=RetryPolicy(attempts=1)) as s3,
    ):
        for call in DELETIONS:
            with pytest.raises(S3Error) as raised:
                await CALLS[call](s3)
            assert leaves_the_rest(raised.value)


@pytest.mark.parametrize("call", DELETIONS)
@pytest.mark.parametrize("is_bare", [False, True])
async def test_a_deletion_is_done_where_nothing_is_left(call: str, *, is_bare: bool) -> None:
    def script(seen: Seen) -> Reply:
        if seen.method == "DELETE":
            return Reply(204)
        return Reply(404) if is_bare else error_reply(404, DELETIONS[call])

    async with (
        scripted(script) as server,
        S3Client(server.endpoint, KEYS, retry=RetryPolicy(attempts=1)) as s3,
    ):
        await CALLS[call](s3)

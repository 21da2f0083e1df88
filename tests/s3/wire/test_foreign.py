"""Errors and redirects that S3 did not give: every operation meets each, and takes none for S3's word.

What servers that say little may honestly answer is the other half: it stays S3's.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from s3tui.s3 import RetryPolicy, S3Client
from s3tui.s3.errors import NoSuchBucket, NoSuchKey, Redirected, S3Error, ServiceError, TransportError
from s3tui.s3.models import Part
from tests.s3.scripted import KEYS, Reply, Seen, error_reply, scripted

ONCE = RetryPolicy(attempts=1)
HTML = {"content-type": "text/html; charset=utf-8"}
PORTAL = "http://login.example/?from=http://s3.example/b/k"
PAGE = b"<!DOCTYPE html><html><head><title>Log in</title></head></html>"

Call = Callable[[S3Client], Awaitable[object]]
READS: dict[str, Call] = {
    "get": lambda s3: s3.get_object("b", "k"),
    "head": lambda s3: s3.head_object("b", "k"),
    "exists": lambda s3: s3.object_exists("b", "k"),
}
OTHERS: dict[str, Call] = {
    "put": lambda s3: s3.put_object("b", "k", b"x"),
    "put if absent": lambda s3: s3.put_object("b", "k", b"x", if_none_match="*"),
    "copy": lambda s3: s3.copy_object("b", "k", source="b/s"),
    "delete": lambda s3: s3.delete_object("b", "k"),
    "delete many": lambda s3: s3.delete_objects("b", ["k"]),
    "begin": lambda s3: s3.create_multipart_upload("b", "k"),
    "part": lambda s3: s3.upload_part("b", "k", upload_id="u", part_number=1, data=b"x"),
    "copy a part": lambda s3: s3.upload_part_copy("b", "k", upload_id="u", part_number=1, source="b/s"),
    "parts": lambda s3: s3.list_parts("b", "k", upload_id="u"),
    "complete": lambda s3: s3.complete_multipart_upload("b", "k", upload_id="u", parts=[Part(1, "e")]),
    "abort": lambda s3: s3.abort_multipart_upload("b", "k", upload_id="u"),
    "buckets": lambda s3: s3.list_buckets(),
    "head bucket": lambda s3: s3.head_bucket("b"),
    "bucket exists": lambda s3: s3.bucket_exists("b"),
    "create bucket": lambda s3: s3.create_bucket("b"),
    "delete bucket": lambda s3: s3.delete_bucket("b", missing_ok=True),
    "list": lambda s3: anext(s3.list_objects("b")),
    "versions": lambda s3: anext(s3.list_object_versions("b")),
    "uploads": lambda s3: anext(s3.list_multipart_uploads("b")),
    "tags": lambda s3: s3.get_object_tagging("b", "k"),
    "versioning": lambda s3: s3.get_bucket_versioning("b"),
}
CALLS = READS | OTHERS
FOREIGN = {
    **{
        f"{status} page": Reply(status, HTML, PAGE)
        for status in (401, 403, 404, 410, 451, 511, 502, 504, 520)
    },
    **{f"{status} bare": Reply(status) for status in (407, 511)},
    **{
        f"{status} page, elsewhere": Reply(status, {**HTML, "location": PORTAL}, PAGE)
        for status in (301, 302, 303, 307, 308)
    },
}
BARE_REDIRECTS = {
    f"{status} bare, elsewhere": Reply(status, {"location": PORTAL}) for status in (302, 303, 307)
}
CASES = [
    *itertools.product(CALLS, FOREIGN),
    *itertools.product(OTHERS, BARE_REDIRECTS),
]


@pytest.mark.parametrize(("call", "answer"), CASES)
async def test_what_s3_did_not_say_is_no_refusal(call: str, answer: str) -> None:
    reply = (FOREIGN | BARE_REDIRECTS)[answer]
    async with scripted(lambda _: reply) as server, S3Client(server.endpoint, KEYS, retry=ONCE) as s3:
        with pytest.raises(S3Error) as caught:
            await CALLS[call](s3)
    assert isinstance(caught.value, TransportError)
    assert "answered in its place" in caught.value.message
    assert not caught.value.is_final


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("answer", ["403 page", "404 page", "511 bare", "302 page, elsewhere"])
async def test_it_is_waited_for_and_then_s3_is_heard(call: str, answer: str) -> None:
    """The portal goes after two requests of each kind; what may be sent twice is then answered by S3."""
    left = {"HEAD": 2, "GET": 2, "PUT": 2, "POST": 2, "DELETE": 2}

    def script(seen: Seen) -> Reply:
        left[seen.method] -= 1
        return FOREIGN[answer] if left[seen.method] >= 0 else error_reply(400, "FromS3")

    patient = RetryPolicy(attempts=6, base_s=0.001)
    async with scripted(script) as server, S3Client(server.endpoint, KEYS, retry=patient) as s3:
        with pytest.raises(S3Error) as caught:
            await CALLS[call](s3)
    if isinstance(caught.value, ServiceError):
        assert caught.value.code == "FromS3"
    else:
        assert call in ("put if absent", "begin", "complete", "create bucket"), "the others may be sent again"


HONEST = {
    **{f"{status} bare": Reply(status) for status in (400, 401, 403, 404, 405, 409, 500, 501, 503)},
    **{f"{status} text": Reply(status, {"content-type": "text/plain"}, b"no") for status in (403, 404)},
    "404 of html without a page": Reply(404, HTML, b"Not Found"),
    "403 JSON": Reply(403, {"content-type": "application/json"}, b'{"error": "no"}'),
    "403 document called a page": replace(error_reply(403, "AccessDenied"), headers=HTML),
    "404 page of S3's": Reply(404, {**HTML, "x-amz-request-id": "1"}, PAGE),
    **{f"{status} page": Reply(status, HTML, PAGE) for status in (400, 405, 413, 500, 501, 503)},
    "301 bare, elsewhere": Reply(301, {"location": "https://zone.example/b/k"}),
    "307 page, nearby": Reply(307, {**HTML, "location": "http://127.0.0.1:1/login"}, PAGE),
    "302 page, relative": Reply(302, {**HTML, "location": "/login"}, PAGE),
    "302 page of S3's": Reply(302, {**HTML, "location": PORTAL, "x-amz-request-id": "1"}, PAGE),
}


@pytest.mark.parametrize("call", ["get", "head", "put", "parts", "list", "abort", "head bucket", "begin"])
@pytest.mark.parametrize("answer", HONEST)
async def test_what_a_server_may_say_itself_stays_its_word(call: str, answer: str) -> None:
    async with (
        scripted(lambda _: HONEST[answer]) as server,
        S3Client(server.endpoint, KEYS, retry=ONCE) as s3,
    ):
        with pytest.raises(ServiceError) as caught:
            await CALLS[call](s3)
    assert caught.value.status == HONEST[answer].status


@pytest.mark.parametrize("call", READS)
@pytest.mark.parametrize("status", [302, 307])
async def test_a_page_that_sends_to_the_object_itself_is_a_redirect(call: str, status: int) -> None:
    reply = Reply(status, {**HTML, "location": "https://cdn.example/b/k?sig=1"}, PAGE)
    async with scripted(lambda _: reply) as server, S3Client(server.endpoint, KEYS, retry=ONCE) as s3:
        with pytest.raises(Redirected):
            await CALLS[call](s3)


async def test_a_head_that_is_called_a_page_is_asked_again_as_a_get() -> None:
    """As moto and others answer it: the type is the web framework's, and the GET has a document."""

    def script(seen: Seen) -> Reply:
        code = "NoSuchKey" if b"/k" in seen.target else "NoSuchBucket"
        return Reply(404, HTML) if seen.method == "HEAD" else error_reply(404, code)

    async with scripted(script) as server, S3Client(server.endpoint, KEYS, retry=ONCE) as s3:
        with pytest.raises(NoSuchKey):
            await s3.head_object("b", "k")
        assert not await s3.object_exists("b", "k")
        with pytest.raises(NoSuchBucket):
            await s3.head_bucket("b")
        assert [seen.method for seen in server.requests] == ["HEAD", "GET"] * 3


@pytest.mark.parametrize("call", ["delete", "abort", "delete many", "delete bucket"])
@pytest.mark.parametrize("status", [200, 202])
async def test_a_page_is_no_deletion(call: str, status: int) -> None:
    reply = Reply(status, HTML, PAGE)
    async with scripted(lambda _: reply) as server, S3Client(server.endpoint, KEYS, retry=ONCE) as s3:
        with pytest.raises(TransportError, match="a web page came"):
            await CALLS[call](s3)


SILENT = ("delete", "abort", "delete bucket", "create bucket")
"""Calls to whose success S3 says nothing. All others of that kind ask about a setting first."""


@pytest.mark.parametrize("call", SILENT)
@pytest.mark.parametrize("body", [b'{"ok": true}', b" OK\n", b"\xef\xbb\xbf0"])
async def test_text_is_no_success_where_s3_says_nothing(call: str, body: bytes) -> None:
    def script(seen: Seen) -> Reply:
        return error_reply(404, "NoSuchBucket") if seen.method == "HEAD" else Reply(200, body=body)

    async with scripted(script) as server, S3Client(server.endpoint, KEYS, retry=ONCE) as s3:
        with pytest.raises(TransportError, match="no answer of S3's"):
            await CALLS[call](s3)


@pytest.mark.parametrize("call", SILENT)
@pytest.mark.parametrize(
    "reply",
    [
        Reply(200), Reply(204), Reply(200, body=b"\n"), Reply(200, {"x-amz-request-id": "1"}, b"OK"),
    ],
    ids=["200", "204", "blank", "of S3's"],
)  # fmt: skip
async def test_what_says_nothing_is_a_success(call: str, reply: Reply) -> None:
    """Where nothing shows that S3 said it, what was deleted is looked for."""

    def script(seen: Seen) -> Reply:
        if seen.method in ("DELETE", "PUT"):
            return reply
        return error_reply(404, "NoSuchUpload" if b"uploadId" in seen.target else "NoSuchKey")

    async with scripted(script) as server, S3Client(server.endpoint, KEYS, retry=ONCE) as s3:
        await CALLS[call](s3)

"""A refused HEAD where GET is allowed: the error is the one that a GET explains."""

from __future__ import annotations

import itertools

import pytest

from s3tui.s3 import ByteRange, Exchange, RetryPolicy, S3Client
from s3tui.s3.errors import AccessDenied, NoSuchKey, S3Error
from s3tui.s3.sending.sender import Fact
from tests.fault_proxy import Answer, FaultProxy, Request
from tests.s3.scripted import KEYS, Reply, Seen, error_reply, scripted
from tests.servers import S3Server

ONCE = RetryPolicy(attempts=1)
REFUSALS = [400, 401, 403, 405, 501]


def is_head(request: Request) -> bool:
    return request.method == "HEAD"


@pytest.mark.parametrize("status", REFUSALS)
@pytest.mark.parametrize("size", [0, 1, 2, 100_000])
async def test_a_refused_head_is_answered_by_reading(
    size: int, status: int, ministack: S3Server, proxy: FaultProxy
) -> None:
    bucket = ministack.make_bucket()
    oracle = ministack.boto3()
    oracle.put_object(Bucket=bucket, Key="k", Body=b"x" * size, ContentType="text/x", Metadata={"a": "b"})
    expected = oracle.head_object(Bucket=bucket, Key="k")
    proxy.add(Answer(status), when=is_head, times=None)
    async with S3Client(proxy.endpoint, ministack.credentials) as s3:
        head = await s3.head_object(bucket, "k")
        assert (head.size, head.etag) == (expected["ContentLength"], expected["ETag"].strip('"'))
        assert (head.content_type, dict(head.metadata)) == (expected["ContentType"], expected["Metadata"])
        with pytest.raises(NoSuchKey):
            await s3.head_object(bucket, "missing")
        await s3.head_bucket(bucket)
        assert await s3.get_object(bucket, "k") == b"x" * size


@pytest.mark.parametrize(("status", "ranged"), itertools.product(REFUSALS, [True, False]))
async def test_a_server_that_ignores_ranges_is_not_read_to_the_end(status: int, ranged: bool) -> None:
    size = 64 * 1024 * 1024

    def script(seen: Seen) -> Reply:
        if seen.method == "HEAD":
            return Reply(status)
        if ranged:
            return Reply(206, {"content-range": f"bytes 0-0/{size}", "etag": '"e"'}, b"x")
        return Reply(200, {"etag": '"e"'}, b"x" * size)

    facts: list[Fact] = []
    async with (
        scripted(script) as server,
        S3Client(server.endpoint, KEYS, observer=facts.append) as s3,
    ):
        head = await s3.head_object("b", "k")
        assert (head.size, head.etag) == (size, "e")
        assert [seen.method for seen in server.requests] == ["HEAD", "GET"]
        assert server.requests[1].headers["range"] == "bytes=0-0"
        received = sum(fact.bytes_received for fact in facts if isinstance(fact, Exchange))
        assert received < 1024 * 1024
        assert await s3.get_object("b", "k", byte_range=ByteRange(0, 0)) == b"x"


async def test_who_may_neither_look_nor_read_hears_the_servers_reason() -> None:
    denied = error_reply(403, "AccessDenied", "with an explicit deny")
    async with scripted(lambda _: denied) as server, S3Client(server.endpoint, KEYS) as s3:
        with pytest.raises(AccessDenied) as caught:
            await s3.head_object("b", "k")
        assert [seen.method for seen in server.requests] == ["HEAD", "GET"]
    assert caught.value.said == "with an explicit deny"


@pytest.mark.parametrize("broken", [Reply(200, {"content-length": "9", "connection": "close"}), Reply(404)])
async def test_a_reading_that_says_nothing_leaves_the_refusal(broken: Reply) -> None:
    def script(seen: Seen) -> Reply:
        return Reply(403) if seen.method == "HEAD" else broken

    async with scripted(script) as server, S3Client(server.endpoint, KEYS, retry=ONCE) as s3:
        try:
            head = await s3.head_object("b", "k")
        except S3Error:
            assert broken.status != 200
        else:
            assert head.size == 9

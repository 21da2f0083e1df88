"""The fast path: what it sends, and that whatever is no plain success leaves it for the ordinary way."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.checksum import ChecksumAlgorithm, ChecksumMode, checksum_of
from s3tui.s3.client import S3Client
from s3tui.s3.credentials import Credentials
from s3tui.s3.credentials.refreshing import Refreshing
from s3tui.s3.errors import CredentialsError, ServiceError
from s3tui.s3.request.options import CallDefaults, object_headers
from s3tui.s3.retries import RetryPolicy, RetryQuota, Throttled
from s3tui.s3.sending.request_log import Exchange
from tests.s3.scripted import KEYS, Reply, ScriptedServer, error_reply, scripted

AT = datetime(2026, 11, 29, 12, 0, 0, 123_456, tzinfo=UTC)
DATA = b"some bytes"
ETAG = {"etag": f'"{hashlib.md5(DATA).hexdigest()}"'}
ABOUT = {"content-type": "text/plain"}
PAGE = {"content-type": "text/html"}

REFUSED: dict[str, Reply] = {
    f"{status} {code}": error_reply(status, code)
    for status, code in (
        (301, "PermanentRedirect"),
        (307, "TemporaryRedirect"),
        (400, "AuthorizationHeaderMalformed"),
        (400, "ExpiredToken"),
        (400, "BadDigest"),
        (403, "AccessDenied"),
        (403, "RequestTimeTooSkewed"),
        (404, "NoSuchBucket"),
        (404, "NoSuchKey"),
        (409, "OperationAborted"),
        (412, "PreconditionFailed"),
        (429, "TooManyRequests"),
        (500, "InternalError"),
        (501, "NotImplemented"),
        (503, "SlowDown"),
    )
} | {
    "bare 500": Reply(500),
    "a portal": Reply(200, PAGE, b"<html>Log in</html>"),
    "a login": Reply(511, PAGE, b"<html>Log in</html>"),
    "nothing": Reply(200),
    "a late error": Reply(200, ETAG, b"<Error><Code>InternalError</Code></Error>"),
    "a range": Reply(206, {**ETAG, "content-range": f"bytes 0-{len(DATA) - 1}/99"}, DATA),
    "too short": Reply(200, ETAG, DATA[1:]),
    "too long": Reply(200, ETAG, DATA + DATA),
    "of no length": Reply(200, {**ETAG, "transfer-encoding": "chunked"}, b"9\r\nsome byte\r\n0\r\n\r\n"),
}
CUT: dict[str, bytes | None] = {
    "closed": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nETag: ",
    "half a body": b'HTTP/1.1 200 OK\r\nETag: "a"\r\nContent-Length: 10\r\n\r\nsome',
    "no end": b'HTTP/1.1 200 OK\r\nETag: "a"\r\nContent-Length: 9000000\r\n\r\n' + bytes(600_000),
    "no HTTP": b"220 smtp.example\r\n",
    "silence": None,
}
BROKEN_OFF = b'HTTP/1.0 200 OK\r\nETag: "a"\r\n\r\nsome byte'
"""Nothing says how long it is but its end, and the listing."""


def client(server: ScriptedServer, facts: list[Any] | None = None, **options: Any) -> S3Client:
    seen = facts if facts is not None else []
    credentials = options.pop("credentials", KEYS)
    retry = options.pop("retry", RetryPolicy(attempts=1, base_s=0.0))
    return S3Client(server.endpoint, credentials, retry=retry, observer=seen.append, **options)


async def put(s3: S3Client, data: bytes = DATA) -> Any:
    return await s3.small_objects.put("b", "k", data, tuple(ABOUT.items()))


async def get(s3: S3Client) -> Any:
    return await s3.small_objects.get("b", "k", len(DATA))


@pytest.mark.parametrize(
    "defaults",
    [
        CallDefaults(),
        CallDefaults(checksums=ChecksumMode.NEVER, requester_pays=True),
        CallDefaults(checksum_algorithm=ChecksumAlgorithm.SHA256, expected_bucket_owner="123456789012"),
    ],
)
@pytest.mark.parametrize("keys", [KEYS, Credentials("AK", "SK", "a/token+="), None])
async def test_what_it_sends_and_records_is_what_the_ordinary_way_does(
    defaults: CallDefaults, keys: Credentials | None
) -> None:
    facts, metadata = list[Any](), {"a": "é 100%", "100%": "b", "%s": "c"}
    about = object_headers({"content_type": "text/plain", "metadata": metadata})
    async with (
        scripted(lambda seen: Reply(200, ETAG, DATA if seen.method == "GET" else b"")) as server,
        client(server, facts, defaults=defaults, credentials=keys, now=lambda: AT) as s3,
    ):
        if keys is not KEYS:
            s3.sender.pays_for.add("b")
        for key in ("k", "//a/../%2F ~é", "100%s%(a)s"):
            for data in (DATA, b""):
                written = await s3.small_objects.put("b", key, data, tuple(about.items()))
                etag = await s3.put_object("b", key, data, content_type="text/plain", metadata=metadata)
                assert written is not None
                assert (written.etag, written.proof) == (etag, None)
            read = await s3.small_objects.get("b", key, len(DATA), version_id="v&1")
            assert read is not None
            assert read.data == await s3.get_object("b", key, version_id="v&1") == DATA
            assert read.head.etag == ETAG["etag"].strip('"')
    for fast, ordinary in zip(server.requests[::2], server.requests[1::2], strict=True):
        assert (fast.line, list(fast.headers.items()), fast.body) == (
            ordinary.line, list(ordinary.headers.items()), ordinary.body
        )  # fmt: skip
    log = [fact._replace(elapsed_s=0.0, head_s=0.0) for fact in facts if isinstance(fact, Exchange)]
    assert len(log) == len(server.requests) == 18
    assert log[::2] == log[1::2]


async def test_it_signs_with_the_keys_the_region_and_the_clock_that_hold_now() -> None:
    """And through the proxy of its client, as the ordinary way does."""
    keys, now = [Credentials("AK1", "SK1", "one"), Credentials("AK2", "SK2", "two"), KEYS], [AT]

    async def provider() -> Credentials:
        return keys[0]

    def same_twice(server: ScriptedServer) -> dict[str, str]:
        fast, ordinary = ((seen.line, dict(seen.headers), seen.body) for seen in server.requests[-2:])
        assert fast == ordinary
        return fast[1]

    async with scripted(lambda _: Reply(200, ETAG)) as server:
        proxy = server.url.replace("://", "://me:secret@")
        endpoint = Endpoint.custom("http://s3.example:9000")
        refreshing = Refreshing(provider, now=lambda: now[0])
        async with S3Client(endpoint, refreshing, proxy=proxy, now=lambda: now[0], user_agent="x/1") as s3:
            changes: list[Callable[[], None]] = [
                lambda: None,
                lambda: refreshing.forget(keys.pop(0)),
                lambda: s3.sender.regions.learn("b", "eu-west-1"),
                lambda: now.insert(0, AT + timedelta(hours=1)),
                lambda: refreshing.forget(keys.pop(0)),
            ]
            signed = []
            for change in changes:
                change()
                assert await put(s3) is not None
                await s3.put_object("b", "k", DATA, content_type="text/plain")
                sent = same_twice(server)
                assert sent["proxy-authorization"].startswith("Basic ")
                assert sent["user-agent"].endswith(" x/1")
                scope = sent["authorization"].partition("Credential=")[2].split("/")
                signed.append(
                    (scope[0], scope[2], sent["x-amz-date"][9:11], sent.get("x-amz-security-token"))
                )
        assert server.requests[0].target == b"http://s3.example:9000/b/k"
    assert signed == [
        ("AK1", "us-east-1", "12", "one"),
        ("AK2", "us-east-1", "12", "two"),
        ("AK2", "eu-west-1", "12", "two"),
        ("AK2", "eu-west-1", "13", "two"),
        (KEYS.access_key, "eu-west-1", "13", None),
    ]


@pytest.mark.parametrize("name", REFUSED)
async def test_every_refusal_and_odd_success_leaves_it(name: str) -> None:
    reply, facts, code = REFUSED[name], list[Any](), name.partition(" ")[2]
    for ask in (put, get):
        async with scripted(lambda _: reply) as server, client(server, facts) as s3:
            assert await ask(s3) is None
            assert len(server.requests) == 1
    throttled = [fact.operation for fact in facts if isinstance(fact, Throttled)]
    assert throttled == (["PutObject", "GetObject"] if reply.status in (429, 503) else [])
    log = [fact for fact in facts if isinstance(fact, Exchange)]
    assert [(exchange.operation, exchange.status) for exchange in log] == [
        ("PutObject", reply.status),
        ("GetObject", reply.status),
    ]
    if code and code.encode() in reply.body:
        assert [exchange.error for exchange in log] == [code, code]


@asynccontextmanager
async def broken(said: bytes | None) -> AsyncIterator[tuple[ScriptedServer, asyncio.Event]]:
    """A server that says only this, and closes; or says nothing."""
    asked = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        if said is None:
            await reader.read()
        else:
            writer.write(said)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield ScriptedServer("http", server.sockets[0].getsockname()[1]), asked


@pytest.mark.parametrize("name", CUT)
async def test_every_half_answer_leaves_it(name: str) -> None:
    facts: list[Any] = []
    async with broken(CUT[name]) as (server, asked):
        for ask in (put, get):
            async with client(server, facts, read_timeout_s=0.2) as s3:
                assert await ask(s3) is None
            assert asked.is_set()
    log = [fact for fact in facts if isinstance(fact, Exchange)]
    assert [exchange.operation for exchange in log] == ["PutObject", "GetObject"]
    assert all(exchange.error for exchange in log)


async def test_an_object_whose_length_only_its_end_tells_is_read_once() -> None:
    chunked = {**ETAG, "transfer-encoding": "chunked"}
    async with scripted(lambda _: Reply(200, chunked, b"a\r\nsome bytes\r\n0\r\n\r\n")) as server:
        async with client(server) as s3:
            read = await get(s3)
        assert (read.data, read.head.size, len(server.requests)) == (DATA, len(DATA), 1)
    for said, data in ((BROKEN_OFF + b"s", DATA), (BROKEN_OFF, None), (BROKEN_OFF + b"s!", None)):
        async with broken(said) as (server, _), client(server) as s3:
            read = await get(s3)
        assert (None if read is None else read.data) == data


@pytest.mark.parametrize(
    ("reply", "delays", "tokens"),
    [
        (error_reply(503, "SlowDown", headers={"Retry-After": "7"}), [(1, 7.0)], 95),
        (error_reply(500, "InternalError"), [(1, None)], 95),
        (error_reply(403, "AccessDenied"), [], 100),
        (Reply(200, ETAG), [], 101),
    ],
)
async def test_what_a_retry_waits_and_pays_for_is_waited_and_paid_for(
    reply: Reply, delays: list[Any], tokens: int
) -> None:
    asked, facts = list[Any](), list[Any]()

    class Noted(RetryPolicy):
        def delay_s(self, attempt: int, *, retry_after_s: float | None = None) -> float:
            asked.append((attempt, retry_after_s))
            return 0.0

    quota = RetryQuota()
    quota.tokens = 100
    async with (
        scripted(lambda _: reply) as server,
        client(server, facts, retry=Noted(attempts=1), quota=quota) as s3,
    ):
        await put(s3)
    assert (asked, quota.tokens) == (delays, tokens)
    waits = [fact.retry_after_s for fact in facts if isinstance(fact, Throttled)]
    assert waits == ([7.0] if reply.status == 503 else [])


async def test_where_no_retry_can_be_paid_for_each_request_is_sent_once() -> None:
    quota = RetryQuota()
    quota.tokens = 4
    async with scripted(lambda _: error_reply(500, "InternalError")) as server:
        async with client(server, retry=RetryPolicy(), quota=quota) as s3:
            assert await put(s3) is None
            with pytest.raises(ServiceError):
                await s3.put_object("b", "k", DATA)
        assert len(server.requests) == 1


@pytest.mark.parametrize("name", ["nothing", "a late error"])
async def test_not_each_write_is_made_twice_where_every_success_is_odd(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("s3tui.s3.sending.fast_path.monotonic", lambda: now)
    async with scripted(lambda _: REFUSED[name]) as server, client(server) as s3:
        for _ in range(3):
            assert await put(s3) is None
            now += 60.0
        assert len(server.requests) == 1


async def test_after_a_failure_all_goes_the_ordinary_way_for_a_moment() -> None:
    replies = iter([error_reply(503, "SlowDown")])
    async with (
        scripted(lambda _: next(replies, Reply(200, ETAG))) as server,
        client(server) as s3,
    ):
        assert await put(s3) is None
        assert await put(s3) is None
        assert len(server.requests) == 1
        assert await s3.put_object("b", "k", DATA)
        assert s3._fast_path is not None
        s3._fast_path._rests_until = 0.0
        assert await put(s3) is not None


async def test_it_is_cancelled_with_its_connection() -> None:
    facts: list[Any] = []
    async with broken(None) as (server, asked), client(server, facts) as s3:
        asking = asyncio.create_task(put(s3))
        await asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert [fact.error for fact in facts if isinstance(fact, Exchange)] == ["CancelledError"]


async def test_what_it_may_not_send_it_leaves() -> None:
    async def no_keys() -> Credentials:
        raise CredentialsError("there are none")

    async with scripted(lambda _: Reply(200, ETAG)) as server:
        for given in (
            {"read_only": True},
            {"credentials": no_keys},
            {"transport": httpx.AsyncHTTPTransport()},
        ):
            async with client(server, **given) as s3:
                assert await put(s3) is None
        async with client(server, defaults=CallDefaults(checksums=ChecksumMode.NEVER)) as s3:
            s3._sender.wants_md5.add("b")
            assert await put(s3) is None
            assert await s3.small_objects.put("", "k", DATA, ()) is None
            assert await s3.small_objects.put("b", "", DATA, ()) is None
        assert server.requests == []


@pytest.mark.parametrize(
    ("is_aws", "said", "is_proof"),
    [(True, "crc32", True), (True, "another", False), (True, None, False), (False, "crc32", False)],
)
async def test_amazons_word_for_a_checksum_is_a_proof(is_aws: bool, said: str | None, is_proof: bool) -> None:
    """Others may send back what they were sent, unseen."""
    crc32 = checksum_of(DATA, ChecksumAlgorithm.CRC32).value
    headers = {} if said is None else {"x-amz-checksum-crc32": crc32 if said == "crc32" else "AAAAAA=="}
    async with scripted(lambda _: Reply(200, {**ETAG, **headers})) as server, client(server) as s3:
        s3._sender.endpoint = replace(s3._sender.endpoint, is_aws=is_aws)
        written = await put(s3)
    assert (written.proof is not None and written.proof.value) == (is_proof and crc32)

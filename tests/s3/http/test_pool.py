"""The connection pool as httpx's transport: requests, and the errors of each phase."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from s3tui.s3 import CallDefaults, ChecksumMode, Endpoint, RetryPolicy, S3Client
from s3tui.s3.errors import AccessDenied, TransportError
from s3tui.s3.http.pool import ConnectionPool
from s3tui.s3.request.s3_request import S3Request
from s3tui.s3.sending import error_mapping
from tests.patience import PATIENCE_S
from tests.s3.scripted import (
    KEYS,
    Reply,
    Seen,
    error_reply,
    read_head,
    read_request,
    scripted,
    talking,
    wire,
)

ONCE = RetryPolicy(attempts=1)


def always_ok(_: Seen) -> Reply:
    return Reply(headers={"etag": '"e"'}, body=b"hello")


# Each was changed on its way by one HTTP library or another.
TARGETS = [
    b"/b/a/../c",
    b"/b/./x",
    b"/b/..",
    b"/b/%2E%2E/z",
    b"/b/%7Etilde",
    b"/b?prefix=a%2Fb",
    b"//lead",
    b"/b//y",
    b"/b/%0A%01",
    b"/b/+",
    b"/b/'()*",
    b"/b/%C3%A9?x&y=",
    b"/b/k?x=%20+%2B",
    b"/",
]


@pytest.mark.parametrize("target", TARGETS)
async def test_the_target_reaches_the_wire_byte_for_byte(target: bytes) -> None:
    async with scripted(always_ok) as server:
        pool = ConnectionPool()
        request = httpx.Request("GET", server.url, extensions={"target": target})
        response = await pool.handle_async_request(request)
        assert await response.aread() == b"hello"
        await pool.aclose()
    assert server.requests[0].line == b"GET " + target + b" HTTP/1.1"


async def test_no_header_is_added_but_those_that_frame_the_request() -> None:
    plain = CallDefaults(checksums=ChecksumMode.NEVER)
    async with scripted(always_ok) as server, S3Client(server.endpoint, KEYS, defaults=plain) as s3:
        await s3.get_object("b", "k")
        await s3.put_object("b", "k", b"x" * 100_000)
    get, put = (set(seen.headers) for seen in server.requests)
    signed = {"authorization", "x-amz-date", "x-amz-content-sha256"}
    assert get == {"host", "user-agent", "accept-encoding", *signed}
    assert put - get == {"content-length", "content-type"}


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for kind in vars(httpx).values()
        if isinstance(kind, type) and issubclass(kind, httpx.TransportError)
    ],
)
def test_every_transport_error_of_httpx_is_said_in_words(kind: type[httpx.TransportError]) -> None:
    request = S3Request("GetObject", "GET", "b", "k")
    error = error_mapping.transport_error(request, Endpoint.custom("http://s3.test"), kind("why"))
    assert isinstance(error, TransportError)
    assert (error.operation, error.bucket, error.key) == ("GetObject", "b", "k")
    assert len(error.message) > len("why")
    assert "httpx" not in error.message


async def slowly(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def whatever_comes(reader: asyncio.StreamReader, seconds: float) -> bytes:
    try:
        return await asyncio.wait_for(reader.readexactly(1), seconds)
    except TimeoutError:
        return b""


@pytest.mark.parametrize("is_streamed", [False, True])
async def test_expect_continue_waits_for_consent_before_the_body(is_streamed: bool) -> None:
    before_consent = b"?"

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal before_consent
        _, headers = await read_head(reader)
        if headers.get("expect") != "100-continue":  # whether this is the right region
            writer.write(wire(Reply(), "HEAD"))
            await talk(reader, writer)
            return
        before_consent = await whatever_comes(reader, 0.1)
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert await reader.readexactly(10) == b"0123456789"
        writer.write(wire(Reply(headers={"etag": '"e"'})))
        await reader.read()

    async with talking(talk) as server, S3Client(server.endpoint, KEYS, retry=ONCE) as s3:
        data = slowly(b"01234", b"56789") if is_streamed else b"0123456789"
        etag = await s3.put_object("b", "k", data, content_length=10, expect_continue=True)
    assert etag == "e"
    assert before_consent == b""


async def test_a_refusal_instead_of_consent_stops_the_body() -> None:
    after_refusal = asyncio.get_running_loop().create_future()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(wire(error_reply(403, "AccessDenied")))
        after_refusal.set_result(await reader.read())

    async with talking(talk) as server:
        async with S3Client(server.endpoint, KEYS, retry=ONCE) as s3:
            with pytest.raises(AccessDenied):
                await s3.put_object("b", "k", b"x" * 1000, expect_continue=True)
        assert await asyncio.wait_for(after_refusal, PATIENCE_S) == b""


async def test_a_server_that_knows_no_expect_gets_the_body_after_a_while() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, headers = await read_head(reader)
        if "expect" in headers:
            await reader.read()  # silent, until the client gives up
            return
        assert await reader.readexactly(1000) == b"x" * 1000
        writer.write(wire(Reply(headers={"etag": '"e"'})))
        await reader.read()

    async with (
        talking(talk) as server,
        S3Client(server.endpoint, KEYS, retry=ONCE, read_timeout_s=0.3) as s3,
    ):
        assert await s3.put_object("b", "k", b"x" * 1000, expect_continue=True) == "e"


async def test_a_server_that_takes_no_more_of_a_body_is_given_up() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        await asyncio.Event().wait()

    async with (
        talking(talk) as server,
        S3Client(server.endpoint, KEYS, retry=ONCE, read_timeout_s=0.3) as s3,
    ):
        with pytest.raises(TransportError, match="stopped taking"):
            await s3.put_object("b", "k", bytes(64 * 1024 * 1024))


async def test_a_slow_source_is_no_stalled_server() -> None:
    async def source() -> AsyncIterator[bytes]:
        yield b"01234"
        await asyncio.sleep(0.5)
        yield b"56789"

    async with (
        scripted(always_ok) as server,
        S3Client(server.endpoint, KEYS, retry=ONCE, read_timeout_s=0.2) as s3,
    ):
        assert await s3.put_object("b", "k", source(), content_length=10) == "e"
    assert server.requests[-1].body == b"0123456789"


async def test_an_error_of_the_source_is_not_blamed_on_the_network() -> None:
    async def source() -> AsyncIterator[bytes]:
        yield b"01234"
        raise PermissionError("no more of that file")

    async with scripted(always_ok) as server, S3Client(server.endpoint, KEYS, retry=ONCE) as s3:
        with pytest.raises(PermissionError, match="no more of that file"):
            await s3.put_object("b", "k", source(), content_length=10)


@pytest.mark.parametrize(("length", "words"), [(4, "longer"), (6, "shorter")])
async def test_a_body_that_is_not_as_long_as_announced_is_refused(length: int, words: str) -> None:
    async with scripted(always_ok) as server, S3Client(server.endpoint, KEYS, retry=ONCE) as s3:
        with pytest.raises(ValueError, match=words):
            await s3.put_object("b", "k", slowly(b"01234"), content_length=length)


async def test_an_upload_is_not_read_ahead_of_the_socket() -> None:
    taken = 0

    async def source() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(64):
            taken += 1
            yield bytes(1024 * 1024)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(wire(Reply(), "HEAD"))
        await read_head(reader)
        await asyncio.Event().wait()

    async with talking(talk) as server, S3Client(server.endpoint, KEYS, read_timeout_s=0.5, retry=ONCE) as s3:
        with pytest.raises(TransportError):
            await s3.put_object("b", "k", source(), content_length=64 * 1024 * 1024)
    assert taken < 16  # the kernel's buffers, the server's, and what one write holds


async def test_a_download_is_not_read_ahead_of_its_reader() -> None:
    sent = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await read_request(reader)
        writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 67108864\r\netag: "e"\r\n\r\n')
        for _ in range(64):
            writer.write(bytes(1024 * 1024))
            await writer.drain()
            sent += 1

    async with (
        talking(talk) as server,
        S3Client(server.endpoint, KEYS) as s3,
        s3.stream_object("b", "k") as body,
    ):
        first = await anext(aiter(body))
        await asyncio.sleep(0.3)
        assert len(first) <= 512 * 1024
        assert sent < 16


def open_sockets() -> int:
    links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
    return sum(os.path.lexists(link) and os.readlink(link).startswith("socket:") for link in links)


async def test_a_cancelled_call_leaves_no_socket_behind() -> None:
    everyone = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        if server.connections == 16:
            everyone.set()
        await reader.read()

    async def stream(s3: S3Client) -> None:
        async with s3.stream_object("b", "k") as body:
            async for _ in body:
                pass

    async with talking(talk) as server, S3Client(server.endpoint, KEYS) as s3:
        before = open_sockets()
        calls: list[asyncio.Task[object]] = [asyncio.create_task(s3.get_object("b", "k")) for _ in range(8)]
        calls += [asyncio.create_task(stream(s3)) for _ in range(8)]
        await everyone.wait()
        for call in calls:
            call.cancel()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
        await asyncio.sleep(0.1)
        assert open_sockets() == before


async def test_more_calls_than_connections_wait_their_turn() -> None:
    async with scripted(always_ok) as server, S3Client(server.endpoint, KEYS, max_connections=3) as s3:
        assert await asyncio.gather(*(s3.get_object("b", f"{i}") for i in range(50))) == [b"hello"] * 50
    assert server.connections == 3


@pytest.mark.parametrize("field", ["connect", "read"])
async def test_silence_is_timed(field: str) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with talking(talk) as server:
        # A server that accepts and says nothing never ends a TLS handshake.
        url = server.url.replace("http:", "https:") if field == "connect" else server.url
        async with S3Client(
            Endpoint.custom(url), KEYS, retry=ONCE, connect_timeout_s=0.2, read_timeout_s=0.2
        ) as s3:
            with pytest.raises(TransportError, match=r"does not answer|stopped answering"):
                await s3.get_object("b", "k")


async def test_plain_requests_go_through_the_proxy_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scripted(always_ok) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("//", "//user:word@"))
        async with S3Client(Endpoint.custom("http://s3.test:9000"), KEYS, retry=ONCE) as s3:
            assert await s3.get_object("b", "a/../k") == b"hello"
    assert proxy.requests[0].target == b"http://s3.test:9000/b/a/../k"
    assert proxy.requests[0].headers["host"] == "s3.test:9000"
    assert proxy.requests[0].headers["proxy-authorization"] == "Basic dXNlcjp3b3Jk"


async def test_no_proxy_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scripted(always_ok) as proxy, scripted(always_ok) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        async with S3Client(server.endpoint, KEYS) as s3:
            await s3.get_object("b", "k")
        monkeypatch.delenv("NO_PROXY")
        async with S3Client(server.endpoint, KEYS, use_proxies=False) as s3:
            await s3.get_object("b", "k")
    assert len(server.requests) == 2
    assert not proxy.requests


@pytest.mark.parametrize(
    "call",
    [
        lambda s3: s3.head_object("b", "k", read_timeout_s=0.1),
        lambda s3: s3.get_object("b", "k", read_timeout_s=0.1),
        lambda s3: s3.put_object("b", "k", b"x", read_timeout_s=0.1),
    ],
)
async def test_a_call_may_be_less_patient_than_its_client(
    call: Callable[[S3Client], Awaitable[object]],
) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with (
        talking(silent) as server,
        S3Client(server.endpoint, KEYS, retry=ONCE, read_timeout_s=3600) as s3,
        asyncio.timeout(PATIENCE_S),
    ):
        with pytest.raises(TransportError, match="stopped answering"):
            await call(s3)

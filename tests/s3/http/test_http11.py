"""The HTTP/1.1 connection on well-formed and malformed responses (RFC 9110, RFC 9112)."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from itertools import pairwise

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.s3 import RetryPolicy, S3Client
from s3tui.s3.errors import AccessDenied, TransportError
from s3tui.s3.http.pool import ConnectionPool
from tests.patience import PATIENCE_S
from tests.s3.scripted import KEYS, Reply, Seen, error_reply, read_head, read_request, scripted, talking, wire

ONCE = RetryPolicy(attempts=1)
OK = b"HTTP/1.1 200 OK\r\n"


async def exchange(pool: ConnectionPool, url: str, method: str = "GET") -> tuple[int, bytes]:
    request = httpx.Request(method, url, extensions={"target": b"/b/k", "timeout": {"read": 5.0}})
    response = await pool.handle_async_request(request)
    return response.status_code, await response.aread()


async def answers(*said: bytes, ends: bool = False, method: str = "GET") -> list[tuple[int, bytes]]:
    """Return what comes of one exchange after the other, over one connection, with `said` for each."""
    left = list(said)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while left:
            await read_head(reader)
            writer.write(left.pop(0))
            await writer.drain()
        if ends:
            writer.close()
            return
        await reader.read()

    async with talking(talk) as server:
        pool = ConnectionPool()
        try:
            return [await exchange(pool, server.url, method) for _ in said]
        finally:
            await pool.aclose()
            assert server.connections == 1


CHUNKED = (
    OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nx-trailer: t\r\n\r\n"
)


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 11\r\n\r\nhello world",
        OK + b"content-length:11\r\nX-Empty:\r\n\r\nhello world",
        CHUNKED,
        b"HTTP/1.1 100 Continue\r\n\r\n" + CHUNKED,
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + CHUNKED,
        b"HTTP/1.1 200\r\nContent-Length: 11\r\n\r\nhello world",
    ],
)
async def test_a_body_is_framed_as_the_answer_says(answer: bytes) -> None:
    assert await answers(answer, answer) == [(200, b"hello world")] * 2


async def test_a_body_may_end_with_its_connection() -> None:
    assert await answers(OK + b"\r\nhello world", ends=True) == [(200, b"hello world")]
    assert await answers(b"HTTP/1.0 200 OK\r\n\r\nhello world", ends=True) == [(200, b"hello world")]


@given(st.lists(st.integers(1, len(CHUNKED) - 1), max_size=12), st.booleans())
@settings(max_examples=30)
def test_it_does_not_matter_where_the_network_cuts(cuts: list[int], is_last: bool) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        edges = [0, *sorted(set(cuts)), len(CHUNKED)]
        for start, end in pairwise(edges):
            writer.write(CHUNKED[start:end])
            await writer.drain()
            await asyncio.sleep(0.001)
        await read_head(reader)
        writer.write(OK + b"Content-Length: 4\r\n\r\nnext")
        await reader.read()

    async def run() -> list[tuple[int, bytes]]:
        async with talking(talk) as server:
            pool = ConnectionPool()
            try:
                return [await exchange(pool, server.url), await exchange(pool, server.url)]
            finally:
                await pool.aclose()

    assert asyncio.run(run()) == [(200, b"hello world"), (200, b"next")]


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("HEAD", OK + b"Content-Length: 11\r\n\r\n"),
        ("HEAD", OK + b"Transfer-Encoding: chunked\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 404 Not Found\r\nContent-Length: 300\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 11\r\n\r\n"),
        ("DELETE", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("DELETE", b"HTTP/1.1 204 No Content\r\nContent-Length: 11\r\n\r\n"),
    ],
)
async def test_an_answer_that_may_have_no_body_is_not_waited_for(method: str, answer: bytes) -> None:
    status = int(answer.split()[1])
    assert await answers(answer, answer, method=method) == [(status, b"")] * 2


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "broke: the server closed it without an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "broke: the server closed it without an answer"),
        (OK + b"Content-Length: 11\r\n\r\nhello", "does not keep to HTTP: the body ended too early"),
        (
            OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            "does not keep to HTTP: the body ended too early",
        ),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "does not keep to HTTP: "),
        (OK + b"Content-Length: -1\r\n\r\n", "does not keep to HTTP: "),
        (OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", "does not keep to HTTP: "),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "does not keep to HTTP: "),
        (b"\x15\x03\x03\x00\x02\x02\x16", "does not keep to HTTP: it speaks TLS on that port"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000, "its headers are longer than"),
        (
            b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
            "does not keep to HTTP: it wants to speak another protocol",
        ),
    ],
)
async def test_what_is_no_answer_is_told_in_words(answer: bytes, words: str) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with talking(talk) as server, S3Client(server.endpoint, KEYS, retry=ONCE) as s3:
        with pytest.raises(TransportError) as caught:
            await s3.get_object("b", "k")
    assert words in caught.value.message
    assert len(caught.value.message) > len(f"{server.endpoint.authority} {words}") - 5
    assert "b'" not in caught.value.message


@pytest.mark.parametrize(
    "stray",
    [
        OK + b"Content-Length: 6\r\n\r\nforged",
        b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        b"rubbish",
        b"HTTP/1.1 200",
    ],
)
@pytest.mark.parametrize("is_late", [False, True])
async def test_nothing_that_nobody_asked_for_is_taken_for_an_answer(stray: bytes, is_late: bool) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        said = OK + b"Content-Length: 5\r\n\r\nhello"
        writer.write(said if is_late else said + stray)
        if is_late:
            await asyncio.sleep(0.02)
            writer.write(stray)
        await reader.read()

    async with talking(talk) as server:
        pool = ConnectionPool()
        assert await exchange(pool, server.url) == (200, b"hello")
        await asyncio.sleep(0.1)
        assert await exchange(pool, server.url) == (200, b"hello")
        await pool.aclose()
    assert server.connections == 2


async def test_a_body_that_a_head_may_not_have_spoils_no_other_answer() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line, _ = await read_head(reader)
        writer.write(OK + b"Content-Length: 6\r\n\r\nforged" if line.startswith(b"HEAD") else wire(Reply()))
        await reader.read()

    async with talking(talk) as server:
        pool = ConnectionPool()
        assert await exchange(pool, server.url, "HEAD") == (200, b"")
        assert await exchange(pool, server.url) == (200, b"")
        await pool.aclose()
    assert server.connections == 2


async def test_a_connection_that_the_server_closed_meanwhile_is_not_used() -> None:
    def close(seen: Seen) -> Reply:
        return Reply(body=b"hello", headers={"connection": "close"} if b"last" in seen.target else {})

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(OK + b"Content-Length: 5\r\n\r\nhello")  # and says nothing of closing
        await writer.drain()
        writer.close()

    for server_of in (scripted(close), talking(talk)):
        async with server_of as server, S3Client(server.endpoint, KEYS, retry=ONCE) as s3:
            for key in ("a", "last", "b"):
                assert await s3.get_object("b", key) == b"hello"
                await asyncio.sleep(0.05)
    assert server.connections == 3


async def test_idle_connections_go_before_a_server_would_close_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("s3tui.s3.http.pool.KEEPALIVE_S", 0.1)
    gone = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(OK + b"Content-Length: 5\r\n\r\nhello")
        assert await reader.read() == b""
        gone.set()

    async with talking(talk) as server:
        pool = ConnectionPool()
        assert await exchange(pool, server.url) == (200, b"hello")
        async with asyncio.timeout(PATIENCE_S):
            await gone.wait()
        await pool.aclose()


async def test_idle_connections_to_one_place_make_room_for_another() -> None:
    async with (
        scripted(lambda _: Reply(body=b"one")) as one,
        scripted(lambda _: Reply(body=b"two")) as two,
    ):
        pool = ConnectionPool(max_connections=3)
        for _ in range(2):
            for server, body in ((one, b"one"), (two, b"two")):
                results = await asyncio.gather(*(exchange(pool, server.url) for _ in range(6)))
                assert results == [(200, body)] * 6
                assert len(pool._open) <= 3
        await pool.aclose()


@pytest.mark.parametrize("size", [100, 100_000, 8 * 1024 * 1024])
async def test_an_answer_before_the_body_was_taken_ends_the_sending(size: int) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line, headers = await read_head(reader)
        if line.startswith(b"HEAD"):  # whether this is the right region
            writer.write(wire(Reply(), "HEAD"))
            line, headers = await read_head(reader)
        assert headers["content-length"] == str(size)
        writer.write(wire(error_reply(403, "AccessDenied", "not yours")))
        await writer.drain()
        await asyncio.sleep(0.3)

    async with talking(talk) as server, S3Client(server.endpoint, KEYS, retry=ONCE) as s3:
        with pytest.raises(AccessDenied, match="s3:PutObject is needed"):
            async with asyncio.timeout(PATIENCE_S):
                await s3.put_object("b", "k", bytes(size))


async def test_an_early_answer_stops_the_source_too() -> None:
    ended = asyncio.Event()

    async def source() -> AsyncIterator[bytes]:
        try:
            yield b"0" * 1000
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line, _ = await read_head(reader)
        if line.startswith(b"HEAD"):
            writer.write(wire(Reply(), "HEAD"))
            await read_head(reader)
        writer.write(wire(error_reply(403, "AccessDenied", "not yours")))
        await reader.read()

    async with talking(talk) as server, S3Client(server.endpoint, KEYS, retry=ONCE) as s3:
        with pytest.raises(AccessDenied, match="s3:PutObject is needed"):
            async with asyncio.timeout(PATIENCE_S):
                await s3.put_object("b", "k", source(), content_length=2000)
        assert ended.is_set()


async def test_a_body_that_is_read_slowly_comes_whole() -> None:
    content = bytes(range(256)) * 16 * 1024

    async with scripted(lambda _: Reply(body=content, headers={"etag": '"e"'})) as server:
        async with S3Client(server.endpoint, KEYS) as s3:
            taken = hashlib.sha256()
            async with s3.stream_object("b", "k") as body:
                async for chunk in body:
                    taken.update(chunk)
                    await asyncio.sleep(0.002)
            assert await s3.get_object("b", "again") == content
        assert server.connections == 1
    assert taken.digest() == hashlib.sha256(content).digest()


@pytest.mark.parametrize("value", ["a\r\nx-amz-acl: public-read", "a\nb", "a\rb", "a\0b"])
async def test_a_header_cannot_smuggle_another_one(value: str) -> None:
    async with scripted(lambda _: Reply()) as server:
        pool = ConnectionPool()
        request = httpx.Request(
            "PUT", server.url, headers={"x-amz-meta-note": value}, extensions={"target": b"/b/k"}
        )
        with pytest.raises(httpx.LocalProtocolError, match="line break"):
            await pool.handle_async_request(request)
        await pool.aclose()
    assert not server.requests


async def test_closing_ends_what_is_under_way_and_what_waits() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        if server.connections == 2:
            both.set()
        await reader.read()

    both = asyncio.Event()
    async with talking(talk) as server:
        pool = ConnectionPool(max_connections=2)
        calls = [asyncio.create_task(exchange(pool, server.url)) for _ in range(5)]
        await both.wait()
        await pool.aclose()
        async with asyncio.timeout(PATIENCE_S):
            outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(outcome, httpx.TransportError) for outcome in outcomes)
        with pytest.raises(httpx.ConnectError, match="the client is closed"):
            await exchange(pool, server.url)
    assert server.connections == 2


async def test_a_cancelled_exchange_gives_its_turn_to_the_next() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        if server.connections == 1:
            await reader.read()
        writer.write(wire(Reply(body=b"hello")))
        await reader.read()

    async with talking(talk) as server:
        pool = ConnectionPool(max_connections=1)
        first = asyncio.create_task(exchange(pool, server.url))
        second = asyncio.create_task(exchange(pool, server.url))
        third = asyncio.create_task(exchange(pool, server.url))
        await asyncio.sleep(0.1)
        second.cancel()  # it still waits for its turn
        first.cancel()
        async with asyncio.timeout(PATIENCE_S):
            assert await third == (200, b"hello")
        await pool.aclose()


async def test_who_gives_up_on_an_answer_that_has_come_disturbs_nobody_else() -> None:
    asked = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        asked.set()
        await read_head(reader)
        writer.write(wire(Reply(body=b"second")))
        await reader.read()

    async with talking(talk) as server:
        pool = ConnectionPool(max_connections=1)
        first = asyncio.create_task(exchange(pool, server.url))
        second = asyncio.create_task(exchange(pool, server.url))
        await asked.wait()
        (connection,) = pool._open
        connection.data_received(wire(Reply(body=b"first")))  # and before anybody looks at it:
        first.cancel()
        async with asyncio.timeout(PATIENCE_S):
            assert await second == (200, b"second")
        assert first.cancelled()
        await pool.aclose()
    assert server.connections == 1


async def test_a_server_that_hangs_up_at_once_leaves_nobody_waiting() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with talking(talk) as server:
        pool = ConnectionPool(max_connections=8)
        async with asyncio.timeout(PATIENCE_S):
            outcomes = await asyncio.gather(
                *(exchange(pool, server.url) for _ in range(200)), return_exceptions=True
            )
        assert {type(outcome) for outcome in outcomes} <= {httpx.ReadError, httpx.ConnectError}
        await asyncio.sleep(0)
        assert not pool._open
        await pool.aclose()

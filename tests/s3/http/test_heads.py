"""Odd heads of responses, as servers write them: they do no harm, and no part passes for the whole."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.s3 import RetryPolicy, S3Client
from s3tui.s3.errors import TransportError
from s3tui.s3.http.heads import UnclearLength, split, tidied
from tests.long import share
from tests.s3.scripted import KEYS, ScriptedServer, read_request, talking

BODY = b"hello world"
STATUS = b"HTTP/1.1 200 OK"
OWN = [b'ETag: "e"', b"Last-Modified: Fri, 20 Nov 2026 10:00:00 GMT"]
WAYS = ["get", "stream", "file"]
ODD_LINES = {
    "UTF-8": "Größe: 3".encode(),
    "Latin-1": "Größe: 3".encode("latin-1"),
    "a blank inside": b"X Y: 1",
    "a blank behind": b"X-Y : 1",
    "a tab behind": b"X-Y\t: 1",
    "no name": b": v",
    "no colon": b"garbage",
    "brackets": b"(x)@y: 1",
    "control codes": b"X\x01\x7f: 1",
    "a NUL in the value": b"X: a\0b",
    "a bare CR in the value": b"X: a\rb",
    "control codes in the value": b"X: \x01\x1b[2J",
    "bytes in the value": b"X: \xff\xfe",
    "a folded value": b"X: a\r\n b\r\n\tc",
    "folded behind an odd one": "Größe: 3\r\n Content-Length: 4".encode(),
    "nothing in the value": b"X:",
}
SAID_ODDLY = {
    "once": b"Content-Length: 11",
    "twice": b"Content-Length: 11\r\nContent-Length: 11",
    "as a list": b"Content-Length: 11, 11",
    "with zeros": b"Content-Length: 00011, 11",
    "a blank behind the name": b"Content-Length : 11",
    "a no-break space behind the name": b"Content-Length\xa0: 11",
    "folded": b"Content-Length:\r\n 11",
}
NO_LENGTHS = [
    b"99999999999999999999",
    b"18446744073709551615",
    b"18446744073709551616",
    b"9223372036854775808",
    b"9" * 400,
    b"-1",
    b"+11",
    b"0xb",
    b"11.0",
    b"1e1",
    b"eleven",
    b"",
    b"11, 12",
    b"11,",
    b'"11"',
    b"1 1",
    "\u0661\u0661".encode(),
    b"11\r\nContent-Length: 5",
    b"5\r\nContent-Length: 11",
]


@asynccontextmanager
async def saying(*lines: bytes, body: bytes = BODY, closes: bool = False) -> AsyncIterator[ScriptedServer]:
    """Answer each request with these lines, and end the connection then if it `closes`."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            writer.write(b"\r\n".join([STATUS, *OWN, *lines, b"", body]))
            if closes:
                await writer.drain()
                return

    async with talking(talk) as server:
        yield server


async def read(s3: S3Client, way: str, folder: Path) -> bytes:
    match way:
        case "get":
            return await s3.get_object("b", "k")
        case "stream":
            async with s3.stream_object("b", "k") as body:
                return b"".join([chunk async for chunk in body])
    with (folder / "file").open("w+b") as file:
        await s3.get_object_to_file("b", "k", fd=file.fileno())
        return file.read()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("line", ODD_LINES.values(), ids=ODD_LINES)
async def test_an_odd_line_does_no_harm(line: bytes, way: str, tmp_path: Path) -> None:
    async with saying(line, b"Content-Length: 11") as server, S3Client(server.endpoint, KEYS) as s3:
        for _ in range(2):
            assert await read(s3, way, tmp_path) == BODY
        assert (await s3.head_object("b", "k")).etag == "e"
    assert server.connections <= 2  # one a transport: it was kept


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("said", SAID_ODDLY.values(), ids=SAID_ODDLY)
async def test_a_length_that_is_said_oddly_is_one(said: bytes, way: str, tmp_path: Path) -> None:
    async with saying(said) as server, S3Client(server.endpoint, KEYS) as s3:
        for _ in range(2):
            assert await read(s3, way, tmp_path) == BODY


@pytest.mark.parametrize("way", WAYS)
async def test_chunks_end_where_they_say(way: str, tmp_path: Path) -> None:
    chunks = b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
    lines = [b"Content-Length: 4", b"Transfer-Encoding: chunked"]
    for each in (lines, lines[::-1], [b"Transfer-Encoding : chunked"]):
        async with saying(*each, body=chunks) as server, S3Client(server.endpoint, KEYS) as s3:
            assert await read(s3, way, tmp_path) == BODY


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("said", NO_LENGTHS)
async def test_a_length_that_cannot_be_is_an_error_at_once(said: bytes, way: str, tmp_path: Path) -> None:
    started = time.monotonic()
    patient = RetryPolicy(attempts=5, base_s=30, cap_s=30)
    async with (
        saying(b"Content-Length: " + said, closes=True) as server,
        S3Client(server.endpoint, KEYS, retry=patient) as s3,
    ):
        with pytest.raises(TransportError, match="a length that no body has") as raised:
            await read(s3, way, tmp_path)
    assert raised.value.is_final
    assert server.connections == 1
    assert time.monotonic() - started < 10


@pytest.mark.drawn
@given(
    st.lists(st.tuples(st.binary(max_size=8), st.binary(max_size=8)), max_size=4),
    st.lists(st.integers(0, 400), max_size=4),
)
@settings(max_examples=share(60, 3000), deadline=None)
def test_any_head_is_read_or_refused_wherever_the_network_cuts(
    drawn: list[tuple[bytes, bytes]], cuts: list[int]
) -> None:
    fields = [(name.replace(b"\n", b""), value.replace(b"\n", b"")) for name, value in drawn]
    lines = [name + b": " + value for name, value in fields]
    answer = b"\r\n".join([STATUS, *OWN, *lines, b"Content-Length: 11", b"", BODY])

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            last = 0
            for cut in [*sorted(cuts), len(answer)]:
                writer.write(answer[last:cut])
                await writer.drain()
                await asyncio.sleep(0)
                last = max(last, min(cut, len(answer)))

    async def run() -> bytes:
        once = RetryPolicy(attempts=1)
        async with talking(talk) as server, S3Client(server.endpoint, KEYS, retry=once) as s3:
            return await s3.get_object("b", "k")

    assert asyncio.run(run()) == BODY


def test_a_tidied_head_says_the_same() -> None:
    head = b"HTTP/1.1 200 OK\nA: 1\nB\xff: 2\n more\nC:3\r\n 4\nContent-Length: 7\n\nbody"
    found = split(head)
    assert found == (head[:-4], b"body")
    assert tidied(found[0]) == b"HTTP/1.1 200 OK\r\nA: 1\r\nC: 3 4\r\nContent-Length: 7\r\n\r\n"
    assert split(head[:-5]) is None


@given(st.binary(max_size=12))
def test_a_length_is_a_number_or_none(said: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: " + said.replace(b"\n", b"") + b"\r\n\r\n"
    try:
        found = tidied(head)
    except UnclearLength:
        return
    text = found.partition(b"Content-Length: ")[2].strip()
    assert text.isdigit()
    assert {int(part) for part in said.replace(b"\n", b"").split(b",")} == {int(text)}

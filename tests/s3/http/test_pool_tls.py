"""TLS trust: CA bundles, and the errors of certificates that are refused."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from pathlib import Path

import pytest

from s3tui.s3 import Endpoint, RetryPolicy, S3Client
from s3tui.s3.errors import AccessDenied, TransportError
from tests.s3.certificates import Authority
from tests.s3.scripted import KEYS, Reply, Seen, error_reply, read_head, scripted, talking, wire

ONCE = RetryPolicy(attempts=1)


def always_ok(_: Seen) -> Reply:
    return Reply(body=b"hello")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def refusal(server_tls: ssl.SSLContext, ca_file: Path | None) -> str:
    """Return the sentence with which a client refuses such a server, at once and without another try."""
    async with (
        scripted(always_ok, tls=server_tls) as server,
        S3Client(server.endpoint, KEYS, ca_file=ca_file) as s3,
    ):
        with pytest.raises(TransportError) as caught:
            await s3.get_object("b", "k")
    assert caught.value.is_final
    assert not server.requests
    return caught.value.message.partition(": ")[2]


async def test_a_private_authority_is_believed_when_it_is_named(authority: Authority) -> None:
    async with (
        scripted(always_ok, tls=authority.server()) as server,
        S3Client(server.endpoint, KEYS, ca_file=authority.file) as s3,
    ):
        assert s3.verifies_tls
        assert await s3.get_object("b", "k") == b"hello"


async def test_each_reason_to_refuse_has_its_own_sentence(authority: Authority, tmp_path: Path) -> None:
    unknown = Authority(tmp_path, "somebody-else")
    sentences = [
        await refusal(authority.server(is_expired=True), authority.file),
        await refusal(authority.server("s3.example.com"), authority.file),
        await refusal(authority.server("10.1.2.3"), authority.file),
        await refusal(authority.server(), unknown.file),
        await refusal(authority.server(), None),
    ]
    assert sentences == [
        "its certificate has expired",
        "its certificate is made for another host",
        "its certificate is made for another host",
        "its certificate comes from an authority that is not trusted here; a CA file can name it",
        "its certificate comes from an authority that is not trusted here; a CA file can name it",
    ]


async def test_a_plain_server_under_an_https_url_is_recognised() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(wire(Reply(400)))
        await writer.drain()

    async with talking(plain) as server:
        url = server.url.replace("http:", "https:")
        async with S3Client(Endpoint.custom(url), KEYS) as s3:
            with pytest.raises(TransportError, match="it speaks no TLS on that port"):
                await s3.get_object("b", "k")


async def test_verification_can_be_turned_off_and_that_shows(authority: Authority) -> None:
    tls = authority.server("s3.example.com", is_expired=True)
    async with (
        scripted(always_ok, tls=tls) as server,
        S3Client(server.endpoint, KEYS, verify_tls=False) as s3,
    ):
        assert not s3.verifies_tls
        assert await s3.get_object("b", "k") == b"hello"


async def test_a_plain_endpoint_does_not_pass_for_verified() -> None:
    async with S3Client(Endpoint.custom("http://s3.test"), KEYS) as s3:
        assert not s3.verifies_tls


@pytest.mark.parametrize("status", [200, 407])
async def test_tls_goes_through_a_tunnel_of_the_proxy(
    status: int, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line, headers = await read_head(reader)
        asked.append(line)
        assert headers["proxy-authorization"] == "Basic dXNlcjp3b3Jk"
        writer.write(f"HTTP/1.1 {status} Scripted\r\n\r\n".encode())
        if status != 200:
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", server.port)
        try:
            await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
        finally:
            far_writer.close()

    async with scripted(always_ok, tls=authority.server()) as server, talking(tunnel) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//user:word@"))
        async with S3Client(server.endpoint, KEYS, ca_file=authority.file, retry=ONCE) as s3:
            if status == 200:
                assert await s3.get_object("b", "k") == b"hello"
            else:
                with pytest.raises(TransportError, match="refuses the tunnel with HTTP 407") as caught:
                    await s3.get_object("b", "k")
                assert "word" not in str(caught.value)
    assert asked == [f"CONNECT 127.0.0.1:{server.port} HTTP/1.1".encode()]


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_a_ca_file_that_is_none_is_named(content: str | None, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    async with S3Client(Endpoint.custom("https://127.0.0.1:1"), KEYS, ca_file=file) as s3:
        with pytest.raises(TransportError, match=r"ca\.pem cannot be used") as caught:
            await s3.get_object("b", "k")
    assert caught.value.is_final


def sockets_to(port: int) -> int:
    """Count this process's connections to `port`."""
    count = 0
    for name in os.listdir("/proc/self/fd"):
        try:
            with socket.socket(fileno=os.dup(int(name))) as copy:
                count += copy.family == socket.AF_INET and copy.getpeername()[1] == port
        except OSError:
            pass  # not a socket, not connected, or gone by now
    return count


@pytest.mark.parametrize(
    "how", ["left", "cancelled", "cancelled before the head", "refused", "answered early"]
)
async def test_a_tls_connection_that_cannot_be_used_again_is_closed_with_the_client(
    how: str, authority: Authority
) -> None:
    halfway = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        if how == "refused":
            writer.write(wire(error_reply(403, "AccessDenied")))
        elif how == "answered early":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" + wire(Reply(headers={"etag": '"e"'})))
        elif how != "cancelled before the head":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n" + bytes(100_000))
        await writer.drain()
        halfway.set()
        await asyncio.Event().wait()  # and never answers a polite end of the session

    async with talking(talk, tls=authority.server()) as server:
        async with S3Client(server.endpoint, KEYS, ca_file=authority.file, retry=ONCE) as s3:
            if how == "refused":
                with pytest.raises(AccessDenied):
                    await s3.put_object("b", "k", bytes(20_000_000), expect_continue=True)
            elif how == "answered early":
                await s3.put_object("b", "k", bytes(20_000_000), expect_continue=True)
            elif how == "left":
                async with s3.stream_object("b", "k") as body:
                    await anext(aiter(body))
            else:
                call = asyncio.create_task(s3.get_object("b", "k"))
                await halfway.wait()
                call.cancel()
                await asyncio.wait([call])
        assert sockets_to(server.port) == 0

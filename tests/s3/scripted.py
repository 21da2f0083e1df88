"""A scripted HTTP server that records every byte it receives.

It runs in the test's own loop. Not S3: what it answers is written in the test, after S3's documentation.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from s3tui.s3 import Credentials, Endpoint

KEYS = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


@dataclass(frozen=True, slots=True)
class Seen:
    """One request, as it stood on the wire."""

    line: bytes
    headers: Mapping[str, str]
    body: bytes

    @property
    def method(self) -> str:
        return self.line.split(b" ")[0].decode()

    @property
    def target(self) -> bytes:
        return self.line.split(b" ")[1]

    @property
    def signed_region(self) -> str:
        """The region in the signature's scope; empty where nothing is signed."""
        scope = self.headers.get("authorization", "").partition("Credential=")[2].split("/")
        return scope[2] if len(scope) > 2 else ""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


Script = Callable[[Seen], Reply]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class ScriptedServer:
    def __init__(self, scheme: str, port: int) -> None:
        self.scheme = scheme
        self.port = port
        self.requests: list[Seen] = []
        self.connections = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint.custom(self.url)


@asynccontextmanager
async def scripted(script: Script, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[ScriptedServer]:
    """Answer each request by `script`; the connection is kept, unless the reply says `connection: close`."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            seen = await read_request(reader)
            server.requests.append(seen)
            reply = script(seen)
            writer.write(wire(reply, seen.method))
            await writer.drain()
            if reply.headers.get("connection") == "close":
                writer.close()
                return

    async with talking(talk, tls=tls) as server:
        yield server


@asynccontextmanager
async def talking(talk: Talk, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[ScriptedServer]:
    """Run `talk` for each connection."""
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await talk(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the client left, or the test is over
        finally:
            tasks.discard(task)
            if not writer.is_closing():
                writer.transport.abort()

    listener = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls, limit=2**20)
    server = ScriptedServer("https" if tls else "http", listener.sockets[0].getsockname()[1])
    try:
        yield server
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def read_head(reader: asyncio.StreamReader) -> tuple[bytes, dict[str, str]]:
    head = await reader.readuntil(b"\r\n\r\n")
    line, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    pairs = (text.decode("latin-1").partition(": ") for text in lines)
    return line, {name.lower(): value for name, _, value in pairs}


async def read_request(reader: asyncio.StreamReader) -> Seen:
    line, headers = await read_head(reader)
    return Seen(line, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


def wire(reply: Reply, method: str = "GET") -> bytes:
    headers = {"content-length": str(len(reply.body)), **reply.headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    body = b"" if method == "HEAD" else reply.body
    return f"HTTP/1.1 {reply.status} Scripted\r\n{head}\r\n".encode("latin-1") + body


def error_reply(
    status: int, code: str, message: str = "", headers: Mapping[str, str] | None = None, **details: str
) -> Reply:
    """Return S3's error document (*Error responses* in the S3 API Reference)."""
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in details.items())
    body = f"<Error><Code>{code}</Code><Message>{message}</Message>{inner}<RequestId>R1</RequestId></Error>"
    return Reply(status, headers or {}, body.encode())

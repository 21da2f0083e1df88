"""An HTTP proxy before a real server that injects faults.

It runs in a thread, so tests of any kind can use it. The request passes byte for byte, target and
`Host` included: signatures stay valid. Each request goes to the server on a connection of its own;
towards the client connections are kept as the server wants them. Plain HTTP only.

    with FaultProxy(server.endpoint_url) as proxy:
        proxy.add(Answer(503, body=b"<Error><Code>SlowDown</Code></Error>"), times=2)
        proxy.add(Reset(after=1000), when=lambda request: request.method == "GET")
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from s3tui.s3.address.endpoint import Endpoint
from tests.patience import PATIENCE_S


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    target: str
    """As it stood on the wire: path and query, still encoded."""
    headers: Mapping[str, str]
    """Names in lower case."""


@dataclass(frozen=True, slots=True)
class Answer:
    """This answer instead of the server's, which never sees the request."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Hangup:
    """A reset after so many bytes of the request's body, before the server sees anything."""

    after: int = 0


@dataclass(frozen=True, slots=True)
class Reset:
    """A reset after so many bytes of the answer's body; `None`: before its head, though the server acted."""

    after: int | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """An orderly close after so many bytes of the answer's body, fewer than its Content-Length."""

    after: int


@dataclass(frozen=True, slots=True)
class Stall:
    """Silence after so many bytes of the answer's body (`None`: before its head), the connection open."""

    after: int | None = None


@dataclass(frozen=True, slots=True)
class Corrupt:
    """The byte of the answer's body at this offset with all its bits turned."""

    at: int


@dataclass(frozen=True, slots=True)
class CorruptUpload:
    """The byte of the request's body at this offset with all its bits turned."""

    at: int


@dataclass(frozen=True, slots=True)
class Lost:
    """The server acts, and this is what the client hears of it."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Headers:
    """These headers in the server's answer, instead of those of the same names."""

    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Throttle:
    """The bodies of the request and of the answer at this rate."""

    rate_bps: int


Fault = Answer | Hangup | Reset | Cut | Stall | Corrupt | CorruptUpload | Lost | Headers | Throttle


@dataclass(slots=True)
class Passage:
    """The progress of one exchange through the proxy."""

    request: Request
    sent: int = 0
    """Bytes of the request's body that the server was given."""
    received: int = 0
    """Bytes of the answer's body that the client was given."""
    status: int | None = None
    """Of the server's answer, once it came."""
    flows: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    """Cleared while the network swallows everything."""


@dataclass(slots=True)
class _Rule:
    fault: Fault
    when: Callable[[Request], bool]
    times: int | None


class FaultProxy:
    """Passes everything, until told otherwise by `add`.

    `requests` has what came, oldest first; `passages` how far what was passed on got.
    """

    def __init__(self, upstream_url: str, *, region: str = "us-east-1") -> None:
        parts = urlsplit(upstream_url)
        assert parts.scheme == "http", "the proxy speaks plain HTTP"
        self.requests: list[Request] = []
        self.passages: list[Passage] = []
        self._upstream = parts.hostname, parts.port
        self._region = region
        self._rules: list[_Rule] = []
        self._connections: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._port = 0
        self._is_down = True
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint.custom(self.url, region=self._region)

    def add(
        self,
        fault: Fault,
        *,
        when: Callable[[Request], bool] = lambda _: True,
        times: int | None = 1,
    ) -> None:
        """Do `fault` to the next `times` requests (`None`: all) that match; the oldest matching rule wins."""
        self._rules.append(_Rule(fault, when, times))

    def clear(self) -> None:
        """Forget every rule: from now on all passes."""
        self._rules.clear()

    def up(self) -> None:
        """Listen again, on the same port."""
        self._run(self._listen())

    def down(self) -> None:
        """Be dead: reset every connection and refuse new ones."""
        self._run(self._close())

    def swallow(self) -> None:
        """Be a black hole: nothing comes or goes any more, and nobody hears of it; until `flow`."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def flow(self) -> None:
        """Let everything go on that was swallowed."""
        self._loop.call_soon_threadsafe(self._flows.set)

    def _run(self, coroutine: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE_S)

    async def _listen(self) -> None:
        self._is_down = False
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port, limit=2**18)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._is_down = True
        for listening in self._server.sockets:
            self._loop.remove_reader(listening.fileno())
        for connection in self._connections:
            connection.cancel()
        await asyncio.sleep(0.01)  # asyncio leaks a connection that it is taking in when the server closes
        self._server.close()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await asyncio.sleep(0.01)  # the transports close their sockets in the loop's next turns

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_down:  # it had knocked before the door was shut
            writer.transport.abort()
            return
        task = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        task.add_done_callback(lambda _: writer.close())  # also when it is cancelled before it began

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        orderly = False
        try:
            while await self._exchange(reader, writer):
                pass
            orderly = True
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # one side left, or a fault says reset: the client sees a reset
        finally:
            if not orderly:
                with suppress(OSError):  # the client was faster, and the socket is closed
                    linger = struct.pack("ii", 1, 0)
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Pass one request and its answer; say whether the connection can carry another."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return False
        (method, target, _), headers = _parse(head)
        request = Request(method, target, headers)
        await self._flows.wait()
        fault = self._fault_for(request)
        self.requests.append(request)
        if isinstance(fault, Hangup):
            await _discard(reader, headers, fault.after)
            raise ConnectionResetError
        if isinstance(fault, Answer):
            if headers.get("expect", "").lower() != "100-continue":
                await _discard(reader, headers)
            await _send(writer, _format(method, fault))
            return "expect" not in headers
        up_reader, up_writer = await asyncio.open_connection(*self._upstream, limit=2**18)
        passage = Passage(request, flows=self._flows)
        self.passages.append(passage)
        upload = asyncio.create_task(_upload(reader, up_writer, head, fault, passage))
        upload.add_done_callback(lambda task: _hang_up(task, up_writer))
        try:
            return await _download(up_reader, writer, fault, passage) and upload.done()
        finally:
            upload.cancel()
            up_writer.close()  # before any await: one of them may be cancelled
            await asyncio.gather(upload, return_exceptions=True)
            with suppress(ConnectionError):
                await up_writer.wait_closed()

    def _fault_for(self, request: Request) -> Fault | None:
        rule = next((rule for rule in self._rules if rule.times != 0 and rule.when(request)), None)
        if rule is None:
            return None
        if rule.times is not None:
            rule.times -= 1
        return rule.fault


async def _upload(
    reader: asyncio.StreamReader,
    upstream: asyncio.StreamWriter,
    head: bytes,
    fault: Fault | None,
    passage: Passage,
) -> None:
    await _send(upstream, head)
    async for chunk in _body(reader, passage.request.headers):
        await passage.flows.wait()
        if isinstance(fault, Throttle):
            await asyncio.sleep(len(chunk) / fault.rate_bps)
        if isinstance(fault, CorruptUpload):
            chunk = _with_a_wrong_byte(chunk, fault.at - passage.sent)
        await _send(upstream, chunk)
        passage.sent += len(chunk)


class _Gone(ConnectionResetError):
    """The sender of a body hung up in the middle of it."""


def _hang_up(upload: asyncio.Task[None], upstream: asyncio.StreamWriter) -> None:
    """Let the server know when the client is gone before its request was complete."""
    if not upload.cancelled() and isinstance(upload.exception(), _Gone):
        upstream.transport.abort()


async def _download(
    upstream: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: Fault | None, passage: Passage
) -> bool:
    method, status = passage.request.method, 100
    while status < 200:  # 100 Continue, and then the answer itself
        head = await upstream.readuntil(b"\r\n\r\n")
        (_, code, *_), headers = _parse(head)
        status = int(code)
        passage.status = status
        await passage.flows.wait()
        if status >= 200 and isinstance(fault, Reset | Stall) and fault.after is None:
            await _fail(fault)
        if status >= 200 and isinstance(fault, Lost):
            async for _ in _body(upstream, {**headers, **_bodiless(method, status)}, until_close=True):
                pass
            await _send(writer, _format(method, fault.answer))
            return True
        if status >= 200 and isinstance(fault, Headers):
            head = _with_headers(head, fault.headers)
        await _send(writer, head)
    if method == "HEAD" or status in (204, 304):
        return "close" not in headers.get("connection", "").lower()
    sent = 0
    async for chunk in _body(upstream, headers, until_close=True):
        await passage.flows.wait()
        match fault:
            case Corrupt(at):
                chunk = _with_a_wrong_byte(chunk, at - sent)
            case Throttle(rate_bps):
                await asyncio.sleep(len(chunk) / rate_bps)
            case Reset(int(after)) | Cut(after) | Stall(int(after)) if sent + len(chunk) >= after:
                await _send(writer, chunk[: after - sent])
                if isinstance(fault, Cut):
                    return False
                await asyncio.sleep(0.05)  # a reset overtakes what the client has not read yet
                await _fail(fault)
        await _send(writer, chunk)
        sent += len(chunk)
        passage.received = sent
    framed = "content-length" in headers or "transfer-encoding" in headers
    return framed and "close" not in headers.get("connection", "").lower()


def _bodiless(method: str, status: int) -> dict[str, str]:
    has_none = method == "HEAD" or status in (204, 304)
    return {"content-length": "0", "transfer-encoding": ""} if has_none else {}


def _with_a_wrong_byte(chunk: bytes, at: int) -> bytes:
    return chunk[:at] + bytes([chunk[at] ^ 0xFF]) + chunk[at + 1 :] if 0 <= at < len(chunk) else chunk


def _with_headers(head: bytes, headers: Mapping[str, str]) -> bytes:
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    names = {name.lower() for name in headers}
    kept = [line for line in lines if line.partition(":")[0].strip().lower() not in names]
    new = [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([first, *kept, *new, "", ""]).encode("latin-1")


async def _fail(fault: Fault) -> None:
    if isinstance(fault, Stall):
        await asyncio.Event().wait()
    raise ConnectionResetError


async def _body(
    reader: asyncio.StreamReader, headers: Mapping[str, str], *, until_close: bool = False
) -> AsyncIterator[bytes]:
    """Yield a body as it is on the wire, chunk sizes included."""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        size = -1
        while size:
            line = await reader.readuntil(b"\r\n")
            size = int(line.split(b";")[0], 16)
            yield line + await reader.readexactly(size + 2)
        return
    left = int(headers.get("content-length", 2**63 if until_close else 0))
    while left and (chunk := await reader.read(min(left, 2**14))):
        left -= len(chunk)
        yield chunk
    if left and not until_close:
        raise _Gone


async def _discard(reader: asyncio.StreamReader, headers: Mapping[str, str], at_most: int = 2**63) -> None:
    seen = 0
    async for chunk in _body(reader, headers):
        seen += len(chunk)
        if seen >= at_most:
            return


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


def _parse(head: bytes) -> tuple[list[str], dict[str, str]]:
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return first.split(" ", 2), {name.strip().lower(): value.strip() for name, _, value in pairs}


def _format(method: str, answer: Answer) -> bytes:
    headers = {"Content-Length": str(len(answer.body)), "Content-Type": "application/xml", **answer.headers}
    lines = [f"HTTP/1.1 {answer.status} Scripted", *(f"{name}: {value}" for name, value in headers.items())]
    body = b"" if method == "HEAD" else answer.body
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body

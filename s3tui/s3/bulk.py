"""The bulk lane: large bodies, moved between a file and a socket by threads.

An httpx transport, so that signing, errors, the ledger and redirects are the same code as for the
small-message lane; only the body takes another way. It never becomes a Python object: what arrives is
received into one reused buffer and written where it belongs, what leaves goes from the page cache to
the socket. The kernel, OpenSSL and the checksums release the interpreter lock meanwhile.

A request names its file in the extension `body_file`: a `FileSink` for the body of a happy answer, or
a `FileSource` for its own. An unhappy answer comes back with its body in memory.
"""

from __future__ import annotations

import asyncio
import http.client
import os
import select
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

import httpx

from s3tui.s3.proxies import Proxy, proxy_for

_BUFFER = 1024 * 1024  # measured: larger gains nothing, smaller costs system calls
_SENDFILE = 8 * 1024 * 1024
_IDLE_S = 8.0  # less than servers wait before they close an idle connection under us
_MAX_ERROR = 256 * 1024


@dataclass(frozen=True, slots=True)
class FileSink:
    """Where the bytes of an object go: `length` of them, from the object's byte `first` on."""

    fd: int
    offset: int
    """Where `first` belongs in the file."""
    first: int
    length: int
    observe: Callable[[memoryview], None]
    """Called in the moving thread with each piece once it was written: to count it and to checksum it."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """Where a body comes from: `length` bytes from `offset` on; the file's own position is left alone."""

    fd: int
    offset: int
    length: int
    observe: Callable[[int], None]
    """Called in the moving thread with the number of bytes that each write took."""


class SourceTruncated(httpx.WriteError):
    """The file ended before the bytes that the request announced."""


class RangeIgnored(httpx.RemoteProtocolError):
    """The server answered with other bytes than the range that was asked for; none was written."""


class BulkTransport(httpx.AsyncBaseTransport):
    """An httpx transport for bodies that live in files.

    Cancelling a request shuts its socket down and waits for its thread to let go of the file.

    Args:
        threads: so many bodies move at once; further requests wait for one.
        tls: `None` verifies against the system's certificate authorities.
        trust_env: use HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
    """

    def __init__(
        self, *, threads: int = 8, tls: ssl.SSLContext | None = None, trust_env: bool = True
    ) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="s3-bulk")
        self._tls = tls or ssl.create_default_context()
        self._trust_env = trust_env
        self._lock = threading.Lock()
        self._idle: dict[tuple[str, str], list[tuple[float, http.client.HTTPConnection]]] = {}
        self._buffers = threading.local()
        self._closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        job = _Job(request)
        future = self._threads.submit(self._run, job)
        waiter = asyncio.wrap_future(future)
        try:
            return await asyncio.shield(waiter)
        except asyncio.CancelledError:
            if not future.cancel():
                job.cancel()
                await asyncio.wait({waiter})  # its caller is about to close the file
                waiter.cancelled() or waiter.exception()
            raise

    async def aclose(self) -> None:
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, {}
        for connections in idle.values():
            for _, connection in connections:
                connection.close()
        await asyncio.to_thread(self._threads.shutdown)

    def _run(self, job: _Job) -> httpx.Response:
        place = job.request.url.scheme, job.request.url.netloc.decode()
        connection = self._take_idle(place)
        if connection is not None:
            try:
                return self._exchange(job, place, connection)
            except (httpx.ReadError, httpx.WriteError):
                # Closed by the server while it lay idle: nothing was lost, so a fresh one may try.
                if job.moved or job.is_cancelled:
                    raise
        return self._exchange(job, place, self._connect(job.request, place))

    def _exchange(
        self, job: _Job, place: tuple[str, str], connection: http.client.HTTPConnection
    ) -> httpx.Response:
        try:
            with _HttpxErrors(job.request):
                answer, body = job.run(connection, self._buffer())
        except BaseException:
            connection.close()
            raise
        if answer.will_close or not answer.isclosed():
            connection.close()
        else:
            self._keep(place, connection)
        return httpx.Response(
            answer.status,
            headers=[(name.encode(), value.encode("latin-1")) for name, value in answer.getheaders()],
            stream=_InMemory(body),
            extensions={"reason_phrase": answer.reason.encode("latin-1", "replace")},
        )

    def _buffer(self) -> memoryview:
        if not hasattr(self._buffers, "view"):
            self._buffers.view = memoryview(bytearray(_BUFFER))
        view: memoryview = self._buffers.view
        return view

    def _take_idle(self, place: tuple[str, str]) -> http.client.HTTPConnection | None:
        with self._lock:
            idle = self._idle.get(place, [])
            while idle:
                since, connection = idle.pop()
                if monotonic() - since < _IDLE_S:
                    return connection
                connection.close()
        return None

    def _keep(self, place: tuple[str, str], connection: http.client.HTTPConnection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.setdefault(place, []).append((monotonic(), connection))
                return
        connection.close()

    def _connect(self, request: httpx.Request, place: tuple[str, str]) -> http.client.HTTPConnection:
        scheme, authority = place
        host, port = request.url.host, request.url.port
        proxy = proxy_for(scheme, authority) if self._trust_env else None
        timeout = request.extensions["timeout"]
        connection = self._connection(scheme, host, port, proxy, timeout["connect"])
        try:
            with _HttpxErrors(request, connecting=True):
                connection.connect()
        except BaseException:
            connection.close()
            raise
        connection.sock.settimeout(timeout["read"])
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _connection(
        self, scheme: str, host: str, port: int | None, proxy: Proxy | None, timeout_s: float
    ) -> http.client.HTTPConnection:
        if scheme == "http":
            where = (host, port) if proxy is None else (proxy.host, proxy.port)
            return http.client.HTTPConnection(*where, timeout=timeout_s)
        if proxy is None:
            return http.client.HTTPSConnection(host, port, timeout=timeout_s, context=self._tls)
        tunnel = http.client.HTTPSConnection(proxy.host, proxy.port, timeout=timeout_s, context=self._tls)
        tunnel.set_tunnel(host, port or 443, headers=proxy.headers)
        return tunnel


class _Job:
    """One request on its way through a thread."""

    def __init__(self, request: httpx.Request) -> None:
        self.request = request
        self.moved = 0
        self.is_cancelled = False
        self._socket: socket.socket | None = None

    def cancel(self) -> None:
        self.is_cancelled = True
        if self._socket is not None:
            with suppress(OSError):  # it is closed already
                # Of the plain socket: SSLSocket's own would let what is still buffered through undecrypted.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def run(
        self, connection: http.client.HTTPConnection, buffer: memoryview
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Send the request, move its body, and return the answer with what of it is in memory."""
        self._socket = connection.sock
        try:
            if self.is_cancelled:
                raise httpx.ReadError("cancelled", request=self.request)
            self._send_head(connection)
            self._send_body(connection, buffer)
            answer = connection.getresponse()
            sink = self.request.extensions.get("body_file")
            if isinstance(sink, FileSink) and answer.status < 300:
                self._receive(answer, sink, buffer)
                return answer, b""
            return answer, answer.read(_MAX_ERROR)
        finally:
            self._socket = None

    def _send_head(self, connection: http.client.HTTPConnection) -> None:
        request = self.request
        target: str = request.extensions["target"].decode()
        proxied = request.extensions.get("absolute_form", False)
        connection.putrequest(
            request.method,
            f"{request.url.scheme}://{request.url.netloc.decode()}{target}" if proxied else target,
            skip_host=True,
            skip_accept_encoding=True,
        )
        for name, value in request.headers.raw:
            connection.putheader(name.decode(), value)
        connection.endheaders()

    def _send_body(self, connection: http.client.HTTPConnection, buffer: memoryview) -> None:
        source = self.request.extensions.get("body_file")
        try:
            if isinstance(source, FileSource):
                self._send_file(connection.sock, source, buffer)
            elif self.request.content:
                connection.send(self.request.content)
        except (BrokenPipeError, ConnectionResetError):
            # A server may refuse before it has read everything; its answer says more than the broken pipe.
            if self.moved == 0:
                raise

    def _send_file(self, sock: socket.socket, source: FileSource, buffer: memoryview) -> None:
        is_plain = not isinstance(sock, ssl.SSLSocket) and hasattr(os, "sendfile")
        position, end = source.offset, source.offset + source.length
        while position < end:
            if is_plain:
                sent = _sendfile(sock, source.fd, position, min(_SENDFILE, end - position))
            else:
                view = buffer[: min(len(buffer), end - position)]
                sent = os.preadv(source.fd, [view], position)
                sock.sendall(view[:sent])
            if sent == 0:
                raise SourceTruncated("the file became shorter while it was sent", request=self.request)
            position += sent
            self.moved += sent
            source.observe(sent)

    def _receive(self, answer: http.client.HTTPResponse, sink: FileSink, buffer: memoryview) -> None:
        self._check_range(answer, sink)
        position, end = sink.offset, sink.offset + sink.length
        while position < end:
            count = answer.readinto(buffer[: min(len(buffer), end - position)])
            if count == 0:
                raise httpx.ReadError(
                    f"the body ended {end - position} bytes too early", request=self.request
                )
            view = buffer[:count]
            while view:
                view = view[os.pwrite(sink.fd, view, position + count - len(view)) :]
            position += count
            self.moved += count
            sink.observe(buffer[:count])

    def _check_range(self, answer: http.client.HTTPResponse, sink: FileSink) -> None:
        # Some servers send 200 with Content-Range, some ignore the range: what it says decides.
        said = answer.headers.get("content-range", "")
        begins_right = said.startswith(f"bytes {sink.first}-") if said else sink.first == 0
        if not begins_right:
            raise RangeIgnored(
                "the server answered with other bytes than were asked for", request=self.request
            )


def _sendfile(sock: socket.socket, fd: int, position: int, count: int) -> int:
    while True:
        try:
            return os.sendfile(sock.fileno(), fd, position, count)
        except BlockingIOError:
            poll = select.poll()
            poll.register(sock, select.POLLOUT)
            timeout_s = sock.gettimeout()
            if not poll.poll(None if timeout_s is None else timeout_s * 1000):
                raise TimeoutError("the server takes no more bytes") from None


class _InMemory(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body


class _HttpxErrors:
    """Turns what sockets and http.client raise into httpx's exceptions, here and nowhere else."""

    def __init__(self, request: httpx.Request, *, connecting: bool = False) -> None:
        self._request = request
        self._connecting = connecting

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, TimeoutError):
            timeout = httpx.ConnectTimeout if self._connecting else httpx.ReadTimeout
            raise timeout(str(error), request=self._request) from error
        if isinstance(error, OSError):
            failed = httpx.ConnectError if self._connecting else httpx.ReadError
            raise failed(error.strerror or str(error), request=self._request) from error
        if isinstance(error, http.client.HTTPException):
            raise httpx.RemoteProtocolError(
                str(error) or type(error).__name__, request=self._request
            ) from error

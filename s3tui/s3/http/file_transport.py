"""The file transport: moves large bodies between files and sockets, in threads.

An httpx transport, so that signing, errors, the request log and redirects are the same code as for the
connection pool; only the body moves differently. It never becomes a Python object: what arrives is
received into one reused buffer and written where it belongs, what leaves goes from the page cache to
the socket. The kernel, OpenSSL and the checksums release the interpreter lock meanwhile.

A request names its file in the extension `body_file`: a `FileSink` for the body of a successful
response, or a `FileSection` for its own. An error response comes back with its body in memory.
"""

from __future__ import annotations

import asyncio
import errno
import http.client
import os
import select
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import monotonic

import httpx

from s3tui.s3.http.blocking_connect import BlockingConnection, BlockingConnector
from s3tui.s3.http.connect_options import ConnectOptions
from s3tui.s3.http.file_fallback import send_through_pool
from s3tui.s3.http.file_section import BodySink, FileFailed, FileSection
from s3tui.s3.http.pool import KEEPALIVE_S

_BUFFER = 1024 * 1024  # measured: larger gains nothing, smaller costs system calls
_READ = 256 * 1024  # between two looks at the clock
_WRITE_AFTER_S = 0.2  # a slow body is written, and counted, before the buffer is full
_SENDFILE = 8 * 1024 * 1024
_TAIL = 64 * 1024  # goes last, when the file was found to be still the same
_MAX_ERROR = 256 * 1024
_NO_SENDFILE = frozenset((errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP))  # the file system cannot


class FileTransport(httpx.AsyncBaseTransport):
    """An httpx transport for bodies that live in files; its threads start with the first of them.

    Cancelling a request shuts its socket down and waits for its thread to let go of the file.

    Args:
        messages: the fallback for routes that blocking sockets cannot take; not closed here.
        threads: so many bodies move at once; further requests wait for one.
    """

    def __init__(
        self,
        messages: httpx.AsyncBaseTransport,
        options: ConnectOptions,
        *,
        threads: int = 8,
    ) -> None:
        self._messages = messages
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="s3-file-transport")
        self._connector = BlockingConnector(options)
        self._lock = threading.Lock()
        self._idle: dict[tuple[str, bytes], list[tuple[float, BlockingConnection]]] = {}
        self._jobs: set[_BlockingExchange] = set()
        self._buffers = threading.local()
        self._closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._closed:
            raise httpx.ConnectError("the client is closed", request=request)
        if self._connector.needs_tls_in_tls(request.url):
            return await send_through_pool(self._messages, request)
        job = _BlockingExchange(request)
        self._jobs.add(job)
        future = self._threads.submit(self._run, job)
        waiter = asyncio.wrap_future(future)
        try:
            return await asyncio.shield(waiter)
        except asyncio.CancelledError:
            if not future.cancel():
                job.cancel()
                while not waiter.done():  # its caller is about to close the file
                    with suppress(asyncio.CancelledError):
                        await asyncio.wait({waiter})
                waiter.cancelled() or waiter.exception()
            raise
        finally:
            self._jobs.discard(job)

    async def aclose(self) -> None:
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, {}
        for connections in idle.values():
            for _, connection in connections:
                connection.close()
        for job in self._jobs:
            job.cancel()
        await asyncio.to_thread(self._threads.shutdown)

    def _run(self, job: _BlockingExchange) -> httpx.Response:
        place = job.request.url.scheme, job.request.url.netloc
        connection = self._take_idle(place)
        if connection is None:
            connect_s = job.request.extensions["timeout"]["connect"]
            connection = self._connector.connect(job.request.url, connect_s, job.hold)
        try:
            return job.run(connection, self._buffer())
        except FileFailed as failed:
            raise failed.error from None
        except (OSError, http.client.HTTPException) as error:
            raise _httpx_error(error, job.request) from error
        finally:
            if job.is_connection_reusable:
                self._keep(place, connection)
            else:
                connection.close()

    def _buffer(self) -> memoryview:
        if not hasattr(self._buffers, "view"):
            self._buffers.view = memoryview(bytearray(_BUFFER))
        view: memoryview = self._buffers.view
        return view

    def _take_idle(self, place: tuple[str, bytes]) -> BlockingConnection | None:
        with self._lock:
            connections = self._idle.get(place, [])
            while connections:
                since, connection = connections.pop()
                # A readable idle connection was closed by the server: no request is in flight.
                if monotonic() - since < KEEPALIVE_S and not _poll(connection.sock, select.POLLIN, 0):
                    return connection
                connection.close()
        return None

    def _keep(self, place: tuple[str, bytes], connection: BlockingConnection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.setdefault(place, []).append((monotonic(), connection))
                return
        connection.close()


class _BlockingExchange:
    """One request, handled by a thread."""

    def __init__(self, request: httpx.Request) -> None:
        self.request = request
        self.is_connection_reusable = False
        """The connection can carry another request."""
        self._lock = threading.Lock()
        self._is_cancelled = False
        self._socket: socket.socket | None = None

    def cancel(self) -> None:
        with self._lock:
            self._is_cancelled = True
            if self._socket is not None:
                _shut_down(self._socket)

    def hold(self, sock: socket.socket) -> None:
        """Take note of the socket that `cancel` shuts down."""
        with self._lock:
            self._socket = sock
            if self._is_cancelled:
                raise httpx.ReadError("cancelled", request=self.request)

    def run(self, connection: BlockingConnection, buffer: memoryview) -> httpx.Response:
        """Send the request, move its body, and return the response with the part of it that is in memory."""
        self.hold(connection.sock)
        try:
            connection.sock.settimeout(self.request.extensions["timeout"]["read"])
            self._send_head(connection)
            file = self.request.extensions["body_file"]
            if isinstance(file, FileSection):
                return self._upload(connection, file, buffer)
            return self._receive(connection, file, buffer)
        finally:
            with self._lock:
                self._socket = None

    def _send_head(self, connection: BlockingConnection) -> None:
        request = self.request
        target = connection.route.prefix + request.extensions["target"]
        connection.putrequest(request.method, target.decode(), skip_host=True, skip_accept_encoding=True)
        for name, value in [*request.headers.raw, *connection.route.request_headers]:
            connection.putheader(name.decode(), value)
        connection.endheaders()

    def _upload(
        self, connection: BlockingConnection, section: FileSection, buffer: memoryview
    ) -> httpx.Response:
        sending = _Sending(connection.sock, section, buffer)
        is_kept = False
        try:
            is_sent = sending.run()
            response = self._finish(connection, is_sent)
            is_kept = response.status_code < 300
            return response
        except TimeoutError as error:
            if sending.moved == section.length:
                raise
            raise httpx.WriteTimeout("the other side takes no more", request=self.request) from error
        finally:
            if not is_kept and sending.moved:
                section.observe(-sending.moved)

    def _receive(self, connection: BlockingConnection, sink: BodySink, buffer: memoryview) -> httpx.Response:
        def take(answer: http.client.HTTPResponse, head: httpx.Response) -> None:
            _fill(sink, self.request, answer, head, buffer)

        response = self._finish(connection, True, take)
        with self._lock:
            if self._is_cancelled:  # a body that only its end measures seems to have ended
                self.is_connection_reusable = False
                raise httpx.ReadError("cancelled", request=self.request)
        return response

    def _finish(
        self,
        connection: BlockingConnection,
        is_sent: bool,
        take: Callable[[http.client.HTTPResponse, httpx.Response], None] | None = None,
    ) -> httpx.Response:
        """Read the response; `take` reads the body of a successful one."""
        answer = connection.getresponse()
        headers = [(name.encode(), value.encode("latin-1")) for name, value in answer.getheaders()]
        head = httpx.Response(
            answer.status, headers=headers, extensions={"head_at": monotonic(), "headers": headers}
        )
        try:
            if take is not None and answer.status < 300:
                take(answer, head)
                head.stream = httpx.ByteStream(b"")
            else:
                head.stream = httpx.ByteStream(answer.read(_MAX_ERROR))
            self.is_connection_reusable = is_sent and answer.isclosed() and not answer.will_close
        finally:
            answer.close()
        return head


def _fill(
    sink: BodySink,
    request: httpx.Request,
    answer: http.client.HTTPResponse,
    head: httpx.Response,
    buffer: memoryview,
) -> None:
    left, is_over = sink.begin(request, head), False
    while left != 0 and not is_over:
        room = len(buffer) if left is None else min(left, len(buffer))
        filled, due = 0, monotonic() + _WRITE_AFTER_S
        try:
            while filled < room and monotonic() < due and not is_over:
                count = answer.readinto(buffer[filled : min(filled + _READ, room)])
                if count == 0 and left is not None:
                    raise httpx.ReadError(f"the body ended {left - filled} bytes too early")
                is_over = count == 0
                filled += count
        finally:
            sink.write(buffer[:filled])
        left = None if left is None else left - filled


class _Sending:
    """Sends a section of a file to a socket."""

    def __init__(self, sock: socket.socket, section: FileSection, buffer: memoryview) -> None:
        self.moved = 0
        self._socket = sock
        self._section = section
        self._buffer = buffer
        self._is_plain = not isinstance(sock, ssl.SSLSocket) and hasattr(os, "sendfile")

    def run(self) -> bool:
        """Send all of it; return `False` when the server refused it before it had everything."""
        length, is_checked = self._section.length, False
        try:
            while self.moved < length:
                sent: int | None
                left = length - self.moved
                if left <= _TAIL:
                    if not is_checked:
                        self._section.check()
                        is_checked = True
                    sent = self._copy(left)
                elif self._is_plain:
                    sent = self._splice(min(_SENDFILE, left - _TAIL))
                else:
                    sent = self._copy(min(_READ, left - _TAIL))
                if sent is None:
                    return False
                self.moved += sent
                self._section.observe(sent)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            return False  # its response, where there is one, says more
        return True

    def _copy(self, count: int) -> int:
        view = self._buffer[:count]
        sent = self._section.read(view, self.moved)
        self._socket.sendall(view[:sent])
        return sent

    def _splice(self, count: int) -> int | None:
        """Return how many bytes the kernel took; `None`, when the server responded already."""
        section = self._section
        while True:
            try:
                sent = os.sendfile(self._socket.fileno(), section.fd, section.offset + self.moved, count)
            except BlockingIOError:
                events = _poll(self._socket, select.POLLOUT | select.POLLIN, self._socket.gettimeout())
                if not events:
                    raise TimeoutError from None
                if not events & select.POLLOUT:
                    return None
            except OSError as error:
                if error.errno in _NO_SENDFILE:
                    self._is_plain = False
                    return self._copy(min(_READ, count))
                if error.errno == errno.EIO:
                    raise FileFailed(error) from error
                raise
            else:
                if sent == 0:
                    section.ended_at(self.moved)
                return sent


def _poll(sock: socket.socket, events: int, timeout_s: float | None) -> int:
    """Wait for one of `events`, and return those that came."""
    poll = select.poll()
    poll.register(sock, events)
    return sum(came for _, came in poll.poll(None if timeout_s is None else timeout_s * 1000))


def _shut_down(sock: socket.socket) -> None:
    with suppress(OSError):  # it is closed already
        # Of the plain socket: SSLSocket's own would let what is still buffered through undecrypted.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _httpx_error(error: OSError | http.client.HTTPException, request: httpx.Request) -> httpx.TransportError:
    if isinstance(error, TimeoutError):
        return httpx.ReadTimeout("nothing came for a while", request=request)
    if isinstance(error, OSError):
        return httpx.ReadError(error.strerror or str(error), request=request)
    return httpx.RemoteProtocolError(str(error) or type(error).__name__, request=request)

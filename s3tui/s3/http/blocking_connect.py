"""Blocking connections for the file transport: direct or through a proxy, plain or TLS, IPv4 or IPv6.

What sockets and OpenSSL raise becomes httpx's exceptions here.
"""

from __future__ import annotations

import errno
import http.client
import io
import os
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, cast

import httpx

from s3tui.s3.http import heads, tls
from s3tui.s3.http.connect_options import ConnectOptions
from s3tui.s3.http.proxies import (
    MAX_TUNNEL_HEAD,
    PORTS,
    ProxyRoute,
    check_tunnel,
    route_of,
    unreadable_tunnel,
)

_NEXT_ADDRESS_S = 3.0  # a host's first address gets no longer, when it has others
_MANY_RECORDS = 64 * 1024
_MAX_HEAD = 256 * 1024


class _Head:
    """A tidied response head, read line by line: behind a malformed line, the standard library stops."""

    def __init__(self, raw: io.BufferedIOBase) -> None:
        self._raw = raw
        self._left: deque[bytes] = deque()

    def readline(self, limit: int) -> bytes:
        if not self._left:
            head = line = self._raw.readline(limit)
            if not heads.begins_well(head):
                return head
            while line.strip(b"\r\n") and len(head) <= _MAX_HEAD:
                line = self._raw.readline(limit)
                head += line
            if heads.split(head) is None:
                raise httpx.ReadError("its headers came to no end")
            self._left.extend(heads.tidied(head).splitlines(keepends=True))
        return self._left.popleft()

    def close(self) -> None:
        self._raw.close()


class _Response(http.client.HTTPResponse):
    def begin(self) -> None:
        raw = self.fp
        head: Any = _Head(raw)  # for as long as only lines are read
        self.fp = head
        try:
            super().begin()
        finally:
            if self.fp is head:
                self.fp = raw


class BlockingConnection(http.client.HTTPConnection):
    """An HTTP connection over a socket that is connected already."""

    response_class = _Response

    def __init__(self, sock: socket.socket, route: ProxyRoute) -> None:
        super().__init__("")
        self.auto_open = 0
        self.sock = sock
        self.route = route


class _TlsSocket(ssl.SSLSocket):
    def makefile(self, mode: str = "r", buffering: int | None = None, **kwargs: Any) -> Any:
        """As `socket.makefile`, but for `rb`, which HTTP responses are read from."""
        if mode != "rb":
            return super().makefile(mode, buffering, **kwargs)  # type: ignore[call-overload]  # as it came
        return io.BufferedReader(_Records(self, super().makefile("rb", 0)))


class _Records(io.RawIOBase):
    """Reads into a large buffer until that is full: TLS gives 16 KiB at a time, and each costs."""

    def __init__(self, sock: _TlsSocket, raw: socket.SocketIO) -> None:
        self._sock = sock
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        count = self._raw.readinto(buffer)
        if not count or len(buffer) < _MANY_RECORDS:
            return count
        view = memoryview(buffer)
        while count < len(view):
            try:
                # Its types know of bytes only; given a buffer, it returns how many.
                more = cast(int, self._sock.read(len(view) - count, view[count:]))
            except OSError:
                break  # the next call meets it again, and nothing of what came is lost
            if not more:
                break
            count += more
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class BlockingConnector:
    """Opens blocking connections, as `connect.Connector` does in the event loop; from any thread."""

    def __init__(self, options: ConnectOptions) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None

    def connect(
        self, url: httpx.URL, timeout_s: float | None, hold: Callable[[socket.socket], None]
    ) -> BlockingConnection:
        """Return a connection to `url`, of which only the origin counts.

        Args:
            hold: called with each socket that it depends on, so that cancelling can shut it down.

        Raises: httpx.ConnectError, ConnectTimeout, ProxyError, UnsupportedProtocol; TlsRefused.
        """
        route = route_of(url, self._options)
        return BlockingConnection(self._open(route, timeout_s, hold), route)

    def needs_tls_in_tls(self, url: httpx.URL) -> bool:
        """Say whether the route to `url` is a tunnel through an https proxy, which `connect` cannot open.

        A blocking socket cannot speak TLS inside of TLS.
        """
        if url.scheme != "https":
            return False
        route = route_of(url, self._options)
        return route.is_tunnel and route.start.scheme == "https"

    def _open(
        self, route: ProxyRoute, timeout_s: float | None, hold: Callable[[socket.socket], None]
    ) -> socket.socket:
        sock: socket.socket | None = None
        peer = route.end if route.is_tunnel else route.start
        try:
            sock = self._reach(route.start, timeout_s, hold)
            if route.is_tunnel:
                _open_tunnel(sock, route)
            if peer.scheme == "https":
                sock = self._tls().wrap_socket(sock, server_hostname=peer.host, do_handshake_on_connect=False)
                hold(sock)
                sock.do_handshake()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except BaseException as error:
            if sock is not None:
                sock.close()
            if isinstance(error, OSError):
                raise connect_error(error, is_proxy=route.has_proxy and sock is None) from error
            raise
        return sock

    def _reach(
        self, start: httpx.URL, timeout_s: float | None, hold: Callable[[socket.socket], None]
    ) -> socket.socket:
        places = socket.getaddrinfo(
            start.host, start.port or PORTS[start.scheme], self._options.family, socket.SOCK_STREAM
        )
        for number, (family, kind, protocol, _, address) in enumerate(places, 1):
            is_last = number == len(places)
            sock = socket.socket(family, kind, protocol)
            try:
                hold(sock)
                sock.settimeout(timeout_s if is_last else min(_NEXT_ADDRESS_S, timeout_s or _NEXT_ADDRESS_S))
                sock.connect(address)
                sock.settimeout(timeout_s)
            except BaseException as error:
                sock.close()
                if is_last or not isinstance(error, OSError):
                    raise
            else:
                return sock
        raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))

    def _tls(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                options = self._options
                self._context = tls.trusting_context(
                    verify=options.verify_tls, ca_file=options.ca_file, client_cert=options.client_cert
                )
                self._context.sslsocket_class = _TlsSocket
            return self._context


def _open_tunnel(sock: socket.socket, route: ProxyRoute) -> None:
    sock.sendall(route.tunnel_request())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = sock.recv(1)  # what follows the head belongs to the tunnel
        head += byte
        if not byte or len(head) > MAX_TUNNEL_HEAD:
            raise unreadable_tunnel()
    check_tunnel(head)


def connect_error(error: OSError, *, is_proxy: bool) -> httpx.TransportError:
    """Translate the error of a failed connection to httpx's; `is_proxy`: not even the proxy was reached."""
    if isinstance(error, TimeoutError):
        return httpx.ConnectTimeout("the connection timed out")
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
        return tls.TlsRefused(tls.why_refused(error))
    kind = httpx.ProxyError if is_proxy else httpx.ConnectError
    if isinstance(error, socket.gaierror):
        return kind("its name is not known")
    return kind(os.strerror(error.errno or 0).lower() if error.errno in errno.errorcode else str(error))

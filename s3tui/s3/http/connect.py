"""Opens the connections of the connection pool: name resolution, socket, tunnel, TLS.

Addresses of a host are tried as RFC 8305 (Happy Eyeballs) says. Errors become httpx's exceptions
here.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Any

import aiohappyeyeballs
import httpx

from s3tui.s3.http import tls
from s3tui.s3.http.blocking_connect import connect_error
from s3tui.s3.http.connect_options import ConnectOptions
from s3tui.s3.http.http11 import Http11Connection
from s3tui.s3.http.proxies import MAX_TUNNEL_HEAD, PORTS, ProxyRoute, check_tunnel, unreadable_tunnel

_NEXT_ADDRESS_S = 0.25  # RFC 8305 §5

Addresses = list[Any]  # as getaddrinfo returns them


class Connector:
    """Opens connections; bound to one event loop."""

    def __init__(self, options: ConnectOptions) -> None:
        self._options = options
        self._context: ssl.SSLContext | None = None
        self._lookups: dict[tuple[str, int], asyncio.Task[Addresses]] = {}

    async def connect(
        self, route: ProxyRoute, make: Callable[[], Http11Connection], timeout_s: float | None
    ) -> Http11Connection:
        """Return an open connection.

        Args:
            timeout_s: from the name resolution to the end of the last handshake.

        Raises: httpx.ConnectError, ConnectTimeout, ProxyError; TlsRefused. Cancelling closes the socket.
        """
        if "https" in (route.start.scheme, route.end.scheme):
            self._tls()  # before anything is resolved or sent
        sock: socket.socket | None = None
        try:
            async with asyncio.timeout(timeout_s):
                sock = await self._reach(route.start)
                return await self._take_over(sock, route, make)
        except OSError as error:
            raise connect_error(error, is_proxy=route.has_proxy and sock is None) from error

    async def _reach(self, start: httpx.URL) -> socket.socket:
        addresses = await self._addresses(start.host, start.port or PORTS[start.scheme])
        return await aiohappyeyeballs.start_connection(
            addresses, happy_eyeballs_delay=_NEXT_ADDRESS_S, interleave=1
        )

    async def _addresses(self, host: str, port: int) -> Addresses:
        """Resolve a name once, however many connections wait for it."""
        place = host, port
        if place not in self._lookups:
            loop = asyncio.get_running_loop()
            lookup = loop.create_task(
                loop.getaddrinfo(host, port, family=self._options.family, type=socket.SOCK_STREAM)
            )
            self._lookups[place] = lookup
            lookup.add_done_callback(lambda _: self._lookups.pop(place))
            lookup.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(self._lookups[place])

    async def _take_over(
        self, sock: socket.socket, route: ProxyRoute, make: Callable[[], Http11Connection]
    ) -> Http11Connection:
        loop = asyncio.get_running_loop()
        start_tls = self._tls() if route.start.scheme == "https" else None
        start_host = route.start.host if start_tls else None
        if not route.is_tunnel:
            _, connection = await loop.create_connection(
                make, sock=sock, ssl=start_tls, server_hostname=start_host
            )
            return connection
        transport, tunnel = await loop.create_connection(
            _Tunnel, sock=sock, ssl=start_tls, server_hostname=start_host
        )
        try:
            transport.write(route.tunnel_request())
            check_tunnel(await tunnel.head)
            connection = make()
            inner = await loop.start_tls(transport, connection, self._tls(), server_hostname=route.end.host)
        except BaseException:
            transport.abort()
            raise
        assert inner is not None  # it is, unless the transport was closed already: that raises
        connection.connection_made(inner)
        return connection

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            options = self._options
            self._context = tls.trusting_context(
                verify=options.verify_tls, ca_file=options.ca_file, client_cert=options.client_cert
            )
        return self._context


class _Tunnel(asyncio.Protocol):
    """Reads the proxy's response before a tunnel is open."""

    def __init__(self) -> None:
        self.head: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._said = b""

    def data_received(self, data: bytes) -> None:
        self._said += data
        if self.head.done():
            return
        if b"\r\n\r\n" in self._said:
            self.head.set_result(self._said)
        elif len(self._said) > MAX_TUNNEL_HEAD:
            self.head.set_exception(unreadable_tunnel())

    def connection_lost(self, error: Exception | None) -> None:
        if not self.head.done():
            self.head.set_exception(unreadable_tunnel())

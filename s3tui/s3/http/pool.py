"""The connection pool: many short exchanges over a pool of connections, behind httpx's interface.

httpx's own pool looks through every waiting request whenever one changes, which makes it ten times slower
with many small requests. The request target is taken from httpx's `target` extension and reaches the wire
byte for byte, and no header is added but those for a proxy: SigV4 and odd keys depend on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from time import monotonic

import httpx

from s3tui.s3.http.connect import Connector
from s3tui.s3.http.connect_options import DEFAULT_OPTIONS, ConnectOptions
from s3tui.s3.http.http11 import Body, Http11Connection, IncomingResponse, NoConsent
from s3tui.s3.http.proxies import ProxyRoute, route_of

KEEPALIVE_S = 4.0  # less than servers wait before they close an idle connection under us (shortest seen: 5)

_CLOSE_S = 2.0  # until the loop has closed what was aborted

Place = tuple[str, bytes]


class ConnectionPool(httpx.AsyncBaseTransport):
    """An httpx transport for one event loop; `aclose` returns when its sockets are closed.

    Nothing is sent twice, but for a body that the server had neither asked for nor refused: without its
    `Expect`, that goes out on a connection of its own.

    Args:
        max_connections: at most so many sockets at once; further requests wait for one.
    """

    def __init__(self, options: ConnectOptions = DEFAULT_OPTIONS, *, max_connections: int = 64) -> None:
        self._max_connections = max_connections
        self._connector = Connector(options)
        self._options = options
        self._turns = asyncio.Semaphore(max_connections)
        self._routes: dict[Place, ProxyRoute] = {}
        self._open: set[Http11Connection] = set()
        self._all_closed = asyncio.Event()
        self._all_closed.set()
        self._connecting = 0
        self._idle: dict[Http11Connection, float] = {}
        """Since when; the longest first."""
        self._sweeper: asyncio.TimerHandle | None = None
        self._is_closed = False

    @property
    def is_connecting(self) -> bool:
        """True while a connection is made; any thread may ask."""
        return self._connecting > 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._exchange(request)
        except httpx.TransportError as error:
            error.request = request
            raise

    async def send(
        self,
        url: httpx.URL,
        method: str,
        target: bytes,
        fields: bytes,
        body: bytes,
        *,
        at_most: int,
        connect_s: float | None,
        read_s: float | None,
    ) -> IncomingResponse:
        """Send a request whose header lines are ready; return its response with all of its body.

        Args:
            url: the origin.
            fields: header lines, each with its end.
            at_most: bytes of the response's body.

        Raises: httpx.TransportError.
        """
        place, route = self._way(url)
        lines = b"".join(b"%b: %b\r\n" % pair for pair in route.request_headers)
        head = b"%b %b%b HTTP/1.1\r\n%b%b\r\n" % (method.encode(), route.prefix, target, fields, lines)
        connection = await self._take(place, route, connect_s)
        answer = await connection.exchange(head, body, method=method, expects=False, timeout_s=read_s)
        try:
            while not answer.is_complete:
                if answer.failure is not None:
                    raise answer.failure
                if answer.buffered > at_most:
                    raise httpx.RemoteProtocolError(f"a body of more than {at_most} bytes came")
                await connection.more(answer, read_s)
        finally:
            connection.give_up(answer)
        return answer

    def _way(self, url: httpx.URL) -> tuple[Place, ProxyRoute]:
        place = url.scheme, url.netloc
        route = self._routes.get(place)
        if route is None:
            route = self._routes[place] = route_of(url, self._options)
        return place, route

    async def _exchange(self, request: httpx.Request) -> httpx.Response:
        place, route = self._way(request.url)
        headers = request.headers.raw
        head, body = _head(request, headers, route), _body(request)
        timeout = request.extensions.get("timeout", {})
        connection = await self._take(place, route, timeout.get("connect"))
        try:
            answer = await connection.exchange(
                head,
                body,
                method=request.method,
                expects=any(name.lower() == b"expect" for name, _ in headers),
                timeout_s=timeout.get("read"),
            )
        except NoConsent:
            del request.headers["expect"]  # neither consent nor refusal: the server knows no Expect
            return await self._exchange(request)
        stream = _AnswerStream(connection, answer, request)
        # No header with text beyond ASCII is looked up by name, and httpx tries encodings on all headers.
        return httpx.Response(
            answer.status,
            headers=httpx.Headers(answer.headers, encoding="latin-1"),
            stream=stream,
            extensions={"headers": answer.headers},
        )

    async def _take(self, place: Place, route: ProxyRoute, connect_s: float | None) -> Http11Connection:
        """Wait for a turn, which ends when the connection is `freed`."""
        await self._turns.acquire()
        try:
            if self._is_closed:
                raise httpx.ConnectError("the client is closed")
            return self._take_idle(place) or await self._connect(place, route, connect_s)
        except BaseException:
            self._turns.release()
            raise

    async def _connect(self, place: Place, route: ProxyRoute, connect_s: float | None) -> Http11Connection:
        if self._idle and len(self._open) + self._connecting >= self._max_connections:
            self._drop(next(iter(self._idle)))  # of another place
        self._connecting += 1
        try:
            connection = await self._connector.connect(
                route, lambda: Http11Connection(self, place), connect_s
            )
        finally:
            self._connecting -= 1
        if self._is_closed or not connection.is_usable:
            connection.abort()
            raise httpx.ConnectError("the client is closed" if self._is_closed else "it was closed at once")
        self._open.add(connection)
        self._all_closed.clear()
        return connection

    def _take_idle(self, place: Place) -> Http11Connection | None:
        old = monotonic() - KEEPALIVE_S
        while connection := next((idle for idle in reversed(self._idle) if idle.place == place), None):
            since = self._idle.pop(connection)
            if since > old and connection.is_usable:
                return connection
            connection.abort()
        return None

    def freed(self, connection: Http11Connection) -> None:
        self._turns.release()
        if connection.is_usable:
            self._idle[connection] = monotonic()
            if self._sweeper is None:
                self._sweep_in(KEEPALIVE_S)

    def lost(self, connection: Http11Connection) -> None:
        self._open.discard(connection)
        self._idle.pop(connection, None)
        if not self._open:
            self._all_closed.set()

    def _drop(self, connection: Http11Connection) -> None:
        del self._idle[connection]
        connection.abort()

    def _sweep_in(self, seconds: float) -> None:
        self._sweeper = asyncio.get_running_loop().call_later(seconds, self._sweep)

    def _sweep(self) -> None:
        self._sweeper = None
        old = monotonic() - KEEPALIVE_S
        for connection, since in list(self._idle.items()):
            if since > old:
                self._sweep_in(since - old)
                break
            self._drop(connection)

    async def aclose(self) -> None:
        self._is_closed = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        for connection in list(self._open):
            connection.abort()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._all_closed.wait(), _CLOSE_S)


class _AnswerStream(httpx.AsyncByteStream):
    """The body of a response; its connection is free as soon as all of it was received, read or not."""

    def __init__(
        self, connection: Http11Connection, answer: IncomingResponse, request: httpx.Request
    ) -> None:
        self._connection = connection
        self._answer = answer
        self._request = request

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        answer = self._answer
        while not answer.chunks:
            if answer.is_complete:
                raise StopAsyncIteration
            if answer.failure is not None:
                answer.failure.request = self._request
                raise answer.failure
            timeout_s = self._request.extensions.get("timeout", {}).get("read")
            await self._connection.more(answer, timeout_s)
        return self._connection.take(answer)

    async def aclose(self) -> None:
        self._connection.give_up(self._answer)


def _head(request: httpx.Request, headers: list[tuple[bytes, bytes]], route: ProxyRoute) -> bytes:
    target: bytes = request.extensions["target"]
    lines = [b"%b %b%b HTTP/1.1" % (request.method.encode(), route.prefix, target)]
    lines += [b"%b: %b" % pair for pair in headers]
    lines += [b"%b: %b" % pair for pair in route.request_headers]
    lines += [b"", b""]
    head = b"\r\n".join(lines)
    if head.count(b"\n") != len(lines) - 1 or head.count(b"\r") != len(lines) - 1 or b"\0" in head:
        raise httpx.LocalProtocolError("a header holds a line break or a NUL, which HTTP cannot carry")
    return head


def _body(request: httpx.Request) -> Body:
    stream = request.stream
    return b"".join(stream) if isinstance(stream, httpx.SyncByteStream) else stream

"""The small-message lane: an httpx transport over aiohttp's connection pool.

httpx is the interface; its own pool looks through every waiting request whenever one changes, which
makes it ten times slower with many small requests. The request target is taken from httpx's `target`
extension and reaches the wire byte for byte: SigV4 and odd keys depend on it.

aiohttp's exceptions become httpx's here and nowhere else.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import aiohttp
import httpx
from yarl import URL

_OWN_HEADERS = frozenset(("Accept", "Accept-Encoding", "User-Agent", "Content-Type"))
_SLICE = 256 * 1024  # what one write hands to the socket, so that a large body does not hold the loop
_KEEPALIVE_S = 8.0  # less than servers wait before they close an idle connection under us

_HTTPX_FOR: tuple[tuple[type[BaseException], type[httpx.TransportError]], ...] = (
    # Most specific first: the classes overlap.
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (aiohttp.SocketTimeoutError, httpx.ReadTimeout),
    (aiohttp.ClientProxyConnectionError, httpx.ProxyError),
    (aiohttp.ClientHttpProxyError, httpx.ProxyError),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
    (aiohttp.ClientSSLError, httpx.ConnectError),
    (aiohttp.ClientConnectorCertificateError, httpx.ConnectError),
    (aiohttp.ServerFingerprintMismatch, httpx.ConnectError),
    (aiohttp.ServerDisconnectedError, httpx.ReadError),
    (aiohttp.ClientPayloadError, httpx.RemoteProtocolError),
    (aiohttp.ClientResponseError, httpx.RemoteProtocolError),
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol),
    (aiohttp.ClientConnectionError, httpx.ReadError),
    (aiohttp.ClientError, httpx.RemoteProtocolError),
    (asyncio.TimeoutError, httpx.ReadTimeout),
    (OSError, httpx.ReadError),
)


class AiohttpTransport(httpx.AsyncBaseTransport):
    """An httpx transport for one event loop; `aclose` returns when its sockets are closed.

    Args:
        max_connections: at most so many sockets at once; further requests wait for one.
        tls: `None` verifies against the system's certificate authorities.
        trust_env: use HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
        family: which addresses of a host to connect to; by default whatever it has.
    """

    def __init__(
        self,
        *,
        max_connections: int = 64,
        tls: ssl.SSLContext | None = None,
        trust_env: bool = True,
        family: socket.AddressFamily = socket.AF_UNSPEC,
    ) -> None:
        self._max_connections = max_connections
        self._tls = tls
        self._trust_env = trust_env
        self._family = family
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        session = self._session or self._open_session()
        timeout = request.extensions.get("timeout", {})
        with _httpx_errors(request):
            answer = await session.request(
                request.method,
                _exact_url(request),
                headers=[
                    (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw
                ],
                data=_body(request),
                expect100="expect" in request.headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=timeout.get("connect"), sock_read=timeout.get("read")
                ),
            )
        return httpx.Response(
            answer.status,
            headers=answer.raw_headers,
            stream=_AnswerStream(answer, request),
            extensions={"reason_phrase": (answer.reason or "").encode("latin-1", "replace")},
        )

    def _open_session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self._max_connections,
            family=self._family,
            ssl=True if self._tls is None else self._tls,
            keepalive_timeout=_KEEPALIVE_S,
            ttl_dns_cache=60,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=_OWN_HEADERS,
            auto_decompress=False,  # an object's bytes are its bytes
            trust_env=self._trust_env,
            max_line_size=64 * 1024,
            max_field_size=64 * 1024,
        )
        return self._session

    async def aclose(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()


class _AnswerStream(httpx.AsyncByteStream):
    def __init__(self, answer: aiohttp.ClientResponse, request: httpx.Request) -> None:
        self._answer = answer
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _httpx_errors(self._request):
            async for chunk in self._answer.content.iter_any():
                yield chunk

    async def aclose(self) -> None:
        # Closes the connection when the body was not read to its end, else keeps it for the next request.
        self._answer.close() if not self._answer.content.at_eof() else self._answer.release()


def _exact_url(request: httpx.Request) -> URL:
    target: bytes = request.extensions["target"]
    return URL(f"{request.url.scheme}://{request.url.netloc.decode()}{target.decode()}", encoded=True)


def _body(request: httpx.Request) -> bytes | AsyncIterator[bytes] | None:
    try:
        content = request.content
    except httpx.RequestNotRead:
        assert isinstance(request.stream, httpx.AsyncByteStream)
        return aiter(request.stream)
    if len(content) <= _SLICE:
        return content or None
    return _slices(content)


async def _slices(content: bytes) -> AsyncIterator[bytes]:
    view = memoryview(content)
    for start in range(0, len(content), _SLICE):
        yield bytes(view[start : start + _SLICE])


@contextmanager
def _httpx_errors(request: httpx.Request) -> Iterator[None]:
    try:
        yield
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        httpx_error = next(ours for theirs, ours in _HTTPX_FOR if isinstance(error, theirs))
        raise httpx_error(_reason(error), request=request) from error


def _reason(error: BaseException) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name is not known"
    if isinstance(error, aiohttp.ClientConnectorError) and error.os_error.errno in errno.errorcode:
        return os.strerror(error.os_error.errno or 0).lower()  # without the address list that aiohttp adds
    return str(error) or type(error).__name__

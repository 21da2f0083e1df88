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
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from yarl import URL

from s3tui.s3 import tls
from s3tui.s3.outgoing import OutgoingBody

_OWN_HEADERS = frozenset(("Accept", "Accept-Encoding", "User-Agent", "Content-Type"))
_AT_ONCE = 32 * 1024  # a body that the socket's buffer takes in one write, whatever the other side does
_ROUNDS_TO_CLOSE = 3  # of the event loop, until an aborted TLS session has let go of its socket
KEEPALIVE_S = 4.0  # less than servers wait before they close an idle connection under us (shortest seen: 5)

HTTPX_FOR: tuple[tuple[type[BaseException], type[httpx.TransportError]], ...] = (
    # Most specific first: the classes overlap.
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (aiohttp.SocketTimeoutError, httpx.ReadTimeout),
    (aiohttp.ClientProxyConnectionError, httpx.ProxyError),
    (aiohttp.ClientHttpProxyError, httpx.ProxyError),
    (aiohttp.ClientConnectorCertificateError, tls.TlsRefused),
    (aiohttp.ClientSSLError, tls.TlsRefused),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
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
        verify_tls: `False` takes any certificate: whoever is on the way can read and change everything.
        ca_file: PEM file of the authorities to trust, instead of the system's.
        family: which addresses of a host to connect to; by default whatever it has.
        use_proxies: obey HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY.
    """

    def __init__(
        self,
        *,
        max_connections: int = 64,
        verify_tls: bool = True,
        ca_file: Path | None = None,
        family: socket.AddressFamily = socket.AF_UNSPEC,
        use_proxies: bool = True,
    ) -> None:
        self._max_connections = max_connections
        self._verify_tls = verify_tls
        self._ca_file = ca_file
        self._family = family
        self._use_proxies = use_proxies
        self._session: aiohttp.ClientSession | None = None
        self._expecting_session: aiohttp.ClientSession | None = None
        self._proxies: dict[tuple[str, str], str | None] = {}
        self._timeouts: dict[tuple[float | None, float | None], aiohttp.ClientTimeout] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = _body(request)
        try:
            if isinstance(body, OutgoingBody):
                answer = await self._send_watched(request, body)
            else:
                answer = await self._send(self._session or self._open_session(), request, body)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            if isinstance(body, OutgoingBody) and body.failure is not None:
                raise body.failure from None
            raise _httpx_error(error, request) from error
        return httpx.Response(
            answer.status,
            headers=answer.raw_headers,
            stream=_AnswerStream(answer, request),
            extensions={"reason_phrase": (answer.reason or "").encode("latin-1", "replace")},
        )

    async def _send_watched(self, request: httpx.Request, body: OutgoingBody) -> aiohttp.ClientResponse:
        expects = "expect" in request.headers
        session = self._session or self._open_session()
        if expects:
            session = self._expecting_session or self._open_expecting_session(session)
        try:
            async with asyncio.timeout(None) as patience:
                body.watch(patience)
                try:
                    return await self._send(session, request, body, expects=expects)
                finally:
                    body.watch(None)
        except TimeoutError:
            if not patience.expired():
                raise
            if not expects or body.is_started:
                raise httpx.WriteTimeout("the other side takes no more", request=request) from None
        del request.headers["expect"]  # nobody consents, and nobody refuses: the server knows no Expect
        return await self._send_watched(request, body)

    async def _send(
        self,
        session: aiohttp.ClientSession,
        request: httpx.Request,
        body: bytes | OutgoingBody | None,
        *,
        expects: bool = False,
    ) -> aiohttp.ClientResponse:
        url = request.url
        authority = url.netloc.decode()
        origin = url.scheme, authority
        if origin not in self._proxies:
            self._proxies[origin] = proxy_for(url) if self._use_proxies else None
        path, _, query = request.extensions["target"].decode().partition("?")
        return await session.request(
            request.method,
            URL.build(scheme=url.scheme, authority=authority, path=path, query_string=query, encoded=True),
            headers=[
                (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw
            ],
            data=body,
            expect100=expects,
            allow_redirects=False,
            proxy=self._proxies[origin],
            timeout=self._timeout(request),
            trace_request_ctx=body if expects else None,
        )

    def _timeout(self, request: httpx.Request) -> aiohttp.ClientTimeout:
        given = request.extensions.get("timeout", {})
        seconds = given.get("connect"), given.get("read")
        if seconds not in self._timeouts:
            self._timeouts[seconds] = aiohttp.ClientTimeout(
                total=None, sock_connect=seconds[0], sock_read=seconds[1]
            )
        return self._timeouts[seconds]

    def _open_session(self) -> aiohttp.ClientSession:
        context = tls.trusting_context(verify=self._verify_tls, ca_file=self._ca_file)
        connector = aiohttp.TCPConnector(
            limit=self._max_connections,
            family=self._family,
            ssl=context,
            keepalive_timeout=KEEPALIVE_S,
            ttl_dns_cache=60,
        )
        self._session = _session(connector)
        return self._session

    def _open_expecting_session(self, session: aiohttp.ClientSession) -> aiohttp.ClientSession:
        """Tracing is the one way to learn when a head was sent, and costs time: only few requests need it."""
        assert session.connector is not None
        tracing = aiohttp.TraceConfig()
        tracing.on_request_headers_sent.append(_head_sent)
        self._expecting_session = _session(session.connector, tracing)
        return self._expecting_session

    async def aclose(self) -> None:
        for session in (self._expecting_session, self._session):
            if session is not None:
                await session.close()
        self._session = self._expecting_session = None
        for _ in range(_ROUNDS_TO_CLOSE):
            await asyncio.sleep(0)


class _AnswerStream(httpx.AsyncByteStream):
    def __init__(self, answer: aiohttp.ClientResponse, request: httpx.Request) -> None:
        self._answer = answer
        self._request = request
        self._chunks = answer.content.iter_any()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._chunks)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise _httpx_error(error, self._request) from error

    async def aclose(self) -> None:
        # Keeps the connection for the next request when the body was read to its end, else closes it: at
        # once, because a polite end of a TLS session waits for the other side, half a minute at worst.
        if self._answer.content.at_eof():
            self._answer.release()
            return
        connection = self._answer.connection
        if connection is not None and connection.transport is not None:
            connection.transport.abort()
        self._answer.close()


def _session(
    connector: aiohttp.BaseConnector, tracing: aiohttp.TraceConfig | None = None
) -> aiohttp.ClientSession:
    session = aiohttp.ClientSession(
        connector=connector,
        connector_owner=tracing is None,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=_OWN_HEADERS,
        auto_decompress=False,  # an object's bytes are its bytes
        # Not trust_env: it asks for the proxy in another thread before each request (half the speed), and
        # refuses a signed request to any host that ~/.netrc has a password for.
        trust_env=False,
        trace_configs=None if tracing is None else [tracing],
        max_line_size=64 * 1024,
        max_field_size=64 * 1024,
    )
    # It would send a PUT again behind our back, conditions and half-read streams included.
    session._retry_connection = False
    return session


async def _head_sent(
    session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestHeadersSentParams
) -> None:
    context.trace_request_ctx.await_consent()


def _body(request: httpx.Request) -> bytes | OutgoingBody | None:
    stream = request.stream
    timeout_s = request.extensions.get("timeout", {}).get("read")
    if not isinstance(stream, httpx.SyncByteStream):
        return OutgoingBody(stream, timeout_s)
    content = b"".join(stream)
    if len(content) > _AT_ONCE or (content and "expect" in request.headers):
        return OutgoingBody(content, timeout_s)
    return content or None


def proxy_for(url: httpx.URL) -> str | None:
    """Return the proxy for `url` as HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY say; `None`: straight.

    Raises: httpx.UnsupportedProtocol, for one that speaks neither http nor https.
    """
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(url.host) or proxy_bypass(url.netloc.decode()):
        return None
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    if not proxy.startswith(("http://", "https://")):
        raise httpx.UnsupportedProtocol(
            f"a {proxy.partition(':')[0]} proxy is not supported, only http and https"
        )
    return proxy


def _httpx_error(error: BaseException, request: httpx.Request) -> httpx.TransportError:
    kind = next(ours for theirs, ours in HTTPX_FOR if isinstance(error, theirs))
    return kind(_reason(error), request=request)


def _reason(error: BaseException) -> str:
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy refuses the tunnel with HTTP {error.status}"
    if isinstance(error, aiohttp.ClientConnectorCertificateError) and isinstance(
        error.certificate_error, ssl.SSLError
    ):
        return tls.why_refused(error.certificate_error)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name is not known"
    if isinstance(error, aiohttp.ClientConnectorError):
        if isinstance(error.os_error, ssl.SSLError):
            return tls.why_refused(error.os_error)
        if error.os_error.errno in errno.errorcode:
            return os.strerror(error.os_error.errno or 0).lower()  # without aiohttp's list of addresses
    return str(error) or type(error).__name__

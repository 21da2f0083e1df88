"""Routes to servers: direct, or through the proxy that the connection or the environment names."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

import httpx

from s3tui.s3.http.connect_options import ConnectOptions
from s3tui.s3.http.proxy_url import ProxyUnreadable, proxy_for, read_proxy
from s3tui.s3.secret import Secret

PORTS = {"http": 80, "https": 443}
MAX_TUNNEL_HEAD = 64 * 1024
"""Most bytes of a proxy's response before a tunnel is open."""


@dataclass(frozen=True, slots=True)
class ProxyRoute:
    """The route of requests to one origin: direct, through a proxy, or through a tunnel."""

    start: httpx.URL
    """The first hop: a proxy, or the end itself."""
    end: httpx.URL
    user_and_password: Secret | None = None
    """The proxy's credentials, sent with each request or when a tunnel is opened."""

    @property
    def has_proxy(self) -> bool:
        return self.start is not self.end

    @property
    def is_tunnel(self) -> bool:
        """The proxy tunnels TLS, whose bytes it cannot read."""
        return self.has_proxy and self.end.scheme == "https"

    @property
    def prefix(self) -> bytes:
        """The beginning of each request target, in absolute form (RFC 9112 §3.2.2)."""
        return b"http://" + self.end.netloc if self.has_proxy and not self.is_tunnel else b""

    @property
    def request_headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """The headers that each request carries beside its own."""
        return () if self.is_tunnel else self._proxy_headers

    def tunnel_request(self) -> bytes:
        """Return the CONNECT request for a tunnel to the end (RFC 9110 §9.3.6)."""
        host = f"[{self.end.host}]" if ":" in self.end.host else self.end.host
        authority = f"{host}:{self.end.port or PORTS[self.end.scheme]}".encode()
        lines = [b"CONNECT %b HTTP/1.1" % authority, b"Host: " + authority]
        lines += [name + b": " + value for name, value in self._proxy_headers]
        return b"\r\n".join([*lines, b"", b""])

    @property
    def _proxy_headers(self) -> tuple[tuple[bytes, bytes], ...]:
        if self.user_and_password is None:
            return ()
        return ((b"Proxy-Authorization", b"Basic " + b64encode(self.user_and_password.reveal().encode())),)


def route_to(url: httpx.URL, *, use_proxies: bool, proxy: str | None = None) -> ProxyRoute:
    """Return the route to `url`, of which only the origin counts.

    Args:
        proxy: the URL of a proxy instead of the environment's.

    Raises: httpx.UnsupportedProtocol, for a proxy that cannot be read or speaks neither http nor https.
    """
    if not use_proxies:
        return ProxyRoute(url, url)
    try:
        found = read_proxy(proxy) if proxy else proxy_for(url.scheme, url.host, url.netloc.decode())
        if found is None:
            return ProxyRoute(url, url)
        start = httpx.URL(scheme=found.scheme, host=found.host, port=found.port)
    except ProxyUnreadable as unreadable:
        raise httpx.UnsupportedProtocol(str(unreadable)) from unreadable
    except httpx.InvalidURL:
        raise httpx.UnsupportedProtocol("the proxy's host is no name that can be looked up") from None
    return ProxyRoute(start, url, found.user_and_password)


def route_of(url: httpx.URL, options: ConnectOptions) -> ProxyRoute:
    """Return the route to `url` under the options of a client; raises as `route_to`."""
    return route_to(url, use_proxies=options.use_proxies, proxy=options.proxy)


def check_tunnel(head: bytes) -> None:
    """Check a proxy's response to CONNECT, up to the empty line.

    Raises: httpx.ProxyError, when there is no tunnel.
    """
    words = head.split(b" ", 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/"):
        raise unreadable_tunnel()
    status = words[1][:3].decode("latin-1")
    if not status.startswith("2"):
        raise httpx.ProxyError(f"the proxy refuses the tunnel with HTTP {status}")


def unreadable_tunnel() -> httpx.ProxyError:
    return httpx.ProxyError("the proxy gives no answer that can be read")

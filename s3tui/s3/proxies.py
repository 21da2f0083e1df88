"""The way to a server: straight to it, or through the proxy that the environment names."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from urllib.request import getproxies, proxy_bypass

import httpx

PORTS = {"http": 80, "https": 443}
MAX_TUNNEL_HEAD = 64 * 1024
"""Bytes that a proxy may say before a tunnel stands."""


@dataclass(frozen=True, slots=True)
class Route:
    """How the requests to one origin travel."""

    start: httpx.URL
    """Where to connect to: a proxy, or the end itself."""
    end: httpx.URL
    proxy_headers: tuple[tuple[bytes, bytes], ...] = ()
    """What the proxy wants to see, with each request or when it opens a tunnel."""

    @property
    def has_proxy(self) -> bool:
        return self.start is not self.end

    @property
    def is_tunnel(self) -> bool:
        """Whether the proxy passes on bytes that it cannot read."""
        return self.has_proxy and self.end.scheme == "https"

    @property
    def prefix(self) -> bytes:
        """What stands before each target (RFC 9112 §3.2.2)."""
        return b"http://" + self.end.netloc if self.has_proxy and not self.is_tunnel else b""

    @property
    def request_headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """What each request says beside its own headers."""
        return () if self.is_tunnel else self.proxy_headers

    def tunnel_request(self) -> bytes:
        """Return what asks the proxy for a tunnel to the end (RFC 9110 §9.3.6)."""
        host = f"[{self.end.host}]" if ":" in self.end.host else self.end.host
        authority = f"{host}:{self.end.port or PORTS[self.end.scheme]}".encode()
        lines = [b"CONNECT %b HTTP/1.1" % authority, b"Host: " + authority]
        lines += [name + b": " + value for name, value in self.proxy_headers]
        return b"\r\n".join([*lines, b"", b""])


def route_to(url: httpx.URL, *, use_proxies: bool) -> Route:
    """Return the way to `url`, of which only the origin counts.

    Raises: httpx.UnsupportedProtocol, for a proxy that speaks neither http nor https.
    """
    proxy = proxy_for(url) if use_proxies else None
    if proxy is None:
        return Route(url, url)
    start = httpx.URL(proxy)
    headers: tuple[tuple[bytes, bytes], ...] = ()
    if start.username or start.password:
        pair = b64encode(f"{start.username}:{start.password}".encode())
        headers = ((b"Proxy-Authorization", b"Basic " + pair),)
    return Route(start, url, headers)


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


def check_tunnel(head: bytes) -> None:
    """Read a proxy's answer, up to the empty line.

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

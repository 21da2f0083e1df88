"""Which proxy a request goes through, as HTTP_PROXY, HTTPS_PROXY and NO_PROXY say."""

from __future__ import annotations

import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Proxy:
    host: str
    port: int
    headers: Mapping[str, str]
    """`Proxy-Authorization`, where its URL holds a user."""


def proxy_for(scheme: str, authority: str) -> Proxy | None:
    """Return the proxy for `scheme://authority`, or `None` to go straight there."""
    url = urllib.request.getproxies().get(scheme)
    if not url or urllib.request.proxy_bypass(authority):
        return None
    parts = urlsplit(url if "://" in url else f"http://{url}")
    headers = {}
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Proxy-Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    return Proxy(parts.hostname or "", parts.port or 80, headers)

"""The proxy that the environment names for a URL, read and checked. Pure but for the environment.

Needs no HTTP library: the command line looks here before anything is opened. No message quotes what
could not be read, for it may hold a password.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import unquote, urlsplit

from s3tui.s3.secret import Secret

_Address = IPv4Address | IPv6Address


class ProxyUnreadable(ValueError):
    """A proxy setting cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy's scheme, host and port, and the credentials for it."""

    scheme: str
    host: str
    """A name or address; an IPv6 address without its brackets."""
    port: int | None
    user_and_password: Secret | None = None


def read_proxy(text: str) -> Proxy:
    """Read a proxy that is named in configuration.

    Raises: ProxyUnreadable.
    """
    try:
        return _read(text.strip())
    except ProxyUnreadable as unreadable:
        raise ProxyUnreadable(f"the connection's proxy {unreadable}") from None


def proxy_for(scheme: str, host: str, authority: str) -> Proxy | None:
    """Return the proxy that HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY name; `None`: connect directly.

    Args:
        authority: host, and port where it is not the scheme's default, as NO_PROXY may name them.

    Raises: ProxyUnreadable.
    """
    from urllib.request import getproxies, getproxies_environment, proxy_bypass

    told = getproxies_environment()
    proxies = told or getproxies()
    kind = scheme if proxies.get(scheme) else "all"
    text = proxies.get(kind, "").strip()
    if not text:
        return None
    if is_excepted(host, authority, told.get("no", "")) if told else proxy_bypass(host):
        return None
    try:
        return _read(text)
    except ProxyUnreadable as unreadable:
        raise ProxyUnreadable(f"{_named(kind)} {unreadable}") from None  # the cause may quote a password


def is_excepted(host: str, authority: str, no_proxy: str) -> bool:
    """Return whether NO_PROXY names a host: as `*`, a domain, an address or a range.

    A domain stands for what is below it too, `.example.com` and `*.example.com` likewise; a dot at the end,
    of either, says nothing. A port may follow.
    """
    host = host.lower().rstrip(".")
    port = authority.rpartition(":")[2]
    address = _address(host)
    return any(_excepts(entry, host, address, port) for entry in no_proxy.replace(",", " ").lower().split())


def _excepts(entry: str, host: str, address: _Address | None, port: str) -> bool:
    if entry == "*":
        return True
    if address is not None:
        name, _, rest = entry.removeprefix("[").partition("]")
        try:
            return address in ip_network(name, strict=False) and rest.removeprefix(":") in ("", port)
        except ValueError:
            pass
    name, colon, wanted = entry.partition(":")
    name = name.removeprefix("*").strip(".")
    is_port = not colon or wanted == port
    return bool(name) and is_port and (host == name or host.endswith(f".{name}"))


def _address(host: str) -> _Address | None:
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def _named(kind: str) -> str:
    variable = f"{kind}_proxy"
    names = [name for name in (variable, variable.upper()) if os.environ.get(name)]
    return names[0] if names else f"the system's proxy for {kind}"


def _read(text: str) -> Proxy:
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "http", text
    scheme = scheme.lower()
    if scheme not in ("http", "https"):
        what = f"names a {scheme} proxy" if scheme.isalnum() and len(scheme) < 8 else "cannot be read"
        raise ProxyUnreadable(f"{what}: only http:// and https:// proxies are supported")
    user, _, _ = rest.rpartition("@")
    if any(sign in user for sign in "/?#"):
        raise ProxyUnreadable("cannot be read: in its password / is written %2F, ? is %3F and # is %23")
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:
        raise ProxyUnreadable("cannot be read as a URL, like http://proxy.example.com:3128") from None
    try:
        port = parts.port
    except ValueError:
        raise ProxyUnreadable("cannot be read: its port is no number") from None
    if not host or not host.isprintable() or " " in host:
        raise ProxyUnreadable("cannot be read: it names no host, like http://proxy.example.com:3128")
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return Proxy(scheme, host, port, None if pair == ":" else Secret(pair))

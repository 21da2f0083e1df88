"""Hosts of endpoints: Amazon's own, and those that a URL names. Pure."""

from __future__ import annotations

import ipaddress
from urllib.parse import quote, urlsplit

from s3tui.s3.address.region import partition_of
from s3tui.s3.address.target import HOST_LABEL

PORTS = {"http": 80, "https": 443}


def check_region(region: str) -> None:
    """Check that `region` can be a region, of AWS or of another provider.

    Raises: ValueError.
    """
    if not HOST_LABEL.fullmatch(region):
        raise ValueError(f"{region!r} is not a region: expected something like us-east-1 or auto")


def aws_host(service: str, region: str, zone: str = "", *, fips: bool, dual_stack: bool) -> str:
    """Return the host of one of Amazon's services in a region, or in a zone."""
    variant = ("-fips" if fips else "") + zone + (".dualstack" if dual_stack else "")
    return f"{service}{variant}.{region}.{partition_of(region).dns_suffix}"


def is_ip(host: str) -> bool:
    """Say whether a host is an address: no name can stand in front of it."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def split_endpoint_url(url: str) -> tuple[str, str, int | None, str]:
    """Split the URL of an endpoint into scheme, host, port and path.

    Raises: ValueError, with a sentence that says what is wrong with it.
    """
    example = "expected something like https://s3.example.com or http://127.0.0.1:9000"
    holds_password = "@" in url  # perhaps: such a one is not quoted
    named = "the endpoint URL" if holds_password else f"the endpoint URL {url!r}"
    if any(c.isspace() or ord(c) < 0x20 for c in url):
        raise ValueError(f"{named} holds white space; {example}")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        if host is not None and not host.isascii():
            host = host.encode("idna").decode()
    except ValueError as error:
        why = "" if holds_password else f" ({error})"
        raise ValueError(f"{named} cannot be read{why}; {example}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError(f"{named} needs http:// or https:// and a host; {example}")
    if parts.username is not None or parts.password is not None:
        raise ValueError("an endpoint URL holds no user name or password; keys are entered apart from it")
    if parts.query or parts.fragment:
        raise ValueError(f"{named} must end before any ? or #; {example}")
    if port == PORTS[parts.scheme]:
        port = None
    return parts.scheme, host, port, quote(parts.path.rstrip("/"), safe="/%")

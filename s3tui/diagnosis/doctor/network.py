"""Checks below S3: names, the way there, the connection, TLS. They send nothing but a handshake."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from s3tui.diagnosis.doctor.findings import Finding, failed, passed, unknown, unsupported
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.http.blocking_connect import connect_error
from s3tui.s3.http.proxy_url import Proxy, ProxyUnreadable, proxy_for, read_proxy
from s3tui.s3.http.tls import client_context, why_refused
from s3tui.s3.sending.client_config import ClientOptions

_PATIENCE_S = 10.0
_SOON = timedelta(days=14)
_PORTS = {"http": 80, "https": 443}


async def network(endpoint: Endpoint, options: ClientOptions) -> AsyncIterator[Finding]:
    """Yield what is found on the way to the endpoint; a failure ends it."""
    host, port = endpoint.host.strip("[]"), endpoint.port or _PORTS[endpoint.scheme]
    try:
        proxy = _proxy(endpoint, options)
    except ProxyUnreadable as unreadable:
        yield failed("proxy", f"{unreadable}.", "Mend it: in the environment, or in the connection.")
        return
    if proxy is None:
        yield passed("proxy", "No proxy is used.")
    else:
        host, port = proxy.host, proxy.port or _PORTS.get(proxy.scheme, 1080)
        yield passed("proxy", f"Requests go through the proxy {host}:{port}.")
    try:
        found = await asyncio.to_thread(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        why = error.strerror or str(error)
        yield failed(
            "dns", f"{host} has no address: {why}.", "Check the endpoint's URL, and this machine's DNS."
        )
        return
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    yield passed("dns", f"{host} is {', '.join(addresses[:4])}.")
    begun = monotonic()
    try:
        async with asyncio.timeout(_PATIENCE_S):
            writer = await _connect(addresses, port)
    except OSError as error:
        why = str(connect_error(error, is_proxy=proxy is not None))
        remedy = "Is the port right, does the server run, does a firewall stand between?"
        yield failed("tcp", f"{host}:{port} cannot be reached: {why}.", remedy)
        return
    name = writer.get_extra_info("peername")
    yield passed("tcp", f"{name[0]} port {port} answers in {(monotonic() - begun) * 1000:.0f} ms.")
    writer.close()
    if endpoint.scheme == "http":
        yield unsupported(
            "tls", "The endpoint speaks plain http: whoever is on the way reads and changes it."
        )
    elif proxy is not None:
        yield unknown("tls", "The certificate is looked at behind the proxy, by each request.")
    else:
        yield await _tls(host, port, endpoint.host, verify=options.verify_tls, ca_file=options.ca_file)


async def _connect(addresses: Sequence[str], port: int) -> asyncio.StreamWriter:
    """Return a connection to the first address that answers; raises the OSError of the last one."""
    for address in addresses[:-1]:
        with suppress(OSError):
            return (await asyncio.open_connection(address, port))[1]
    return (await asyncio.open_connection(addresses[-1], port))[1]


def _proxy(endpoint: Endpoint, options: ClientOptions) -> Proxy | None:
    """Return the proxy of a client, `None` where it connects directly; raises ProxyUnreadable."""
    if not options.use_proxies:
        return None
    if options.proxy:
        return read_proxy(options.proxy)
    return proxy_for(endpoint.scheme, endpoint.host, endpoint.authority)


async def _tls(host: str, port: int, name: str, *, verify: bool, ca_file: Path | None) -> Finding:
    try:
        context = client_context(verify=verify, ca_file=ca_file)
    except OSError as error:
        return failed("tls", f"The CA file cannot be used: {error}.", "Name another one with --ca-bundle.")
    try:
        async with asyncio.timeout(_PATIENCE_S):
            _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=name)
    except ssl.SSLError as error:
        return failed(
            "tls", f"{name}: {why_refused(error)}.", "A CA file can name the authority: --ca-bundle."
        )
    except (OSError, TimeoutError) as error:
        return failed(
            "tls",
            f"{name} broke off the handshake: {str(error) or 'no answer'}.",
            "Does that port speak TLS?",
        )
    connection = writer.get_extra_info("ssl_object")
    certificate, version = connection.getpeercert() or {}, connection.version()
    writer.close()
    if not verify:
        return failed("tls", f"{version}; no certificate is checked.", "Take --no-verify-ssl away.")
    names = ", ".join(value for _, value in certificate.get("subjectAltName", ())[:3])
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
    by = dict(pair for each in certificate.get("issuer", ()) for pair in each)
    issuer = by.get("organizationName") or by.get("commonName", "?")
    said = f"{version}, a certificate for {names} by {issuer}, until {ends:%Y-%m-%d}."
    if ends - datetime.now(UTC) < _SOON:
        return failed("tls", said, "It ends soon: whoever runs the server has to renew it.")
    return passed("tls", said)

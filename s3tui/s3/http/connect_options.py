"""Options of every connection of one client, whichever transport opens it."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ConnectOptions:
    verify_tls: bool = True
    """`False` accepts any certificate: anybody on the way can read and change everything."""
    ca_file: Path | None = None
    """PEM file of the authorities to trust, instead of the system's."""
    family: socket.AddressFamily = socket.AF_UNSPEC
    """Which addresses of a host to connect to; by default whatever it has."""
    use_proxies: bool = True
    """Obey HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY."""
    proxy: str | None = field(default=None, repr=False)
    """The URL of a proxy instead of theirs, for every host."""
    client_cert: Path | None = None
    """PEM file of a certificate and its key, shown to servers that ask for one."""


DEFAULT_OPTIONS = ConnectOptions()

"""TLS trust: contexts, CA bundles, and sentences for verification errors."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import httpx


class TlsRefused(httpx.ConnectError):
    """The server's certificate or TLS version was refused; a retry does not help."""


def client_context(*, verify: bool = True, ca_file: Path | None = None) -> ssl.SSLContext:
    """Make the context of every TLS connection of one client.

    Args:
        verify: `False` accepts any certificate.
        ca_file: PEM file of the authorities to trust, instead of the system's.

    Raises: OSError, when `ca_file` cannot be read or holds no certificate.
    """
    authorities = None if ca_file is None else str(ca_file)
    if authorities is None and not _system_has_authorities():
        import certifi

        authorities = certifi.where()
    context = ssl.create_default_context(cafile=authorities)
    context.set_alpn_protocols(["http/1.1"])
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def trusting_context(
    *, verify: bool, ca_file: Path | None, client_cert: Path | None = None
) -> ssl.SSLContext:
    """Make a context as `client_context` does, its errors as httpx's.

    Raises: TlsRefused, with a file of certificates that is none.
    """
    try:
        context = client_context(verify=verify, ca_file=ca_file)
    except OSError as error:
        raise TlsRefused(f"the CA file {ca_file} cannot be used ({_why(error)})") from error
    if client_cert is None:
        return context
    try:
        # Without a password: OpenSSL would ask for it on the terminal.
        context.load_cert_chain(client_cert, password=lambda: "")
        return context
    except OSError as error:
        what = f"the client certificate {client_cert} cannot be used ({_why(error)})"
        raise TlsRefused(f"{what}: it is a PEM file with the key behind it, without a password") from error


def _why(error: OSError) -> str:
    return error.strerror or str(error)


def _system_has_authorities() -> bool:
    # Python from python.org on macOS comes with paths that lead nowhere.
    paths = ssl.get_default_verify_paths()
    return paths.cafile is not None or bool(paths.capath and os.listdir(paths.capath))


def why_refused(error: ssl.SSLError) -> str:
    """Say why the server's TLS was refused; a clause that follows its name."""
    if isinstance(error, ssl.SSLCertVerificationError):
        unusual = f"its certificate is not accepted ({error.verify_message})"
        return _WHY_UNTRUSTED.get(error.verify_code, unusual)
    if error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
        return "it speaks no TLS on that port; is the endpoint an http:// one?"
    return (error.reason or str(error)).lower().replace("_", " ")


_UNKNOWN_AUTHORITY = "its certificate comes from an authority that is not trusted here; a CA file can name it"
_WRONG_HOST = "its certificate is made for another host"

# By the X509_V_ERR_* numbers of OpenSSL's x509_vfy.h.
_WHY_UNTRUSTED = {
    9: "its certificate is not valid yet: is this machine's clock right?",
    10: "its certificate has expired",
    18: "its certificate is signed by itself; a CA file can name it",
    19: _UNKNOWN_AUTHORITY,
    20: _UNKNOWN_AUTHORITY,
    21: _UNKNOWN_AUTHORITY,
    62: _WRONG_HOST,
    64: _WRONG_HOST,
}

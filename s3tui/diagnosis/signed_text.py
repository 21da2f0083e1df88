"""Canonical request and string to sign of an exchange, made again from its record. Pure.

Source: *Authenticating Requests (AWS Signature Version 4)* in the Amazon S3 API Reference.
"""

from __future__ import annotations

import hashlib
import re

from s3tui.s3.sending.request_log import Exchange
from s3tui.s3.wire.redaction import REDACTED

_AUTHORIZATION = re.compile(
    r"(?P<algorithm>AWS4-[A-Z0-9-]+) Credential=[^/]*/(?P<scope>[^,]+), ?SignedHeaders=(?P<names>[^,]+)"
)
_TOKENS = ("x-amz-security-token", "x-amz-s3session-token")


def canonical_request(exchange: Exchange) -> str | None:
    """Return the canonical request without secrets; `None`, where the request was not signed in a header."""
    return _canonical(exchange, None)


def string_to_sign(exchange: Exchange) -> str | None:
    """Return the string to sign; `None`, where it cannot be made again.

    Its hash covers the session token and customers' keys. Of these only the token is at hand, and only in the
    process that signed.
    """
    found = _AUTHORIZATION.match(exchange.sent.get("authorization", ""))
    token = None if exchange.token is None else exchange.token.reveal()
    canonical = _canonical(exchange, token)
    if found is None or canonical is None or REDACTED in canonical:
        return None
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return f"{found['algorithm']}\n{exchange.sent.get('x-amz-date', '')}\n{found['scope']}\n{digest}"


def _canonical(exchange: Exchange, token: str | None) -> str | None:
    found = _AUTHORIZATION.match(exchange.sent.get("authorization", ""))
    if found is None:
        return None
    path, _, query = exchange.target.decode("latin-1").partition("?")
    values = {name: " ".join(value.split()) for name, value in exchange.sent.items()}
    if token is not None:
        values |= {name: token for name in _TOKENS if name in values}
    names = found["names"].split(";")
    headers = "".join(f"{name}:{values.get(name, '')}\n" for name in names)
    payload = values.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
    return f"{exchange.method}\n{path}\n{query}\n{headers}\n{found['names']}\n{payload}"

"""Redaction: requests as they may be shown or written down, without signatures, tokens and keys. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

import httpx

from s3tui.s3.models import SentRequest

REDACTED = "(redacted)"
_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "dpop",
        "x-amz-security-token",
        "x-amz-s3session-token",
        "x-amz-sso_bearer_token",
    }
)
_OF_CUSTOMERS = "customer-key"
"""Is in the name of each header that holds a key of SSE-C, or its digest."""
_QUERY = frozenset(
    {
        "x-amz-signature",
        "x-amz-credential",
        "x-amz-security-token",
        "x-amz-s3session-token",
        "signature",
        "awsaccesskeyid",
    }
)
_LINKED = re.compile(rf"(?<![^?&\n])(?P<name>{'|'.join(sorted(_QUERY))})=[^&#\s\"'<>]*", re.I)
"""A secret in the query of a link, or of a canonical request."""
_V4 = re.compile(
    r"(?P<scheme>AWS4-[A-Z0-9-]+) Credential=[^/,\s]*(?P<scope>/[\w./-]+), ?"
    r"SignedHeaders=(?P<names>[\w;-]+)(?:, ?Signature=\w+)?"
)


_SECRET_TO_S3 = frozenset(
    {
        "cookie",
        "proxy-authorization",
        "x-amz-security-token",
        "x-amz-s3session-token",
        *(f"x-amz-server-side-encryption-{_OF_CUSTOMERS}{end}" for end in ("", "-md5")),
        *(f"x-amz-copy-source-server-side-encryption-{_OF_CUSTOMERS}{end}" for end in ("", "-md5")),
    }
)
_SIGNATURE = ", Signature="
_SECRET_DETAILS = frozenset(
    {"AWSAccessKeyId", "SignatureProvided", "Token-0", "StringToSignBytes", "CanonicalRequestBytes"}
)
_TOKEN_LINE = re.compile(
    r"(?P<name>x-amz-(?:security|s3session)-token|x-amz-[\w-]*customer-key(?:-md5)?):[^\n]*", re.I
)
_LONGEST_DETAIL = 4096


def sent_request(request: httpx.Request) -> SentRequest:
    """Return a request as it was sent, redacted."""
    url, target = request.url, request.extensions.get("target")
    text = str(url) if target is None else f"{url.scheme}://{url.netloc.decode()}{target.decode('latin-1')}"
    return SentRequest(request.method, redacted_url(text), redacted_headers(request.headers.raw))


def redacted_headers(headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    pairs = ((name.decode("latin-1").lower(), value.decode("utf-8", "replace")) for name, value in headers)
    return tuple((name, _value(name, value)) for name, value in pairs)


def _value(name: str, value: str) -> str:
    if name == "authorization" and (match := _V4.fullmatch(value)):
        return (
            f"{match['scheme']} Credential={REDACTED}{match['scope']}, "
            f"SignedHeaders={match['names']}, Signature={REDACTED}"
        )
    return REDACTED if name in _HEADERS or _OF_CUSTOMERS in name else _unlinked(value)


def _unlinked(text: str) -> str:
    """Return a text without the signatures of the links in it, as of a `Location`."""
    return _LINKED.sub(rf"\g<name>={REDACTED}", text) if "=" in text else text


def kept_headers(headers: dict[str, str]) -> dict[str, str]:
    """Take secrets out of a request's headers, in place: tokens and customers' keys; of a signature, itself.

    Args:
        headers: names in lower case.
    """
    for name in _SECRET_TO_S3 & headers.keys():
        headers[name] = REDACTED
    if (signed := headers.get("authorization")) is not None:
        headers["authorization"] = signed.partition(_SIGNATURE)[0]
    return headers


def kept_details(details: Mapping[str, str]) -> dict[str, str]:
    """Return the children of an `Error` document without what they repeat of the request's secrets."""
    told = {
        name: _unlinked(_TOKEN_LINE.sub(rf"\g<name>:{REDACTED}", value))[:_LONGEST_DETAIL]
        for name, value in details.items()
        if name not in _SECRET_DETAILS
    }
    argument = told.get("ArgumentName", "").lower()
    if "ArgumentValue" in told and (argument in _HEADERS | _QUERY or _OF_CUSTOMERS in argument):
        told["ArgumentValue"] = REDACTED
    return told


def redacted_url(url: str) -> str:
    """Return a URL without secrets: names and passwords in front of the host, signatures and tokens."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    query = parts.query
    if any(name.lower() in _QUERY for name, _ in parse_qsl(query, keep_blank_values=True)):
        pairs = (pair.partition("=") for pair in query.split("&"))
        query = "&".join(
            f"{name}={quote(REDACTED, safe='()')}" if name.lower() in _QUERY else f"{name}{sign}{value}"
            for name, sign, value in pairs
        )
    return urlunsplit((parts.scheme, host, parts.path, query, parts.fragment))

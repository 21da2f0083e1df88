"""AWS Signature Version 4, as S3 wants it. Pure: no I/O, no clock.

S3's own rules: the path is encoded once and never normalised, the payload's hash is a header, and a
presigned query carries `UNSIGNED-PAYLOAD`. The request target that is signed is the one that must be
sent, byte for byte, so `canonical_query` is also what goes on the wire. The bearer of a presigned URL
sends it as it stands; its query keeps the order that the AWS tools write.

Source: *Authenticating Requests (AWS Signature Version 4)* in the Amazon S3 API Reference.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache

from s3tui.s3.address.target import encode_query_value
from s3tui.s3.secret import Secret
from s3tui.s3.signing.credentials import Credentials

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
SIGNED_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_CHUNKS_AND_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
TOKEN = "x-amz-security-token"
SESSION_TOKEN = "x-amz-s3session-token"
"""The header of the token of a session with a directory bucket."""
EMPTY_PAYLOAD = hashlib.sha256(b"").hexdigest()

# Proxies and HTTP libraries rewrite these on the way, so a signature over them would break.
UNSIGNED_HEADERS = frozenset(
    (
        "accept-encoding",
        "authorization",
        "connection",
        "expect",
        "transfer-encoding",
        "user-agent",
        "x-amzn-trace-id",
    )
)


def canonical_query(pairs: Iterable[tuple[str, str]]) -> str:
    """Encode and sort query pairs; a name may repeat, and an empty value keeps its `=`."""
    return _joined(sorted(_encoded(pairs)))


def authorization(
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    *,
    credentials: Credentials,
    region: str,
    at: datetime,
    payload_hash: str,
    service: str = "s3",
    token_name: str = TOKEN,
) -> dict[str, str]:
    """Return the headers that sign a request: `authorization` and the `x-amz-*` that it covers.

    Args:
        path: percent-encoded, as it will be sent.
        query: from `canonical_query`, as it will be sent.
        headers: what will be sent, names in lower case, `host` among them.
        at: an aware UTC datetime; S3 refuses one that is 15 minutes off.
        payload_hash: hex SHA-256 of the body, `UNSIGNED_PAYLOAD`, or what a `ChunkSigner` will sign.
    """
    timestamp = f"{at:%Y%m%dT%H%M%SZ}"
    added = {"x-amz-date": timestamp, "x-amz-content-sha256": payload_hash}
    if credentials.session_token is not None:
        added[token_name] = credentials.session_token.reveal()
    canonical, signed_names = canonical_headers({**headers, **added})
    scope = credential_scope(timestamp, region, service)
    canonical_request = f"{method}\n{path}\n{query}\n{canonical}\n{signed_names}\n{payload_hash}"
    signed = signature(credentials.secret_key, timestamp, scope, canonical_request)
    added["authorization"] = f"{claim(credentials, scope, signed_names)}, Signature={signed}"
    return added


def presigned_query(
    method: str,
    path: str,
    query: Iterable[tuple[str, str]],
    headers: Mapping[str, str],
    *,
    credentials: Credentials,
    region: str,
    at: datetime,
    expires_s: int,
    service: str = "s3",
    token_name: str = "X-Amz-Security-Token",
) -> str:
    """Return the query of a presigned URL.

    Args:
        headers: those the bearer must send, names in lower case, `host` among them.
        expires_s: 1 to 604 800 (seven days).
    """
    if not 1 <= expires_s <= 604_800:
        raise ValueError("a presigned URL lives from one second to seven days (604800 s)")
    timestamp = f"{at:%Y%m%dT%H%M%SZ}"
    scope = f"{timestamp[:8]}/{region}/{service}/aws4_request"
    canonical, signed_names = canonical_headers(headers)
    pairs = [
        *query,
        ("X-Amz-Algorithm", ALGORITHM),
        ("X-Amz-Credential", f"{credentials.access_key}/{scope}"),
        ("X-Amz-Date", timestamp),
        ("X-Amz-Expires", str(expires_s)),
        ("X-Amz-SignedHeaders", signed_names),
    ]
    if credentials.session_token is not None:
        pairs.append((token_name, credentials.session_token.reveal()))
    encoded = _encoded(pairs)
    canonical_request = (
        f"{method}\n{path}\n{_joined(sorted(encoded))}\n{canonical}\n{signed_names}\n{UNSIGNED_PAYLOAD}"
    )
    signed = signature(credentials.secret_key, timestamp, scope, canonical_request)
    return f"{_joined(encoded)}&X-Amz-Signature={signed}"


def policy_signature(
    policy: str, *, credentials: Credentials, region: str, at: datetime, service: str = "s3"
) -> str:
    """Return the signature of a form's policy, which is base64."""
    return _hmac_hex(_signing_key(credentials.secret_key, f"{at:%Y%m%d}", region, service), policy)


class ChunkSigner:
    """Frames an `aws-chunked` body; the signature of each chunk covers the one before it.

    Source: *Transferring Payload in Multiple Chunks* and *Including Trailing Headers*, S3 API Reference.

    Args:
        authorization: the header of the request that the chunks belong to, signed at the same time with
            `SIGNED_CHUNKS` or `SIGNED_CHUNKS_AND_TRAILER` as its payload hash.
    """

    def __init__(
        self,
        authorization: str,
        *,
        credentials: Credentials,
        region: str,
        at: datetime,
        service: str = "s3",
    ) -> None:
        timestamp = f"{at:%Y%m%dT%H%M%SZ}"
        day = timestamp[:8]
        self._key = _signing_key(credentials.secret_key, day, region, service)
        self._context = f"{timestamp}\n{day}/{region}/{service}/aws4_request"
        self._signature = authorization.rpartition("Signature=")[2]

    def chunk(self, data: bytes) -> bytes:
        """Return the next 8 KiB or more of the body as they go on the wire; only the last may be shorter."""
        return b"%s%s\r\n" % (self._head(data), data)

    def end(self, trailer: tuple[str, str] | None = None) -> bytes:
        """Return the end of the body: the empty chunk and the trailer.

        Args:
            trailer: name and value of the header that `x-amz-trailer` announced.
        """
        head = self._head(b"")
        if trailer is None:
            return head + b"\r\n"
        line = f"{trailer[0]}:{trailer[1]}"
        signature = self._next("AWS4-HMAC-SHA256-TRAILER", hashlib.sha256(f"{line}\n".encode()).hexdigest())
        return head + f"{line}\r\nx-amz-trailer-signature:{signature}\r\n\r\n".encode()

    def _head(self, data: bytes) -> bytes:
        digest = hashlib.sha256(data).hexdigest()
        signature = self._next("AWS4-HMAC-SHA256-PAYLOAD", f"{EMPTY_PAYLOAD}\n{digest}")
        return f"{len(data):x};chunk-signature={signature}\r\n".encode()

    def _next(self, algorithm: str, hashes: str) -> str:
        self._signature = _hmac_hex(self._key, f"{algorithm}\n{self._context}\n{self._signature}\n{hashes}")
        return self._signature


def _encoded(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(encode_query_value(name), encode_query_value(value)) for name, value in pairs]


def _joined(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join([f"{name}={value}" for name, value in pairs])


def canonical_headers(headers: Mapping[str, str]) -> tuple[str, str]:
    """Return the lines of the headers that are signed, and the names of these."""
    pairs = sorted(
        (name, " ".join(value.split())) for name, value in headers.items() if name not in UNSIGNED_HEADERS
    )
    return "".join([f"{name}:{value}\n" for name, value in pairs]), ";".join([name for name, _ in pairs])


def credential_scope(timestamp: str, region: str, service: str) -> str:
    """Return the scope of a signature that is made at `timestamp`."""
    return f"{timestamp[:8]}/{region}/{service}/aws4_request"


def claim(credentials: Credentials, scope: str, signed_names: str) -> str:
    """Return the `authorization` header without its signature."""
    return f"{ALGORITHM} Credential={credentials.access_key}/{scope}, SignedHeaders={signed_names}"


def signature(secret_key: Secret, timestamp: str, scope: str, canonical_request: str) -> str:
    """Return the signature of a canonical request, in hexadecimal digits."""
    day, region, service, _ = scope.split("/")
    digest = hashlib.sha256(canonical_request.encode()).hexdigest()
    return _hmac_hex(
        _signing_key(secret_key, day, region, service), f"{ALGORITHM}\n{timestamp}\n{scope}\n{digest}"
    )


def _hmac_hex(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode(), "sha256").hex()


@lru_cache(maxsize=64)  # four HMACs that only change with the day, the region or the secret
def _signing_key(secret_key: Secret, day: str, region: str, service: str) -> bytes:
    key = ("AWS4" + secret_key.reveal()).encode()
    for step in (day, region, service, "aws4_request"):
        key = hmac.digest(key, step.encode(), "sha256")
    return key

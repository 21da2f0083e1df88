"""Presigned URLs: whoever holds one may do what it says, until it expires. Pure.

Source: S3 API Reference, *Authenticating Requests: Using Query Parameters*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.errors import CredentialsError
from s3tui.s3.signing import signer
from s3tui.s3.signing.credentials import Credentials

MAX_EXPIRES_S = 7 * 24 * 3600
METHODS = frozenset(("GET", "HEAD", "PUT", "DELETE"))


@dataclass(frozen=True, slots=True)
class ResponseOverrides:
    """Headers that S3 puts into the response to a GET or HEAD instead of the object's own."""

    cache_control: str | None = None
    content_disposition: str | None = None
    content_encoding: str | None = None
    content_language: str | None = None
    content_type: str | None = None
    expires: str | None = None

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        pairs = (
            ("response-cache-control", self.cache_control),
            ("response-content-disposition", self.content_disposition),
            ("response-content-encoding", self.content_encoding),
            ("response-content-language", self.content_language),
            ("response-content-type", self.content_type),
            ("response-expires", self.expires),
        )
        return tuple((name, value) for name, value in pairs if value is not None)


@dataclass(frozen=True, slots=True)
class PresignedUrl:
    """A presigned URL, which works until `expires_at`; `str` is the URL, and `repr` hides it."""

    url: str = field(repr=False)
    method: str
    expires_at: datetime
    """When it stops to work: at the latest when the session token expires."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Headers that the bearer must send with it, unchanged."""
    is_end_known: bool = True
    """`False` of temporary keys that do not say when they end: it stops to work with them."""

    def __str__(self) -> str:
        return self.url


def presign(
    method: str,
    endpoint: Endpoint,
    bucket: str,
    key: str,
    *,
    credentials: Credentials,
    at: datetime,
    expires_s: int = 3600,
    version_id: str | None = None,
    overrides: ResponseOverrides | None = None,
    content_type: str | None = None,
    only_if_new: bool = False,
    customer_headers: Mapping[str, str] | None = None,
) -> PresignedUrl:
    """Return a presigned URL for `method` on an object, signed for the region of `endpoint`.

    Args:
        credentials: those of a session, for a directory bucket that is asked with one.
        at: when it was signed; it starts to work then.
        expires_s: cut to seven days, and to the end of the session that `credentials` belong to.
        content_type: of a PUT; the bearer must send just this one.
        only_if_new: of a PUT; the bearer must send `If-None-Match: *`, so that nothing is overwritten.
        customer_headers: of GET, HEAD and PUT: the key of SSE-C, which the bearer must send.

    Raises: ValueError, for what no URL can do; CredentialsError, when the session has ended.
    """
    _check(method, expires_s, overrides, content_type)
    if only_if_new and method != "PUT":
        raise ValueError(f"only PUT can be kept from overwriting, not {method}")
    lifetime_s = lifetime(expires_s, credentials, at)
    query = list(() if overrides is None else overrides.query)
    if version_id is not None:
        query.append(("versionId", version_id))
    headers = {} if content_type is None else {"content-type": content_type}
    if only_if_new:
        headers["if-none-match"] = "*"
    if customer_headers is not None:
        if method == "DELETE":
            raise ValueError("a customer's key is asked of GET, HEAD and PUT, not of DELETE")
        headers |= customer_headers
    target = endpoint.target(bucket, key)
    signed = signer.presigned_query(
        method,
        target,
        query,
        {"host": target.authority, **headers},
        credentials=credentials,
        at=at,
        expires_s=lifetime_s,
    )
    url = f"{target.scheme}://{target.authority}{target.path}?{signed}"
    # The signature has whole seconds: what is left of the last one is not promised.
    expires_at = at.replace(microsecond=0) + timedelta(seconds=lifetime_s)
    return PresignedUrl(url, method, expires_at, headers, tells_end(credentials))


def tells_end(credentials: Credentials) -> bool:
    """Say whether it is known when keys end: temporary ones may not tell."""
    return credentials.session_token is None or credentials.expires_at is not None


def _check(
    method: str, expires_s: int, overrides: ResponseOverrides | None, content_type: str | None
) -> None:
    if method not in METHODS:
        raise ValueError(f"a URL can be presigned for {', '.join(sorted(METHODS))}, not for {method}")
    if expires_s < 1:
        raise ValueError("a presigned URL lives at least one second")
    if overrides is not None and method not in ("GET", "HEAD"):
        raise ValueError(f"the headers of the answer can be chosen for GET and HEAD, not for {method}")
    if content_type is not None and method != "PUT":
        raise ValueError(f"a content type is asked of PUT, not of {method}")


def lifetime(expires_s: int, credentials: Credentials, at: datetime) -> int:
    """Return the effective lifetime in seconds: at most seven days, and to the end of the session.

    Raises: CredentialsError, when the session has ended.
    """
    lifetime_s = min(expires_s, MAX_EXPIRES_S)
    if credentials.expires_at is None:
        return lifetime_s
    left_s = int((credentials.expires_at - at.replace(microsecond=0)).total_seconds())
    if left_s < 1:
        raise CredentialsError("the session of these keys has ended: sign in again before signing a URL")
    return min(lifetime_s, left_s)

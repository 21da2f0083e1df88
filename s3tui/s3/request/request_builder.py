"""The request builder: makes an HTTP request of an `S3Request`, with address, headers, body and signature."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

import httpx

from s3tui import __version__
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.address.target import SignedWith, Target
from s3tui.s3.credentials import Credentials
from s3tui.s3.errors import S3Error
from s3tui.s3.http.file_section import FileSection
from s3tui.s3.request.bodies import StreamedBody
from s3tui.s3.request.request_template import OPEN, RequestTemplate
from s3tui.s3.request.s3_request import S3Request
from s3tui.s3.signing import signer, sigv4
from s3tui.s3.wire import redaction

_USER_AGENT = f"s3tui/{__version__}"


class RequestBuilder:
    """Builds requests to one endpoint.

    Args:
        timeouts: in seconds, by httpx's names, as far as a request has none of its own.
        user_agent: words behind our own in that header.
    """

    def __init__(self, endpoint: Endpoint, timeouts: Mapping[str, float], user_agent: str = "") -> None:
        self.endpoint = endpoint
        self._user_agent = f"{_USER_AGENT} {user_agent}".rstrip()
        self._timeouts = timeouts
        self._origins: dict[str, httpx.URL] = {}

    def target(self, request: S3Request, region: str) -> Target:
        """Return where a request goes, and how it is to be signed.

        Raises: S3Error, for a bucket that no host can be named after.
        """
        try:
            return self.endpoint.target(
                request.bucket,
                request.key,
                region=region,
                operation=request.operation,
                account=request.account,
            )
        except ValueError as error:
            if request.key is not None and request.account is None:
                raise
            raise S3Error(  # a server lists what it likes
                f"{error}: nothing was sent",
                operation=request.operation,
                bucket=request.bucket,
                key=request.key,
            ) from error

    def build(
        self, request: S3Request, target: Target, credentials: Credentials | None, at: datetime
    ) -> httpx.Request:
        """Return the HTTP request, signed for its target (not signed without credentials)."""
        query = sigv4.canonical_query(request.query) if request.query else ""
        headers = {**self._own_headers(target), **request.headers}
        if request.sink is not None:
            headers |= request.sink.continues()
        stream: httpx.ByteStream | StreamedBody = httpx.ByteStream(b"")
        if isinstance(request.body, bytes):
            payload_hash = hashlib.sha256(request.body).hexdigest() if request.body else sigv4.EMPTY_PAYLOAD
            stream = httpx.ByteStream(request.body)
            if request.body or not request.is_read:
                headers["content-length"] = str(len(request.body))
        else:
            # Its hash is known only when it was sent.
            payload_hash = request.payload_hash or sigv4.UNSIGNED_PAYLOAD
            if not isinstance(request.body, FileSection):
                stream = StreamedBody(request.body)
            headers["content-length"] = str(request.content_length)
        if credentials is not None:
            headers |= signer.authorization(
                request.method,
                target,
                query,
                headers,
                credentials=credentials,
                at=at,
                payload_hash=payload_hash,
            )
        raw_target = f"{target.path}?{query}" if query else target.path
        origin = f"{target.scheme}://{target.authority}"
        return httpx.Request(
            request.method,
            self._origin(origin),
            headers=[(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
            stream=stream,
            extensions={
                "target": raw_target.encode(),
                "timeout": {**self._timeouts, **request.timeouts},
                "body_file": request.body_file,
                "origin": origin,
                "headers": redaction.kept_headers(headers),
            },
        )

    def template(
        self, like: S3Request, region: str, credentials: Credentials | None
    ) -> RequestTemplate | None:
        """Return the template of requests that are `like` one, apart from key, body and `OPEN` headers.

        Returns: `None`, where they are not signed with the user's own keys.
        Raises: ValueError, for a bucket that no host can be named after, or a header that none can be.
        """
        target = self.endpoint.target(like.bucket, "", region=region, operation=like.operation)
        if target.signed_with is not SignedWith.KEYS:
            return None
        headers = {**self._own_headers(target), **like.headers}
        if not like.is_read:
            headers["content-length"] = OPEN
        query = sigv4.canonical_query(like.query) if like.query else ""
        return RequestTemplate(like.method, target, query, headers, credentials)

    def _own_headers(self, target: Target) -> dict[str, str]:
        agent = self._user_agent
        return {"host": target.authority, "user-agent": agent, "accept-encoding": "identity"}

    def _origin(self, url: str) -> httpx.URL:
        # Parsing a URL costs as much as signing a request, and few are ever needed.
        if url not in self._origins:
            self._origins[url] = httpx.URL(f"{url}/")
        return self._origins[url]

"""Administrative requests that set the demo up: IAM, bucket versioning. Blocking."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

import httpx

from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.credentials import Credentials
from s3tui.s3.signing.sigv4 import authorization, canonical_query


def send(
    method: str,
    endpoint: Endpoint,
    credentials: Credentials,
    *,
    bucket: str | None = None,
    query: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
    service: str = "s3",
) -> bytes:
    """Send one signed request, and return the body of its answer.

    Raises: httpx.HTTPError, when the answer is an error or none comes.
    """
    target = endpoint.target(bucket)
    encoded = canonical_query(query)
    headers = {"host": target.authority}
    headers |= authorization(
        method,
        target.path,
        encoded,
        headers,
        credentials=credentials,
        region=endpoint.region,
        at=datetime.now(UTC),
        payload_hash=hashlib.sha256(body).hexdigest(),
        service=service,
    )
    url = f"{target.scheme}://{target.authority}{target.path}?{encoded}"
    # Not the machine's proxy settings: this is for the loopback only.
    answer = httpx.request(method, url, headers=headers, content=body, trust_env=False)
    return answer.raise_for_status().content


def enable_versioning(endpoint: Endpoint, credentials: Credentials, bucket: str) -> None:
    body = (
        b'<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        b"<Status>Enabled</Status></VersioningConfiguration>"
    )
    send("PUT", endpoint, credentials, bucket=bucket, query=[("versioning", "")], body=body)

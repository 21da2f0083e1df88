"""The signer: signs a request to a target with the algorithm and for the service that the target names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from s3tui.s3.address.target import SignedWith, Target
from s3tui.s3.signing import sigv4, sigv4a
from s3tui.s3.signing.credentials import Credentials

_TOKEN_HEADERS = {SignedWith.KEYS: sigv4.TOKEN, SignedWith.SESSION: sigv4.SESSION_TOKEN}
_TOKEN_PARAMETERS = {SignedWith.KEYS: "X-Amz-Security-Token", SignedWith.SESSION: "X-Amz-S3session-Token"}


def authorization(
    method: str,
    target: Target,
    query: str,
    headers: Mapping[str, str],
    *,
    credentials: Credentials,
    at: datetime,
    payload_hash: str,
) -> dict[str, str]:
    """Return the headers that sign a request, as `sigv4.authorization` does.

    Args:
        credentials: of a session, where the target is signed with one.
    """
    if target.signed_with is SignedWith.KEY_PAIR:
        return sigv4a.authorization(
            method,
            target.path,
            query,
            headers,
            credentials=credentials,
            region=target.region,
            at=at,
            payload_hash=payload_hash,
            service=target.service,
        )
    return sigv4.authorization(
        method,
        target.path,
        query,
        headers,
        credentials=credentials,
        region=target.region,
        at=at,
        payload_hash=payload_hash,
        service=target.service,
        token_name=_TOKEN_HEADERS[target.signed_with],
    )


def presigned_query(
    method: str,
    target: Target,
    query: Iterable[tuple[str, str]],
    headers: Mapping[str, str],
    *,
    credentials: Credentials,
    at: datetime,
    expires_s: int,
) -> str:
    """Return the query of a presigned URL, as `sigv4.presigned_query` does."""
    if target.signed_with is SignedWith.KEY_PAIR:
        return sigv4a.presigned_query(
            method,
            target.path,
            query,
            headers,
            credentials=credentials,
            region=target.region,
            at=at,
            expires_s=expires_s,
            service=target.service,
        )
    return sigv4.presigned_query(
        method,
        target.path,
        query,
        headers,
        credentials=credentials,
        region=target.region,
        at=at,
        expires_s=expires_s,
        service=target.service,
        token_name=_TOKEN_PARAMETERS[target.signed_with],
    )

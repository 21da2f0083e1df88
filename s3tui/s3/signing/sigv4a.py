"""AWS Signature Version 4A: a key pair made of the user's keys signs for several regions. No I/O.

AWS's own library makes the pair and signs; the request target that is signed is the one that must be sent,
byte for byte. Signatures are random: two of one request differ.

Source: *Signing requests for multiple regions* in the IAM User Guide; AWS's C library, aws-c-auth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from s3tui.s3.signing.credentials import Credentials
from s3tui.s3.signing.sigv4 import UNSIGNED_HEADERS, UNSIGNED_PAYLOAD, canonical_query

if TYPE_CHECKING:
    from awscrt.auth import AwsCredentialsProvider, AwsSigningConfig


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
) -> dict[str, str]:
    """Return the headers that sign a request, as `sigv4.authorization` does; `region` may be `*`, all."""
    from awscrt.auth import AwsSignatureType, AwsSignedBodyHeaderType

    kind, body_header = AwsSignatureType.HTTP_REQUEST_HEADERS, AwsSignedBodyHeaderType.X_AMZ_CONTENT_SHA_256
    config = _config(credentials, region, service, at, kind, payload_hash, body_header)
    _, signed = _signed(method, f"{path}?{query}" if query else path, headers, config)
    return {name: value for name, value in signed.items() if name not in headers}


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
) -> str:
    """Return the query of a presigned URL, as `sigv4.presigned_query` does."""
    from awscrt.auth import AwsSignatureType, AwsSignedBodyHeaderType

    kind, body_header = AwsSignatureType.HTTP_REQUEST_QUERY_PARAMS, AwsSignedBodyHeaderType.NONE
    config = _config(credentials, region, service, at, kind, UNSIGNED_PAYLOAD, body_header, expires_s)
    target, _ = _signed(method, f"{path}?{canonical_query(query)}".rstrip("?"), headers, config)
    return target.partition("?")[2]


def _config(
    credentials: Credentials,
    region: str,
    service: str,
    at: datetime,
    kind: int,
    payload_hash: str,
    body_header: int,
    expires_s: int | None = None,
) -> AwsSigningConfig:
    from awscrt.auth import AwsSigningAlgorithm, AwsSigningConfig

    return AwsSigningConfig(  # type: ignore[no-untyped-call]  # awscrt says no types here
        algorithm=AwsSigningAlgorithm.V4_ASYMMETRIC,
        signature_type=kind,
        credentials_provider=_provider(credentials),
        region=region,
        service=service,
        date=at,
        should_sign_header=lambda name: name.lower() not in UNSIGNED_HEADERS,
        use_double_uri_encode=False,
        should_normalize_uri_path=False,
        signed_body_value=payload_hash,
        signed_body_header_type=body_header,
        expiration_in_seconds=expires_s,
    )


def _signed(
    method: str, target: str, headers: Mapping[str, str], config: AwsSigningConfig
) -> tuple[str, dict[str, str]]:
    from awscrt.auth import aws_sign_request
    from awscrt.http import HttpHeaders, HttpRequest

    request = HttpRequest(method, target, HttpHeaders(list(headers.items())))
    done = aws_sign_request(request, config).result()  # type: ignore[no-untyped-call]  # nor here
    return done.path, {name.lower(): value for name, value in done.headers}


@lru_cache(maxsize=16)  # it keeps the pair, which takes as long to make as some signatures
def _provider(credentials: Credentials) -> AwsCredentialsProvider:
    from awscrt.auth import AwsCredentialsProvider

    token = credentials.session_token
    made: AwsCredentialsProvider = AwsCredentialsProvider.new_static(  # type: ignore[no-untyped-call]  # nor here
        credentials.access_key, credentials.secret_key.reveal(), None if token is None else token.reveal()
    )
    return made

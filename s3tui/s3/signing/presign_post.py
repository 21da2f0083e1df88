"""Presigned forms: whoever holds one may upload by a POST, as the policy in it allows. Pure.

The fields of the form and the conditions of its policy are made from one list: S3 refuses a field without
a condition, and a condition without its field. The file's own field comes last.

Source: S3 API Reference, *Browser-Based Uploads Using POST*.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.address.target import SignedWith
from s3tui.s3.signing import sigv4
from s3tui.s3.signing.credentials import Credentials
from s3tui.s3.signing.presign import lifetime, tells_end

FILE_NAME = "${filename}"
"""In a key: S3 puts the name of the uploaded file in its place."""


@dataclass(frozen=True, slots=True)
class PresignedForm:
    """A presigned form, which takes a file until `expires_at`; `repr` hides its fields."""

    url: str
    fields: Mapping[str, str] = field(repr=False)
    """Fields that the bearer must send before the file, which is the last one and called `file`."""
    expires_at: datetime
    is_end_known: bool = True
    """`False` of temporary keys that do not say when they end: it stops to work with them."""


def presign_post(
    endpoint: Endpoint,
    bucket: str,
    key: str,
    *,
    credentials: Credentials,
    at: datetime,
    expires_s: int = 3600,
    content_type: str | None = None,
    max_size: int | None = None,
    more_fields: Mapping[str, str] | None = None,
) -> PresignedForm:
    """Return a form for one object, or for any below a prefix, signed for the region of `endpoint`.

    Args:
        key: one that ends in `${filename}` allows every key that begins with what stands before it.
        content_type: the bearer must send just this one.
        max_size: bytes of the largest file that is taken; not every storage provider checks it.
        more_fields: others that the bearer must send as they are: an ACL, metadata, a key of SSE-C.

    Raises: ValueError, for what no form can do; CredentialsError, when the session has ended.
    """
    if expires_s < 1:
        raise ValueError("a presigned form lives at least one second")
    lifetime_s = lifetime(expires_s, credentials, at)
    timestamp = f"{at:%Y%m%dT%H%M%SZ}"
    expires_at = at.replace(microsecond=0) + timedelta(seconds=lifetime_s)
    target = endpoint.target(bucket)
    if target.signed_with is SignedWith.KEY_PAIR:
        raise ValueError(f"no form can be signed for {bucket}: S3 takes none that is signed for all regions")
    scope = f"{timestamp[:8]}/{target.region}/{target.service}/aws4_request"
    fields = {"key": key}
    if content_type is not None:
        fields["Content-Type"] = content_type
    fields |= more_fields or {}
    fields |= {
        "x-amz-algorithm": sigv4.ALGORITHM,
        "x-amz-credential": f"{credentials.access_key}/{scope}",
        "x-amz-date": timestamp,
    }
    if credentials.session_token is not None:
        is_session = target.signed_with is SignedWith.SESSION
        fields[sigv4.SESSION_TOKEN if is_session else sigv4.TOKEN] = credentials.session_token.reveal()
    conditions: list[object] = [{"bucket": bucket}]
    for name, value in fields.items():
        is_open = name == "key" and value.endswith(FILE_NAME)
        conditions.append(
            ["starts-with", "$key", value.removesuffix(FILE_NAME)] if is_open else {name: value}
        )
    if max_size is not None:
        conditions.append(["content-length-range", 0, max_size])
    policy = {"expiration": f"{expires_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "conditions": conditions}
    fields["policy"] = base64.b64encode(json.dumps(policy).encode()).decode()
    fields["x-amz-signature"] = sigv4.policy_signature(
        fields["policy"], credentials=credentials, region=target.region, at=at, service=target.service
    )
    url = f"{target.scheme}://{target.authority}{target.path}"
    return PresignedForm(url, fields, expires_at, tells_end(credentials))

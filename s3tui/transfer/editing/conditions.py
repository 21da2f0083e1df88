"""Conditional writes: whether an endpoint obeys If-Match, tried once with a key that nobody has."""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING

from s3tui.s3.errors import AccessDenied, NoSuchBucket, NoSuchKey, PreconditionFailed, S3Error, ServiceError
from s3tui.s3.sending.capabilities import Capability

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client

_NO_ETAG = "0" * 32
"""An etag that no object has."""


async def obeys_if_match(s3: S3Client, bucket: str, folder: str = "") -> bool:
    """Say whether PutObject obeys If-Match here; `False` also where that cannot be learned.

    Another endpoint than Amazon's is asked once: a new key is written on the condition that it is there.
    One that writes it does not obey, and the key is deleted again.

    Args:
        folder: a prefix in which writing is allowed.

    Raises: ReadOnly, TransportError, CredentialsError.
    """
    known = s3.capabilities
    if s3.endpoint.is_aws:
        return True
    if (is_known := known.has(Capability.PUT_IF_MATCH)) is not None:
        return is_known
    key = f"{folder}.s3tui-{token_hex(8)}"
    try:
        await s3.put_object(bucket, key, b"", if_match=_NO_ETAG)
    except (PreconditionFailed, NoSuchKey) as error:
        if error.is_bare:
            return False  # it may be a proxy's, and says nothing of the server
        known.learn(Capability.PUT_IF_MATCH, True, f"PutObject: {error.status} {error.code}")
        return True
    except (AccessDenied, NoSuchBucket):
        return False
    except ServiceError as error:
        if not error.is_bare and (error.status < 500 or error.status == 501):
            known.learn(Capability.PUT_IF_MATCH, False, f"PutObject: {error.status} {error.code}")
        return False
    known.learn(Capability.PUT_IF_MATCH, False, "PutObject: written, though there was nothing to match")
    await _remove(s3, bucket, key)
    return False


async def _remove(s3: S3Client, bucket: str, key: str) -> None:
    try:
        head = await s3.head_object(bucket, key)
        await s3.delete_object(bucket, key, version_id=head.version_id)
    except S3Error:
        return  # an empty object stays behind, with a name that says whose it is

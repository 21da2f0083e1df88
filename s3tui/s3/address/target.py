"""Targets: where one request goes and how it is signed, and the encoding of names in URLs. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote

HOST_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LIKE_IPV4 = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}")


class SignedWith(Enum):
    """The keys and the algorithm that sign a request."""

    KEYS = "sigv4"
    """The user's own keys, AWS Signature Version 4."""
    SESSION = "sigv4-s3express"
    """The keys of a session with a directory bucket, which CreateSession gives."""
    KEY_PAIR = "sigv4a"
    """A key pair made of the user's own keys, which signs for several regions: Version 4A."""


@dataclass(frozen=True, slots=True)
class Target:
    """The destination of one request, already encoded: the bytes that are signed and sent."""

    scheme: str
    authority: str
    """Host, and port where it is not the scheme's default: the `Host` header."""
    path: str
    """Percent-encoded, never normalised: `//`, `.` and `..` are part of a key."""
    region: str
    """The region to sign for; `*` with a key pair: all."""
    service: str = "s3"
    signed_with: SignedWith = SignedWith.KEYS


def can_be_host(bucket: str) -> bool:
    """Say whether `bucket` can stand in front of a host name (Bucket naming rules)."""
    return (
        len(bucket) >= 3
        and bucket == bucket.lower()
        and not _LIKE_IPV4.fullmatch(bucket)
        and all(HOST_LABEL.fullmatch(label) for label in bucket.split("."))
    )


def encode_key(key: str) -> str:
    """Percent-encode a key for the path: everything but unreserved characters and `/` (SigV4's UriEncode)."""
    return quote(key.encode("utf-8", "surrogateescape"), safe="/")


def encode_query_value(value: str) -> str:
    """Percent-encode one query name or value: everything but unreserved characters (SigV4's UriEncode)."""
    return quote(value.encode("utf-8", "surrogateescape"), safe="")

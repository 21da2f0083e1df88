"""What an S3 operation asks for, before anybody signs it. Pure.

An `S3Request` knows no host and no region: the client adds both, so that the same request can be
sent again to another region.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass, field

from s3tui.s3.endpoint import encode_query_value

READING_METHODS = frozenset(("GET", "HEAD"))


@dataclass(frozen=True, slots=True)
class S3Request:
    """One request, unsigned."""

    operation: str
    """The S3 API action, e.g. `GetObject`."""
    method: str
    bucket: str | None = None
    key: str | None = None
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes | AsyncIterable[bytes] = b""
    content_length: int | None = None
    """Needed when `body` is a stream."""
    repeatable: bool = True
    """Whether sending it twice leaves the same state as sending it once."""

    @property
    def is_read(self) -> bool:
        return self.method in READING_METHODS


def object_headers(
    *,
    content_type: str | None = None,
    content_encoding: str | None = None,
    content_disposition: str | None = None,
    content_language: str | None = None,
    cache_control: str | None = None,
    expires: str | None = None,
    acl: str | None = None,
    storage_class: str | None = None,
    metadata: Mapping[str, str] | None = None,
    tagging: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the headers that describe an object to be written.

    Raises: ValueError, when a value cannot stand in a header.
    """
    given = {
        "content-type": content_type,
        "content-encoding": content_encoding,
        "content-disposition": content_disposition,
        "content-language": content_language,
        "cache-control": cache_control,
        "expires": expires,
        "x-amz-acl": acl,
        "x-amz-storage-class": storage_class,
    }
    headers = {name: value for name, value in given.items() if value is not None}
    for name, value in (metadata or {}).items():
        headers[f"x-amz-meta-{name.lower()}"] = metadata_value(value)
    if tagging:
        headers["x-amz-tagging"] = "&".join(
            f"{encode_query_value(name)}={encode_query_value(value)}" for name, value in tagging.items()
        )
    for name, value in headers.items():
        check_header(name, value)
    return headers


def metadata_value(value: str) -> str:
    """Encode user metadata beyond ASCII as RFC 2047 does, which S3 and its console read back."""
    if value.isascii():
        return value
    return f"=?UTF-8?B?{base64.b64encode(value.encode()).decode()}?="


def check_header(name: str, value: str) -> None:
    """Raises: ValueError, when the pair would end a header or begin another one."""
    if not name.isascii() or not name.isprintable() or any(c in name for c in ' :"(),/;<=>?@[]{}\\'):
        raise ValueError(f"{name!r} cannot be the name of a header")
    if not value.isascii() or any((ord(c) < 0x20 and c != "\t") or ord(c) == 0x7F for c in value):
        raise ValueError(f"the value of {name} holds characters that a header cannot carry")


def content_md5(body: bytes) -> str:
    """Return the `Content-MD5` that DeleteObjects asks for."""
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()

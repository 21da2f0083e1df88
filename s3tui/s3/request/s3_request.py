"""S3Request: an S3 operation's request before it is signed. Pure.

An `S3Request` knows no host and no region: the client adds both, so that the same request can be
sent again to another region.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass, field

from s3tui.s3.http.file_section import FileSection
from s3tui.s3.request.file_sink import FileSink

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
    body: bytes | AsyncIterable[bytes] | FileSection = b""
    content_length: int | None = None
    """Needed when `body` is a stream or in a file."""
    payload_hash: str | None = None
    """Of a body that is sent in a form of its own, such as with a trailer; else it is computed."""
    region: str | None = None
    """The region to send it to; `None`: that of its bucket, or the endpoint's own."""
    timeouts: Mapping[str, float] = field(default_factory=dict)
    """`connect` and `read` in seconds, where this request has its own."""
    repeatable: bool = True
    """It is idempotent: sending it twice leaves the same state as sending it once."""
    account: str | None = None
    """Of S3 Control: the account whose setting `key` is the path of."""
    sink: FileSink | None = None
    """Receives the response's body, which else is held in memory."""

    def __post_init__(self) -> None:
        if self.key == "":  # its URL is the bucket's: deleting it would delete the bucket
            raise ValueError("an object's key has at least one character")

    @property
    def is_read(self) -> bool:
        return self.method in READING_METHODS

    @property
    def body_file(self) -> FileSection | FileSink | None:
        """The body in a file that the file transport moves, if there is one."""
        return self.body if isinstance(self.body, FileSection) else self.sink


def metadata_value(value: str) -> str:
    """Encode user metadata beyond ASCII as RFC 2047 does, which S3 and its console read back."""
    if value.isascii():
        return value
    return f"=?UTF-8?B?{base64.b64encode(value.encode()).decode()}?="


def check_header(name: str, value: str) -> None:
    """Check that a pair can be a header.

    Raises: ValueError, when it would end a header or begin another one.
    """
    if not name.isascii() or not name.isprintable() or any(c in name for c in ' :"(),/;<=>?@[]{}\\'):
        raise ValueError(f"{name!r} cannot be the name of a header")
    if not value.isascii() or any((ord(c) < 0x20 and c != "\t") or ord(c) == 0x7F for c in value):
        raise ValueError(f"the value of {name} holds characters that a header cannot carry")


def content_md5(body: bytes) -> str:
    """Return the `Content-MD5` that DeleteObjects asks for."""
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()

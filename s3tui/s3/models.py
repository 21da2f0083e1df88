"""The values that S3 operations take and return.

Sizes are bytes, times are aware UTC datetimes, etags come without quotes. Absent is `None`.
Nothing here does I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Bucket:
    """One entry of ListBuckets."""

    name: str
    created: datetime | None = None
    region: str | None = None
    """Only where the server says it (`BucketRegion`); else learned by `head_bucket` or a redirect."""


@dataclass(frozen=True, slots=True)
class ObjectSummary:
    """One entry of a listing: what can be known of an object without asking for it."""

    key: str
    size: int
    last_modified: datetime | None = None
    etag: str | None = None
    storage_class: str | None = None


@dataclass(frozen=True, slots=True)
class ListObjectsPage:
    """One answer of ListObjectsV2: objects and common prefixes, each in UTF-8 byte order."""

    objects: tuple[ObjectSummary, ...]
    common_prefixes: tuple[str, ...] = ()
    next_continuation_token: str | None = None
    """Where the next page starts, `None` on the last page; opaque, usable by another process later."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A range of bytes as RFC 9110 §14.1.2 has it: `first`–`last` inclusive, or the final `suffix` bytes."""

    first: int | None = None
    last: int | None = None
    suffix: int | None = None

    def __post_init__(self) -> None:
        if self.suffix is not None:
            if self.first is not None or self.last is not None or self.suffix < 1:
                raise ValueError("a suffix range is a positive count of final bytes and nothing else")
        elif self.first is None or self.first < 0 or (self.last is not None and self.last < self.first):
            raise ValueError("a range needs 0 <= first <= last")

    def __str__(self) -> str:
        if self.suffix is not None:
            return f"bytes=-{self.suffix}"
        return f"bytes={self.first}-{'' if self.last is None else self.last}"


@dataclass(frozen=True, slots=True)
class ContentRange:
    """The `Content-Range` of an answer: which bytes came, of how many (`None`: the server did not say)."""

    first: int
    last: int
    total: int | None


@dataclass(frozen=True, slots=True)
class ObjectHead:
    """What HeadObject, and the head of GetObject, say of one object."""

    size: int
    """Of the whole object, also when only a range of it was asked for."""
    etag: str | None = None
    last_modified: datetime | None = None
    content_type: str | None = None
    content_encoding: str | None = None
    content_disposition: str | None = None
    content_language: str | None = None
    cache_control: str | None = None
    expires: str | None = None
    storage_class: str | None = None
    """`None` is S3's STANDARD: the header is only sent for the others."""
    version_id: str | None = None
    delete_marker: bool = False
    parts_count: int | None = None
    restore: str | None = None
    server_side_encryption: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    """User metadata: names without `x-amz-meta-`, in lower case."""
    headers: tuple[tuple[str, str], ...] = ()
    """Every header of the answer, in the order of the wire."""


@dataclass(frozen=True, slots=True)
class Part:
    """One uploaded part of a multipart upload, as CompleteMultipartUpload wants it back."""

    part_number: int
    etag: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class DeletedObject:
    key: str
    version_id: str | None = None
    delete_marker: bool = False
    delete_marker_version_id: str | None = None


@dataclass(frozen=True, slots=True)
class DeleteError:
    """One key that DeleteObjects could not delete, and why."""

    key: str
    code: str
    message: str
    version_id: str | None = None


@dataclass(frozen=True, slots=True)
class DeleteResult:
    deleted: tuple[DeletedObject, ...] = ()
    errors: tuple[DeleteError, ...] = ()

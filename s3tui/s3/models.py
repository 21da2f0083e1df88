"""The values that S3 operations take and return.

Sizes are bytes, times are aware UTC datetimes, etags come without quotes. Absent is `None`.
Nothing here does I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from s3tui.s3.checksum import Checksum


@dataclass(frozen=True, slots=True)
class Bucket:
    """One entry of ListBuckets."""

    name: str
    created: datetime | None = None
    region: str | None = None
    """Only where the server says it (`BucketRegion`); else learned by `head_bucket` or a redirect."""


@dataclass(frozen=True, slots=True)
class RestoreStatus:
    """The status of an archived object's restore; an object that stays archived has none."""

    is_in_progress: bool
    expires: datetime | None = None
    """Until when the restored copy can be read."""


@dataclass(frozen=True, slots=True)
class ObjectSummary:
    """One entry of a listing: what can be known of an object without asking for it."""

    key: str
    size: int | None
    """`None`: the listing does not say, or not in a way that can be read."""
    last_modified: datetime | None = None
    """`None`, as with the size."""
    etag: str | None = None
    storage_class: str | None = None
    restore: RestoreStatus | None = None
    """Only where it was asked for, and the server says it."""


@dataclass(frozen=True, slots=True)
class ListObjectsPage:
    """One page of ListObjectsV2: objects and common prefixes, each in UTF-8 byte order."""

    objects: tuple[ObjectSummary, ...]
    common_prefixes: tuple[str, ...] = ()
    next_continuation_token: str | None = None
    """The token of the next page, `None` on the last one; opaque, usable by another process later."""


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """One entry of ListObjectVersions: a version of an object, or the marker of its deletion."""

    key: str
    version_id: str
    """`null` for what was written before the bucket had versions."""
    is_latest: bool
    is_delete_marker: bool = False
    size: int | None = None
    """`None` of a delete marker, and where the listing does not say."""
    last_modified: datetime | None = None
    etag: str | None = None
    storage_class: str | None = None


@dataclass(frozen=True, slots=True)
class VersionSummary(ObjectSummary):
    """A version as an entry of a listing of objects; a delete marker has size 0."""

    version_id: str = "null"
    is_latest: bool = True
    is_delete_marker: bool = False


@dataclass(frozen=True, slots=True)
class VersionMarker:
    """The marker of a page of versions: it starts behind this version of `key`, or behind all of them."""

    key: str
    version_id: str | None = None


@dataclass(frozen=True, slots=True)
class ListVersionsPage:
    """One page of ListObjectVersions: by key, the latest version of each key first."""

    versions: tuple[ObjectVersion, ...]
    common_prefixes: tuple[str, ...] = ()
    next: VersionMarker | None = None
    """The marker of the next page, `None` on the last one."""


@dataclass(frozen=True, slots=True)
class OpenUpload:
    """One entry of ListMultipartUploads: begun, and neither completed nor aborted."""

    key: str
    upload_id: str
    initiated: datetime | None = None
    storage_class: str | None = None


@dataclass(frozen=True, slots=True)
class UploadMarker:
    """The marker of a page of uploads: it starts behind this upload of `key`, or behind all of them."""

    key: str
    upload_id: str | None = None


@dataclass(frozen=True, slots=True)
class ListUploadsPage:
    """One page of ListMultipartUploads, by key."""

    uploads: tuple[OpenUpload, ...]
    common_prefixes: tuple[str, ...] = ()
    next: UploadMarker | None = None


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A range of bytes as RFC 9110 §14.1.2 has it: `first`–`last` inclusive, or the final `suffix` bytes.

    One with a `last` alone is from the start.
    """

    first: int | None = None
    last: int | None = None
    suffix: int | None = None

    def __post_init__(self) -> None:
        if self.suffix is not None:
            if self.first is not None or self.last is not None or self.suffix < 1:
                raise ValueError("a suffix range is a positive count of final bytes and nothing else")
            return
        if self.first is None and self.last is not None:
            object.__setattr__(self, "first", 0)  # the way of a frozen class
        if self.first is None or self.first < 0 or (self.last is not None and self.last < self.first):
            raise ValueError("a range needs 0 <= first <= last")

    def __str__(self) -> str:
        if self.suffix is not None:
            return f"bytes=-{self.suffix}"
        return f"bytes={self.first}-{'' if self.last is None else self.last}"


@dataclass(frozen=True, slots=True)
class ContentRange:
    """The `Content-Range` of a response: the bytes it holds, of how many (`None`: the server did not say)."""

    first: int
    last: int
    total: int | None


class RetentionMode(Enum):
    """The mode of a version's retention."""

    GOVERNANCE = "GOVERNANCE"
    """A special permission still allows to delete it."""
    COMPLIANCE = "COMPLIANCE"
    """It cannot be deleted before the retention ends."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Object Lock's retention of one version: its mode and its end."""

    mode: RetentionMode
    until: datetime


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request as it was sent, without what must not be shown."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    """In the order in which they were sent; names are lower-case."""


@dataclass(frozen=True, slots=True)
class ObjectHead:
    """An object's properties, as the headers of HeadObject and GetObject have them."""

    size: int | None
    """Of the whole object, also when only a range of it was asked for; `None` where nothing says."""
    etag: str | None = None
    """As it came, without quotes; a weak one keeps its own: `W/"a"`."""
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
    """S3's own words: `ongoing-request="true"`, or until when the restored copy stays."""
    server_side_encryption: str | None = None
    """`AES256`, `aws:kms` or `aws:kms:dsse`."""
    kms_key_id: str | None = None
    customer_key_md5: str | None = None
    """Of the key that the customer keeps (SSE-C); it is needed to read the object."""
    checksum: Checksum | None = None
    """Only when it was asked for: `checksums=True`."""
    retention: Retention | None = None
    legal_hold: bool = False
    tag_count: int | None = None
    """`None` where S3 does not say: there are none, or one may not read them."""
    requester_charged: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)
    """User metadata: names without `x-amz-meta-`, in lower case."""
    headers: tuple[tuple[str, str], ...] = ()
    request: SentRequest | None = None
    """What was sent for it; of `head_object` alone."""
    """Every header of the response, in the order of the wire."""


@dataclass(frozen=True, slots=True)
class Part:
    """One uploaded part of a multipart upload, as CompleteMultipartUpload wants it back."""

    part_number: int
    etag: str
    size: int | None = None
    checksum: Checksum | None = None


@dataclass(frozen=True, slots=True)
class ObjectAttributes:
    """An object's attributes, as GetObjectAttributes returns them."""

    size: int | None = None
    etag: str | None = None
    storage_class: str | None = None
    checksum: Checksum | None = None
    parts_count: int | None = None
    parts: tuple[Part, ...] = ()
    """Only of a multipart object whose parts have checksums; without etags."""
    version_id: str | None = None
    last_modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """One grant of an access control list: a grantee and a permission."""

    grantee: str | None
    """A canonical user id, an email address, or the URI of a group such as AllUsers; `None`: not said."""
    permission: str
    """`READ`, `WRITE`, `READ_ACP`, `WRITE_ACP` or `FULL_CONTROL`."""
    display_name: str | None = None


@dataclass(frozen=True, slots=True)
class AccessControlList:
    """The access control list of a bucket or an object: its owner and grants; not used where ACLs are off."""

    owner_id: str | None
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class DeletedObject:
    """One key that is gone, or hidden behind a delete marker."""

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
    """The outcome of DeleteObjects for each key: deleted, failed, or left."""

    deleted: tuple[DeletedObject, ...] = ()
    errors: tuple[DeleteError, ...] = ()
    left: tuple[tuple[str, str | None], ...] = ()
    """Keys and version ids that were not requested, or without a response, since the call failed before."""

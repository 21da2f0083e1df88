"""Capabilities: the features that an endpoint was seen to have or to lack.

Storage providers implement different parts of S3, and none says which. So observations are kept: yes, no, or
nothing yet, with the evidence and the time. Code that depends on a feature reads it here, and code that sees
one work or fail writes it here; a client tells its observer of each change, so that it can be kept for the
next client of the same endpoint and account.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

REFUSALS = frozenset(
    (
        "BadRequest",
        "InvalidArgument",
        "InvalidHeader",
        "InvalidRequest",
        "NotImplemented",
        "UnsupportedHeader",
        "HTTP400",
        "HTTP501",
    )
)
"""The codes with which servers refuse a header or a parameter that they do not know, as Backblaze B2, Oracle,
Ceph, JuiceFS, and older MinIO and GCS were seen to."""


class Capability(Enum):
    """A feature that an endpoint has or lacks. The values are kept in files: never change one."""

    CHECKSUM_HEADERS = "checksum-headers"
    """`x-amz-checksum-*` with a body, and `x-amz-sdk-checksum-algorithm`."""
    CHECKSUM_MODE = "checksum-mode"
    """`x-amz-checksum-mode`, which asks for an object's checksum; no: it refuses to be read with it."""
    CHECKSUM_TRAILERS = "checksum-trailers"
    """A checksum behind the body, in `aws-chunked` framing, which is not stored as part of the object."""
    COPY_SOURCE_IF_MATCH = "copy-source-if-match"
    """UploadPartCopy refuses a source whose etag is another one."""
    COMPLETE_IF_NONE_MATCH = "complete-if-none-match"
    """CompleteMultipartUpload refuses to write over an object with If-None-Match: *."""
    COPY_IF_NONE_MATCH = "copy-if-none-match"
    """CopyObject refuses to write over an object with If-None-Match: *."""
    COPY_OBJECT_IF_MATCH = "copy-object-source-if-match"
    """CopyObject refuses a source whose etag is another one."""
    DELETE_IF_MATCH = "delete-if-match"
    """DeleteObject refuses to delete another object than that of If-Match."""
    DELETE_OBJECTS = "delete-objects"
    """Many keys in one request."""
    LIST_OBJECTS_V2 = "list-objects-v2"
    START_AFTER = "start-after"
    """Listings from any key on, in the order of the keys' bytes; no: they are read from token to token."""
    ENCODING_TYPE = "encoding-type"
    """Listings with percent-encoded keys, on request."""
    OBJECT_DIGESTS = "object-digests"
    """The answer to PutObject, or to a HEAD behind it, tells an MD5 or a checksum of the bytes; no: nothing
    but their number can be compared, so of each of many objects whose hash was signed nothing is asked."""
    PUT_IF_MATCH = "put-if-match"
    """PutObject refuses to write over another object than that of If-Match."""
    PUT_IF_NONE_MATCH = "put-if-none-match"
    """PutObject refuses to write over an object with If-None-Match: *."""
    RESTORE_STATUS = "restore-status"
    """`x-amz-optional-object-attributes` in listings; no: it refuses a listing that asks for it."""
    ACL = "?acl"
    BUCKET_TAGGING = "?tagging of buckets"
    CORS = "?cors"
    ENCRYPTION = "?encryption"
    LEGAL_HOLD = "?legal-hold"
    LIFECYCLE = "?lifecycle"
    POLICY = "?policy"
    PUBLIC_ACCESS_BLOCK = "?publicAccessBlock"
    RETENTION = "?retention"
    TAGGING = "?tagging"
    VERSIONING = "?versioning"

    @classmethod
    def of_subresource(cls, name: str) -> Capability:
        """Return the capability for the subresource `?name`."""
        return cls(f"?{name}")


@dataclass(frozen=True, slots=True)
class CapabilityObserved:
    """A fact: the endpoint was seen to have a capability, or to lack it."""

    capability: Capability
    is_there: bool
    evidence: str
    """The observation: `PutObject: 501 NotImplemented`. It may quote the server: not terminal-safe."""
    at: datetime


class Capabilities:
    """The known capabilities of one endpoint, with one pair of keys.

    Args:
        observer: told of each change.
        now: the local clock.
    """

    def __init__(self, observer: Callable[[CapabilityObserved], None], now: Callable[[], datetime]) -> None:
        self._observed: dict[Capability, CapabilityObserved] = {}
        self._observer = observer
        self._now = now
        self.changes = 0
        """Number of changes so far, by which a copy is known to be old."""

    def has(self, capability: Capability) -> bool | None:
        """Say whether the endpoint has the capability; `None`: unknown."""
        observed = self._observed.get(capability)
        return None if observed is None else observed.is_there

    def get(self, capability: Capability) -> CapabilityObserved | None:
        """Return the last observation, `None` where there is none."""
        return self._observed.get(capability)

    def known(self) -> tuple[CapabilityObserved, ...]:
        return tuple(self._observed.values())

    def learn(self, capability: Capability, is_there: bool, evidence: str) -> None:
        """Record an observation of now, and tell the observer when it is a change."""
        if self.has(capability) is is_there:
            return
        observed = CapabilityObserved(capability, is_there, evidence, self._now())
        self.take(observed)
        self._observer(observed)

    def take(self, observed: CapabilityObserved) -> None:
        """Record an observation of another client with the same identity, unless a newer one is known."""
        known = self._observed.get(observed.capability)
        if known is None or known.at <= observed.at:
            self._observed[observed.capability] = observed
            self.changes += 1

"""ObjectState: all that is known of an object besides its bytes, and the options that write it again.

A PUT or a copy onto itself resets what it does not carry: headers, metadata, tags, class, encryption, access,
lock. So everything is read first, and sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from s3tui.s3.errors import AccessDenied, NotSupported, ProtocolError, ServiceError
from s3tui.s3.models import AccessControlList, Grant, ObjectHead
from s3tui.s3.request.options import Encryption, ObjectOptions

_SSE = "x-amz-server-side-encryption"
_LACKING = frozenset({"NotImplemented", "MethodNotAllowed", "NotSupported", "UnsupportedOperation"})
ASLEEP = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Storage classes of which nothing can be read before a restore."""
_AWAKE = 'ongoing-request="false"'
_FRAMING = "aws-chunked"
"""A Content-Encoding that some servers store though it is one of the way only."""


@dataclass(frozen=True, slots=True)
class ObjectState:
    """An object as it was read, without its bytes."""

    head: ObjectHead
    tags: Mapping[str, str] = field(default_factory=dict)
    grants: tuple[Grant, ...] = ()
    """Of its access control list, where that says more than that it is its owner's."""
    unread: tuple[str, ...] = ()
    """What could not be read, and would be lost: `its tags`, `its access control list`."""

    @property
    def headers(self) -> dict[str, str]:
        """All headers of its head, by names in lower case."""
        return {name.lower(): value for name, value in self.head.headers}

    @property
    def is_archived(self) -> bool:
        """Say whether it is in an archive, and no restored copy of it can be read."""
        head = self.head
        asleep = head.storage_class in ASLEEP or "x-amz-archive-status" in self.headers
        return asleep and not (head.restore or "").startswith(_AWAKE)

    @property
    def obstacle(self) -> str | None:
        """Return a sentence on why it cannot be written again with all that it has, or `None`."""
        if self.is_archived:
            return "It is archived: it can be changed once it is restored."
        if self.head.customer_key_md5 is not None:
            return "It is encrypted with a key of its own (SSE-C), which is needed to write it again."
        if self.headers.get("x-amz-missing-meta", "0") != "0":
            return "S3 cannot tell all of its metadata in headers: writing it again would lose some."
        return None

    def is_version(self, version_id: str | None) -> bool:
        """Say whether it is that version; where none were ever kept, only listings call it `null`."""
        return version_id is None or version_id == (self.head.version_id or "null")

    def is_same_as(self, other: ObjectState) -> bool:
        """Say whether both are one state: no other bytes, version, time, headers, tags or grants."""
        ours, theirs = self.head, other.head
        return (
            ours.etag == theirs.etag
            and ours.size == theirs.size
            and ours.version_id == theirs.version_id
            and ours.last_modified == theirs.last_modified
            and dict(self.tags) == dict(other.tags)
            and self.grants == other.grants
            and not lost_attributes(self, other)
        )


class StateReader(Protocol):
    """As much of a client as reads an object's state."""

    async def head_object(self, bucket: str, key: str, *, version_id: str | None = None) -> ObjectHead: ...

    async def get_object_tagging(
        self, bucket: str, key: str, *, version_id: str | None = None
    ) -> Mapping[str, str]: ...

    async def get_object_acl(
        self, bucket: str, key: str, *, version_id: str | None = None
    ) -> AccessControlList: ...

    async def get_bucket_ownership(self, bucket: str) -> str | None: ...


async def read_state(s3: StateReader, bucket: str, key: str, *, version_id: str | None = None) -> ObjectState:
    """Read everything of an object but its bytes.

    Raises: NoSuchKey, AccessDenied (of the head), TransportError.
    """
    head = await s3.head_object(bucket, key, version_id=version_id)
    unread: list[str] = []

    async def tags() -> Mapping[str, str]:
        try:
            return await s3.get_object_tagging(bucket, key, version_id=version_id)
        except AccessDenied:
            unread.append("its tags")
        except (ProtocolError, NotSupported):
            pass  # a server that has no tags
        except ServiceError as error:
            if error.is_bare or error.code not in _LACKING:
                raise
        return {}

    async def grants() -> tuple[Grant, ...]:
        try:
            return _special_grants(await s3.get_object_acl(bucket, key, version_id=version_id))
        except AccessDenied:
            if not await _acls_are_off(s3, bucket):
                unread.append("its access control list")
        except (ProtocolError, NotSupported):
            pass
        except ServiceError as error:
            if error.is_bare or error.code not in _LACKING:
                raise
        return ()

    found_tags, found_grants = await asyncio.gather(tags(), grants())
    return ObjectState(head, found_tags, found_grants, tuple(sorted(unread)))


def _special_grants(acl: AccessControlList) -> tuple[Grant, ...]:
    """Return all grants, where there is another one than the owner's own."""
    own = [grant for grant in acl.grants if grant.grantee == acl.owner_id or grant.grantee is None]
    is_default = len(own) == len(acl.grants) and all(grant.permission == "FULL_CONTROL" for grant in own)
    return () if is_default else acl.grants


async def _acls_are_off(s3: StateReader, bucket: str) -> bool:
    try:
        return await s3.get_bucket_ownership(bucket) == "BucketOwnerEnforced"
    except (ServiceError, ProtocolError):
        return False


def options_again(state: ObjectState, now: datetime) -> ObjectOptions:
    """Return the options that write an object again as it is, apart from its tags."""
    head = state.head
    options: ObjectOptions = {
        "content_type": head.content_type,
        "content_encoding": _without_framing(head.content_encoding),
        "content_disposition": head.content_disposition,
        "content_language": head.content_language,
        "cache_control": head.cache_control,
        "expires": head.expires,
        "website_redirect": state.headers.get("x-amz-website-redirect-location"),
        "storage_class": head.storage_class,
        "metadata": dict(head.metadata),
        "encryption": _encryption(state),
    }
    if state.grants:
        options["grants"] = state.grants
    if head.retention is not None and head.retention.until > now:
        options["retention"] = head.retention
    if head.legal_hold:
        options["legal_hold"] = True
    return options


def _without_framing(encoding: str | None) -> str | None:
    if encoding is None:
        return None
    kept = [each.strip() for each in encoding.split(",") if each.strip().lower() not in ("", _FRAMING)]
    return ", ".join(kept) or None


def _encryption(state: ObjectState) -> Encryption | None:
    """Return the encryption to send again; the context of a KMS key is not told, and is lost."""
    algorithm = state.head.server_side_encryption
    if algorithm is None or state.head.customer_key_md5 is not None:
        return None
    if not algorithm.startswith("aws:kms"):
        return Encryption(algorithm)
    has_bucket_key = state.headers.get(f"{_SSE}-bucket-key-enabled") == "true"
    return Encryption(algorithm, state.head.kms_key_id, bucket_key=True if has_bucket_key else None)


def lost_attributes(before: ObjectState, after: ObjectState) -> tuple[str, ...]:
    """Return the names of attributes that an object had and has not, or has with another value."""
    ours, theirs = before.head, after.head
    pairs: dict[str, tuple[object, object]] = {
        "Content-Type": (ours.content_type, theirs.content_type),
        "Content-Encoding": (
            _without_framing(ours.content_encoding),
            _without_framing(theirs.content_encoding),
        ),
        "Content-Disposition": (ours.content_disposition, theirs.content_disposition),
        "Content-Language": (ours.content_language, theirs.content_language),
        "Cache-Control": (ours.cache_control, theirs.cache_control),
        "Expires": (ours.expires, theirs.expires),
        "its metadata": (dict(ours.metadata), dict(theirs.metadata)),
        "its storage class": (ours.storage_class or "STANDARD", theirs.storage_class or "STANDARD"),
        "its encryption": (
            (ours.server_side_encryption, ours.kms_key_id),
            (theirs.server_side_encryption, theirs.kms_key_id),
        ),
        "its tags": (dict(before.tags), dict(after.tags)),
        "its access control list": (set(before.grants), set(after.grants)),
        "its legal hold": (ours.legal_hold, theirs.legal_hold),
    }
    return tuple(name for name, (one, other) in pairs.items() if one != other)

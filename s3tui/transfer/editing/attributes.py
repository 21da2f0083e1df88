"""The attributes of an object that can be changed, as values: read off its state, changed, checked. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import cast

from s3tui.s3.models import Grant, Retention, RetentionMode
from s3tui.s3.request.options import Encryption, ObjectOptions, object_headers
from s3tui.transfer.editing.object_state import ObjectState

HEADERS: Mapping[str, str] = {
    "content_type": "Content-Type",
    "cache_control": "Cache-Control",
    "content_disposition": "Content-Disposition",
    "content_encoding": "Content-Encoding",
    "content_language": "Content-Language",
    "expires": "Expires",
}
"""The headers of an object that can be changed, by their options."""
STANDARD = "STANDARD"
PRIVATE = "private"
OWN_GRANTS = "grants of its own"
"""The access of an object whose grants are those of no canned ACL."""
_GROUPS = "http://acs.amazonaws.com/groups/global/"
_SPECIAL = {
    "public-read": {(f"{_GROUPS}AllUsers", "READ")},
    "public-read-write": {(f"{_GROUPS}AllUsers", "READ"), (f"{_GROUPS}AllUsers", "WRITE")},
    "authenticated-read": {(f"{_GROUPS}AuthenticatedUsers", "READ")},
}
CANNED = (PRIVATE, *_SPECIAL, "bucket-owner-read", "bucket-owner-full-control")
ENCRYPTIONS = ("AES256", "aws:kms", "aws:kms:dsse")
_MOST_METADATA = 2048
"""Bytes of all names and values of user metadata (S3 API Reference, PutObject)."""
_MOST_TAGS = 10


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes of an object that can be changed."""

    headers: Mapping[str, str]
    """By option; one that it does not have is not there."""
    metadata: Mapping[str, str]
    tags: Mapping[str, str]
    storage_class: str = STANDARD
    encryption: str = ""
    """`AES256`, `aws:kms` or `aws:kms KEY`; empty where the server does not say."""
    access: str = PRIVATE
    """A canned ACL, or `OWN_GRANTS`."""
    legal_hold: bool = False
    retention: str = ""
    """`GOVERNANCE 2027-01-01T00:00:00Z`; empty: none."""


@dataclass(frozen=True, slots=True)
class AttributeChange:
    """A change of attributes: set or, with `None`, removed; all else is kept."""

    headers: Mapping[str, str | None] = field(default_factory=dict)
    metadata: Mapping[str, str | None] = field(default_factory=dict)
    tags: Mapping[str, str | None] = field(default_factory=dict)
    storage_class: str | None = None
    """`None`: the same one; and so it is with all that follow."""
    encryption: str | None = None
    access: str | None = None
    legal_hold: bool | None = None
    retention: str | None = None
    """Empty removes it."""

    def __bool__(self) -> bool:
        return self != AttributeChange()

    def of(self, before: Attributes) -> Attributes:
        """Return the attributes that come of it."""
        return Attributes(
            _changed(before.headers, self.headers),
            _changed(before.metadata, self.metadata),
            _changed(before.tags, self.tags),
            self.storage_class or before.storage_class,
            self.encryption or before.encryption,
            self.access or before.access,
            before.legal_hold if self.legal_hold is None else self.legal_hold,
            before.retention if self.retention is None else self.retention,
        )


def attributes_of(state: ObjectState) -> Attributes:
    head = state.head
    headers = {name: value for name in HEADERS if (value := getattr(head, name)) is not None}
    return Attributes(
        headers,
        dict(head.metadata),
        dict(state.tags),
        head.storage_class or STANDARD,
        " ".join(filter(None, (head.server_side_encryption, head.kms_key_id))),
        _access_of(state.grants),
        head.legal_hold,
        "" if head.retention is None else retention_text(head.retention),
    )


def _access_of(grants: Sequence[Grant]) -> str:
    if not grants:
        return PRIVATE
    groups = {
        (grant.grantee, grant.permission) for grant in grants if (grant.grantee or "").startswith("http")
    }
    own = [grant for grant in grants if not (grant.grantee or "").startswith("http")]
    if len(own) > 1 or any(grant.permission != "FULL_CONTROL" for grant in own):
        return OWN_GRANTS
    return next((name for name, special in _SPECIAL.items() if special == groups), OWN_GRANTS)


def retention_text(retention: Retention) -> str:
    return f"{retention.mode.value} {retention.until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def retention_of(text: str) -> Retention | None:
    """Return what `retention_text` wrote, or a user: a mode and a date; `None` of an empty text.

    Raises: ValueError, with the sentence for the user.
    """
    if not text:
        return None
    mode, _, until = text.partition(" ")
    try:
        end = datetime.fromisoformat(until.strip())
        return Retention(RetentionMode[mode.upper()], end if end.tzinfo else end.replace(tzinfo=UTC))
    except (KeyError, ValueError):
        raise ValueError(
            "A retention is GOVERNANCE or COMPLIANCE and a date: GOVERNANCE 2027-01-31."
        ) from None


def encryption_of(text: str) -> Encryption | None:
    """Return the encryption to write an object with; `None`: what the bucket has by default.

    Raises: ValueError, with the sentence for the user.
    """
    algorithm, _, key = text.partition(" ")
    if algorithm and algorithm not in ENCRYPTIONS:
        raise ValueError(
            f"Encryption is one of {', '.join(ENCRYPTIONS)}; behind the latter two a key may follow."
        )
    if key and algorithm == ENCRYPTIONS[0]:
        raise ValueError("AES256 is with a key that S3 keeps: name none.")
    return Encryption(algorithm, key or None) if algorithm else None


def change_between(before: Attributes, after: Attributes) -> AttributeChange:
    """Return what makes the second of the first."""
    change = AttributeChange(
        _difference(before.headers, after.headers),
        _difference(before.metadata, after.metadata),
        _difference(before.tags, after.tags),
    )
    rest = ("storage_class", "encryption", "access", "legal_hold", "retention")
    differing = {name: getattr(after, name) for name in rest if getattr(after, name) != getattr(before, name)}
    return replace(change, **differing)


def needs_copy(before: Attributes, after: Attributes) -> bool:
    """Say whether it takes a copy of the object onto itself: for what has no request of its own."""
    return any(
        getattr(before, name) != getattr(after, name)
        for name in ("headers", "metadata", "storage_class", "encryption")
    )


def check_attributes(wanted: Attributes) -> None:
    """Check what S3 would refuse.

    Raises: ValueError, with the sentence for the user.
    """
    weight = sum(len(name.encode()) + len(value.encode()) for name, value in wanted.metadata.items())
    if weight > _MOST_METADATA:
        raise ValueError(f"Metadata takes {_MOST_METADATA:,} bytes at most, and this is {weight:,}.")
    if len(wanted.tags) > _MOST_TAGS:
        raise ValueError(f"An object can have {_MOST_TAGS} tags, not {len(wanted.tags)}.")
    if wanted.access not in (*CANNED, OWN_GRANTS):
        raise ValueError(f"Access is one of {', '.join(CANNED)}.")
    encryption_of(wanted.encryption)
    retention_of(wanted.retention)
    try:
        object_headers(cast(ObjectOptions, {**wanted.headers, "metadata": wanted.metadata}))
    except ValueError as error:
        raise ValueError(f"A header cannot be sent like this: {error}.") from error


def folded(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return metadata with its names as servers give them back."""
    return {name.lower(): value for name, value in metadata.items()}


def _changed(before: Mapping[str, str], change: Mapping[str, str | None]) -> dict[str, str]:
    merged = {**before, **change}
    return {name: value for name, value in merged.items() if value is not None}


def _difference(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str | None]:
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {name: after.get(name) for name in names}

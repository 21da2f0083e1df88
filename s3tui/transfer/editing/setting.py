"""Setting what describes an object, by the requests that it takes, pinned to the state that was read.

Tags, access, legal hold and retention have requests of their own, which make no new version. All else is a
copy of the object onto itself that sends again what a copy resets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from s3tui.s3.models import Grant
from s3tui.s3.request.options import CopyOptions
from s3tui.transfer.copy.route import patience_s
from s3tui.transfer.editing.attributes import (
    HEADERS,
    OWN_GRANTS,
    PRIVATE,
    STANDARD,
    AttributeChange,
    Attributes,
    attributes_of,
    check_attributes,
    encryption_of,
    folded,
    needs_copy,
    retention_of,
)
from s3tui.transfer.editing.object_state import ObjectState, lost_attributes, options_again, read_state

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client


class ObjectChanged(Exception):
    """Another one changed the object since it was read: nothing was sent."""


@dataclass(frozen=True, slots=True)
class AttributesSet:
    """The outcome: the state that came of it, and what the server did not take."""

    state: ObjectState
    is_copied: bool
    """It was copied onto itself: a new version, where versions are kept."""
    is_sent: bool = True
    """`False`: it was like that already."""
    lost: tuple[str, ...] = ()


async def set_attributes(
    s3: S3Client,
    bucket: str,
    key: str,
    change: AttributeChange,
    *,
    now: datetime,
    before: ObjectState | None = None,
    there: ObjectState | None = None,
    grants: Sequence[Grant] = (),
) -> AttributesSet:
    """Change what describes an object.

    Args:
        before: the state that the change was made for; another one is left alone.
        there: the state as it was read just now, where that was done.
        grants: what `OWN_GRANTS` stand for, where access is to be those.

    Raises: ObjectChanged; ValueError, with a sentence, for what S3 would refuse; S3Error.
    """
    there = there or await read_state(s3, bucket, key)
    if before is not None and not there.is_same_as(before):
        raise ObjectChanged
    was = attributes_of(there)
    wanted = change.of(was)
    if wanted == was:
        return AttributesSet(there, is_copied=False, is_sent=False)
    check_possible(there, wanted)
    is_copied = needs_copy(was, wanted)
    if is_copied:
        await _copy_onto_itself(s3, bucket, key, there, wanted, now, grants)
    else:
        await _set_alone(s3, bucket, key, there, wanted, grants)
    after = await read_state(s3, bucket, key)
    return AttributesSet(after, is_copied, lost=_lost(there, wanted, after, now))


def check_possible(there: ObjectState, wanted: Attributes) -> None:
    """Check that an object can be given these attributes.

    Raises: ValueError, with the sentence for the user.
    """
    check_attributes(wanted)
    was = attributes_of(there)
    if was.tags != wanted.tags and "its tags" in there.unread:
        raise ValueError("These keys may not read its tags, all of which would be replaced.")
    if needs_copy(was, wanted) and there.obstacle is not None:
        raise ValueError(there.obstacle)
    if was.retention.startswith("COMPLIANCE") and wanted.retention < was.retention:
        raise ValueError("A retention of the mode COMPLIANCE can be made longer only.")


async def _set_alone(
    s3: S3Client, bucket: str, key: str, there: ObjectState, wanted: Attributes, grants: Sequence[Grant]
) -> None:
    was, version = attributes_of(there), there.head.version_id
    # A lock lands on no newer version. To pin tags or access takes another permission.
    pinned = None if version == "null" else version
    if was.tags != wanted.tags:
        if wanted.tags:
            await s3.put_object_tagging(bucket, key, wanted.tags)
        else:
            await s3.delete_object_tagging(bucket, key)
    if was.access != wanted.access:
        await s3.put_object_acl(bucket, key, grants if wanted.access == OWN_GRANTS else wanted.access)
    if was.retention != wanted.retention:
        # Only one that is shortened or removed needs the permission to bypass it.
        is_less = was.retention.startswith("GOVERNANCE") and wanted.retention < was.retention
        retention = retention_of(wanted.retention)
        await s3.put_object_retention(bucket, key, retention, bypass_governance=is_less, version_id=pinned)
    if was.legal_hold != wanted.legal_hold:
        await s3.put_object_legal_hold(bucket, key, wanted.legal_hold, version_id=pinned)


async def _copy_onto_itself(
    s3: S3Client,
    bucket: str,
    key: str,
    there: ObjectState,
    wanted: Attributes,
    now: datetime,
    grants: Sequence[Grant],
) -> None:
    head, was = there.head, attributes_of(there)
    options = cast(CopyOptions, options_again(there, now))
    options.update(cast(CopyOptions, {name: wanted.headers.get(name) for name in HEADERS}))
    options["metadata"] = wanted.metadata
    is_default = wanted.storage_class == was.storage_class == STANDARD  # some servers refuse it by name
    options["storage_class"] = None if is_default else wanted.storage_class
    options["source_if_match"] = head.etag
    if wanted.encryption != was.encryption:
        options["encryption"] = encryption_of(wanted.encryption)
    if wanted.access != was.access:
        options["grants"] = grants if wanted.access == OWN_GRANTS else None
        options["acl"] = wanted.access if wanted.access not in (OWN_GRANTS, PRIVATE) else None
    if wanted.retention != was.retention:
        options["retention"] = retention_of(wanted.retention)
    if wanted.legal_hold != was.legal_hold:
        options["legal_hold"] = wanted.legal_hold or None
    if head.version_id not in (None, "null"):
        options["source_version_id"] = head.version_id
    if s3.endpoint.is_aws:
        options["if_match"] = head.etag
    if was.tags != wanted.tags:
        options["tagging"] = wanted.tags
    if (patience := patience_s(head.size)) is not None:
        options["read_timeout_s"] = patience
    await s3.copy_object(bucket, key, source=f"{bucket}/{key}", **options)


def _lost(before: ObjectState, wanted: Attributes, after: ObjectState, now: datetime) -> tuple[str, ...]:
    """Return the names of what is not as it should be."""
    found, was = attributes_of(after), attributes_of(before)
    wrong = [label for name, label in HEADERS.items() if found.headers.get(name) != wanted.headers.get(name)]
    changed = {*HEADERS.values(), "its metadata", "its tags", "its storage class"}
    changed |= {"its encryption"} if wanted.encryption != was.encryption else set()
    changed |= {"its access control list"} if wanted.access != was.access else set()
    changed |= {"its legal hold"}
    wrong += [name for name in lost_attributes(before, after) if name not in changed]
    wrong += ["its metadata"] * (found.metadata != folded(wanted.metadata))
    wrong += ["its tags"] * (found.tags != wanted.tags)
    wrong += ["its storage class"] * (found.storage_class != wanted.storage_class)
    wrong += ["its encryption"] * (not found.encryption.startswith(wanted.encryption))
    wrong += ["its access"] * (wanted.access != was.access and not _grants_as_said(wanted, found))
    wrong += ["its legal hold"] * (found.legal_hold != wanted.legal_hold)
    retention = retention_of(wanted.retention)
    is_past = retention is not None and retention.until <= now
    wrong += ["its retention"] * (found.retention != wanted.retention and not is_past)
    return tuple(wrong)


def _grants_as_said(wanted: Attributes, found: Attributes) -> bool:
    """Say whether access is as it was asked for; what a bucket's owner gets reads back as grants, or not."""
    return wanted.access.startswith("bucket-owner") or found.access == wanted.access

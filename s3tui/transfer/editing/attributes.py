"""Changing what describes an object: its headers, metadata, storage class and tags.

Tags have a request of their own, which makes no new version. All else is a copy of the object onto itself
that sends again what a copy resets, pinned to the state that was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, cast

from s3tui.s3.request.options import CopyOptions, ObjectOptions, object_headers
from s3tui.transfer.copy.route import patience_s
from s3tui.transfer.editing.object_state import ObjectState, lost_attributes, options_again, read_state

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client

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


@dataclass(frozen=True, slots=True)
class AttributeChange:
    """A change of attributes: set or, with `None`, removed; all else is kept."""

    headers: Mapping[str, str | None] = field(default_factory=dict)
    metadata: Mapping[str, str | None] = field(default_factory=dict)
    tags: Mapping[str, str | None] = field(default_factory=dict)
    storage_class: str | None = None
    """`None`: the same one."""

    def __bool__(self) -> bool:
        return bool(self.headers or self.metadata or self.tags or self.storage_class)

    def of(self, before: Attributes) -> Attributes:
        """Return the attributes that come of it."""
        return Attributes(
            _changed(before.headers, self.headers),
            _changed(before.metadata, self.metadata),
            _changed(before.tags, self.tags),
            self.storage_class or before.storage_class,
        )


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


def attributes_of(state: ObjectState) -> Attributes:
    head = state.head
    headers = {name: value for name in HEADERS if (value := getattr(head, name)) is not None}
    return Attributes(headers, dict(head.metadata), dict(state.tags), head.storage_class or STANDARD)


def change_between(before: Attributes, after: Attributes) -> AttributeChange:
    """Return what makes the second of the first."""
    return AttributeChange(
        _difference(before.headers, after.headers),
        _difference(before.metadata, after.metadata),
        _difference(before.tags, after.tags),
        after.storage_class if after.storage_class != before.storage_class else None,
    )


def needs_copy(before: Attributes, after: Attributes) -> bool:
    """Say whether it takes a copy of the object onto itself: for more than its tags."""
    return (dict(before.headers), dict(before.metadata), before.storage_class) != (
        dict(after.headers),
        dict(after.metadata),
        after.storage_class,
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
    try:
        object_headers(cast(ObjectOptions, {**wanted.headers, "metadata": wanted.metadata}))
    except ValueError as error:
        raise ValueError(f"A header cannot be sent like this: {error}.") from error


async def set_attributes(
    s3: S3Client,
    bucket: str,
    key: str,
    change: AttributeChange,
    *,
    now: datetime,
    before: ObjectState | None = None,
) -> AttributesSet:
    """Change what describes an object.

    Args:
        before: the state that the change was made for; another one is left alone.

    Raises: ObjectChanged; ValueError, with a sentence, for what S3 would refuse; S3Error.
    """
    there = await read_state(s3, bucket, key)
    if before is not None and not there.is_same_as(before):
        raise ObjectChanged
    was = attributes_of(there)
    wanted = change.of(was)
    is_copied, is_retagged = needs_copy(was, wanted), dict(was.tags) != dict(wanted.tags)
    if not (is_copied or is_retagged):
        return AttributesSet(there, is_copied=False, is_sent=False)
    check_attributes(wanted)
    if is_retagged and "its tags" in there.unread:
        raise ValueError("These keys may not read its tags, all of which would be replaced.")
    if is_copied:
        if there.obstacle is not None:
            raise ValueError(there.obstacle)
        await _copy_onto_itself(s3, bucket, key, there, wanted, now, is_retagged=is_retagged)
    elif wanted.tags:
        await s3.put_object_tagging(bucket, key, wanted.tags)
    else:
        await s3.delete_object_tagging(bucket, key)
    after = await read_state(s3, bucket, key)
    return AttributesSet(after, is_copied, lost=_lost(there, wanted, after))


async def _copy_onto_itself(
    s3: S3Client,
    bucket: str,
    key: str,
    there: ObjectState,
    wanted: Attributes,
    now: datetime,
    *,
    is_retagged: bool,
) -> None:
    head = there.head
    options = cast(CopyOptions, options_again(there, now))
    options.update(cast(CopyOptions, {name: wanted.headers.get(name) for name in HEADERS}))
    options["metadata"] = wanted.metadata
    options["storage_class"] = None if wanted.storage_class == STANDARD else wanted.storage_class
    options["source_if_match"] = head.etag
    if head.version_id not in (None, "null"):
        options["source_version_id"] = head.version_id
    if s3.endpoint.is_aws:
        options["if_match"] = head.etag
    if is_retagged:
        options["tagging"] = wanted.tags
    if (patience := patience_s(head.size)) is not None:
        options["read_timeout_s"] = patience
    await s3.copy_object(bucket, key, source=f"{bucket}/{key}", **options)


def _lost(before: ObjectState, wanted: Attributes, after: ObjectState) -> tuple[str, ...]:
    """Return the names of what is not as it should be."""
    found = attributes_of(after)
    wrong = [label for name, label in HEADERS.items() if found.headers.get(name) != wanted.headers.get(name)]
    changed = {*HEADERS.values(), "its metadata", "its tags", "its storage class"}
    wrong += [name for name in lost_attributes(before, after) if name not in changed]
    wrong += ["its metadata"] * (dict(found.metadata) != _folded(wanted.metadata))
    wrong += ["its tags"] * (dict(found.tags) != dict(wanted.tags))
    wrong += ["its storage class"] * (found.storage_class != wanted.storage_class)
    return tuple(wrong)


def _folded(metadata: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in metadata.items()}


def _changed(before: Mapping[str, str], change: Mapping[str, str | None]) -> dict[str, str]:
    merged = {**before, **change}
    return {name: value for name, value in merged.items() if value is not None}


def _difference(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str | None]:
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {name: after.get(name) for name in names}

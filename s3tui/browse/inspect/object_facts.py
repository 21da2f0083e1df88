"""Facts about one object: its head, the rules that act on it, its access, its parts and checksums."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3tui.browse.inspect.answers import Answer, Refused, answer
from s3tui.s3.configuration import LifecycleRule, PublicAccessBlock
from s3tui.s3.errors import AccessDenied
from s3tui.s3.models import AccessControlList, ObjectAttributes, ObjectHead

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client


@dataclass(frozen=True, slots=True)
class ObjectId:
    """One object, or one version of it."""

    bucket: str
    key: str
    version_id: str | None = None
    """`None`: the object as it is now."""


@dataclass(frozen=True, slots=True)
class KnownHead:
    """An object's head, with its checksum where that may be read."""

    head: ObjectHead
    checksum_refusal: AccessDenied | None = None
    """The refusal of a head with its checksum: that takes more rights than one without."""


@dataclass(frozen=True, slots=True)
class ObjectRules:
    """The lifecycle rules of an object's bucket, and what of the object they depend on."""

    lifecycle: Answer[tuple[LifecycleRule, ...]]
    tags: Answer[Mapping[str, str]] | None = None
    """Asked for only where a rule depends on tags."""


async def object_head(s3: S3Client, object: ObjectId) -> KnownHead:
    """Return an object's head with its checksum; without it, and why, where that is not allowed.

    Raises: S3Error, as `head_object` does.
    """
    bucket, key, version_id = object.bucket, object.key, object.version_id
    try:
        return KnownHead(await s3.head_object(bucket, key, checksums=True, version_id=version_id))
    except AccessDenied as refusal:
        return KnownHead(await s3.head_object(bucket, key, version_id=version_id), refusal)


async def object_rules(s3: S3Client, object: ObjectId) -> ObjectRules:
    """Ask for the lifecycle rules of an object's bucket, and its tags where they count. Raises no S3Error."""
    lifecycle = await answer(s3.get_bucket_lifecycle(object.bucket))
    tags: Answer[Mapping[str, str]] | None = None
    if not isinstance(lifecycle, Refused) and any(rule.is_enabled and rule.tags for rule in lifecycle):
        tags = await object_tags(s3, object)
    return ObjectRules(lifecycle, tags)


async def object_tags(s3: S3Client, object: ObjectId) -> Answer[Mapping[str, str]]:
    return await answer(s3.get_object_tagging(object.bucket, object.key, version_id=object.version_id))


@dataclass(frozen=True, slots=True)
class ObjectAccess:
    """All that decides who may read an object, as far as S3 tells."""

    acl: Answer[AccessControlList]
    ownership: Answer[str | None]
    """`BucketOwnerEnforced`: access control lists are off."""
    block: Answer[PublicAccessBlock | None]
    has_public_policy: Answer[bool]


async def object_access(s3: S3Client, object: ObjectId) -> ObjectAccess:
    """Ask for an object's access control list, and for the settings of its bucket; raises nothing of S3's."""
    bucket = object.bucket
    acl, ownership, block, has_public_policy = await asyncio.gather(
        answer(s3.get_object_acl(bucket, object.key, version_id=object.version_id)),
        answer(s3.get_bucket_ownership(bucket)),
        answer(s3.get_public_access_block(bucket)),
        answer(s3.is_bucket_policy_public(bucket)),
    )
    return ObjectAccess(acl, ownership, block, has_public_policy)


@dataclass(frozen=True, slots=True)
class ObjectParts:
    """An object's checksum and parts, as its head and its attributes tell them."""

    head: ObjectHead
    attributes: Answer[ObjectAttributes]


async def object_parts(s3: S3Client, object: ObjectId) -> ObjectParts:
    """Ask for an object's head and attributes.

    Raises: S3Error, where there is no head.
    """
    asked = s3.get_object_attributes(object.bucket, object.key, version_id=object.version_id)
    known, attributes = await asyncio.gather(object_head(s3, object), answer(asked))
    return ObjectParts(known.head, attributes)

"""The XML of subresources: a bucket's configuration, and an object's tags, ACL, lock and attributes.

Each reader insists on its own root element: some servers answer a subresource that they do not know
with the object itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC
from xml.sax.saxutils import escape

from s3tui.s3.configuration import (
    CorsRule,
    DefaultEncryption,
    Leaves,
    LifecycleRule,
    ObjectLockConfiguration,
    PublicAccessBlock,
    Transition,
    Versioning,
    VersioningStatus,
)
from s3tui.s3.errors import ProtocolError
from s3tui.s3.models import AccessControlList, Grant, ObjectAttributes, Part, Retention, RetentionMode
from s3tui.s3.wire import xml
from s3tui.s3.wire.listing_fields import next_part_marker
from s3tui.s3.wire.xml import NAMESPACE, Element, parse, required


def location(body: bytes) -> str:
    """Read GetBucketLocation: a region's name."""
    constraint = (parse(body, "LocationConstraint").text or "").strip()
    return {"": "us-east-1", "EU": "eu-west-1"}.get(constraint, constraint)


def versioning(body: bytes) -> Versioning:
    root = parse(body, "VersioningConfiguration", "GetBucketVersioningResponse")
    status = root.findtext("Status") or VersioningStatus.OFF.value
    if status not in {known.value for known in VersioningStatus}:
        raise ProtocolError(f"the server says that versioning is {status[:40]!r}")
    return Versioning(VersioningStatus(status), root.findtext("MfaDelete") == "Enabled")


def versioning_body(status: VersioningStatus) -> bytes:
    return (
        f'<VersioningConfiguration xmlns="{NAMESPACE}"><Status>{status.value}</Status>'
        f"</VersioningConfiguration>"
    ).encode()


def policy(body: bytes) -> str:
    """Read GetBucketPolicy, the one subresource that is JSON."""
    try:
        text = body.decode()
        is_policy = isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        is_policy = False
    if not is_policy:
        raise ProtocolError("the server answered with something else than the JSON of a policy")
    return text


def policy_is_public(body: bytes) -> bool:
    return required(parse(body, "PolicyStatus"), "IsPublic").lower() == "true"


def public_access_block(body: bytes) -> PublicAccessBlock:
    # The second name is Ceph's.
    root = parse(body, "PublicAccessBlockConfiguration", "BlockPublicAccessBlockConfiguration")
    return PublicAccessBlock(
        block_public_acls=_is_true(root, "BlockPublicAcls"),
        ignore_public_acls=_is_true(root, "IgnorePublicAcls"),
        block_public_policy=_is_true(root, "BlockPublicPolicy"),
        restrict_public_buckets=_is_true(root, "RestrictPublicBuckets"),
    )


def public_access_block_body(block: PublicAccessBlock) -> bytes:
    parts = "".join(
        f"<{name}>{'true' if is_set else 'false'}</{name}>"
        for name, is_set in (
            ("BlockPublicAcls", block.block_public_acls),
            ("IgnorePublicAcls", block.ignore_public_acls),
            ("BlockPublicPolicy", block.block_public_policy),
            ("RestrictPublicBuckets", block.restrict_public_buckets),
        )
    )
    root = "PublicAccessBlockConfiguration"
    return f'<{root} xmlns="{NAMESPACE}">{parts}</{root}>'.encode()


def encryption_body(default: DefaultEncryption) -> bytes:
    key = f"<KMSMasterKeyID>{escape(default.kms_key_id)}</KMSMasterKeyID>" if default.kms_key_id else ""
    root = "ServerSideEncryptionConfiguration"
    return (
        f'<{root} xmlns="{NAMESPACE}"><Rule><ApplyServerSideEncryptionByDefault>'
        f"<SSEAlgorithm>{escape(default.algorithm)}</SSEAlgorithm>{key}</ApplyServerSideEncryptionByDefault>"
        f"<BucketKeyEnabled>{'true' if default.bucket_key else 'false'}</BucketKeyEnabled></Rule></{root}>"
    ).encode()


def cors(body: bytes) -> tuple[CorsRule, ...]:
    return tuple(
        CorsRule(
            allowed_origins=_texts(rule, "AllowedOrigin"),
            allowed_methods=_texts(rule, "AllowedMethod"),
            allowed_headers=_texts(rule, "AllowedHeader"),
            expose_headers=_texts(rule, "ExposeHeader"),
            max_age_s=_number(rule, "MaxAgeSeconds"),
            id=rule.findtext("ID") or None,
        )
        for rule in parse(body, "CORSConfiguration").iterfind("CORSRule")
    )


def lifecycle(body: bytes) -> tuple[LifecycleRule, ...]:
    return tuple(_lifecycle_rule(rule) for rule in parse(body, "LifecycleConfiguration").iterfind("Rule"))


def _lifecycle_rule(rule: Element) -> LifecycleRule:
    # A filter of several conditions wraps them in <And>; rules from before filters have a bare <Prefix>.
    conditions = next(
        (found for path in ("Filter/And", "Filter") if (found := rule.find(path)) is not None), rule
    )
    return LifecycleRule(
        id=rule.findtext("ID") or None,
        is_enabled=rule.findtext("Status") == "Enabled",
        prefix=conditions.findtext("Prefix") or "",
        tags=_tags(conditions),
        larger_than=_number(conditions, "ObjectSizeGreaterThan"),
        smaller_than=_number(conditions, "ObjectSizeLessThan"),
        expiration_days=_number(rule, "Expiration/Days"),
        expiration_date=xml.time(rule.findtext("Expiration/Date")),
        removes_expired_delete_markers=_is_true(rule, "Expiration/ExpiredObjectDeleteMarker"),
        noncurrent_expiration_days=_number(rule, "NoncurrentVersionExpiration/NoncurrentDays"),
        noncurrent_versions_kept=_number(rule, "NoncurrentVersionExpiration/NewerNoncurrentVersions"),
        abort_uploads_after_days=_number(rule, "AbortIncompleteMultipartUpload/DaysAfterInitiation"),
        transitions=tuple(_transition(entry, "Days") for entry in rule.iterfind("Transition")),
        noncurrent_transitions=tuple(
            _transition(entry, "NoncurrentDays") for entry in rule.iterfind("NoncurrentVersionTransition")
        ),
    )


def _transition(entry: Element, days: str) -> Transition:
    return Transition(required(entry, "StorageClass"), _number(entry, days), xml.time(entry.findtext("Date")))


def encryption(body: bytes) -> DefaultEncryption | None:
    """Read GetBucketEncryption; S3 has one rule a bucket."""
    rule = parse(body, "ServerSideEncryptionConfiguration").find("Rule")
    default = None if rule is None else rule.find("ApplyServerSideEncryptionByDefault")
    if rule is None or default is None:
        return None
    return DefaultEncryption(
        algorithm=required(default, "SSEAlgorithm"),
        kms_key_id=default.findtext("KMSMasterKeyID") or None,
        bucket_key=_is_true(rule, "BucketKeyEnabled"),
    )


def object_lock(body: bytes) -> ObjectLockConfiguration:
    root = parse(body, "ObjectLockConfiguration")
    mode = root.findtext("Rule/DefaultRetention/Mode")
    return ObjectLockConfiguration(
        is_enabled=root.findtext("ObjectLockEnabled") == "Enabled",
        mode=None if mode is None else retention_mode(mode),
        days=_number(root, "Rule/DefaultRetention/Days") or None,
        years=_number(root, "Rule/DefaultRetention/Years") or None,
    )


def ownership(body: bytes) -> str | None:
    """Read GetBucketOwnershipControls: `BucketOwnerEnforced`, `BucketOwnerPreferred` or `ObjectWriter`."""
    return parse(body, "OwnershipControls").findtext("Rule/ObjectOwnership")


def tagging(body: bytes) -> dict[str, str]:
    tag_set = parse(body, "Tagging").find("TagSet")
    return {} if tag_set is None else _tags(tag_set)


def tagging_body(tags: Mapping[str, str]) -> bytes:
    """Return the body of PutObjectTagging.

    Raises: ValueError, for a tag that XML cannot carry.
    """
    entries = "".join(
        f"<Tag><Key>{xml.escape_text(name)}</Key><Value>{xml.escape_text(value)}</Value></Tag>"
        for name, value in tags.items()
    )
    return f'<Tagging xmlns="{NAMESPACE}"><TagSet>{entries}</TagSet></Tagging>'.encode()


def acl(body: bytes) -> AccessControlList:
    root = parse(body, "AccessControlPolicy")
    grants = []
    for entry in root.iterfind("AccessControlList/Grant"):
        grantee = entry.find("Grantee")
        who = None if grantee is None else _first_text(grantee, "ID", "URI", "EmailAddress")
        name = None if grantee is None else grantee.findtext("DisplayName") or None
        grants.append(Grant(who, required(entry, "Permission"), name))
    return AccessControlList(root.findtext("Owner/ID") or None, tuple(grants))


def retention(body: bytes) -> Retention | None:
    root = parse(body, "Retention")
    mode, until = root.findtext("Mode"), xml.time(root.findtext("RetainUntilDate"))
    return None if not mode or until is None else Retention(retention_mode(mode), until)


def retention_mode(text: str) -> RetentionMode:
    """Read a retention mode.

    Raises: ProtocolError.
    """
    if text not in RetentionMode.__members__:
        raise ProtocolError(f"the server names a retention mode that S3 does not have: {text[:40]!r}")
    return RetentionMode(text)


def legal_hold(body: bytes) -> bool:
    return parse(body, "LegalHold").findtext("Status") == "ON"


def retention_body(retention: Retention | None) -> bytes:
    """Return the body of PutObjectRetention: empty to remove it."""
    if retention is None:
        return f'<Retention xmlns="{NAMESPACE}"></Retention>'.encode()
    until = f"{retention.until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return (
        f'<Retention xmlns="{NAMESPACE}"><Mode>{retention.mode.value}</Mode>'
        f"<RetainUntilDate>{until}</RetainUntilDate></Retention>"
    ).encode()


def legal_hold_body(is_on: bool) -> bytes:
    status = "ON" if is_on else "OFF"
    return f'<LegalHold xmlns="{NAMESPACE}"><Status>{status}</Status></LegalHold>'.encode()


def object_attributes(body: bytes) -> tuple[ObjectAttributes, str | None]:
    """Read GetObjectAttributes: a page of it, and the marker of the next page of parts."""
    root = parse(body, "GetObjectAttributesResponse", "GetObjectAttributesOutput")
    found = root.find("ObjectParts")
    parts = Element("ObjectParts") if found is None else found
    checksum = root.find("Checksum")
    attributes = ObjectAttributes(
        size=_number(root, "ObjectSize"),
        etag=xml.unquote_etag(root.findtext("ETag")),
        storage_class=root.findtext("StorageClass"),
        checksum=None if checksum is None else xml.checksum(checksum),
        # `PartsCount` in the documentation, `TotalPartsCount` in the SDKs' model of the same response
        parts_count=_number(parts, "PartsCount") or _number(parts, "TotalPartsCount"),
        parts=tuple(
            Part(
                part_number=xml.whole_number(required(part, "PartNumber")),
                etag="",
                size=_number(part, "Size"),
                checksum=xml.checksum(part),
            )
            for part in parts.iterfind("Part")
        ),
    )
    numbers = [part.part_number for part in attributes.parts]
    return attributes, next_part_marker(parts, numbers)


def restore_body(days: int | None, tier: str) -> bytes:
    lifetime = "" if days is None else f"<Days>{days}</Days>"
    return (
        f'<RestoreRequest xmlns="{NAMESPACE}">{lifetime}<GlacierJobParameters><Tier>{escape(tier)}</Tier>'
        f"</GlacierJobParameters></RestoreRequest>"
    ).encode()


def _tags(parent: Element) -> dict[str, str]:
    return {required(tag, "Key"): tag.findtext("Value") or "" for tag in parent.iterfind("Tag")}


def _texts(parent: Element, name: str) -> tuple[str, ...]:
    return tuple(child.text or "" for child in parent.iterfind(name))


def _first_text(parent: Element, *names: str) -> str | None:
    return next((text for name in names if (text := parent.findtext(name))), None)


def _number(parent: Element, path: str) -> int | None:
    text = parent.findtext(path)
    return None if not text else xml.whole_number(text)


def _is_true(parent: Element, path: str) -> bool:
    return (parent.findtext(path) or "").lower() == "true"


def leaves(body: bytes, root: str) -> Leaves:
    """Read any configuration as the texts in it, each behind the names of its elements."""
    return tuple(_leaves(parse(body, root), ""))


def _leaves(element: Element, path: str) -> Iterator[tuple[str, str]]:
    for child in element:
        name = f"{path}/{child.tag}" if path else child.tag
        if len(child):
            yield from _leaves(child, name)
        elif text := (child.text or "").strip():
            yield name, text

"""Sections of the tabs of one object. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from s3tui.browse.inspect.answers import Answer, Refused
from s3tui.browse.inspect.lifecycle import upcoming
from s3tui.browse.inspect.object_facts import KnownHead, ObjectAccess, ObjectId, ObjectParts, ObjectRules
from s3tui.browse.inspect.public_access import ACLS_OFF, PublicAccess, group_of, public_access
from s3tui.format import count, printable
from s3tui.s3.configuration import PublicAccessBlock
from s3tui.s3.models import AccessControlList, Grant, ObjectHead, Part
from s3tui.tui.text.detail.answers import field_of, fields_of, refusal_field, refusal_words
from s3tui.tui.text.fields import Field, Section
from s3tui.tui.text.object_fields import overview_sections, size_words
from s3tui.tui.text.waiting import STILL

_MOST_PARTS = 1000


def overview(
    object: ObjectId, about: KnownHead, rules: ObjectRules | None, source: Sequence[Field], now: datetime
) -> list[Section]:
    """Return what an object is: its names, content, state and protection, what will act on it, its source.

    Args:
        rules: `None` while they are awaited.
    """
    uri = f"s3://{object.bucket}/{object.key}"
    names = [Field("Key", printable(object.key, mark_spaces=True), "strong"), Field("URI", printable(uri))]
    if object.version_id is not None:
        names.append(Field("Version", printable(object.version_id)))
    sections = [Section("", names), *overview_sections(about.head, now)]
    if about.checksum_refusal is not None:
        words = refusal_words(Refused(about.checksum_refusal))
        sections.append(Section("Checksums", [Field("Checksum", words, "warn")]))
    sections.append(Section("Lifecycle", _lifecycle(object.key, about.head, rules)))
    return [*sections, Section("Source", source)]


def _lifecycle(key: str, head: ObjectHead, rules: ObjectRules | None) -> Sequence[Field]:
    if rules is None:
        return [Field("Rules", f"{STILL} awaited: the server has not told them yet", "dim")]
    if isinstance(rules.lifecycle, Refused):
        return [refusal_field("Rules", rules.lifecycle)]
    tags = None if isinstance(rules.tags, Refused) else rules.tags
    found = [
        Field(
            "On an unknown day" if each.at is None else f"{each.at:%Y-%m-%d}",
            f"{printable(each.what)}   by the rule {printable(each.rule)}",
        )
        for each in upcoming(rules.lifecycle, key, head, tags)
    ]
    if isinstance(rules.tags, Refused):
        found.append(Field("Rules by tag", refusal_words(rules.tags), "warn"))
    return found or [Field("Rules", "none acts on this object", "dim")]


def tags(answer: Answer[Mapping[str, str]]) -> list[Section]:
    """Return an object's tags, one a line."""
    if isinstance(answer, Refused):
        return [Section("", [refusal_field("Tags", answer)])]
    fields = [Field(printable(name), printable(value)) for name, value in sorted(answer.items())]
    return [Section("", fields or [Field("none", "", "dim")])]


def access(about: ObjectAccess) -> list[Section]:
    """Return who may read an object, and which setting decides."""
    verdict = public_access(about.acl, about.ownership, about.block, about.has_public_policy)
    return [
        Section("", [public_field(verdict)]),
        Section("Access control list", _acl_fields(about.acl, about.ownership)),
        Section(
            "Settings of the bucket", settings_fields(about.ownership, about.block, about.has_public_policy)
        ),
    ]


def public_field(verdict: PublicAccess) -> Field:
    match verdict.is_public:
        case True:
            return Field("Public", f"yes   {verdict.reason}", "warn")
        case False:
            return Field("Public", f"no   {verdict.reason}", "good")
        case None:
            return Field("Public", f"not known   {verdict.reason}", "warn")


def _acl_fields(acl: Answer[AccessControlList], ownership: Answer[str | None]) -> list[Field]:
    note = [Field("Off", "the bucket's owner owns every object: grants do not count", "dim")]
    return [*(note if ownership == ACLS_OFF else []), *fields_of("Grants", acl, acl_fields)]


def acl_fields(acl: AccessControlList) -> list[Field]:
    """Return the owner and one field for each grantee."""
    owner = Field("Owner", printable(acl.owner_id or "–"))
    by_grantee: dict[str, list[Grant]] = {}
    for grant in acl.grants:
        by_grantee.setdefault(_grantee(grant, acl.owner_id), []).append(grant)
    return [
        owner,
        *[
            Field(
                name,
                ", ".join(sorted(grant.permission for grant in grants)),
                "warn" if group_of(grants[0].grantee) else "",
            )
            for name, grants in by_grantee.items()
        ],
    ]


def _grantee(grant: Grant, owner: str | None) -> str:
    if grant.grantee is not None and grant.grantee == owner:
        return "the owner"
    name = group_of(grant.grantee) or grant.display_name or grant.grantee or "not said"
    return printable(name)


def settings_fields(
    ownership: Answer[str | None],
    block: Answer[PublicAccessBlock | None],
    has_public_policy: Answer[bool],
) -> list[Field]:
    """Return the settings of a bucket that decide on public access."""
    return [
        field_of("Ownership", ownership, lambda owner: printable(owner or "not set: lists count")),
        field_of("Public access", block, _block_words),
        field_of("Policy", has_public_policy, lambda is_public: "public" if is_public else "not public"),
    ]


def _block_words(block: PublicAccessBlock | None) -> str:
    if block is None:
        return "nothing is blocked by the bucket; the account may block more"
    kinds = {
        "new public ACLs": block.block_public_acls,
        "existing public ACLs": block.ignore_public_acls,
        "new public policies": block.block_public_policy,
        "a public policy's effect": block.restrict_public_buckets,
    }
    blocked = [name for name, is_blocked in kinds.items() if is_blocked]
    if len(blocked) == len(kinds):
        return "blocked, all four kinds"
    return f"blocks {', '.join(blocked)}" if blocked else "blocks nothing; the account may block more"


def parts(about: ObjectParts) -> list[Section]:
    """Return an object's checksum and its parts, with offsets."""
    return [
        Section("Checksum", _checksum(about.head)),
        Section(
            "Parts", fields_of("Parts", about.attributes, lambda known: _part_fields(about.head, known.parts))
        ),
    ]


def _checksum(head: ObjectHead) -> list[Field]:
    etag = Field("ETag", printable(head.etag or "–"))
    if head.checksum is None:
        return [etag, Field("Checksum", "S3 has none of this object, or does not tell", "dim")]
    kind = head.checksum.type.value.replace("_", " ").lower()
    value = printable(head.checksum.value)
    return [etag, Field(head.checksum.algorithm.value, f"{value}   {kind}")]


def _part_fields(head: ObjectHead, listed: Sequence[Part]) -> list[Field]:
    if not listed:
        if number := _parts_of(head):
            return [Field("Parts", f"{number}; S3 tells the sizes only where parts have checksums", "dim")]
        return [Field("Parts", "it was uploaded in one piece", "dim")]
    fields, offset = [], 0
    for part in listed[:_MOST_PARTS]:
        checksum = "" if part.checksum is None else f"   {printable(part.checksum.value)}"
        fields.append(Field(str(part.part_number), f"at {count(offset)}   {size_words(part.size)}{checksum}"))
        offset += part.size or 0
    if len(listed) > _MOST_PARTS:
        fields.append(Field("…", f"and {count(len(listed) - _MOST_PARTS)} more", "dim"))
    return fields


def part_count(about: ObjectParts) -> int | None:
    """Return the number of parts an object was uploaded in, as far as S3 tells."""
    if not isinstance(about.attributes, Refused) and about.attributes.parts_count:
        return about.attributes.parts_count
    return _parts_of(about.head)


def _parts_of(head: ObjectHead) -> int | None:
    number = (head.etag or "").partition("-")[2]
    return head.parts_count or (int(number) if number.isascii() and number.isdigit() else None)

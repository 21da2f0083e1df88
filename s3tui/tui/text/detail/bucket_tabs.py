"""Sections of the tabs of a bucket. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from s3tui.browse.inspect.answers import Answer, Refused
from s3tui.browse.inspect.bucket_facts import BucketAccess, BucketSettings, OpenUploads
from s3tui.browse.inspect.lifecycle import sentence
from s3tui.browse.inspect.policy import findings, pretty
from s3tui.browse.inspect.public_access import public_access
from s3tui.format import ago, counted, printable
from s3tui.prices import DATED, dollars
from s3tui.s3.configuration import (
    BucketDocument,
    CorsRule,
    DefaultEncryption,
    Leaves,
    LifecycleRule,
    ObjectLockConfiguration,
    Versioning,
    VersioningStatus,
)
from s3tui.tui.text.detail.answers import field_of, fields_of, refusal_field
from s3tui.tui.text.detail.object_tabs import acl_fields, public_field, settings_fields
from s3tui.tui.text.fields import Field, Section
from s3tui.tui.text.sentences import short_size


def settings(about: BucketSettings, now: datetime) -> list[Section]:
    """Return what holds for every object of a bucket."""
    return [
        Section(
            "",
            [
                field_of("Versioning", about.versioning, _versioning),
                field_of("Encryption", about.encryption, _encryption),
                field_of("Object Lock", about.object_lock, _lock),
                field_of("Unfinished", about.uploads, lambda uploads: _uploads(uploads, now)),
            ],
        ),
        Section("Tags", fields_of("Tags", about.tags, _tags)),
    ]


def _versioning(versioning: Versioning) -> str:
    mfa = "   deleting versions takes an MFA code" if versioning.mfa_delete else ""
    match versioning.status:
        case VersioningStatus.ENABLED:
            return f"on: what is overwritten or deleted can come back{mfa}"
        case VersioningStatus.SUSPENDED:
            return f"suspended: older versions stay, new ones are not kept{mfa}"
        case VersioningStatus.OFF:
            return "off: what is overwritten or deleted is gone"


def _encryption(encryption: DefaultEncryption | None) -> str:
    if encryption is None:
        return "not set"
    key = f"   {printable(encryption.kms_key_id)}" if encryption.kms_key_id else ""
    bucket_key = "   with a bucket key" if encryption.bucket_key else ""
    return f"{printable(encryption.algorithm)}{key}{bucket_key}"


def _lock(lock: ObjectLockConfiguration) -> str:
    if not lock.is_enabled:
        return "off"
    if lock.mode is None:
        return "on, without a default retention"
    number, unit = (lock.days, "day") if lock.days is not None else (lock.years, "year")
    return f"on: new versions are kept {counted(number or 0, unit)} ({lock.mode.value.lower()})"


def _uploads(known: OpenUploads, now: datetime) -> str:
    if not known.uploads:
        return "no upload was left behind"
    begun = [upload.initiated for upload in known.uploads if upload.initiated is not None]
    oldest = f", the oldest from {ago(min(begun), now)}" if begun else ""
    some = f"{'more than ' if known.is_more else ''}{counted(len(known.uploads), 'upload')}"
    is_part = known.is_more or known.measured < len(known.uploads)
    size = f", {'at least ' * is_part}{short_size(known.size)}" if known.measured else ""
    cost = ""
    if known.monthly is not None and known.size:
        estimate = f"estimate, list prices of us-east-1 from {DATED}"
        cost = f"   {dollars(known.monthly)} a month ({estimate})"
    return f"{some} that nobody ended{size}{oldest}: u lists them{cost}"


def _tags(tags: Mapping[str, str]) -> list[Field]:
    fields = [Field(printable(name), printable(value)) for name, value in sorted(tags.items())]
    return fields or [Field("none", "", "dim")]


def access(about: BucketAccess) -> list[Section]:
    """Return who may read a bucket, and which setting decides."""
    verdict = public_access(about.acl, about.ownership, about.block, about.has_public_policy)
    return [
        Section("", [public_field(verdict)]),
        Section("Settings", settings_fields(about.ownership, about.block, about.has_public_policy)),
        Section("Access control list", fields_of("Grants", about.acl, acl_fields)),
        Section("Other web pages (CORS)", fields_of("Rules", about.cors, _cors)),
    ]


def _cors(rules: Sequence[CorsRule]) -> list[Field]:
    if not rules:
        return [Field("Rules", "none: browsers refuse pages of other origins", "dim")]
    return [
        Field(
            printable(rule.id or f"Rule {number}"),
            printable(f"{', '.join(rule.allowed_origins)} may {', '.join(rule.allowed_methods)}"),
            "warn" if "*" in rule.allowed_origins else "",
        )
        for number, rule in enumerate(rules, start=1)
    ]


def policy(answer: Answer[str | None]) -> list[Section]:
    """Return a bucket's policy, what in it deserves a second look first."""
    if isinstance(answer, Refused):
        return [Section("", [refusal_field("Policy", answer)])]
    if answer is None:
        return [Section("", [Field("Policy", "none", "dim")])]
    found = [
        Field(printable(each.statement) or "–", printable(each.sentence), "bad" if each.is_public else "warn")
        for each in findings(answer)
    ]
    lines = [Field("", printable(line)) for line in pretty(answer).splitlines()]
    first = Section("Look twice", found) if found else Section("", [Field("Findings", "none", "good")])
    return [first, Section("Policy", lines)]


def lifecycle(answer: Answer[Sequence[LifecycleRule]]) -> list[Section]:
    """Return each lifecycle rule as a sentence."""
    if isinstance(answer, Refused):
        return [Section("", [refusal_field("Rules", answer)])]
    fields = [
        Field(
            printable(rule.id or f"Rule {number}"),
            sentence(rule) + ("" if rule.is_enabled else "   off"),
            "" if rule.is_enabled else "dim",
        )
        for number, rule in enumerate(answer, start=1)
    ]
    return [Section("", fields or [Field("Rules", "none: nothing expires by itself", "dim")])]


_TITLES = {
    BucketDocument.REPLICATION: "Replication",
    BucketDocument.LOGGING: "Access logs",
    BucketDocument.NOTIFICATION: "Notifications",
    BucketDocument.WEBSITE: "Website",
    BucketDocument.INVENTORY: "Inventory reports",
    BucketDocument.ACCELERATE: "Transfer acceleration",
    BucketDocument.REQUEST_PAYMENT: "Who pays for requests",
}
_SAYS_NOTHING = frozenset({"IsTruncated"})


def documents(answers: Mapping[BucketDocument, Answer[Leaves | None]]) -> list[Section]:
    """Return each of the other configurations; first those that are there, in one line each the others."""
    there, absent = [], []
    for document, title in _TITLES.items():
        known = answers[document]
        if isinstance(known, Refused):
            absent.append(refusal_field(title, known))
        elif fields := [_leaf(*each) for each in known or () if each[0] not in _SAYS_NOTHING]:
            there.append(Section(title, fields))
        else:
            absent.append(Field(title, "not configured", "dim"))
    return [*there, *([Section("", absent)] if absent else [])]


def _leaf(path: str, text: str) -> Field:
    return Field(printable(path.replace("/", " · ")), printable(text))

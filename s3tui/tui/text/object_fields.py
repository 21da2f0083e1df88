"""Sections of fields that describe a bucket or an object. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from s3tui.format import age, ago, counted, exact_size, printable, timestamp, zoned
from s3tui.s3.address.uri import S3Uri
from s3tui.tui.text.bucket_row import BucketRow
from s3tui.tui.text.fields import Field, Section
from s3tui.tui.text.sentences import counted_words, short_size

if TYPE_CHECKING:
    from s3tui.connect.connection import Connection
    from s3tui.s3.models import ObjectHead
    from s3tui.s3.sending.region_redirects import RegionRouted

STANDARD = "STANDARD"


def bucket_sections(
    row: BucketRow, redirect: RegionRouted | None, connection: Connection, now: datetime
) -> list[Section]:
    """Return the fields of a bucket: its region, how that was learned, age, names and connection."""
    region = [Field("Region", printable(row.region or "⋯"), "strong")]
    if row.refused:
        region = [Field("Region", row.refused, "bad")]
    sections = [Section("", [*region, *_redirect_fields(redirect)])]
    created = (
        []
        if row.created is None
        else [Field("Created", f"{timestamp(row.created)}   {age(row.created, now)}")]
    )
    if row.known is not None:
        least = "" if row.known.is_complete and not row.known.tally.unsized else "at least "
        words = f"{least}{short_size(row.known.tally.size)} in {counted(row.known.tally.objects, 'object')}"
        created += [Field("All in it", words), Field("", counted_words(row.known.begun_at, now), "dim")]
    name = printable(row.name)
    names = [Field("URI", f"s3://{name}")]
    if (arn := S3Uri(row.name).arn) is not None:
        names.append(Field("ARN", printable(arn)))
    via = [
        Field("Endpoint", printable(connection.endpoint.url)),
        Field("Connection", printable(connection.name)),
    ]
    return [*sections, Section("", [*created, *names, *via])]


def source_fields(region: str, redirect: RegionRouted | None, connection: Connection) -> list[Field]:
    """Return the source of an object: its region, how that was learned, endpoint and connection."""
    return [
        Field("Region", printable(region or "–")),
        *_redirect_fields(redirect),
        Field("Endpoint", printable(connection.endpoint.url)),
        Field("Connection", printable(connection.name)),
    ]


def _redirect_fields(redirect: RegionRouted | None) -> list[Field]:
    if redirect is None:
        return []
    cost = "" if redirect.elapsed_s is None else f"   +{redirect.elapsed_s * 1000:.0f} ms once"
    return [
        Field("  asked", f"{printable(redirect.from_region)}   {zoned(redirect.at):%H:%M:%S}", "dim"),
        Field("  told", printable(redirect.evidence), "warn"),
        Field("  now", f"{printable(redirect.to_region)}{cost}", "good"),
    ]


_CHECKSUM = "x-amz-checksum-"
_META = "x-amz-meta-"
_ENCRYPTION = {
    "x-amz-server-side-encryption": "Encryption",
    "x-amz-server-side-encryption-aws-kms-key-id": "KMS key",
    "x-amz-server-side-encryption-customer-algorithm": "Customer key",
    "x-amz-server-side-encryption-bucket-key-enabled": "Bucket key",
}
_CONTENT = {
    "content-encoding": "Encoding",
    "content-language": "Language",
    "content-disposition": "Disposition",
    "cache-control": "Cache",
    "expires": "Expires",
    "x-amz-website-redirect-location": "Redirects to",
}
_STATE = {
    "x-amz-restore": "Restore",
    "x-amz-archive-status": "Archive",
    "x-amz-expiration": "Expiration",
    "x-amz-replication-status": "Replication",
    "x-amz-object-lock-mode": "Lock",
    "x-amz-object-lock-retain-until-date": "Locked until",
    "x-amz-object-lock-legal-hold": "Legal hold",
    "x-amz-tagging-count": "Tags",
    "x-amz-version-id": "Version",
    "x-amz-mp-parts-count": "Parts",
}


def overview_sections(head: ObjectHead, now: datetime) -> list[Section]:
    """Return all fields of a HeadObject answer except user metadata, grouped and formatted."""
    headers = {name.lower(): value for name, value in head.headers}
    modified = "–"
    if head.last_modified is not None:
        local = timestamp(head.last_modified)
        utc = "" if local.endswith("+00:00") else f"   {head.last_modified:%H:%M:%S} UTC"
        modified = f"{local}{utc}   {ago(head.last_modified, now)}"
    basics = [
        Field("Size", size_words(head.size), "strong"),
        Field("Modified", modified),
        Field("Class", printable(head.storage_class or STANDARD)),
        Field("Type", printable(head.content_type or "–")),
        Field("ETag", _etag(head.etag)),
    ]
    checksums = [
        Field(name.removeprefix(_CHECKSUM).upper(), printable(value))
        for name, value in headers.items()
        if name.startswith(_CHECKSUM)
    ]
    groups = [
        ("", [*basics, *_named(headers, _CONTENT)]),
        ("State", _named(headers, _STATE)),
        ("Checksums", checksums),
        ("Encryption", _named(headers, _ENCRYPTION)),
    ]
    return [Section(title, fields) for title, fields in groups if fields]


def metadata_section(head: ObjectHead) -> Section:
    fields = [Field(printable(name), printable(value)) for name, value in sorted(head.metadata.items())]
    return Section("Metadata", fields or [Field("none", "", "dim")])


def raw_sections(head: ObjectHead) -> list[Section]:
    """Return the request for a head, as it was sent, and the headers of its response."""
    response = Section("Response", [_header(*each) for each in head.headers])
    if (sent := head.request) is None:
        return [response]
    line = Field(sent.method, printable(sent.url), "strong")
    return [Section("Request", [line, *(_header(*each) for each in sent.headers)]), response]


def _header(name: str, value: str) -> Field:
    return Field(printable(name), printable(value))


def _named(headers: dict[str, str], names: dict[str, str]) -> list[Field]:
    return [Field(label, printable(headers[name])) for name, label in names.items() if headers.get(name)]


def size_words(n: int | None) -> str:
    """Return a size rounded and in bytes, if the two differ: `1.21 GB   1,299,414,016 bytes`."""
    if n is None:
        return "–"
    return exact_size(n) if n < 1000 else f"{short_size(n)}   {exact_size(n)}"


def _etag(etag: str | None) -> str:
    if etag is None:
        return "–"
    _, dash, parts = etag.partition("-")
    return printable(etag) + (f"   ({counted(int(parts), 'part')})" if dash and parts.isdigit() else "")


def copies(
    bucket: str, key: str, *, has_etag: bool, size: int | None, url: str, version_id: str | None = None
) -> Sequence[tuple[str, str, str | None]]:
    """Return the entries of an object's clipboard menu: key letter, label and unescaped value.

    The value of the ETag is `None`: it is requested when the menu is open.
    """
    known = [
        ("k", "key", key),
        ("u", "s3:// URI", f"s3://{bucket}/{key}"),
        ("a", "ARN", S3Uri(bucket, key).arn),
        ("h", "URL", url),
        ("e", "ETag", None),
        ("s", "size in bytes", None if size is None else str(size)),
        ("v", "version id", version_id),
    ]
    return [choice for choice in known if choice[2] or (choice[0] == "e" and has_etag)]


def bucket_choices(bucket: str) -> list[tuple[str, str, str | None]]:
    """Return the entries of a bucket's clipboard menu, as `copies` does for an object."""
    known = [
        ("n", "name", bucket),
        ("u", "s3:// URI", f"s3://{bucket}/"),
        ("a", "ARN", S3Uri(bucket).arn),
    ]
    return [choice for choice in known if choice[2]]

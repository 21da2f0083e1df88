"""The keyword arguments that operations share, and the headers that they become. Pure.

Every operation takes `CallOptions`; those that read, write or copy an object take more:

    s3.put_object("b", "k", data, content_type="text/plain", requester_pays=True)

A value of `None` is the same as no argument.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TypedDict, cast

from s3tui.s3.address.access_point import is_arn
from s3tui.s3.address.target import encode_key, encode_query_value
from s3tui.s3.address.uri import S3Uri
from s3tui.s3.checksum import ChecksumAlgorithm, ChecksumMode
from s3tui.s3.models import Grant, ObjectHead, Retention
from s3tui.s3.request.s3_request import check_header, metadata_value
from s3tui.s3.signing.presign import ResponseOverrides
from s3tui.s3.wire.xml import quote_etag


@dataclass(frozen=True, slots=True)
class CallDefaults:
    """A client's defaults of options, for calls that do not name them."""

    requester_pays: bool = False
    expected_bucket_owner: str | None = None
    checksums: ChecksumMode = ChecksumMode.WHEN_SUPPORTED
    checksum_algorithm: ChecksumAlgorithm = ChecksumAlgorithm.CRC32
    verifies: bool = True
    """Ask for the checksum of what is read, and compare; not in mode `NEVER`."""
    signs_payload: bool = False
    """Sign the hash of a body that is read from a file, which is read twice for that; of bytes always."""

    @property
    def asks_for_checksums(self) -> bool:
        return self.verifies and self.checksums is not ChecksumMode.NEVER


@dataclass(frozen=True, slots=True)
class Encryption:
    """Server-side encryption of an object to be written; make one with `s3` or `kms`."""

    algorithm: str
    kms_key_id: str | None = None
    kms_context: Mapping[str, str] | None = None
    bucket_key: bool | None = None

    @classmethod
    def s3(cls) -> Encryption:
        """Encrypt with keys that S3 keeps (SSE-S3), whatever the bucket's default is."""
        return cls("AES256")

    @classmethod
    def kms(
        cls,
        key_id: str | None = None,
        *,
        context: Mapping[str, str] | None = None,
        bucket_key: bool | None = None,
        dual_layer: bool = False,
    ) -> Encryption:
        """Encrypt with a key of KMS (SSE-KMS, DSSE-KMS): by default the one that AWS manages for S3."""
        return cls("aws:kms:dsse" if dual_layer else "aws:kms", key_id, context, bucket_key)

    def headers(self) -> dict[str, str]:
        prefix = "x-amz-server-side-encryption"
        headers = {prefix: self.algorithm}
        if self.kms_key_id is not None:
            headers[f"{prefix}-aws-kms-key-id"] = self.kms_key_id
        if self.kms_context is not None:
            headers[f"{prefix}-context"] = _base64(json.dumps(dict(self.kms_context)).encode())
        if self.bucket_key is not None:
            headers[f"{prefix}-bucket-key-enabled"] = "true" if self.bucket_key else "false"
        return headers


@dataclass(frozen=True, slots=True)
class CustomerKey:
    """A key of 32 bytes that S3 encrypts with and forgets (SSE-C); never shown by `repr`.

    S3 takes it over https only.
    """

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.key) != 32:
            raise ValueError("a customer key for AES256 has 32 bytes")

    def headers(self, prefix: str = "x-amz-") -> dict[str, str]:
        start = f"{prefix}server-side-encryption-customer"
        return {
            f"{start}-algorithm": "AES256",
            f"{start}-key": _base64(self.key),
            f"{start}-key-md5": _base64(hashlib.md5(self.key, usedforsecurity=False).digest()),
        }


class CallOptions(TypedDict, total=False):
    """The options of every call."""

    requester_pays: bool
    """Agree to be charged for requests to a bucket whose owner does not pay."""
    expected_bucket_owner: str | None
    """Fail with AccessDenied unless the bucket belongs to this account."""
    connect_timeout_s: float
    read_timeout_s: float
    """Both instead of the client's own, for this call."""


class ReadOptions(CallOptions, total=False):
    """The options of reading: which version or state of an object. Etags come without quotes."""

    version_id: str | None
    part_number: int | None
    """Read only this part of a multipart object."""
    if_match: str | None
    if_none_match: str | None
    if_modified_since: datetime | None
    if_unmodified_since: datetime | None
    customer_key: CustomerKey | None
    overrides: ResponseOverrides | None
    """Headers of the response, instead of the object's own."""


class ObjectOptions(CallOptions, total=False):
    """The properties of an object to be written, apart from its bytes."""

    content_type: str | None
    content_encoding: str | None
    content_disposition: str | None
    content_language: str | None
    cache_control: str | None
    expires: str | None
    website_redirect: str | None
    acl: str | None
    """A canned ACL: `private`, `public-read`, `bucket-owner-full-control` …"""
    grants: Sequence[Grant] | None
    """Instead of a canned ACL; one by email is left out, as S3 takes none any more."""
    storage_class: str | None
    metadata: Mapping[str, str] | None
    """Names without `x-amz-meta-`; values beyond ASCII are encoded as RFC 2047 has it."""
    tagging: Mapping[str, str] | None
    encryption: Encryption | None
    customer_key: CustomerKey | None
    retention: Retention | None
    legal_hold: bool | None


class WriteOptions(ObjectOptions, total=False):
    """`ObjectOptions`, and conditions of the write. Not every product obeys them."""

    if_match: str | None
    """Write only over the object of this etag."""
    if_none_match: str | None
    """`*`: write only where there is no object."""


class SourceOptions(TypedDict, total=False):
    """The conditions on the source of a copy."""

    source_version_id: str | None
    source_if_match: str | None
    source_if_none_match: str | None
    source_customer_key: CustomerKey | None
    source_expected_bucket_owner: str | None


class PartOptions(CallOptions, total=False):
    """The options that each part of an upload has to repeat."""

    customer_key: CustomerKey | None


class CopyPartOptions(PartOptions, SourceOptions, total=False):
    """`PartOptions`, and `SourceOptions` for what is copied."""


class CopyOptions(WriteOptions, SourceOptions, total=False):
    """`WriteOptions` for the copy, `SourceOptions` for what is copied."""


_OBJECT_HEADERS = {
    "content_type": "content-type",
    "content_encoding": "content-encoding",
    "content_disposition": "content-disposition",
    "content_language": "content-language",
    "cache_control": "cache-control",
    "expires": "expires",
    "website_redirect": "x-amz-website-redirect-location",
    "acl": "x-amz-acl",
    "storage_class": "x-amz-storage-class",
}
_GRANTS = {
    "FULL_CONTROL": "x-amz-grant-full-control",
    "READ": "x-amz-grant-read",
    "READ_ACP": "x-amz-grant-read-acp",
    "WRITE_ACP": "x-amz-grant-write-acp",
}
_REPLACED_BY_COPY = ("content_", "cache_", "expires", "metadata", "website_")


def call_headers(options: CallOptions, defaults: CallDefaults) -> dict[str, str]:
    headers: dict[str, str] = {}
    if options.get("requester_pays", defaults.requester_pays):
        headers["x-amz-request-payer"] = "requester"
    owner = options.get("expected_bucket_owner") or defaults.expected_bucket_owner
    if owner is not None:
        headers["x-amz-expected-bucket-owner"] = owner
    return headers


def call_timeouts(options: CallOptions) -> dict[str, float]:
    """Return the timeouts of a call, by the names that httpx's transports know."""
    timeouts: dict[str, float] = {}
    if "connect_timeout_s" in options:
        timeouts["connect"] = options["connect_timeout_s"]
    if "read_timeout_s" in options:
        timeouts["read"] = options["read_timeout_s"]
    return timeouts


def read_headers(options: ReadOptions) -> dict[str, str]:
    headers = condition_headers(options.get("if_match"), options.get("if_none_match"))
    since, until = options.get("if_modified_since"), options.get("if_unmodified_since")
    if since is not None:
        headers["if-modified-since"] = _http_date(since)
    if until is not None:
        headers["if-unmodified-since"] = _http_date(until)
    customer_key = options.get("customer_key")
    return headers if customer_key is None else headers | customer_key.headers()


def read_query(options: ReadOptions) -> tuple[tuple[str, str], ...]:
    part_number, overrides = options.get("part_number"), options.get("overrides")
    state = query(
        versionId=options.get("version_id"), partNumber=None if part_number is None else str(part_number)
    )
    return state if overrides is None else state + overrides.query


def object_headers(options: ObjectOptions) -> dict[str, str]:
    """Return the headers that describe an object to be written.

    Raises: ValueError, when a value cannot stand in a header.
    """
    given: Mapping[str, object] = options
    headers = {
        header: value
        for name, header in _OBJECT_HEADERS.items()
        if (value := _text(given.get(name))) is not None
    }
    for name, value in (options.get("metadata") or {}).items():
        headers[f"x-amz-meta-{name.lower()}"] = metadata_value(value)
    if tags := options.get("tagging"):
        headers["x-amz-tagging"] = "&".join(
            f"{encode_query_value(name)}={encode_query_value(value)}" for name, value in tags.items()
        )
    for protection in (options.get("encryption"), options.get("customer_key")):
        if protection is not None:
            headers |= protection.headers()
    headers |= grant_headers(options.get("grants") or ())
    headers |= _lock_headers(options.get("retention"), options.get("legal_hold"))
    for name, value in headers.items():
        check_header(name, value)
    return headers


def grant_headers(grants: Sequence[Grant]) -> dict[str, str]:
    """Return the headers that grant access to an object; a permission that S3 has not is left out."""
    headers: dict[str, list[str]] = {}
    for grant in grants:
        if grant.grantee is None or grant.permission not in _GRANTS or "@" in grant.grantee:
            continue
        kind = "uri" if grant.grantee.startswith("http") else "id"
        headers.setdefault(_GRANTS[grant.permission], []).append(f'{kind}="{grant.grantee}"')
    return {name: ", ".join(grantees) for name, grantees in headers.items()}


def write_headers(options: WriteOptions) -> dict[str, str]:
    """Return the headers of a write, conditions included.

    Raises: ValueError, when a value cannot stand in a header.
    """
    return object_headers(options) | condition_headers(options.get("if_match"), options.get("if_none_match"))


def source_headers(source: str, options: SourceOptions) -> dict[str, str]:
    """Return the headers that name the source of a copy: `bucket/key` as they are called."""
    version_id = options.get("source_version_id")
    location = _copy_source(source)
    if version_id is not None:
        location += f"?versionId={encode_query_value(version_id)}"
    headers = {"x-amz-copy-source": location}
    conditions = condition_headers(options.get("source_if_match"), options.get("source_if_none_match"))
    headers |= {f"x-amz-copy-source-{name}": value for name, value in conditions.items()}
    if owner := options.get("source_expected_bucket_owner"):
        headers["x-amz-source-expected-bucket-owner"] = owner
    customer_key = options.get("source_customer_key")
    return headers if customer_key is None else headers | customer_key.headers("x-amz-copy-source-")


def replaces_description(options: CopyOptions) -> bool:
    """Say whether a copy replaces the source's description; S3 replaces all of it, or none."""
    given: Mapping[str, object] = options
    return any(value is not None and name.startswith(_REPLACED_BY_COPY) for name, value in given.items())


def copy_directives(options: CopyOptions) -> dict[str, str]:
    """Return the headers that say what is copied: what is not named is, apart from ACL, class and lock."""
    headers = {"x-amz-metadata-directive": "REPLACE" if replaces_description(options) else "COPY"}
    if options.get("tagging") is not None:
        headers["x-amz-tagging-directive"] = "REPLACE"
    return headers


def call_options(options: CallOptions) -> CallOptions:
    """Return those of wider options that every call takes."""
    return cast(CallOptions, _only(CallOptions, options))


def part_options(options: ObjectOptions) -> PartOptions:
    """Return those of an object's options that each of its parts repeats."""
    return cast(PartOptions, _only(PartOptions, options))


def copy_part_options(options: CopyOptions) -> CopyPartOptions:
    """Return those of a copy's options that each of its parts repeats."""
    return cast(CopyPartOptions, _only(CopyPartOptions, options))


def object_options(options: WriteOptions) -> ObjectOptions:
    """Return a write's options without its conditions, and without what is `None`."""
    return cast(ObjectOptions, _only(ObjectOptions, options))


def description_of(head: ObjectHead) -> ObjectOptions:
    """Return the headers that a copy inside S3 keeps of its source; its tags are not among them."""
    return {
        "content_type": head.content_type,
        "content_encoding": head.content_encoding,
        "content_disposition": head.content_disposition,
        "content_language": head.content_language,
        "cache_control": head.cache_control,
        "expires": head.expires,
        "metadata": head.metadata,
    }


def source_options(options: CopyOptions) -> ReadOptions:
    """Return the options to read the source of a copy with."""
    found: ReadOptions = {
        "version_id": options.get("source_version_id"),
        "if_match": options.get("source_if_match"),
        "if_none_match": options.get("source_if_none_match"),
        "customer_key": options.get("source_customer_key"),
        "expected_bucket_owner": options.get("source_expected_bucket_owner"),
    }
    if "requester_pays" in options:
        found["requester_pays"] = options["requester_pays"]
    return found


def _only(kind: type[object], options: Mapping[str, object]) -> dict[str, object]:
    return {
        name: value for name, value in options.items() if name in kind.__annotations__ and value is not None
    }


def condition_headers(if_match: str | None, if_none_match: str | None) -> dict[str, str]:
    headers: dict[str, str] = {}
    if if_match is not None:
        headers["if-match"] = quote_etag(if_match)
    if if_none_match is not None:
        headers["if-none-match"] = quote_etag(if_none_match)
    return headers


def part_headers(options: PartOptions) -> dict[str, str]:
    customer_key = options.get("customer_key")
    return {} if customer_key is None else customer_key.headers()


def query(**pairs: str | None) -> tuple[tuple[str, str], ...]:
    """Return the pairs that have a value."""
    return tuple((name, value) for name, value in pairs.items() if value is not None)


def _copy_source(source: str) -> str:
    uri = S3Uri.of_source(source)
    return encode_key(f"{uri.bucket}/object/{uri.key}" if is_arn(uri.bucket) else source)


def _lock_headers(retention: Retention | None, legal_hold: bool | None) -> dict[str, str]:
    headers: dict[str, str] = {}
    if retention is not None:
        headers["x-amz-object-lock-mode"] = retention.mode.value
        headers["x-amz-object-lock-retain-until-date"] = (
            f"{retention.until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        )
    if legal_hold is not None:
        headers["x-amz-object-lock-legal-hold"] = "ON" if legal_hold else "OFF"
    return headers


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _http_date(when: datetime) -> str:
    return format_datetime(when.astimezone(UTC), usegmt=True)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()

"""Response headers to values: object heads, checksums, ranges. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from functools import lru_cache

import httpx

from s3tui.s3.checksum import Checksum, ChecksumAlgorithm, ChecksumType, is_md5
from s3tui.s3.errors import ProtocolError
from s3tui.s3.models import ByteRange, ContentRange, ObjectHead, Retention, RetentionMode
from s3tui.s3.wire import conversions
from s3tui.s3.wire.xml import unquote_etag

_CONTENT_RANGE = re.compile(r"bytes (\d{1,19})-(\d{1,19})/(\d{1,19}|\*)", re.ASCII)
_USER_METADATA = "x-amz-meta-"
_CHECKSUMS = tuple((algorithm.header, algorithm) for algorithm in ChecksumAlgorithm)


def object_head(headers: httpx.Headers) -> ObjectHead:
    """Read the head of HeadObject or GetObject."""
    pairs = [(_text(name).lower(), _text(value)) for name, value in headers.raw]
    fields = dict(pairs)  # httpx looks through all of them for each name: half of what a small GET costs
    get = fields.get
    return ObjectHead(
        size=_size(fields),
        etag=unquote_etag(get("etag")),
        last_modified=http_time(get("last-modified")),
        content_type=get("content-type"),
        content_encoding=get("content-encoding"),
        content_disposition=get("content-disposition"),
        content_language=get("content-language"),
        cache_control=get("cache-control"),
        expires=get("expires"),
        storage_class=get("x-amz-storage-class"),
        version_id=get("x-amz-version-id"),
        delete_marker=get("x-amz-delete-marker") == "true",
        parts_count=_number(fields, "x-amz-mp-parts-count"),
        restore=get("x-amz-restore"),
        server_side_encryption=get("x-amz-server-side-encryption"),
        kms_key_id=get("x-amz-server-side-encryption-aws-kms-key-id"),
        customer_key_md5=get("x-amz-server-side-encryption-customer-key-md5"),
        checksum=checksum(fields),
        retention=_retention(fields),
        legal_hold=get("x-amz-object-lock-legal-hold") == "ON",
        tag_count=_number(fields, "x-amz-tagging-count"),
        requester_charged=get("x-amz-request-charged") == "requester",
        metadata={
            name[len(_USER_METADATA) :]: value
            for name, value in fields.items()
            if name.startswith(_USER_METADATA)
        },
        headers=tuple(pairs),
    )


def _size(fields: Mapping[str, str]) -> int | None:
    """Return the object's size, `None` where the response does not say."""
    span = content_range(fields)
    if span is not None:
        return span.total
    if "transfer-encoding" in fields:
        return None  # RFC 9112 §6.3: a length beside it means nothing
    return _number(fields, "content-length")


def checksum(headers: Mapping[str, str]) -> Checksum | None:
    """Read the checksum of a response, of whichever algorithm.

    S3 says of which type it is. Of an object made of parts, one without a type is not one of all the bytes
    for sure, so it is taken for a composite one; without its number of parts, it then proves nothing.
    """
    for name, algorithm in _CHECKSUMS:
        value = headers.get(name)
        if value:
            said = headers.get("x-amz-checksum-type")
            is_untyped = said is None and "-" in headers.get("etag", "")
            is_composite = said == "COMPOSITE" or "-" in value or is_untyped
            found = Checksum(
                algorithm, value, ChecksumType.COMPOSITE if is_composite else ChecksumType.FULL_OBJECT
            )
            if found.is_readable:
                return found
    return None


def whole_checksum(response: httpx.Response) -> Checksum | None:
    """Return the checksum that the body of a GetObject must have, `None` where S3 gives none of all of it."""
    if not any(name.lower().startswith(b"x-amz-checksum-") for name, _ in response.headers.raw):
        return None  # the usual case, and each look by name costs two microseconds
    found = checksum(response.headers)
    is_whole = response.status_code == 200 and "content-range" not in response.headers
    return found if found is not None and is_whole and found.type is ChecksumType.FULL_OBJECT else None


def md5_of(head: ObjectHead) -> str | None:
    """Return the object's MD5 where its etag is one.

    It is not with several parts, with KMS or with a customer's key. Not every product says which: one
    whose etags merely look like an MD5 is beyond what can be told.
    """
    if head.etag is None or is_opaque(head) or head.parts_count is not None or not is_md5(head.etag):
        return None
    return head.etag.lower()


def is_another(one: ObjectHead, other: ObjectHead) -> bool:
    """Say whether two responses show different states of an object; an absent value is no difference."""
    return (one.etag != other.etag and None not in (one.etag, other.etag)) or (
        one.size != other.size and None not in (one.size, other.size)
    )


def is_opaque(head: ObjectHead) -> bool:
    """Say whether the etag is none of the bytes: for a key of KMS or a customer's, or in S3 Express."""
    encryption = head.server_side_encryption or ""
    customer = "x-amz-server-side-encryption-customer-algorithm"
    return (
        head.customer_key_md5 is not None
        or encryption.startswith("aws:kms")
        or head.storage_class == "EXPRESS_ONEZONE"
        or any(name.lower() == customer for name, _ in head.headers)
    )


def content_range(headers: Mapping[str, str]) -> ContentRange | None:
    """Read `Content-Range`, whatever the status: some servers send it with 200.

    Raises: ProtocolError, when it is there and makes no sense.
    """
    text = headers.get("content-range")
    if text is None:
        return None
    match = _CONTENT_RANGE.fullmatch(text.strip())
    if match is None or not int(match[1]) <= int(match[2]) <= conversions.LARGEST:
        raise ProtocolError(f"the server's Content-Range cannot be read: {text[:80]!r}")
    return ContentRange(int(match[1]), int(match[2]), None if match[3] == "*" else int(match[3]))


def wanted_bytes(body: bytes, response: httpx.Response, wanted: ByteRange | None) -> bytes:
    """Return the requested range, also from a server that sent the whole object."""
    if wanted is None or response.status_code == 206 or content_range(response.headers) is not None:
        return body
    if wanted.suffix is not None:
        return body[-wanted.suffix :]
    return body[wanted.first : None if wanted.last is None else wanted.last + 1]


def _text(value: bytes) -> str:
    """Decode RFC 2047, in which S3 sends metadata beyond ASCII; some products send UTF-8 as it is."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
    if "=?" not in text:
        return text
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, UnicodeError):
        return text


def _retention(headers: Mapping[str, str]) -> Retention | None:
    mode = headers.get("x-amz-object-lock-mode", "")
    until = conversions.time(headers.get("x-amz-object-lock-retain-until-date"))
    if until is None or mode not in RetentionMode.__members__:
        return None
    return Retention(RetentionMode(mode), until)


def _number(headers: Mapping[str, str], name: str) -> int | None:
    return conversions.whole_number(headers.get(name))


http_time = lru_cache(maxsize=1024)(conversions.http_time)
"""Many objects are written in the same second."""

"""S3's XML: bodies of requests, and documents in responses.

Responses are not trusted: they are bounded before they reach this module, a document type is
refused (so nothing can expand), namespaces and unknown elements are ignored, and what is not the
documented document is a `ProtocolError`. The documents of a bucket's or an object's subresources are
in `xml_subresources`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from s3tui.s3.checksum import Checksum, ChecksumAlgorithm, ChecksumType
from s3tui.s3.errors import ProtocolError
from s3tui.s3.models import (
    Bucket,
    DeletedObject,
    DeleteError,
    DeleteResult,
    ListObjectsPage,
    ListUploadsPage,
    ListVersionsPage,
    ObjectSummary,
    ObjectVersion,
    OpenUpload,
    Part,
    RestoreStatus,
    UploadMarker,
    VersionMarker,
)
from s3tui.s3.wire import conversions, key_encoding
from s3tui.s3.wire.listing_fields import (
    common_prefixes,
    key_decoder,
    next_marker,
    next_part_marker,
    next_token,
    says_encoded,
)

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
Element = ElementTree.Element

_MAX_TAGS = 500_000
"""A page of 1 000 keys, with everything that S3 says of each, is a tenth of it."""
_MAX_BUCKETS = 20_000
"""So many are parsed at a time: unpaged, a response may hold any number of them."""
_BEFORE = b" \t\r\n\xef\xbb\xbf"
"""White space and a byte order mark, with which some servers begin; XML allows it in no such order."""


def parse(body: bytes, root_name: str, *also: str) -> Element:
    """Return the root element, with namespaces taken off every tag.

    Args:
        also: other names that some products give the same document.

    Raises: ProtocolError, when `body` is not one well-formed document called `root_name`.
    """
    root = _parse_any(body)
    if root.tag != root_name and root.tag not in also:
        raise ProtocolError(f"the server answered with <{root.tag[:40]}> where S3 documents <{root_name}>")
    return root


def parse_error(body: bytes) -> dict[str, str]:
    """Return the children of an `Error` element by name, or nothing when the body is something else."""
    try:
        root = _parse_any(body)
    except ProtocolError:
        return {}
    error = root if root.tag == "Error" else root.find("Error")
    return {} if error is None else {child.tag: (child.text or "").strip() for child in error}


def _parse_any(body: bytes) -> Element:
    if b"\0" in body:  # as in UTF-16, where a document type would hide
        raise ProtocolError("the server's answer is no S3 document: it holds bytes that no text does")
    if body.lstrip(_BEFORE)[:14].lower() == b"<!doctype html":
        raise ProtocolError("the server answered with a web page where S3 documents XML")
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise ProtocolError("the server's answer is no S3 document: it declares a document type")
    if body.count(b"<") > _MAX_TAGS:  # an element takes twenty times the memory of its `<a/>`
        raise ProtocolError("the server's answer holds more elements than any S3 document")
    try:
        root = ElementTree.fromstring(body.lstrip(_BEFORE))
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        start = body[:40].decode("utf-8", "replace").strip()
        what = "an empty body" if not body else f"{start!r}…"
        raise ProtocolError(f"the server's answer is not well-formed XML ({error}): {what}") from None
    if "}" in root.tag:
        for element in root.iter():
            element.tag = element.tag.rpartition("}")[2]
    return root


def list_buckets(body: bytes, root_name: str = "ListAllMyBucketsResult") -> tuple[list[Bucket], str | None]:
    """Read ListBuckets, or ListDirectoryBuckets: the buckets, and where the next page starts."""
    roots = [parse(document, root_name) for document in _bucket_documents(body)]
    buckets = [
        Bucket(
            name=name,
            created=conversions.time(entry.findtext("CreationDate")),
            region=entry.findtext("BucketRegion") or None,
        )
        for root in roots
        for entry in root.iterfind("Buckets/Bucket")
        if (name := entry.findtext("Name"))  # without a name there is nothing to open
    ]
    return buckets, roots[0].findtext("ContinuationToken") or None


def owner_of_buckets(body: bytes) -> str | None:
    """Read the owner of ListBuckets: an account's canonical id, at Amazon."""
    start = body.find(b"<Bucket>")
    rest = body[body.rfind(b"</Bucket>") + len(b"</Bucket>") :] if start >= 0 else b""
    return parse(body if start < 0 else body[:start] + rest, "ListAllMyBucketsResult").findtext("Owner/ID")


def _bucket_documents(body: bytes) -> Iterator[bytes]:
    """Split a very long ListBuckets into several documents; yield any other as it is."""
    end = b"</Bucket>"
    start, last = body.find(b"<Bucket>"), body.rfind(end) + len(end)
    entries = body[start:last].split(end)[:-1] if body.count(end) > _MAX_BUCKETS and start >= 0 else []
    if not entries:
        yield body
    for first in range(0, len(entries), _MAX_BUCKETS):
        yield b"".join((body[:start], *(e + end for e in entries[first : first + _MAX_BUCKETS]), body[last:]))


def list_objects(body: bytes) -> ListObjectsPage:
    """Read ListObjectsV2; `listing_xml.list_objects` reads the same faster."""
    root = parse(body, "ListBucketResult")
    entries = [entry for entry in root.iterfind("Contents") if entry.findtext("Key")]
    decode = key_decoder(root, [required(entry, "Key") for entry in entries])
    return objects_page(root, tuple(_object_summary(entry, decode) for entry in entries))


def objects_page(root: Element, objects: tuple[ObjectSummary, ...]) -> ListObjectsPage:
    """Return the page of `objects` that the rest of a ListObjectsV2 document makes them."""
    page = ListObjectsPage(objects, common_prefixes(root))
    token = next_token(root, page)
    return page if token is None else replace(page, next_continuation_token=token)


def list_object_versions(body: bytes) -> ListVersionsPage:
    """Read ListObjectVersions."""
    root = parse(body, "ListVersionsResult")
    entries = [e for e in root if e.tag in ("Version", "DeleteMarker") and e.findtext("Key")]
    decode = key_decoder(root, [required(entry, "Key") for entry in entries])
    versions = tuple(_object_version(entry, decode) for entry in entries)
    prefixes, ends = common_prefixes(root), [(version.key, version.version_id) for version in versions]
    following = next_marker(root, "NextVersionIdMarker", ends, prefixes)
    return ListVersionsPage(versions, prefixes, None if following is None else VersionMarker(*following))


def list_multipart_uploads(body: bytes, *, is_encoded: bool | None = None) -> ListUploadsPage:
    """Read ListMultipartUploads.

    Args:
        is_encoded: whether keys are; `None`: as the document says.
    """
    root = parse(body, "ListMultipartUploadsResult")
    entries = [entry for entry in root.iterfind("Upload") if entry.findtext("Key")]
    keys = [required(entry, "Key") for entry in entries]
    decode = key_decoder(root, keys, is_said=is_encoded)
    uploads = tuple(
        OpenUpload(
            key=decode(required(entry, "Key")),
            upload_id=required(entry, "UploadId"),
            initiated=conversions.time(entry.findtext("Initiated")),
            storage_class=entry.findtext("StorageClass"),
        )
        for entry in entries
    )
    prefixes, ends = common_prefixes(root), [(upload.key, upload.upload_id) for upload in uploads]
    following = next_marker(root, "NextUploadIdMarker", ends, prefixes)
    return ListUploadsPage(uploads, prefixes, None if following is None else UploadMarker(*following))


def may_be_encoded_unsaid(body: bytes) -> bool:
    """Say whether a ListMultipartUploads may hold encoded keys without saying so."""
    root = parse(body, "ListMultipartUploadsResult")
    keys = "\n".join(entry.findtext("Key") or "" for entry in root.iterfind("Upload"))
    return not says_encoded(root) and key_encoding.is_decodable(keys)


def _object_summary(entry: Element, decode: key_encoding.Decode) -> ObjectSummary:
    key = size = modified = etag = storage_class = restore = None
    for child in entry:  # one pass: this runs a million times in a long listing
        match child.tag:
            case "Key":
                key = child.text or ""
            case "Size":
                size = child.text
            case "LastModified":
                modified = child.text
            case "ETag":
                etag = child.text
            case "StorageClass":
                storage_class = child.text
            case "RestoreStatus":
                restore = _restore_status(child)
    return ObjectSummary(
        decode(key or ""),
        conversions.whole_number(size),
        conversions.time(modified),
        unquote_etag(etag),
        storage_class,
        restore,
    )


def _restore_status(entry: Element) -> RestoreStatus | None:
    is_in_progress = conversions.is_true(entry.findtext("IsRestoreInProgress"))
    expires = conversions.time(entry.findtext("RestoreExpiryDate"))
    return RestoreStatus(is_in_progress, expires) if is_in_progress or expires is not None else None


def _object_version(entry: Element, decode: key_encoding.Decode) -> ObjectVersion:
    is_marker = entry.tag == "DeleteMarker"
    return ObjectVersion(
        key=decode(required(entry, "Key")),
        version_id=required(entry, "VersionId"),
        is_latest=conversions.is_true(entry.findtext("IsLatest")),
        is_delete_marker=is_marker,
        size=None if is_marker else conversions.whole_number(entry.findtext("Size")),
        last_modified=conversions.time(entry.findtext("LastModified")),
        etag=unquote_etag(entry.findtext("ETag")),
        storage_class=entry.findtext("StorageClass"),
    )


def copy_result(body: bytes) -> str:
    """Read a CopyObject response: the new etag."""
    return unquote_etag(required(parse(body, "CopyObjectResult"), "ETag")) or ""


def copied_part(body: bytes, part_number: int) -> Part:
    """Read an UploadPartCopy response."""
    root = parse(body, "CopyPartResult")
    return Part(part_number, unquote_etag(required(root, "ETag")) or "", checksum=checksum(root))


def initiate_multipart_upload(body: bytes) -> str:
    """Read a CreateMultipartUpload response: the upload id."""
    return required(parse(body, "InitiateMultipartUploadResult", "InitiateMultipartUpload"), "UploadId")


def complete_multipart_upload(body: bytes) -> str:
    """Read a CompleteMultipartUpload response: the new etag."""
    return unquote_etag(parse(body, "CompleteMultipartUploadResult").findtext("ETag")) or ""


def checksum(entry: Element) -> Checksum | None:
    """Read the checksum of an element, of whichever algorithm; `None` where its value cannot be one."""
    for algorithm in ChecksumAlgorithm:
        value = entry.findtext(algorithm.element)
        if value:
            is_composite = entry.findtext("ChecksumType") == "COMPOSITE" or "-" in value
            kind = ChecksumType.COMPOSITE if is_composite else ChecksumType.FULL_OBJECT
            found = Checksum(algorithm, value, kind)
            if found.is_readable:
                return found
    return None


def _checksum_element(value: Checksum | None) -> str:
    if value is None:
        return ""
    return f"<{value.algorithm.element}>{escape(value.value)}</{value.algorithm.element}>"


def list_parts(body: bytes) -> tuple[list[Part], str | None]:
    """Read ListParts: the parts, and the marker of the next page."""
    root = parse(body, "ListPartsResult", "ListPartsResponse")
    parts = [
        Part(
            part_number=whole_number(required(entry, "PartNumber")),
            etag=unquote_etag(required(entry, "ETag")) or "",
            size=conversions.whole_number(entry.findtext("Size")),
            checksum=checksum(entry),
        )
        for entry in root.iterfind("Part")
    ]
    return parts, next_part_marker(root, [part.part_number for part in parts])


def delete_result(body: bytes) -> tuple[DeleteResult, int]:
    """Read a DeleteObjects response, and the number of deleted keys that it does not name."""
    root = parse(body, "DeleteResult")
    entries = list(root.iterfind("Deleted"))
    named = [entry for entry in entries if entry.findtext("Key")]
    deleted = tuple(
        DeletedObject(
            key=required(entry, "Key"),
            version_id=entry.findtext("VersionId"),
            delete_marker=conversions.is_true(entry.findtext("DeleteMarker")),
            delete_marker_version_id=entry.findtext("DeleteMarkerVersionId"),
        )
        for entry in named
    )
    errors = tuple(
        DeleteError(
            key=entry.findtext("Key") or "",
            code=entry.findtext("Code") or "Unknown",
            message=entry.findtext("Message") or "",
            version_id=entry.findtext("VersionId"),
        )
        for entry in root.iterfind("Error")
    )
    return DeleteResult(deleted, errors), len(entries) - len(named)


def create_bucket_body(location_constraint: str | None, zone: str | None = None) -> bytes:
    """Write CreateBucket; a directory bucket lies in a zone."""
    if zone is not None:
        is_local = zone.count("-") > 1
        said = (
            f"<Location><Type>{'LocalZone' if is_local else 'AvailabilityZone'}</Type>"
            f"<Name>{escape(zone)}</Name></Location><Bucket><DataRedundancy>"
            f"{'SingleLocalZone' if is_local else 'SingleAvailabilityZone'}</DataRedundancy>"
            f"<Type>Directory</Type></Bucket>"
        )
    elif location_constraint is not None:
        said = f"<LocationConstraint>{escape(location_constraint)}</LocationConstraint>"
    else:
        return b""
    return f'<CreateBucketConfiguration xmlns="{NAMESPACE}">{said}</CreateBucketConfiguration>'.encode()


def complete_multipart_upload_body(parts: Sequence[Part]) -> bytes:
    entries = "".join(
        f"<Part><PartNumber>{part.part_number}</PartNumber><ETag>&quot;{escape(part.etag)}&quot;</ETag>"
        f"{_checksum_element(part.checksum)}</Part>"
        for part in sorted(parts, key=lambda part: part.part_number)
    )
    return f'<CompleteMultipartUpload xmlns="{NAMESPACE}">{entries}</CompleteMultipartUpload>'.encode()


def delete_objects_body(keys: Iterable[tuple[str, str | None]]) -> bytes:
    """Return the body of DeleteObjects.

    Raises: ValueError, for a key that XML cannot carry: delete that one by itself.
    """
    entries = "".join(
        f"<Object><Key>{escape_text(key)}</Key>"
        + (f"<VersionId>{escape(version_id)}</VersionId>" if version_id is not None else "")
        + "</Object>"
        for key, version_id in keys
    )
    return f'<Delete xmlns="{NAMESPACE}">{entries}</Delete>'.encode()


def is_xml_safe(key: str) -> bool:
    """Say whether XML 1.0 can carry `key`; it has no way to write most control characters."""
    return all(
        "\x20" <= c <= "\ud7ff" or c in "\t\n\r" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000"
        for c in key
    )


def escape_text(key: str) -> str:
    if not is_xml_safe(key):
        raise ValueError(f"XML cannot carry the key {key!r}")
    return escape(key, {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


def unquote_etag(etag: str | None) -> str | None:
    """Return an etag without its quotes, `None` for an empty one; a weak one as it is (RFC 9110 §8.8.3)."""
    if etag is None:
        return None
    etag = etag.strip()
    return etag if is_weak(etag) else etag.strip('"') or None


def quote_etag(etag: str) -> str:
    """Return an etag as it stands in a condition; a weak one has its own quotes (RFC 9110 §8.8.3)."""
    return etag if etag == "*" or is_weak(etag) else f'"{etag}"'


def is_weak(etag: str) -> bool:
    """Say whether an etag is a weak one: a strict server never holds If-Match of it (RFC 9110 §13.1.1)."""
    return etag.startswith('W/"')


def required(entry: Element, name: str) -> str:
    text = entry.findtext(name)
    if text is None:
        raise ProtocolError(f"the server's answer holds a <{entry.tag}> without its <{name}>")
    return text


def whole_number(text: str) -> int:
    """Read a number that is required.

    Raises: ProtocolError.
    """
    value = conversions.whole_number(text)
    if value is None:
        raise ProtocolError(f"the server's answer holds {text[:40]!r} where a whole number belongs")
    return value


def time(text: str | None) -> datetime | None:
    """Read a time whose absence has a meaning of its own: an unreadable one is an error.

    Raises: ProtocolError.
    """
    when = conversions.time(text)
    if text and when is None:
        raise ProtocolError(f"the server's answer holds {text[:40]!r} where a time belongs")
    return when

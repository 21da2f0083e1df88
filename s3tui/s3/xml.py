"""S3's XML: bodies that are sent, and answers that are read.

Answers come from whoever answers: they are bounded before they reach this module, a document type is
refused (so nothing can expand), namespaces and unknown elements are ignored, and what is not the
documented document is a `ProtocolError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import unquote_plus
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from s3tui.s3.errors import ProtocolError
from s3tui.s3.models import (
    Bucket,
    DeletedObject,
    DeleteError,
    DeleteResult,
    ListObjectsPage,
    ObjectSummary,
    Part,
)

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
Element = ElementTree.Element


def parse(body: bytes, root_name: str) -> Element:
    """Return the root element, with namespaces taken off every tag.

    Raises: ProtocolError, when `body` is not one well-formed document called `root_name`.
    """
    root = _parse_any(body)
    if root.tag != root_name:
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
    if (
        b"<!DOCTYPE" in body or b"<!ENTITY" in body or b"\0" in body
    ):  # NUL: UTF-16, where the others would hide
        raise ProtocolError("the server's answer is no S3 document: it declares a document type")
    try:
        root = ElementTree.fromstring(body)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        start = body[:40].decode("utf-8", "replace").strip()
        what = "an empty body" if not body else f"{start!r}…"
        raise ProtocolError(f"the server's answer is not well-formed XML ({error}): {what}") from None
    if "}" in root.tag:
        for element in root.iter():
            element.tag = element.tag.rpartition("}")[2]
    return root


def list_buckets(body: bytes) -> tuple[list[Bucket], str | None]:
    """Read ListBuckets: the buckets, and where the next page starts."""
    root = parse(body, "ListAllMyBucketsResult")
    buckets = [
        Bucket(
            name=_required(entry, "Name"),
            created=_time(entry.findtext("CreationDate")),
            region=entry.findtext("BucketRegion") or None,
        )
        for entry in root.iterfind("Buckets/Bucket")
    ]
    return buckets, root.findtext("ContinuationToken") or None


def list_objects(body: bytes) -> ListObjectsPage:
    """Read ListObjectsV2."""
    root = parse(body, "ListBucketResult")
    decode = unquote_key if root.findtext("EncodingType") == "url" else str
    objects = tuple(_object_summary(entry, decode) for entry in root.iterfind("Contents"))
    prefixes = tuple(decode(_required(entry, "Prefix")) for entry in root.iterfind("CommonPrefixes"))
    token = root.findtext("NextContinuationToken") or None
    if root.findtext("IsTruncated") == "true" and token is None:
        raise ProtocolError("the server says that the listing goes on, but not where (NextContinuationToken)")
    return ListObjectsPage(objects, prefixes, token if root.findtext("IsTruncated") == "true" else None)


def unquote_key(text: str) -> str:
    """Undo `encoding-type=url`, in which a space may come as `+`."""
    return unquote_plus(text, errors="surrogateescape") if "%" in text or "+" in text else text


def _object_summary(entry: Element, decode: type[str] | object) -> ObjectSummary:
    key = size = modified = etag = storage_class = None
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
    if key is None or size is None or not size.isdigit():
        raise ProtocolError("the server's listing holds an object without a key or a size")
    assert callable(decode)
    return ObjectSummary(decode(key), int(size), _time(modified), unquote_etag(etag), storage_class)


def copy_result(body: bytes, root_name: str) -> str:
    """Read CopyObject's and UploadPartCopy's answer: the new etag."""
    return unquote_etag(_required(parse(body, root_name), "ETag")) or ""


def initiate_multipart_upload(body: bytes) -> str:
    """Read CreateMultipartUpload's answer: the upload id."""
    return _required(parse(body, "InitiateMultipartUploadResult"), "UploadId")


def complete_multipart_upload(body: bytes) -> str:
    """Read CompleteMultipartUpload's answer: the new etag."""
    return unquote_etag(parse(body, "CompleteMultipartUploadResult").findtext("ETag")) or ""


def list_parts(body: bytes) -> tuple[list[Part], str | None]:
    """Read ListParts: the parts, and the marker of the next page."""
    root = parse(body, "ListPartsResult")
    parts = [
        Part(
            part_number=_whole_number(_required(entry, "PartNumber")),
            etag=unquote_etag(_required(entry, "ETag")) or "",
            size=_whole_number(_required(entry, "Size")),
        )
        for entry in root.iterfind("Part")
    ]
    truncated = root.findtext("IsTruncated") == "true"
    return parts, root.findtext("NextPartNumberMarker") if truncated else None


def delete_result(body: bytes) -> DeleteResult:
    """Read DeleteObjects' answer."""
    root = parse(body, "DeleteResult")
    deleted = tuple(
        DeletedObject(
            key=_required(entry, "Key"),
            version_id=entry.findtext("VersionId"),
            delete_marker=entry.findtext("DeleteMarker") == "true",
            delete_marker_version_id=entry.findtext("DeleteMarkerVersionId"),
        )
        for entry in root.iterfind("Deleted")
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
    return DeleteResult(deleted, errors)


def create_bucket_body(location_constraint: str | None) -> bytes:
    if location_constraint is None:
        return b""
    return (
        f'<CreateBucketConfiguration xmlns="{NAMESPACE}">'
        f"<LocationConstraint>{escape(location_constraint)}</LocationConstraint>"
        f"</CreateBucketConfiguration>"
    ).encode()


def complete_multipart_upload_body(parts: Sequence[Part]) -> bytes:
    entries = "".join(
        f"<Part><PartNumber>{part.part_number}</PartNumber><ETag>&quot;{escape(part.etag)}&quot;</ETag></Part>"
        for part in sorted(parts, key=lambda part: part.part_number)
    )
    return f'<CompleteMultipartUpload xmlns="{NAMESPACE}">{entries}</CompleteMultipartUpload>'.encode()


def delete_objects_body(keys: Iterable[tuple[str, str | None]]) -> bytes:
    """Raises: ValueError, for a key that XML cannot carry: delete that one by itself."""
    entries = "".join(
        f"<Object><Key>{_escape_key(key)}</Key>"
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


def _escape_key(key: str) -> str:
    if not is_xml_safe(key):
        raise ValueError(f"XML cannot carry the key {key!r}")
    return escape(key, {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


def unquote_etag(etag: str | None) -> str | None:
    return None if etag is None else etag.strip().strip('"')


def _required(entry: Element, name: str) -> str:
    text = entry.findtext(name)
    if text is None:
        raise ProtocolError(f"the server's answer holds a <{entry.tag}> without its <{name}>")
    return text


def _whole_number(text: str) -> int:
    if not text.isdigit() or not text.isascii():
        raise ProtocolError(f"the server's answer holds {text[:40]!r} where a whole number belongs")
    return int(text)


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise ProtocolError(f"the server's answer holds {text[:40]!r} where a time belongs") from None
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)

"""Read ListObjectsV2 fast: parsing is what limits a long listing.

A page is a short document around a long run of `<Contents>`, all of one flat shape on nearly every
server. That run is read by one regular expression, and only what is around it by the XML parser: a
third of the time. A page that is not exactly of this shape (nested elements, attributes, white space,
escapes, bytes beyond ASCII) is left to `xml.list_objects`: both always say the same.
"""

from __future__ import annotations

import re
from datetime import datetime

from s3tui.s3 import xml
from s3tui.s3.models import ListObjectsPage, ObjectSummary

_LARGEST = 4 * 1024 * 1024  # 1 000 keys of 1 024 percent-encoded bytes; nothing longer is worth a hurry
_OPEN, _CLOSE = b"<Contents>", b"</Contents>"
_TEXT = r"[^<&\0-\x1f\x7f]"
_ENTRY = re.compile(
    rf"<Contents><Key>({_TEXT}*)</Key>"
    rf"<LastModified>({_TEXT}+Z)</LastModified>"
    r'<ETag>(?:&quot;|")?([0-9A-Za-z-]+)(?:&quot;|")?</ETag>'
    rf"(?:<(Checksum[A-Za-z]+)>{_TEXT}*</\4>)*"
    r"<Size>([0-9]+)</Size>"
    rf"(?:<StorageClass>({_TEXT}*)</StorageClass>)?"
    r"</Contents>(?=<Contents>|\Z)"
)


def list_objects(body: bytes) -> ListObjectsPage:
    """Read an answer of ListObjectsV2.

    Raises: ProtocolError.
    """
    start, end = body.find(_OPEN), body.rfind(_CLOSE) + len(_CLOSE)
    if not 0 <= start < end or len(body) > _LARGEST:
        return xml.list_objects(body)
    entries = _flat_entries(body[start:end])
    root = xml.parse(b"".join((body[:start], b"<Contents/>", body[end:])), "ListBucketResult")
    if entries is None or len(root.findall("Contents")) != 1:  # or it stood in a comment, or deeper
        return xml.list_objects(body)
    keys, times, etags, _, sizes, classes = zip(*entries, strict=True)
    try:
        modified = list(map(datetime.fromisoformat, times))
    except ValueError:
        return xml.list_objects(body)
    if root.findtext("EncodingType") == "url":
        keys = _unquoted(keys)
    objects = map(
        ObjectSummary,
        keys,
        map(int, sizes),
        modified,
        etags,
        [storage_class or None for storage_class in classes],
    )
    return xml.objects_page(root, tuple(objects))


def _flat_entries(run: bytes) -> list[tuple[str, ...]] | None:
    """Return what the entries hold, or `None` when the run is not all of flat entries."""
    if not run.isascii():
        return None
    entries: list[tuple[str, ...]] = _ENTRY.findall(run.decode("ascii"))
    # As many entries as beginnings, each up to the next beginning: the expression skipped nothing.
    return entries if len(entries) == run.count(_OPEN) else None


def _unquoted(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Decode many keys at the price of one."""
    joined = "\n".join(keys)
    decoded = tuple(xml.unquote_key(joined).split("\n"))
    return decoded if len(decoded) == len(keys) else tuple(map(xml.unquote_key, keys))

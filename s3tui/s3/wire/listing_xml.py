"""Fast parser of ListObjectsV2: parsing is what limits a long listing.

A page is a short document around a long run of `<Contents>`, all of one flat shape on nearly every
server. That run is read by one regular expression, and only what is around it by the XML parser: a
third of the time. A page that is not exactly of this shape (nested elements, attributes, white space,
escapes, bytes beyond ASCII) is left to `xml.list_objects`: both always say the same.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from itertools import repeat

from s3tui.s3.models import ListObjectsPage, ObjectSummary
from s3tui.s3.wire import key_encoding, pages, xml
from s3tui.s3.wire.listing_fields import says_encoded

_LARGEST = 4 * 1024 * 1024  # 1 000 keys of 1 024 percent-encoded bytes; nothing longer is worth a hurry
_OPEN, _CLOSE = b"<Contents>", b"</Contents>"
_TEXT = r"[^<&\0-\x1f\x7f]"
_ENTRY = re.compile(
    rf"<Contents><Key>({_TEXT}+)</Key>"
    rf"<LastModified>({_TEXT}+Z)</LastModified>"
    r'<ETag>(?:&quot;|")?([0-9A-Za-z-]+)(?:&quot;|")?</ETag>'
    rf"(?:<(Checksum[A-Za-z]+)>{_TEXT}*</\4>)*"
    r"<Size>([0-9]{1,18})</Size>"
    rf"(?:<StorageClass>({_TEXT}+)</StorageClass>)?"
    r"</Contents>"
)
_FIRST_VERSION = re.compile(rb"<(?:Next)?Marker(?:>|/>| )")
_STEP = _ENTRY.groups + 1
_FILL = [vars(ObjectSummary)[field.name].__set__ for field in fields(ObjectSummary)]


def list_objects(body: bytes, prefix: str = "") -> ListObjectsPage:
    """Parse a ListObjectsV2 response, leaving out keys that are not under `prefix`.

    Raises: ProtocolError.
    """
    page, is_checked = _list_objects(body, prefix)
    return page if is_checked else pages.under(page, prefix)


def _list_objects(body: bytes, prefix: str) -> tuple[ListObjectsPage, bool]:
    """Return the page, and whether all of it lies under the prefix for sure."""
    start, end = body.find(_OPEN), body.rfind(_CLOSE) + len(_CLOSE)
    if not 0 <= start < end or len(body) > _LARGEST:
        return xml.list_objects(body), False
    root = xml.parse(b"".join((body[:start], b"<Contents/>", body[end:])), "ListBucketResult")
    run = body[start:end]
    # What lies between the entries, and before them what each consists of.
    cells = _ENTRY.split(run.decode("ascii")) if run.isascii() else [""]
    is_flat = len(cells) > 1 and not any(cells[::_STEP])
    if not is_flat or len(root.findall("Contents")) != 1:  # or it stood in a comment, or deeper
        return xml.list_objects(body), False
    keys, times, etags, _, sizes, classes = (cells[i::_STEP] for i in range(1, _STEP))
    try:
        modified = list(map(datetime.fromisoformat, times))
    except ValueError:
        return xml.list_objects(body), False
    if says_encoded(root):
        keys = key_encoding.decode_all(keys)
    page = xml.objects_page(root, _summaries(keys, map(int, sizes), modified, etags, classes, repeat(None)))
    return page, not page.common_prefixes and _are_under(keys, prefix)


def _are_under(keys: list[str], prefix: str) -> bool:
    """Say whether all keys begin with the prefix: in order, so does any key between two that do."""
    return not prefix or (min(keys).startswith(prefix) and max(keys).startswith(prefix))


def is_of_first_version(body: bytes) -> bool:
    """Say whether a response to ListObjectsV2 is of the first version, which has no `KeyCount`."""
    is_second = b"<KeyCount>" in body or b"ContinuationToken" in body
    return not is_second and _FIRST_VERSION.search(body) is not None


def _summaries(keys: list[str], *others: Iterable[object]) -> tuple[ObjectSummary, ...]:
    """Make summaries from the columns of their fields.

    A frozen dataclass sets each field by a call in Python. Column by column the slots are filled without:
    a third of the time, and a quarter of what a page takes.
    """
    found = tuple(map(object.__new__, repeat(ObjectSummary, len(keys))))
    for fill, column in zip(_FILL, (keys, *others), strict=True):
        deque(map(fill, found, column), maxlen=0)
    return found

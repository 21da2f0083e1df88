"""Fields of all listing documents: encoded keys, and the marker of the next page. Pure.

A page is the last one where the server says so, or says nothing and names no place to go on at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element

from s3tui.s3.models import ListObjectsPage
from s3tui.s3.wire import conversions, key_encoding, pages
from s3tui.s3.wire.paging import names_no_place, token_behind


def says_encoded(root: Element) -> bool:
    return (root.findtext("EncodingType") or "").strip().lower() == "url"


def key_decoder(root: Element, keys: Iterable[str], *, is_said: bool | None = None) -> key_encoding.Decode:
    """Return the decoder for the `keys` of a listing.

    Args:
        is_said: whether they are said to be encoded; `None`: as the document says.
    """
    is_encoded = says_encoded(root) if is_said is None else is_said
    return key_encoding.decoder("\n".join(keys), is_said=is_encoded) if is_encoded else str


def common_prefixes(root: Element) -> tuple[str, ...]:
    found = [text for entry in root.iterfind("CommonPrefixes/Prefix") if (text := entry.text)]
    return tuple(map(key_decoder(root, found), found))


def next_token(root: Element, page: ListObjectsPage) -> str | None:
    """Return the token of the page behind one of objects, `None` on the last page.

    Raises: ProtocolError, where there is one and nothing tells where it begins.
    """
    token, marker = root.findtext("NextContinuationToken"), root.findtext("NextMarker")
    if not _goes_on(root, token or marker):
        return None
    if token:
        return token
    last = [*(summary.key for summary in page.objects[-1:]), *page.common_prefixes[-1:]]
    if marker:  # of the first version of ListObjects
        names = pages.entries(page)
        return token_behind(key_encoding.marker(marker, last, names, is_said=says_encoded(root)))
    if not last or not pages.is_ascending(page):
        raise names_no_place("NextContinuationToken")
    return token_behind(max(last))


def next_marker(
    root: Element, id_marker: str, entries: Sequence[tuple[str, str]], prefixes: Sequence[str]
) -> tuple[str, str | None] | None:
    """Return the key and the id behind which the next page begins, `None` on the last page.

    Args:
        id_marker: what the document calls the id behind which it goes on.
        entries: the keys and ids of the page.

    Raises: as `next_token`.
    """
    said, keys = root.findtext("NextKeyMarker"), [key for key, _ in entries]
    if not _goes_on(root, said):
        return None
    ends = [*keys[-1:], *prefixes[-1:]]
    if said:
        key = key_encoding.marker(said, ends, {*keys, *prefixes}, is_said=says_encoded(root))
        # Without an id, the server would go on behind all that the key has.
        return key, root.findtext(id_marker) or next((id for name, id in entries[-1:] if name == key), None)
    if not ends or keys != sorted(keys):
        raise names_no_place("NextKeyMarker")
    # Of one name, what lies below the common prefix comes behind.
    return max([*entries[-1:], *((prefix, None) for prefix in prefixes[-1:])], key=lambda end: end[0])


def next_part_marker(root: Element, numbers: Sequence[int]) -> str | None:
    """Return the part behind which the next page begins, `None` on the last page.

    Raises: as `next_token`.
    """
    said = (root.findtext("NextPartNumberMarker") or "").strip().lstrip("0")
    if not _goes_on(root, said):
        return None
    if not said and not numbers:
        raise names_no_place("NextPartNumberMarker")
    return said or str(max(numbers))


def _goes_on(root: Element, marker: str | None) -> bool:
    text = (root.findtext("IsTruncated") or "").strip()
    said = conversions.flag(text)
    # Many servers leave out what is false. An unknown word is no proof of the last page.
    return said if said is not None else bool(text or marker)

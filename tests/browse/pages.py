"""Pages as S3 would answer them, computed the slow and obvious way from a set of keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from s3tui.browse.rows.listing import Listing
from s3tui.browse.rows.view import Order, View
from s3tui.s3.models import ListObjectsPage, ObjectSummary

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def entries(keys: Iterable[str], prefix: str) -> list[str]:
    """The objects and common prefixes under `prefix`, in UTF-8 byte order."""
    found = set()
    for key in keys:
        if key.startswith(prefix):
            head, slash, _ = key[len(prefix) :].partition("/")
            found.add(prefix + head + slash if slash else key)
    return sorted(found, key=lambda key: key.encode(errors="surrogatepass"))


def pages(
    keys: Iterable[str], prefix: str = "", *, sizes: Mapping[str, int] | None = None, per_page: int = 1000
) -> Iterator[ListObjectsPage]:
    keys = set(keys)
    all_entries = entries(keys, prefix)
    for first in range(0, max(1, len(all_entries)), per_page):
        some = all_entries[first : first + per_page]
        prefixes = tuple(e for e in some if e != prefix and e.endswith("/"))
        objects = tuple(summary(e, sizes) for e in some if e not in prefixes)
        more = first + per_page < len(all_entries)
        yield ListObjectsPage(objects, prefixes, f"after {first}" if more else None)


def summary(key: str, sizes: Mapping[str, int] | None = None) -> ObjectSummary:
    size = len(key) if sizes is None else sizes[key]
    return ObjectSummary(key, size, EPOCH + timedelta(minutes=size * 7 % 11), None, "STANDARD")


def listed(keys: Iterable[str], prefix: str = "", *, per_page: int = 1000) -> Listing:
    listing = Listing(prefix)
    for page in pages(keys, prefix, per_page=per_page):
        listing.append(page)
    return listing


def arranged(listing: Listing, order: Order | None = None, needle: str = "") -> View:
    view = View(listing, order or Order(), needle)
    view.extend()
    return view

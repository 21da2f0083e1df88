"""Functions on pages of a listing: ends, order, identity, filtering, joining. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Sequence
from dataclasses import replace
from itertools import islice
from operator import attrgetter, lt

from s3tui.s3.models import ListObjectsPage
from s3tui.s3.wire.paging import does_not_get_on, key_of_token, token_behind

_SAMPLED = 9


def ends(page: ListObjectsPage) -> tuple[str, str] | None:
    """Return the first and the last entry: keys and common prefixes are one order in two lists."""
    found = [summary.key for summary in (*page.objects[:1], *page.objects[-1:])]
    found += (*page.common_prefixes[:1], *page.common_prefixes[-1:])
    return (min(found), max(found)) if found else None


def entries(page: ListObjectsPage) -> list[str]:
    return [*(summary.key for summary in page.objects), *page.common_prefixes]


def first_after(page: ListObjectsPage, key: str | None) -> str | None:
    """Return the first entry behind `key` of a page that is in S3's order."""
    if key is None:
        found = ends(page)
        return None if found is None else found[0]
    objects, prefixes = page.objects, page.common_prefixes
    place = bisect_right(objects, key, key=attrgetter("key"))
    behind = [summary.key for summary in objects[place : place + 1]]
    place = bisect_right(prefixes, key)
    return min([*behind, *prefixes[place : place + 1]], default=None)


def reaches(page: ListObjectsPage, key: str) -> bool:
    """Say whether the page ends behind `key`.

    One that ends with it does not: in an order unlike S3's, other keys may follow than those behind it.
    """
    return any(summary.key > key for summary in page.objects[-1:]) or any(
        prefix > key for prefix in page.common_prefixes[-1:]
    )


def is_ascending(page: ListObjectsPage) -> bool:
    """Say whether the page is in S3's order, in which nothing comes twice."""
    keys = [summary.key for summary in page.objects]
    return all(all(map(lt, names, islice(names, 1, None))) for names in (keys, page.common_prefixes))


def sample(page: ListObjectsPage) -> tuple[str, ...]:
    """Return some entries evenly between the first and the last one, with these."""
    found = entries(page)
    if page.common_prefixes:
        found.sort()
    steps = min(_SAMPLED, len(found)) - 1
    return tuple(found[(len(found) - 1) * i // max(1, steps)] for i in range(steps + 1))


def part(page: ListObjectsPage, *, after: str = "", before: str | None = None) -> ListObjectsPage:
    def is_inside(key: str) -> bool:
        return key > after and (before is None or key < before)

    return replace(
        page,
        objects=tuple(summary for summary in page.objects if is_inside(summary.key)),
        common_prefixes=tuple(filter(is_inside, page.common_prefixes)),
    )


def identity(page: ListObjectsPage) -> tuple[str | None, str | None, int]:
    """Return the identity of a page: its ends, and the number of entries."""
    found = ends(page)
    first, last = (None, None) if found is None else found
    return first, last, len(page.objects) + len(page.common_prefixes)


def getting_on(page: ListObjectsPage, token: str | None) -> ListObjectsPage:
    """Return the page that `token` requested, with a next token that differs from it.

    Behind a page whose token is the one that led to it, the last key tells where to go on.

    Raises: ProtocolError, where nothing does.
    """
    if token is None or page.next_continuation_token != token:
        return page
    found = ends(page)
    if found is None or key_of_token(token) is not None or not is_ascending(page):
        raise does_not_get_on()
    return replace(page, next_continuation_token=token_behind(found[1]))


def under(page: ListObjectsPage, prefix: str) -> ListObjectsPage:
    """Return a page without keys that are not under the prefix."""
    prefixes = names_under(page.common_prefixes, prefix, frozenset())
    objects = page.objects
    if prefix and not all(summary.key.startswith(prefix) for summary in objects):
        objects = tuple(summary for summary in objects if summary.key.startswith(prefix))
    if objects is page.objects and len(prefixes) == len(page.common_prefixes):
        return page
    return replace(page, objects=objects, common_prefixes=prefixes)


def names_under(names: Sequence[str], prefix: str, besides: Container[str]) -> tuple[str, ...]:
    """Return the common prefixes that lie under a prefix, each once, but for those named `besides`."""
    return tuple(
        name
        for name in dict.fromkeys(names)
        if name != prefix and name.startswith(prefix) and name not in besides
    )


def without_prefixes(page: ListObjectsPage, names: Sequence[str]) -> ListObjectsPage:
    """Return a page without the common prefixes of an earlier one: some servers repeat them on each."""
    repeated = frozenset(names)
    if repeated.isdisjoint(page.common_prefixes):
        return page
    left = tuple(name for name in page.common_prefixes if name not in repeated)
    return replace(page, common_prefixes=left)


def joined(page: ListObjectsPage, following: ListObjectsPage) -> ListObjectsPage:
    """Return a page and the one that its token led to as one."""
    rest = without_prefixes(following, page.common_prefixes)
    return replace(
        rest,
        objects=page.objects + rest.objects,
        common_prefixes=page.common_prefixes + rest.common_prefixes,
    )


def without(page: ListObjectsPage, names: Container[str]) -> ListObjectsPage:
    return replace(
        page,
        objects=tuple(summary for summary in page.objects if summary.key not in names),
        common_prefixes=tuple(prefix for prefix in page.common_prefixes if prefix not in names),
    )

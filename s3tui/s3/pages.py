"""What the pages of a listing say, without asking anybody. Pure."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from operator import lt

from s3tui.s3.models import ListObjectsPage

_SAMPLED = 9


def ends(page: ListObjectsPage) -> tuple[str, str] | None:
    """Return the first and the last entry: keys and common prefixes are one order in two lists."""
    found = [summary.key for summary in (*page.objects[:1], *page.objects[-1:])]
    found += (*page.common_prefixes[:1], *page.common_prefixes[-1:])
    return (min(found), max(found)) if found else None


def is_ascending(page: ListObjectsPage) -> bool:
    """Say whether the page is in S3's order, in which nothing comes twice."""
    keys = [summary.key for summary in page.objects]
    return all(all(map(lt, names, islice(names, 1, None))) for names in (keys, page.common_prefixes))


def sample(page: ListObjectsPage) -> tuple[str, ...]:
    """Return some entries evenly between the first and the last one, with these."""
    entries = [summary.key for summary in page.objects]
    if page.common_prefixes:
        entries = sorted([*entries, *page.common_prefixes])
    steps = min(_SAMPLED, len(entries)) - 1
    return tuple(entries[(len(entries) - 1) * i // max(1, steps)] for i in range(steps + 1))


def part(page: ListObjectsPage, *, after: str = "", before: str | None = None) -> ListObjectsPage:
    def is_inside(key: str) -> bool:
        return key > after and (before is None or key < before)

    return replace(
        page,
        objects=tuple(summary for summary in page.objects if is_inside(summary.key)),
        common_prefixes=tuple(filter(is_inside, page.common_prefixes)),
    )

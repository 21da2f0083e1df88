"""The present state of objects: what is there now under the keys of a plan, in few requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from s3tui.s3.errors import NoSuchKey
from s3tui.s3.models import ObjectVersion, VersionMarker
from s3tui.transfer.changes.reading import ReadingClient

_FEW = 4
"""So many keys are looked at one by one."""
_AT_ONCE = 16
_MORE_PAGES = 3
"""So many more pages of a listing than the keys themselves need are read; then each is looked at alone."""
_PAGE = 1000

Versions = dict[str, list[ObjectVersion]]
"""By key: what there is, the newest first. Without versions that is the object itself, as version `null`."""


async def look(
    client: ReadingClient, bucket: str, keys: Sequence[str], *, versions: bool, after: str | None = None
) -> Versions:
    """Return what there is under each of `keys` now; of one that is not there nothing.

    Args:
        keys: in the order of a listing, where they lie near one another.
        versions: look at versions and delete markers too.
        after: a key before the first one, from which on is listed.

    Raises: S3Error.
    """
    found: Versions = {key: [] for key in keys}
    left = list(keys)
    if len(keys) > _FEW:
        left = await _read_range(client, bucket, found, versions=versions, after=after)
    for start in range(0, len(left), _AT_ONCE):
        some = left[start : start + _AT_ONCE]
        looks = (_look_at(client, bucket, key, versions=versions) for key in some)
        found.update(zip(some, await asyncio.gather(*looks), strict=True))
    return {key: newest_first(there) for key, there in found.items()}


def newest_first(there: list[ObjectVersion]) -> list[ObjectVersion]:
    """Put the versions of a key in order, where the server lists its delete markers behind all of them."""
    if not there or there[0].is_latest or not any(each.is_latest for each in there):
        return there

    def age(each: ObjectVersion) -> tuple[bool, float]:
        modified = each.last_modified
        return not each.is_latest, 0.0 if modified is None else -modified.timestamp()

    return sorted(there, key=age)


async def _read_range(
    client: ReadingClient, bucket: str, found: Versions, *, versions: bool, after: str | None
) -> list[str]:
    """Read the part of a listing that holds the keys; return those of which it did not tell."""
    first, last = min(found, key=key_order), max(found, key=key_order)
    prefix, start = _common_prefix(first, last), None
    if after is not None and after.startswith(prefix) and key_order(after) < key_order(first):
        start = after
    most, behind, ascends = _MORE_PAGES + len(found) * 2 // _PAGE, "", True
    async with aclosing(_pages(client, bucket, prefix, start, versions=versions)) as pages:
        async for page in pages:
            for version in page:
                ascends = ascends and key_order(version.key) >= key_order(behind)
                behind = version.key
                if version.key in found:
                    found[version.key].append(version)
            most -= 1
            if key_order(behind) > key_order(last):
                break
            if not most or not ascends:
                return [
                    key
                    for key, there in found.items()
                    if not there or key_order(key) >= key_order(behind) or not ascends
                ]
    return [] if ascends else [key for key, there in found.items() if not there]


def key_order(key: str) -> bytes:
    """Return what S3 orders keys by; bytes that are no UTF-8 are lone surrogates in a key."""
    try:
        return key.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return key.encode("utf-8", "surrogatepass")


def _common_prefix(one: str, other: str) -> str:
    end = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    return one[:end]


async def _pages(
    client: ReadingClient, bucket: str, prefix: str, start: str | None, *, versions: bool
) -> AsyncGenerator[Sequence[ObjectVersion], None]:
    if versions:
        marker = None if start is None else VersionMarker(start)
        async with aclosing(client.versions(bucket, prefix, start=marker)) as pages:
            async for page in pages:
                yield page.versions
    else:
        async with aclosing(client.objects(bucket, prefix, start_after=start)) as listed:
            async for found in listed:
                yield [
                    ObjectVersion(each.key, "null", True, False, each.size, each.last_modified, each.etag)
                    for each in found.objects
                ]


async def _look_at(client: ReadingClient, bucket: str, key: str, *, versions: bool) -> list[ObjectVersion]:
    if versions:
        found: list[ObjectVersion] = []
        async with aclosing(client.versions(bucket, key)) as pages:
            async for page in pages:  # the key itself is the first one under the prefix that it is
                found = [version for version in page.versions if version.key == key]
                break
        return found
    try:
        head = await client.head(bucket, key)
    except NoSuchKey as error:
        error.check_given()
        return []
    return [ObjectVersion(key, "null", True, False, head.size, head.last_modified, head.etag)]

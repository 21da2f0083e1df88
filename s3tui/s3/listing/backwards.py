"""Backward listing: finds the page before a key, though S3 only lists forwards.

It lists from a start-after somewhere before the key. How far before depends on how densely keys lie, so
starts further and further away are tried, and then those in between.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import aclosing
from functools import partial
from typing import Unpack

from s3tui.s3.client import S3Client
from s3tui.s3.errors import NotSupported
from s3tui.s3.listing.key_range import KeyRange, continues
from s3tui.s3.listing.keyspace import KeyGap, KeySpace
from s3tui.s3.listing.parallel import list_objects_parallel
from s3tui.s3.models import ListObjectsPage
from s3tui.s3.request.options import CallOptions
from s3tui.s3.sending.capabilities import Capability
from s3tui.s3.wire.pages import part, sample

_TRIES = 12
_CUTS = 3


async def list_objects_before(
    client: S3Client,
    bucket: str,
    prefix: str = "",
    *,
    before: str,
    count: int = 1000,
    delimiter: str = "",
    max_keys: int = 1000,
    restore_status: bool = False,
    **call: Unpack[CallOptions],
) -> ListObjectsPage:
    """Return the last `count` keys and common prefixes in front of `before`, or as many as there are.

    Takes a few requests, however much lies further in front. The page has no token: `before` follows.

    Raises: NoSuchBucket, AccessDenied, TransportError; NotSupported, of a server that does not begin where it
        is asked to, or lists in another order than that of the keys' bytes.
    """
    read = partial(
        list_objects_parallel,
        client,
        bucket,
        prefix,
        delimiter=delimiter,
        end_before=before,
        max_keys=max_keys,
        restore_status=restore_status,
        **call,
    )

    async def first_page(start_after: str | None) -> ListObjectsPage:
        async with aclosing(read(start_after=start_after)) as pages:
            page = await anext(pages)
        check(page, start_after)
        return page

    def check(page: ListObjectsPage, start_after: str | None) -> None:
        known = client.capabilities
        if not continues(page, KeyRange(start_after, before)) and not client.endpoint.is_aws:
            known.learn(Capability.START_AFTER, False, "a listing: it did not begin behind the key asked for")
        if not client.lists_in_order(bucket) or not continues(page, KeyRange(start_after, before)):
            raise NotSupported(
                f"{client.endpoint.authority} does not list {bucket} from a key on",
                operation="ListObjectsV2",
                bucket=bucket,
            )

    check(ListObjectsPage(()), None)
    if not client.endpoint.is_aws:  # one page shows most other orders, where a start-after leaves out others
        look = client.list_objects(bucket, prefix, delimiter=delimiter, max_keys=max_keys, **call)
        async with aclosing(look) as pages:
            check(await anext(pages), None)

    far, near = None, before  # to start from `near` is too late, from `far` too early
    for far in _starts(before, prefix):
        page = await first_page(far)
        if _size(page) >= count:
            break
        if page.next_continuation_token is None:
            near = far or near
    space = KeySpace(prefix)
    for _ in range(_TRIES):
        if page.next_continuation_token is None:
            return _tail(page, count)
        seen = sample(page)
        space.learn(seen)
        cuts = space.cuts(KeyGap(seen[-1], near, seen), _CUTS, longest=float("inf")) if seen else []
        if not cuts:
            break
        closer = await first_page(cuts[-1])
        if _size(closer) >= count:
            far, page = cuts[-1], closer
        elif closer.next_continuation_token is None:
            near = cuts[-1]
        else:
            break  # the server's pages are smaller than what is wanted: they tell too little
    tail = ListObjectsPage(())
    async with aclosing(read(start_after=far)) as pages:  # no better start is known than the beginning
        async for page in pages:
            check(page, max([*(o.key for o in tail.objects[-1:]), *tail.common_prefixes[-1:]], default=far))
            both = ListObjectsPage(tail.objects + page.objects, tail.common_prefixes + page.common_prefixes)
            tail = _tail(both, count)
    return tail


def _starts(before: str, prefix: str) -> Iterator[str | None]:
    """Yield keys in front of `before`, each much further away than the one before it, and then `None`."""
    step = 1
    while before.startswith(prefix) and len(before) - step > len(prefix):
        yield before[:-step]
        step *= 2
    yield None


def _size(page: ListObjectsPage) -> int:
    return len(page.objects) + len(page.common_prefixes)


def _tail(page: ListObjectsPage, count: int) -> ListObjectsPage:
    entries = sorted([*(summary.key for summary in page.objects), *page.common_prefixes])
    return part(page, after=entries[-count - 1]) if len(entries) > count else page

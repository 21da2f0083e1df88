"""List a bucket with many concurrent workers.

S3 tells a page's beginning from the end of the one before, so that a listing is a chain of round trips.
But start-after may name any key: here several workers read several ranges of the key space at once, and
their pages come out in S3's order. `range_scheduler` decides which worker reads what, `keyspace` where a
range is split; this module sends the requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from typing import Unpack

from s3tui.s3.client import S3Client
from s3tui.s3.errors import S3Error
from s3tui.s3.listing.key_range import KeyRange, Survey
from s3tui.s3.listing.range_scheduler import RangeScheduler
from s3tui.s3.models import ListObjectsPage
from s3tui.s3.request.options import CallOptions
from s3tui.s3.sending.capabilities import Capability
from s3tui.s3.wire import pages

Pages = Callable[..., AsyncGenerator[ListObjectsPage, None]]
Identity = Callable[[ListObjectsPage], tuple[str | None, str | None, int]]


def list_objects_parallel(
    client: S3Client,
    bucket: str,
    prefix: str = "",
    *,
    delimiter: str = "",
    start_after: str | None = None,
    continuation_token: str | None = None,
    end_before: str | None = None,
    max_keys: int = 1000,
    max_workers: int = 32,
    max_pages_ahead: int = 256,
    restore_status: bool = False,
    **call: Unpack[CallOptions],
) -> AsyncGenerator[ListObjectsPage, None]:
    """Yield the objects and common prefixes of `list_objects`, in the same order, listed by many workers.

    The first page is one request. From the second on, up to `max_workers` requests are in flight, also
    while the caller does something else; fewer once the server asks for fewer. Closing the generator
    cancels them all. Each key comes, whatever order the server keeps: one that cannot start after a key or
    keeps another order than S3's is read by a single worker from then on, and so is a directory bucket.

    Every page's token continues behind that page, but pages may be shorter than `max_keys`.

    Args:
        start_after, continuation_token: where to begin, as with `list_objects`.
        end_before: stop in front of this key, or of the first one behind it that the server names; the
            last page then has no token.
        max_pages_ahead: pages to hold at most that cannot be yielded yet.
        restore_status: as with `list_objects`.

    Raises: NoSuchBucket, AccessDenied, SlowDown, TransportError: after everything before the place
        where it happened was yielded.
    """
    read = partial(
        client.list_objects,
        bucket,
        prefix,
        delimiter=delimiter,
        max_keys=max_keys,
        restore_status=restore_status,
        **call,
    )
    if client.endpoint.is_directory_bucket(bucket):  # tokens alone lead through it
        return read(start_after=start_after, continuation_token=continuation_token)
    if not client.lists_in_order(bucket):
        max_workers = 1
    scheduler = RangeScheduler(
        prefix,
        start_after=start_after,
        token=continuation_token,
        end_before=end_before,
        delimiter=delimiter,
        max_workers=max_workers,
        max_pages=max_pages_ahead,
    )
    survey = partial(client.list_objects, bucket, delimiter="/", **call)
    return read_by_many(client, read, survey, scheduler, max_keys=max_keys)


async def read_by_many(
    client: S3Client,
    read: Pages,
    survey: Pages,
    scheduler: RangeScheduler,
    *,
    max_keys: int,
    identity: Identity = pages.identity,
) -> AsyncGenerator[ListObjectsPage, None]:
    """Yield every page of the ranges that `scheduler` gives out, as `list_objects_parallel` does.

    Args:
        read: yields pages of up to `max_keys` from a `start_after` or a `continuation_token` on; each key is
            on one page.
        survey: yields the folders in a prefix behind a `start_after`: where it may be worth to cut.
        identity: tells a page from another one, and which lies behind which.
    """
    workers = _Workers(client, read, survey, scheduler, max_keys, identity)
    try:
        while (page := await workers.next_page()) is not None:
            yield page
    finally:
        await workers.stop()


class _Workers:
    """The workers: each request that ends sends the next ones."""

    def __init__(
        self,
        client: S3Client,
        read: Pages,
        survey: Pages,
        scheduler: RangeScheduler,
        max_keys: int,
        identity: Identity,
    ) -> None:
        self._max_keys = max_keys
        self._identity = identity
        self._client = client
        self._read = read
        self._survey = survey
        self._scheduler = scheduler
        self._slow_downs = client.slow_downs
        self._tasks: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()

    async def next_page(self) -> ListObjectsPage | None:
        """Return the next page, or `None` behind the last one."""
        while True:
            self._news.clear()
            for task in [task for task in self._tasks if task.done()]:
                self._tasks.remove(task)
                task.result()  # only what is no S3Error comes out here
            page = self._scheduler.take()
            self._send()
            if page is not None or self._scheduler.is_finished:
                return page
            await self._news.wait()

    def _send(self) -> None:
        for asked in self._scheduler.next_asked():
            task = asyncio.create_task(self._walk(asked))
            task.add_done_callback(lambda _: self._news.set())
            self._tasks.add(task)

    async def _walk(self, asked: KeyRange | Survey) -> None:
        if isinstance(asked, Survey):
            await self._look(asked)
        else:
            await self._page(asked)
        if self._client.slow_downs > self._slow_downs:
            self._slow_downs = self._client.slow_downs
            self._scheduler.slow_down()
        self._send()

    async def _page(self, r: KeyRange) -> None:
        try:
            sent = await self._sent(r)
            if sent.next_continuation_token is not None:
                r.progress.take(*self._identity(sent))
        except S3Error as error:
            self._scheduler.failed(r, error)
        else:
            page, r.prefixes = pages.without_prefixes(sent, r.prefixes), sent.common_prefixes
            was_ordered = self._scheduler.is_ordered
            self._scheduler.arrived(r, page)
            if was_ordered and not self._scheduler.is_ordered and not self._client.endpoint.is_aws:
                evidence = "a listing: keys came in another order than that of their bytes"
                self._client.capabilities.learn(Capability.START_AFTER, False, evidence)

    async def _sent(self, r: KeyRange) -> ListObjectsPage:
        """Ask for the next page of a range.

        A server of another order than S3's may leave out of a whole page what lies in front of a
        start-after, and nothing would show it. A token leaves out nothing: so only one key is asked for
        by a guess.
        """
        if r.token is not None:
            return await _first(self._read(continuation_token=r.token))
        if not r.is_cut or self._client.endpoint.is_aws:
            return await _first(self._read(start_after=r.after))
        begun = await _first(self._read(start_after=r.after, max_keys=1))
        token = begun.next_continuation_token
        if token is None or self._max_keys == 1:
            return begun
        rest = await _first(self._read(continuation_token=token, max_keys=self._max_keys - 1))
        return pages.joined(begun, rest)

    async def _look(self, survey: Survey) -> None:
        try:
            page = await _first(self._survey(survey.folder, start_after=survey.start_after))
        except S3Error:
            self._scheduler.surveyed(survey, ())  # the next request there finds out why
        else:
            self._scheduler.surveyed(survey, page.common_prefixes)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _first(pages: AsyncGenerator[ListObjectsPage, None]) -> ListObjectsPage:
    async with aclosing(pages):
        return await anext(pages)

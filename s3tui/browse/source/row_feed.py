"""Batches a listing's pages into rows, a few times a second: the half of a listing in the S3 thread.

A screen that took in and painted every page of a thousand keys by itself would do little else.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from s3tui.background import yield_interpreter
from s3tui.browse.rows.nodes import DELIMITER
from s3tui.browse.rows.row_builder import RowBuilder, Rows
from s3tui.browse.rows.search_progress import FilteredPage, SearchProgress
from s3tui.browse.source.source import LIVE, PageRequest, Source
from s3tui.s3.errors import NotSupported
from s3tui.s3.models import ListObjectsPage
from s3tui.s3.sending.capabilities import Capability

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client

INTERVAL_S = 0.25
MOST_ROWS = 10_000_000
"""A listing rests after so many: with names of 50 bytes they take 800 MB. Going on is the user's wish."""
ROWS_AHEAD = 100
"""Rows before a sought key that are shown with it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows for the screen, with the state of the listing they came from."""

    rows: Rows
    slow_downs: int
    """Times that the server asked for fewer requests since the listing began."""
    begins_at: str | None = None
    """The first key of a listing that begins in the middle."""
    progress: SearchProgress | None = None
    """The progress of a search since the feed began."""
    pages: int = 0
    """Number of pages since the feed began."""
    begins_anew: bool = False
    """A listing that began in the middle has to begin anew: the server does not list from a key on."""


@dataclass(slots=True)
class _PageMeter:
    begun: float
    progress: SearchProgress | None = None
    pages: int = 0

    def add(self, page: ListObjectsPage) -> None:
        self.pages += 1
        if isinstance(page, FilteredPage):
            self.progress = (self.progress or SearchProgress()).add(page, time.monotonic() - self.begun)


async def row_batches(
    s3: S3Client | None,
    bucket: str,
    builder: RowBuilder,
    *,
    source: Source = LIVE,
    delimiter: str = DELIMITER,
    token: str | None = None,
    sought: str | None = None,
    most_rows: int = MOST_ROWS,
    interval_s: float = INTERVAL_S,
) -> AsyncGenerator[Batch, None]:
    """Yield batches of rows: the first page at once, then all that came, every `interval_s`.

    With a `sought` key, the first rows are those just before it and those from it on; what lies further in
    front is not read, unless the server does not list from a key on. Pages are read on while the consumer
    does something else, up to `most_rows`. Closing the generator cancels the requests. A source that is
    offline takes `None` for a client, and cannot seek.

    Raises: S3Error, after all rows before the place where it happened.
    """
    client = cast("S3Client", s3)
    before = 0 if s3 is None else s3.slow_downs_of(bucket)
    news = asyncio.Event()
    ahead = ListObjectsPage(())
    if sought is not None:
        try:
            ahead = await page_before(client, bucket, builder.prefix, sought, ROWS_AHEAD, delimiter)
        except NotSupported:
            sought = None
        else:
            builder.add(ahead)
    begins_at = first_key(ahead) if row_count(ahead) >= ROWS_AHEAD else None
    request = PageRequest(bucket, builder.prefix, delimiter, token, start_after=last_key(ahead))
    pages = source.pages(client, request)
    progress = _PageMeter(time.monotonic())
    reader = asyncio.create_task(_read(pages, builder, progress, most_rows, news))
    reader.add_done_callback(lambda _: news.set())
    try:
        while True:
            await news.wait()
            news.clear()
            if sought is not None and client.capabilities.has(Capability.START_AFTER) is False:
                yield Batch(builder.take(), 0, begins_anew=True)
                return
            is_over = reader.done()  # asked first: else what came before the end could be left behind
            if builder.has_news:
                slow_downs = 0 if s3 is None else s3.slow_downs_of(bucket) - before
                yield Batch(builder.take(), slow_downs, begins_at, progress.progress, progress.pages)
            if is_over:
                reader.result()
                return
            await asyncio.wait({reader}, timeout=interval_s)
    finally:
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)


async def page_before(
    s3: S3Client, bucket: str, prefix: str, key: str, count: int, delimiter: str
) -> ListObjectsPage:
    """Return the `count` rows in front of `key`; fewer if there are no more.

    Raises: as `list_objects_before`; NotSupported, of a server that does not list from a key on.
    """
    from s3tui.s3.listing.backwards import list_objects_before

    return await list_objects_before(
        s3, bucket, prefix, before=key, count=count, delimiter=delimiter, restore_status=True
    )


def row_count(page: ListObjectsPage) -> int:
    return len(page.objects) + len(page.common_prefixes)


def first_key(page: ListObjectsPage) -> str | None:
    return min([*(summary.key for summary in page.objects[:1]), *page.common_prefixes[:1]], default=None)


def last_key(page: ListObjectsPage) -> str | None:
    return max([*(summary.key for summary in page.objects[-1:]), *page.common_prefixes[-1:]], default=None)


async def _read(
    pages: AsyncGenerator[ListObjectsPage, None],
    builder: RowBuilder,
    progress: _PageMeter,
    most_rows: int,
    news: asyncio.Event,
) -> None:
    end = builder.row_count + most_rows
    async with aclosing(pages):
        async for page in pages:
            builder.add(page)
            progress.add(page)
            news.set()
            yield_interpreter()
            if builder.row_count >= end:
                return

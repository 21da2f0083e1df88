"""Search as a source of rows: lists everything below a prefix, and filters it by a query."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from s3tui.browse.rows.row_builder import ComparedPage
from s3tui.browse.rows.search_progress import FilteredPage
from s3tui.browse.source.source import LIVE, PageRequest, Source
from s3tui.format import printable
from s3tui.s3.models import ListObjectsPage

if TYPE_CHECKING:  # every location may be a search: this is not loaded before the first paint
    from s3tui.browse.source.query import Query
    from s3tui.browse.source.terms import Test
    from s3tui.s3.client import S3Client

_TURN_S = 0.005
"""After so long, others of the S3 thread get their turn."""


@dataclass(frozen=True, slots=True)
class Search:
    """The objects that match a query, of all that another source lists below a prefix; flat, by key."""

    query: Query
    clock: Callable[[], datetime] = field(compare=False, repr=False)
    """Tells the time that ages count from, whenever listing begins or goes on."""
    within: Source = LIVE

    @property
    def title(self) -> str:
        return " · ".join(filter(None, (self.within.title, f"search {printable(self.query.text)}")))

    @property
    def is_live(self) -> bool:
        return self.within.is_live

    @property
    def is_offline(self) -> bool:
        return self.within.is_offline

    def listed_prefix(self, prefix: str) -> str:
        """Return the prefix that is really listed: the query's literal prefix narrows it."""
        return prefix + self.query.literal_prefix

    async def pages(self, s3: S3Client, request: PageRequest) -> AsyncGenerator[FilteredPage, None]:
        """Yield a filtered page for each that was read, also where nothing on it matches: see `Source.pages`.

        Other tasks run at least every few milliseconds.

        Raises: S3Error, PatternTooSlow.
        """
        matches = self.query.test(self.clock())
        listed = replace(request, prefix=self.listed_prefix(request.prefix), delimiter="")
        pages = self.within.pages(s3, listed)
        async with aclosing(pages):
            async for page in pages:
                yield await _sift(page, len(request.prefix), matches)


async def _sift(page: ListObjectsPage, start: int, matches: Test) -> FilteredPage:
    found = []
    turn_ends = time.monotonic() + _TURN_S
    for summary in page.objects:
        if matches(summary.key[start:], summary):
            found.append(summary)
        if time.monotonic() > turn_ends:
            await asyncio.sleep(0)
            turn_ends = time.monotonic() + _TURN_S
    await asyncio.sleep(0)
    return FilteredPage(
        tuple(found),
        next_continuation_token=page.next_continuation_token,
        keys_read=len(page.objects),
        last_key=page.objects[-1].key if page.objects else None,
        changes=page.changes if isinstance(page, ComparedPage) else {},
    )

"""LearnedRegions: the learned regions of one connection's buckets, kept, forgotten and overridden."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from s3tui.state import StateError

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client
    from s3tui.s3.sending.region_redirects import RegionRouted


class LearnedRegions:
    """The regions of one identity, in the state database and in the open client.

    Args:
        query: runs a function on the state database.
        identity: tells the identity as of now.
    """

    def __init__(
        self,
        query: Callable[[Callable[[sqlite3.Connection], list[RegionRouted]]], Awaitable[list[RegionRouted]]],
        identity: Callable[[], str],
    ) -> None:
        self._query = query
        self._identity = identity

    async def teach(self, client: S3Client) -> None:
        """Have a new client sign for the regions that were learned before."""
        from s3tui.connect import region_store

        identity = self._identity()
        with suppress(StateError):  # they are learned again
            for routed in await self._query(lambda database: region_store.latest(database, identity)):
                client.sender.regions.learn(routed.bucket, routed.to_region)

    async def keep(self, routed: RegionRouted) -> None:
        """Store a redirect, or a choice."""
        from s3tui.connect import region_store

        identity = self._identity()

        def kept(database: sqlite3.Connection) -> list[RegionRouted]:
            region_store.keep(database, identity, routed)
            return []

        with suppress(StateError):  # the next run learns it again
            await self._query(kept)

    async def trail(self, bucket: str) -> Sequence[RegionRouted]:
        """Return the redirects of a bucket, oldest first."""
        from s3tui.connect import region_store

        identity = self._identity()
        try:
            return await self._query(lambda database: region_store.trail(database, identity, bucket))
        except StateError:
            return []

    async def forget(self, bucket: str) -> None:
        """Forget all redirects of a bucket."""
        from s3tui.connect import region_store

        identity = self._identity()

        def forgotten(database: sqlite3.Connection) -> list[RegionRouted]:
            region_store.forget(database, identity, bucket)
            return []

        with suppress(StateError):
            await self._query(forgotten)

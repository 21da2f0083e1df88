"""BucketListingController: lists the buckets and learns their regions, in workers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from s3tui.s3.errors import S3Error
from s3tui.tui.screens.common.host import ScreenHost

if TYPE_CHECKING:
    from s3tui.s3.models import Bucket

_AT_ONCE = 8


class BucketListHost(ScreenHost, Protocol):
    """A screen that shows what the controller learned."""

    def show_buckets(self, buckets: Sequence[Bucket]) -> None: ...

    def show_failure(self, error: S3Error) -> None: ...

    def show_region(self, bucket: str, region: str) -> None: ...

    def show_refusal(self, bucket: str, error: S3Error) -> None: ...


class BucketListingController:
    def __init__(self, host: BucketListHost) -> None:
        self._host = host

    def start(self) -> None:
        self._host.run(self._list, "listing", exclusive=True)

    async def _list(self) -> None:
        try:
            buckets = await self._host.session.run(lambda s3: s3.list_buckets())
        except S3Error as error:
            self._host.later(self._host.show_failure, error)
            return
        await self._host.session.settle()
        self._host.later(self._host.show_buckets, buckets)

    def learn_regions(self, buckets: Sequence[str]) -> None:
        self._host.run(partial(self._learn_regions, buckets), "regions", exclusive=True)

    async def _learn_regions(self, buckets: Sequence[str]) -> None:
        room = asyncio.Semaphore(_AT_ONCE)

        async def learn(bucket: str) -> None:
            async with room:
                try:
                    region = await self._host.session.run(lambda s3: s3.head_bucket(bucket))
                except S3Error as error:
                    self._host.later(self._host.show_refusal, bucket, error)
                else:
                    self._host.later(self._host.show_region, bucket, region)

        async with asyncio.TaskGroup() as tasks:
            for bucket in buckets:
                tasks.create_task(learn(bucket))

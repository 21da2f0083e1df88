"""BucketListing: workers that list the buckets and learn their regions, and the messages that they post."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message

from s3tui.s3.errors import S3Error
from s3tui.tui.screens.common.base import FramedScreen

if TYPE_CHECKING:
    from s3tui.s3.models import Bucket

_AT_ONCE = 8


class BucketListing(FramedScreen):
    @dataclass
    class BucketsListed(Message):
        buckets: list[Bucket]

    @dataclass
    class ListingFailed(Message):
        error: S3Error

    @dataclass
    class RegionLearned(Message):
        bucket: str
        region: str

    @dataclass
    class BucketRefused(Message):
        bucket: str
        error: S3Error

    @work(group="listing", exclusive=True)
    async def load(self) -> None:
        try:
            buckets = await self.session.run(lambda s3: s3.list_buckets())
        except S3Error as error:
            self.post_message(self.ListingFailed(error))
            return
        await self.session.settle()
        self.post_message(self.BucketsListed(buckets))

    @work(group="regions", exclusive=True)
    async def learn_regions(self, buckets: list[str]) -> None:
        room = asyncio.Semaphore(_AT_ONCE)

        async def learn(bucket: str) -> None:
            async with room:
                try:
                    region = await self.session.run(lambda s3: s3.head_bucket(bucket))
                except S3Error as error:
                    self.post_message(self.BucketRefused(bucket, error))
                else:
                    self.post_message(self.RegionLearned(bucket, region))

        async with asyncio.TaskGroup() as tasks:
            for bucket in buckets:
                tasks.create_task(learn(bucket))

"""BucketListingController: lists the buckets and learns their regions, in workers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from s3tui.s3.errors import S3Error
from s3tui.tui.screens.buckets.buckets_view import BucketsView
from s3tui.tui.screens.common.host import ScreenHost
from s3tui.tui.screens.common.waiting import WaitingController
from s3tui.tui.text.waiting import Wait

if TYPE_CHECKING:
    from s3tui.s3.models import Bucket

_AT_ONCE = 8
_LISTING = "listing"


class BucketListingController:
    def __init__(self, host: ScreenHost, view: BucketsView, rows_came: Callable[[], None]) -> None:
        """`rows_came`: called when the buckets are listed."""
        self._host, self._view, self._rows_came = host, view, rows_came
        self.was_asked = False
        """True once the buckets were requested, whatever the result."""
        self._asked_s: float | None = None
        """The time when buckets were asked for that have not come yet."""
        self._waiting = WaitingController(host, self._wait, self._tell_waiting)

    def start(self) -> None:
        self.was_asked, self._asked_s = True, monotonic()
        self._view.show_loading()
        self._host.run(self._list, _LISTING, exclusive=True)
        self._waiting.watch()

    def stop(self) -> bool:
        """Stop asking for the buckets; say whether there was anything to stop."""
        if self._asked_s is None:
            return False
        self._host.cancel(_LISTING)
        self._end()
        self._view.show_stopped()
        return True

    def _end(self) -> None:
        self._asked_s = None
        self._waiting.look()

    def _wait(self) -> Wait | None:
        if self._asked_s is None:
            return None
        return Wait(self._asked_s, self._asked_s, is_connecting=self._host.session.is_connecting)

    def _tell_waiting(self) -> None:
        if self._asked_s is not None:
            self._view.show_loading(self._waiting.words)

    async def _list(self) -> None:
        try:
            buckets = await self._host.session.run(lambda s3: s3.list_buckets())
        except S3Error as error:
            self._host.later(self._fail, error)
            return
        await self._host.session.settle()
        self._host.later(self._take, buckets)
        if directories := await self._directory_buckets():
            self._host.later(self._take, [*buckets, *directories])

    async def _directory_buckets(self) -> Sequence[Bucket]:
        """Return those of the region, which ListBuckets leaves out; none where they cannot be listed."""
        if not self._host.session.connection.endpoint.is_aws:
            return ()
        try:
            return await self._host.session.run(lambda s3: s3.list_directory_buckets())
        except S3Error:
            return ()

    def _fail(self, error: S3Error) -> None:
        self._end()
        self._view.show_failure(error)

    def _take(self, buckets: Sequence[Bucket]) -> None:
        self._end()
        self._view.show_buckets(buckets)
        self._rows_came()
        session = self._host.session
        for bucket in buckets:
            if session.is_directory_bucket(bucket.name):  # its name tells it
                self._view.show_region(bucket.name, session.region_of(bucket.name))
        names = [bucket.name for bucket in buckets if not session.is_directory_bucket(bucket.name)]
        self._host.run(partial(self._learn_regions, names), "regions", exclusive=True)

    async def _learn_regions(self, buckets: Sequence[str]) -> None:
        room = asyncio.Semaphore(_AT_ONCE)

        async def learn(bucket: str) -> None:
            async with room:
                try:
                    region = await self._host.session.run(lambda s3: s3.head_bucket(bucket))
                except S3Error as error:
                    self._host.later(self._view.show_refusal, bucket, error)
                else:
                    self._host.later(self._view.show_region, bucket, region)

        async with asyncio.TaskGroup() as tasks:
            for bucket in buckets:
                tasks.create_task(learn(bucket))

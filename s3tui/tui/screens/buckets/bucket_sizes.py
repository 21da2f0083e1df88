"""BucketSizesController: counts all that is in a bucket, and shows what was counted, with its age."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Protocol

from s3tui.format import counted, printable
from s3tui.s3.errors import S3Error
from s3tui.tui.screens.common.host import ScreenHost
from s3tui.tui.text.bucket_row import BucketRow
from s3tui.tui.text.sentences import explain, short_size

if TYPE_CHECKING:
    from s3tui.browse.sizes.count import Sizes
    from s3tui.browse.sizes.known_sizes import KnownSize

_COUNTING = "counting"
_MEMORY = "memory"


class CountingHost(ScreenHost, Protocol):
    @property
    def current(self) -> BucketRow | None:
        """The bucket under the cursor."""

    def show_status(self) -> None:
        """Show the status of ongoing work, if any."""


class BucketSizesController:
    """Counts one bucket at a time; the object tree goes on where a count was stopped."""

    def __init__(self, host: CountingHost, show: Callable[[Mapping[str, KnownSize]], None]) -> None:
        """`show`: called with the sizes that are known, by bucket."""
        self._host, self._show = host, show
        self._counting: tuple[str, Sizes] | None = None

    def read(self) -> None:
        """Show what was counted before, here or in the object tree."""
        self._host.run(self._read, _MEMORY)

    async def _read(self) -> None:
        from s3tui.browse.sizes.known_sizes import remembered_totals  # SQLite: not before the first paint
        from s3tui.state import StateError

        try:
            known = await self._host.session.query_state(remembered_totals)
        except StateError:
            return  # whoever counts is told why nothing can be kept
        self._host.later(self._show, known)

    def count_current(self) -> None:
        row, host = self._host.current, self._host
        if row is None:
            return
        if self._counting is not None:
            bucket = printable(self._counting[0])
            host.say(f"{bucket} is being counted: esc stops that first.", "warning")
            return
        from s3tui.browse.sizes.count import Sizes

        self._counting = row.name, Sizes("", host.session.now())
        host.clear_notice()
        host.show_status()
        host.run(partial(self._count, row.name), _COUNTING, exclusive=True)

    async def _count(self, bucket: str) -> None:
        from s3tui.browse.sizes.count import count_objects

        now = self._host.session.now()
        counted = self._host.session.stream(lambda s3: count_objects(s3, bucket, "", now))
        try:
            async with aclosing(counted):
                async for sizes in counted:
                    self._host.later(self._take, bucket, sizes)
        except S3Error as error:
            self._host.later(self._end, explain(error))

    def _take(self, bucket: str, sizes: Sizes) -> None:
        if self._counting is None:
            return  # it was stopped meanwhile
        self._counting = bucket, sizes
        if sizes.is_complete:
            self._end("")
        else:
            self._host.show_status()

    def stop(self) -> bool:
        """Stop the count that runs, and keep what it came to; tell whether there was one."""
        if self._counting is None:
            return False
        self._host.cancel(_COUNTING)
        self._end("Stopped.")
        return True

    def _end(self, why: str) -> None:
        if self._counting is None:
            return
        (bucket, sizes), self._counting = self._counting, None
        self._host.show_status()
        least = "" if sizes.is_complete and not sizes.total.unsized else "at least "
        words = f"{printable(bucket)} has {least}{_words(sizes)}."
        self._host.say(f"{why} {words}".strip(), "warning" if why else "done")
        if sizes.is_complete or sizes.total.objects:
            self._host.run(partial(self._remember, bucket, sizes), _MEMORY)

    async def _remember(self, bucket: str, sizes: Sizes) -> None:
        from s3tui.browse.sizes.known_sizes import remember
        from s3tui.state import StateError

        try:
            await self._host.session.query_state(lambda db, whose: remember(db, whose, bucket, sizes))
        except StateError as error:
            self._host.say(f"The count is not kept for next time: {explain(error)}", "warning")
        else:
            await self._read()

    def progress(self) -> str:
        """Return how far the count has come that runs; empty without one."""
        if self._counting is None:
            return ""
        bucket, sizes = self._counting
        return f"Counting {printable(bucket)}: {_words(sizes) if sizes.total.objects else '…'}  ·  esc stops"


def _words(sizes: Sizes) -> str:
    objects = sizes.total.objects
    return f"{short_size(sizes.total.size)} in {counted(objects, 'object')}"

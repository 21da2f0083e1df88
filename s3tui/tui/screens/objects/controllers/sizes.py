"""Sizes in the object tree: counting what lies under a prefix, and showing what is known of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import aclosing
from functools import partial
from typing import Literal

from s3tui.browse.inventory.inventory import Inventory
from s3tui.browse.rows.listing import Kind
from s3tui.browse.sizes.count import Sizes, count_objects
from s3tui.browse.sizes.known_sizes import Counts, PrefixSizes, remember, remembered
from s3tui.browse.source.source import Source, SourceError
from s3tui.format import count, counted, printable
from s3tui.s3.errors import S3Error
from s3tui.state import StateError
from s3tui.tui.screens.objects.controllers.host import TreeHost
from s3tui.tui.screens.objects.sizes_screen import SizesScreen
from s3tui.tui.text.fields import Field
from s3tui.tui.text.sentences import counted_words, explain, short_size
from s3tui.tui.widgets.tree.object_tree import ObjectTree

_COUNTING = "counting"
_MEMORY = "memory"
_KEEP_EVERY_S = 10.0
"""How much of a count is lost at most with the process."""


class SizesController:
    """Counts one prefix at a time, on through other places of the bucket; shows what a report says, too."""

    def __init__(
        self, host: TreeHost, *, weigh_anew: Callable[[], None], look_again: Callable[[], None]
    ) -> None:
        """
        Args:
            weigh_anew: called when prefixes may have another order by their sizes.
            look_again: called when more is known of the row under the cursor.
        """
        self._host, self._weigh_anew, self._look_again = host, weigh_anew, look_again
        self.counts = Counts()
        """Of the bucket as it is."""
        self._bucket = ""
        """Whose counts they are."""
        self._counting: Sizes | None = None
        """What the count that runs has come to."""
        self._objects_per_s = 0.0
        self._reported = Counts()
        self._report: Source | None = None
        """Whose folders' sizes `_reported` are."""

    @property
    def _shown(self) -> Counts:
        """Return the known sizes of the rows that are shown."""
        source = self._host.location.source
        if self._report == source:
            return self._reported
        return self.counts if source.is_live else Counts()

    def counted(self, prefix: str) -> Sizes | None:
        """Return what a count of just this prefix came to, if there was one."""
        return self._shown.get(prefix)

    def prefix_sizes(self) -> PrefixSizes | None:
        """Return by what prefixes are sorted among themselves."""
        counts = self._shown
        return counts.sizes() if counts else None

    def keys_to_search(self) -> int | None:
        """Return how many keys a search looks at, if all were counted once."""
        here = self._host.location
        if here.search is None or not here.search.is_live:
            return None
        prefix = self._host.tree_model.root.prefix
        known = self._shown.known(here.search.listed_prefix(prefix))
        return known.tally.objects if known is not None and known.is_complete else None

    def read(self) -> None:
        """Show what was counted in this bucket before, if another one was shown until now."""
        here = self._host.location
        if isinstance(here.source, Inventory) and here.source != self._report:
            self._reported, self._report = Counts(), here.source
        is_new = here.bucket != self._bucket
        if is_new:
            self._host.cancel(_COUNTING)
            self._counting, self.counts, self._bucket = None, Counts(), here.bucket
        self._show()
        if is_new:
            self._host.show_status()
            self._host.run(partial(self._read, here.bucket), _MEMORY)
        self.read_report(here.prefix)

    async def _read(self, bucket: str) -> None:
        try:
            counts = await self._host.session.query_state(lambda db, name: remembered(db, name, bucket))
        except StateError:
            return  # whoever counts is told why nothing can be kept
        self._host.later(self.take_remembered, bucket, counts)

    def take_remembered(self, bucket: str, counts: Counts) -> None:
        """Show what was counted in earlier runs."""
        if bucket == self._bucket:
            self.counts.add_older(counts)
            self._show()
            self._look_again()

    def read_report(self, prefix: str) -> None:
        """Read what a report of S3 Inventory says of the folders in `prefix`, where one is shown."""
        source = self._host.location.source
        if isinstance(source, Inventory) and source.has_sizes and self._reported.get(prefix) is None:
            self._host.run(partial(self._read_report, source, prefix), _MEMORY)

    async def _read_report(self, source: Inventory, prefix: str) -> None:
        try:
            sizes = await source.sizes(prefix, self._host.session.now())
        except SourceError:
            return  # the listing says what is wrong
        self._host.later(self._take_report, source, sizes)

    def _take_report(self, source: Source, sizes: Sizes) -> None:
        if source == self._report:
            self._reported.put(sizes)
            self._show()
            self._look_again()

    def _show(self) -> None:
        self._host.query_one(ObjectTree).show_sizes(self._shown)
        self._weigh_anew()

    def count_current(self) -> None:
        """Count the prefix under the cursor, or show what it came to."""
        row = self._host.current
        if row is None or row.kind is not Kind.PREFIX:
            self._host.say("This is no prefix: z counts the one under the cursor, Z everything here.")
        else:
            self._count_or_show(row.key)

    def count_here(self) -> None:
        """Count all that is below here, or show what it came to."""
        self._count_or_show(self._host.location.prefix)

    def _count_or_show(self, prefix: str) -> None:
        host, known = self._host, self.counts.get(prefix)
        if self._counting is not None and self._counting.prefix == prefix:
            host.say("It is being counted: esc stops.")
        elif known is None:
            self._start(prefix)
        else:
            host.app.push_screen(SizesScreen(host.session, host.transfers, host.bucket, known, self._start))

    def _start(self, prefix: str, so_far: Sizes | None = None) -> None:
        """Count everything under `prefix`, or go on from `so_far`."""
        host = self._host
        if self._counting is not None:
            host.say("Another prefix is being counted: esc stops that first.", "warning")
            return
        self._counting, self._objects_per_s = so_far or Sizes(prefix, host.session.now()), 0.0
        host.clear_notice()
        host.show_status()
        host.run(partial(self._count, host.bucket, prefix, so_far), _COUNTING, exclusive=True)

    async def _count(self, bucket: str, prefix: str, so_far: Sizes | None) -> None:
        begun = kept = time.monotonic()
        before = so_far.total.objects if so_far is not None else 0
        now = self._host.session.now()
        counted = self._host.session.stream(lambda s3: count_objects(s3, bucket, prefix, now, so_far=so_far))
        try:
            async with aclosing(counted):
                async for sizes in counted:
                    passed = time.monotonic() - begun
                    rate = (sizes.total.objects - before) / passed if passed else 0.0
                    self._host.later(self._take, bucket, sizes, rate)
                    if time.monotonic() - kept > _KEEP_EVERY_S:
                        kept = time.monotonic()
                        self._keep(bucket, sizes)
        except S3Error as error:
            self._host.later(self._fail, prefix, error)

    def _take(self, bucket: str, sizes: Sizes, objects_per_s: float) -> None:
        if self._counting is None or self._counting.prefix != sizes.prefix:
            return  # it was stopped meanwhile
        self._counting = None if sizes.is_complete else sizes
        self._objects_per_s = objects_per_s
        self.counts.put(sizes)
        self._show()
        self._host.show_status()
        if sizes.is_complete:
            self._look_again()
            self._keep(bucket, sizes)
            key = "Z" if sizes.prefix == self._host.location.prefix else "z"
            self._host.say(
                f"{self._uri(sizes.prefix)}: {total_words(sizes)}.   {key} again shows more", "done"
            )

    def _fail(self, prefix: str, error: S3Error) -> None:
        if self._counting is not None and self._counting.prefix == prefix:
            self._end(f"{explain(error)} ", "error")

    def progress(self) -> str | None:
        """Say how far the count has come that runs, if one does."""
        if (sizes := self._counting) is None:
            return None
        far = f"{total_words(sizes)}, {count(round(self._objects_per_s))} objects/s"
        words = far if sizes.total.objects else "…"
        return f"Counting {self._uri(sizes.prefix)}: {words}  ·  esc stops"

    def stop(self) -> bool:
        """Stop the count that runs, and keep what it came to; say whether there was one."""
        if self._counting is None:
            return False
        self._host.cancel(_COUNTING)
        self._end("Stopped: ", "warning")
        return True

    def _end(self, why: str, kind: Literal["warning", "error"]) -> None:
        sizes, self._counting = self._counting, None
        assert sizes is not None
        self._host.show_status()
        whole = self.counts.get(sizes.prefix)
        if not sizes.total.objects:
            self._host.say(f"{why}nothing was counted yet.", kind)
        elif whole is not None and whole.is_complete:
            self._host.say(f"{why}{total_words(sizes)}; what was counted before stays.", kind)
        else:
            self._keep(self._bucket, sizes)
            words = f"{self._uri(sizes.prefix)} has {total_words(sizes)}.  z, then ↵ goes on"
            self._host.say(f"{why}{words}", kind)

    def _keep(self, bucket: str, sizes: Sizes) -> None:
        self._host.run(partial(self._remember, bucket, sizes), _MEMORY)

    async def _remember(self, bucket: str, sizes: Sizes) -> None:
        known = self.counts.get(sizes.prefix)
        if known is not None and known.is_complete and not sizes.is_complete:
            return
        try:
            await self._host.session.query_state(lambda db, name: remember(db, name, bucket, sizes))
        except StateError as error:
            self._host.say(f"The count is not kept for next time: {explain(error)}", "warning")

    def fields(self, prefix: str) -> list[Field]:
        """Return what was counted below a prefix."""
        known = self._shown.known(prefix)
        if known is None:
            return []
        least = "" if known.is_complete and not known.tally.unsized else "at least "
        words = f"{least}{short_size(known.tally.size)} in {objects_words(known.tally.objects)}"
        when = counted_words(known.begun_at, self._host.session.now())
        return [Field("All below", words, "strong"), Field("", when, "dim")]

    def _uri(self, prefix: str) -> str:
        return printable(f"s3://{self._bucket}/{prefix}")


def total_words(sizes: Sizes) -> str:
    least = "" if sizes.is_complete and not sizes.total.unsized else "at least "
    return f"{least}{short_size(sizes.total.size)} in {objects_words(sizes.total.objects)}"


def objects_words(objects: int) -> str:
    return f"{counted(objects, 'object')}"

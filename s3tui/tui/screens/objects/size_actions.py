"""Sizes in the object tree: counting what lies under a prefix, and showing what is known of it."""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

from textual import on, work
from textual.message import Message

from s3tui.browse.rows.listing import Kind
from s3tui.browse.sizes.count import Sizes, count_objects
from s3tui.browse.sizes.known_sizes import Counts, PrefixSizes, remember, remembered
from s3tui.format import count, printable
from s3tui.s3.errors import S3Error
from s3tui.state import StateError
from s3tui.tui.screens.objects.object_view import ObjectView
from s3tui.tui.screens.objects.sizes import SizesScreen
from s3tui.tui.text.fields import Field
from s3tui.tui.text.sentences import counted_words, explain, short_size
from s3tui.tui.widgets.frame.notice import Notice
from s3tui.tui.widgets.tree.object_tree import ObjectTree

_COUNTING = "counting"
_KEEP_EVERY_S = 10.0
"""How much of a count is lost at most with the process."""


class SizeActions(ObjectView):
    """The part of the screen that counts: one prefix at a time, on through other places of the bucket."""

    counts = Counts()
    counts_bucket = ""
    """Whose counts they are."""
    counting: Sizes | None = None
    """What the count that runs has come to."""
    objects_per_s = 0.0

    @dataclass
    class CountsRead(Message):
        bucket: str
        counts: Counts

    @dataclass
    class Counted(Message):
        bucket: str
        sizes: Sizes
        objects_per_s: float

    @dataclass
    class CountFailed(Message):
        prefix: str
        error: S3Error

    def read_counts(self) -> None:
        """Show what was counted in this bucket before, if another one was shown until now."""
        bucket = self.location.bucket
        is_new = bucket != self.counts_bucket
        if is_new:
            self.workers.cancel_group(self, _COUNTING)
            self.counting, self.counts, self.counts_bucket = None, Counts(), bucket
        self.show_counts()
        if is_new:
            self.show_status()
            self._read_counts(bucket)

    @property
    def shown_counts(self) -> Counts:
        """What is known of the rows that are shown: counts are of the bucket as it is."""
        return self.counts if self.location.source.is_live else Counts()

    @work(group="state")
    async def _read_counts(self, bucket: str) -> None:
        try:
            counts = await self.session.query_state(lambda db, name: remembered(db, name, bucket))
        except StateError:
            return  # whoever counts is told why nothing can be kept
        self.post_message(self.CountsRead(bucket, counts))

    @on(CountsRead)
    def _take_counts(self, message: CountsRead) -> None:
        if message.bucket == self.counts_bucket:
            self.counts.add_older(message.counts)
            self.show_counts()
            self.look_again()

    def look_again(self) -> None:
        """Show beside the rows what became known of the prefix under the cursor."""
        row = self.current
        if row is not None and row.kind is Kind.PREFIX and self.has_class("-wide"):
            self.learn_row(row)

    def show_counts(self) -> None:
        self.query_one(ObjectTree).show_sizes(self.shown_counts)
        self.weigh_anew()

    def prefix_sizes(self) -> PrefixSizes | None:
        counts = self.shown_counts
        return counts.sizes() if counts else None

    def action_sizes(self) -> None:
        row = self.current
        if row is None or row.kind is not Kind.PREFIX:
            self.say("z counts the prefix under the cursor; Z counts everything here.")
        else:
            self._count_or_show(row.key)

    def action_sizes_here(self) -> None:
        self._count_or_show(self.location.prefix)

    def _count_or_show(self, prefix: str) -> None:
        known = self.counts.get(prefix)
        if self.counting is not None and self.counting.prefix == prefix:
            self.say("It is being counted: esc stops.")
        elif known is None:
            self.start_count(prefix)
        else:
            bucket = self.location.bucket
            self.app.push_screen(SizesScreen(self.session, self.transfers, bucket, known, self.start_count))

    def start_count(self, prefix: str, so_far: Sizes | None = None) -> None:
        """Count everything under `prefix`, or go on from `so_far`."""
        if self.counting is not None:
            self.say("Another prefix is being counted: esc stops that first.", "warning")
            return
        self.counting, self.objects_per_s = so_far or Sizes(prefix, self.session.now()), 0.0
        self.clear_notice()
        self.show_status()
        self._count(self.location.bucket, prefix, so_far)

    @work(group=_COUNTING, exclusive=True)
    async def _count(self, bucket: str, prefix: str, so_far: Sizes | None) -> None:
        begun = kept = time.monotonic()
        before = so_far.total.objects if so_far is not None else 0
        now = self.session.now()
        counted = self.session.stream(lambda s3: count_objects(s3, bucket, prefix, now, so_far=so_far))
        try:
            async with aclosing(counted):
                async for sizes in counted:
                    passed = time.monotonic() - begun
                    rate = (sizes.total.objects - before) / passed if passed else 0.0
                    self.post_message(self.Counted(bucket, sizes, rate))
                    if time.monotonic() - kept > _KEEP_EVERY_S:
                        kept = time.monotonic()
                        self._keep(bucket, sizes)
        except S3Error as error:
            self.post_message(self.CountFailed(prefix, error))

    @on(Counted)
    def _take_count(self, message: Counted) -> None:
        sizes = message.sizes
        if self.counting is None or self.counting.prefix != sizes.prefix:
            return  # it was stopped meanwhile
        self.counting = None if sizes.is_complete else sizes
        self.objects_per_s = message.objects_per_s
        self.counts.put(sizes)
        self.show_counts()
        self.show_status()
        if sizes.is_complete:
            self.look_again()
            self._keep(message.bucket, sizes)
            key = "Z" if sizes.prefix == self.location.prefix else "z"
            self.say(f"{self._uri(sizes.prefix)}: {total_words(sizes)}.  {key} again shows more", "done")

    @on(CountFailed)
    def _fail_count(self, message: CountFailed) -> None:
        if self.counting is not None and self.counting.prefix == message.prefix:
            self._end_count(f"{explain(message.error)} ", "error")

    def show_status(self) -> None:
        super().show_status()
        if (sizes := self.counting) is not None:
            far = f"{total_words(sizes)}, {count(round(self.objects_per_s))} objects/s"
            words = far if sizes.total.objects else "…"
            self.query_one(Notice).status = f"Counting {self._uri(sizes.prefix)}: {words}  ·  esc stops"

    def stop_count(self) -> bool:
        """Stop the count that runs, and keep what it came to; say whether there was one."""
        if self.counting is None:
            return False
        self.workers.cancel_group(self, _COUNTING)
        self._end_count("Stopped: ", "warning")
        return True

    def _end_count(self, why: str, kind: Literal["warning", "error"]) -> None:
        sizes, self.counting = self.counting, None
        assert sizes is not None
        self.show_status()
        whole = self.counts.get(sizes.prefix)
        if not sizes.total.objects:
            self.say(f"{why}nothing was counted yet.", kind)
        elif whole is not None and whole.is_complete:
            self.say(f"{why}{total_words(sizes)}; what was counted before stays.", kind)
        else:
            self._keep(self.counts_bucket, sizes)
            self.say(f"{why}{self._uri(sizes.prefix)} has {total_words(sizes)}.  z, then c goes on", kind)

    @work(group="state")
    async def _keep(self, bucket: str, sizes: Sizes) -> None:
        known = self.counts.get(sizes.prefix)
        if known is not None and known.is_complete and not sizes.is_complete:
            return
        try:
            await self.session.query_state(lambda db, name: remember(db, name, bucket, sizes))
        except StateError as error:
            self.say(f"The count is not kept for next time: {explain(error)}", "warning")

    def counted_fields(self, prefix: str) -> list[Field]:
        known = self.shown_counts.known(prefix)
        if known is None:
            return []
        least = "" if known.is_complete and not known.tally.unsized else "at least "
        words = f"{least}{short_size(known.tally.size)} in {objects_words(known.tally.objects)}"
        when = counted_words(known.begun_at, self.session.now())
        return [Field("All below", words, "strong"), Field("", when, "dim")]

    def action_escape(self) -> None:
        if not self.stop_count():
            super().action_escape()

    def _uri(self, prefix: str) -> str:
        return printable(f"s3://{self.counts_bucket}/{prefix}")


def total_words(sizes: Sizes) -> str:
    least = "" if sizes.is_complete and not sizes.total.unsized else "at least "
    return f"{least}{short_size(sizes.total.size)} in {objects_words(sizes.total.objects)}"


def objects_words(objects: int) -> str:
    return f"{count(objects)} object{'s' * (objects != 1)}"

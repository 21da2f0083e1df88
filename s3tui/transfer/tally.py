"""What a transfer has moved so far: plain counters that its workers write and the engine reads.

Both sides live on the same event loop, so nothing is locked. Facts are made of it at most ten times
a second, however many objects a transfer has.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from s3tui.transfer.events import Progressed

_SMOOTH_S = 3.0
"""After so long, a change of speed shows for about two thirds."""


class Pace:
    """Bytes per second, smoothed over a few seconds. Pure: the caller says what time it is."""

    def __init__(self) -> None:
        self.bps = 0.0
        self._at: float | None = None
        self._since = 0.0
        self._bytes = 0

    def start(self, now: float, moved: int) -> None:
        """Count from here on; what was moved before says nothing about the speed from now on."""
        self.bps = 0.0
        self._at = self._since = now
        self._bytes = moved

    def update(self, now: float, moved: int) -> None:
        if self._at is None or now <= self._at:
            return
        elapsed = now - self._at
        current = max(0, moved - self._bytes) / elapsed
        # Early on the mean so far is the better guess: it does not crawl up from zero.
        weight = 1 - math.exp(-elapsed / min(_SMOOTH_S, now - self._since))
        self.bps = current if self._at == self._since else self.bps + weight * (current - self.bps)
        self._at, self._bytes = now, moved


@dataclass(slots=True)
class Tally:
    """The counters of one transfer; the meaning of each is that of the same field of `Transfer`."""

    bytes_done: int = 0
    bytes_total: int | None = None
    objects_done: int = 0
    objects_total: int | None = None
    listing_done: bool = True
    skipped: int = 0
    failed_objects: int = 0
    renamed: int = 0
    parts_done: int | None = None
    parts_total: int | None = None

    def fact(self, bps: float) -> Progressed:
        left = None if self.bytes_total is None else max(0, self.bytes_total - self.bytes_done)
        known = self.listing_done and left is not None and bps > 0
        return Progressed(
            self.bytes_done,
            self.bytes_total,
            self.objects_done,
            self.objects_total,
            self.listing_done,
            self.skipped,
            self.failed_objects,
            self.renamed,
            self.parts_done,
            self.parts_total,
            bps,
            left / bps if known and left is not None else None,
        )


class Meter:
    """One object's share of a tally, which it can take back.

    Args:
        size: as far as it is known; already part of the tally's total.
        alone: the object is the whole transfer, so its parts are the transfer's parts.
    """

    def __init__(self, tally: Tally, size: int | None = None, *, alone: bool = False) -> None:
        self._tally = tally
        self._size = size
        self._alone = alone
        self._done = 0

    def sized(self, size: int) -> None:
        """The object's true size is known now."""
        self._tally.bytes_total = (self._tally.bytes_total or 0) + size - (self._size or 0)
        self._size = size

    def moved(self, count: int) -> None:
        """`count` more bytes got there; fewer than zero, when they must be moved again."""
        self._done += count
        self._tally.bytes_done += count

    def cut(self, parts: int) -> None:
        """The object is moved in so many parts."""
        if self._alone:
            self._tally.parts_done, self._tally.parts_total = 0, parts

    def part_done(self) -> None:
        if self._alone:
            self._tally.parts_done = (self._tally.parts_done or 0) + 1

    def take_back(self) -> None:
        """Nothing of it got there after all."""
        self.moved(-self._done)
        if self._alone and self._tally.parts_total is not None:
            self._tally.parts_done = 0

    def finished(self) -> None:
        """It is there; from now on nothing is taken back."""
        self._tally.objects_done += 1
        self._done = 0

    def skipped(self) -> None:
        """It stays as it is, so its bytes are not part of the work."""
        self.sized(0)
        self._tally.objects_done += 1
        self._tally.skipped += 1

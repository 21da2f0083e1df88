"""The progress of a transfer: counters that its workers write and the engine reads, and its speed.

Both sides live on the same event loop, so nothing is locked. Events are made of the counters at most ten
times a second, however many objects a transfer has.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import Any

from s3tui.transfer.events import Progressed
from s3tui.transfer.models import PartState, TransferProgress

NOT_VERIFIED = "not verified: no checksum or MD5 proved the bytes"
"""The notice where nothing did: also where the size is right, which is no proof."""
_SMOOTH_S = 3.0
"""After this time, two thirds of a change of speed show."""


class SpeedEstimate:
    """Estimates bytes per second, smoothed over a few seconds. Pure: the caller says what time it is."""

    def __init__(self) -> None:
        self.bps = 0.0
        self._at: float | None = None
        self._since = 0.0
        self._bytes = 0

    def start(self, now: float, moved: int) -> None:
        """Measure from here on; what was moved before says nothing about the speed from now on."""
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
class Counters:
    """The counters of one transfer; most become the field of `TransferProgress` that has their name."""

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
    parts: bytearray = field(default_factory=bytearray)
    questions: int = 0
    answered: int = 0
    notice: str | None = None
    verified: str | None = None
    unproven: int = 0
    """Objects that were moved without a checksum or MD5 to prove their bytes; part of the notice."""
    counts_objects: bool = False
    """Its speed is that of its objects, as it moves no bytes."""

    @property
    def amount(self) -> int:
        """The number that its speed is measured by: bytes, or objects."""
        return self.objects_done if self.counts_objects else self.bytes_done

    def progressed(self, bps: float) -> Progressed:
        """Return the event with the counters as they are, at a speed in bytes (or objects) per second."""
        total = self.objects_total if self.counts_objects else self.bytes_total
        left = None if total is None else max(0, total - self.amount)
        known = self.listing_done and left is not None and bps > 0
        counted: dict[str, Any] = {name: getattr(self, name) for name in _COUNTED}
        counted |= {"parts": bytes(self.parts), "notice": self._full_notice()}
        eta_s = left / bps if known and left is not None else None
        return Progressed(**counted, rate_bps=bps, eta_s=eta_s)

    def _full_notice(self) -> str | None:
        if not self.unproven:
            return self.notice
        what = "" if self.objects_total == 1 else f"{self.unproven} of them "
        said = what + NOT_VERIFIED
        return said if self.notice is None else f"{self.notice}; {said}"


_COUNTED = {field.name for field in fields(TransferProgress)} & {field.name for field in fields(Counters)}


class ProgressMeter:
    """Counts the progress of one object in the counters of its transfer, and can take it back.

    Args:
        size: in bytes, as far as it is known; already part of the counters' total.
        alone: the object is the whole transfer, so its parts are the transfer's parts.
    """

    def __init__(self, counters: Counters, size: int | None = None, *, alone: bool = False) -> None:
        self._counters = counters
        self._size = size
        self._alone = alone
        self._done = 0
        self._tried: set[int] = set()

    @property
    def is_alone(self) -> bool:
        """The object is the only one of the transfer, as far as that is known."""
        return self._alone or self._counters.objects_total == 1

    def sized(self, size: int) -> None:
        """Set the object's true size, in bytes."""
        self._counters.bytes_total = (self._counters.bytes_total or 0) + size - (self._size or 0)
        self._size = size

    def moved(self, count: int) -> None:
        """Count `count` more bytes as moved; negative, when they must be moved again."""
        self._done += count
        self._counters.bytes_done += count

    def split(self, parts: int) -> None:
        """Set the number of parts that the object is moved in."""
        if self._alone:
            self._counters.parts_done, self._counters.parts_total = 0, parts
            self._counters.parts = bytearray(parts)

    @contextmanager
    def part(self, index: int) -> Iterator[None]:
        """Show part `index`, from 0, as moving while this lasts, and as done when it ends well."""
        if not (self._alone and self._counters.parts):
            yield
            return
        counters, state = self._counters, PartState.WAITING
        counters.parts[index] = PartState.MOVING
        try:
            yield
            state = PartState.DONE_AGAIN if index in self._tried else PartState.DONE
            counters.parts_done = (counters.parts_done or 0) + 1
        finally:
            counters.parts[index] = state
            self._tried.add(index)

    def notice(self, sentence: str) -> None:
        """Show a sentence that is worth knowing, though no error."""
        self._counters.notice = sentence

    def proven(self, by: str | None) -> None:
        """Tell which checksum or MD5 proved the object's bytes; `None`: none did."""
        if by is None:
            self._counters.unproven += 1
        elif self._alone:
            self._counters.verified = by

    def take_back(self) -> None:
        """Take back all bytes and parts that were counted."""
        self.moved(-self._done)
        if self._alone and self._counters.parts_total is not None:
            self._counters.parts_done = 0
            self._counters.parts = bytearray(self._counters.parts_total)

    def finished(self) -> None:
        """Count the object as done; from now on nothing is taken back."""
        self._counters.objects_done += 1
        self._done = 0

    def skipped(self) -> None:
        """Count the object as skipped; its bytes are no part of the total."""
        self.sized(0)
        self._counters.objects_done += 1
        self._counters.skipped += 1

"""Facts about one transfer, in the past tense. The engine makes them; `state.reduce` applies them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Started:
    at: datetime


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far it is: whole numbers, not differences, so that a lost fact harms nothing.

    `bytes_done` may go back: what a failed attempt moved does not count.
    """

    bytes_done: int
    bytes_total: int | None
    objects_done: int
    objects_total: int | None
    listing_done: bool
    skipped: int
    failed_objects: int
    renamed: int
    parts_done: int | None
    parts_total: int | None
    parts: bytes
    notice: str | None
    verified: str | None
    rate_bps: float
    eta_s: float | None


@dataclass(frozen=True, slots=True)
class Paused:
    why: str | None = None
    """One sentence, where it was not the user who wanted it."""


@dataclass(frozen=True, slots=True)
class Queued:
    """Back in the queue: resumed or retried."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Something failed that may pass: it is tried again by itself. Said again while the seconds go by."""

    error: str
    error_code: str
    next_try_s: int


@dataclass(frozen=True, slots=True)
class Finished:
    at: datetime
    target: str | None = None
    """Where it went, if that is not what was asked for."""


@dataclass(frozen=True, slots=True)
class Failed:
    at: datetime
    error: str
    error_code: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    at: datetime


@dataclass(frozen=True, slots=True)
class Prioritized:
    priority: int


Event = Started | Progressed | Paused | Queued | Interrupted | Finished | Failed | Cancelled | Prioritized

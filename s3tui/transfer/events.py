"""Events of one transfer, in the past tense. The engine makes them; `reducer.reduce` applies them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from s3tui.transfer.models import TransferProgress


@dataclass(frozen=True, slots=True)
class Started:
    at: datetime


@dataclass(frozen=True, slots=True)
class Progressed(TransferProgress):
    """The progress has changed; with totals, not differences, a lost event does no harm.

    `bytes_done` may go back: what a failed attempt moved does not count.
    """


@dataclass(frozen=True, slots=True)
class Paused:
    why: str | None = None
    """One sentence, where it was not a command of the user."""


@dataclass(frozen=True, slots=True)
class Queued:
    """The transfer is back in the queue: resumed or retried."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A temporary failure: the transfer is tried again automatically. Repeated as the seconds go by."""

    error: str
    error_code: str
    next_try_s: int


@dataclass(frozen=True, slots=True)
class Finished:
    at: datetime
    target: str | None = None
    """The final target, if it is not the requested one."""


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

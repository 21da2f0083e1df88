"""What a transfer looks like from outside: immutable values that any thread may read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntEnum


class Direction(Enum):
    DOWNLOAD = "↓"
    UPLOAD = "↑"
    COPY = "→"


class State(Enum):
    QUEUED = "queued"
    """Until there is room for it."""
    RUNNING = "running"
    WAITING = "waiting"
    """For a server that does not answer, or not well: it is tried again by itself; what was moved is kept.

    Journals written by earlier versions say so of what is queued: there, either is paused when it is read.
    """
    PAUSED = "paused"
    """Stopped on purpose; what it has already moved is kept."""
    DONE = "done"
    FAILED = "failed"
    """Stopped by an error. What was moved is kept where a later try can go on with it, until it is cancelled
    or cleared; else nothing half-written is left."""
    CANCELLED = "cancelled"
    """Stopped for good on purpose; nothing half-written is left."""

    @property
    def is_final(self) -> bool:
        return (
            self is State.DONE or self is State.FAILED or self is State.CANCELLED
        )  # of 100 000 rows at once


class Conflict(Enum):
    """What to do when something is already there under the name."""

    ASK = "ask"
    """Put the question to whoever the engine was given for it; fail, where there is nobody."""
    FAIL = "fail"
    SKIP = "skip"
    OVERWRITE = "overwrite"
    OVERWRITE_IF_DIFFERENT = "overwrite if different"
    """Skip what is equal, by size and checksum; overwrite the rest."""
    KEEP_BOTH = "keep both"
    """Write beside it, as `name (1).ext`."""


class PartState(IntEnum):
    """A byte of `Transfer.parts`."""

    WAITING = 0
    MOVING = 1
    DONE = 2
    DONE_AGAIN = 3
    """Done, after a try that failed."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that want the same name."""

    where: str
    """As people write it: `s3://bucket/key` or a path."""
    size: int | None = None
    modified: datetime | None = None
    checksum: str | None = None
    """Of the same kind on both sides, or `None`; an ETag, where it is all that is known."""


@dataclass(frozen=True, slots=True)
class ConflictFound:
    """A question: what shall become of `there`?"""

    transfer_id: int
    name: str
    there: Side
    incoming: Side


@dataclass(frozen=True, slots=True)
class ConflictAnswer:
    conflict: Conflict
    """What to do; `FAIL` and `ASK` are no answer, and the object fails."""
    for_all: bool = False
    """It holds for the rest of the transfer."""


Ask = Callable[[ConflictFound], Awaitable[ConflictAnswer]]
"""Puts a question; cancelled, when it is not to be answered any more."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may happen at once, over all transfers."""

    rate_bps: int | None = None
    """Bytes a second, both ways together; `None`: as fast as it goes."""
    objects: int = 64
    parts: int = 16
    """Parts of large objects, over all objects."""

    def __post_init__(self) -> None:
        if self.objects < 1 or self.parts < 1 or (self.rate_bps is not None and self.rate_bps < 1):
            raise ValueError("a limit below one would stop everything: pause the transfers instead")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The progress of a transfer: totals so far, not differences."""

    bytes_done: int = 0
    bytes_total: int | None = None
    """`None` until it is known; grows while a listing goes on."""
    objects_done: int = 0
    """Including the skipped ones."""
    objects_total: int | None = None
    listing_done: bool = True
    """Whether the totals are final."""
    skipped: int = 0
    failed_objects: int = 0
    """Of a prefix or folder: how many could not be moved; a retry takes only these."""
    renamed: int = 0
    """Keys that could not be local names as they are, and got another."""
    parts_done: int | None = None
    """Of a single object that is moved in parts."""
    parts_total: int | None = None
    parts: bytes = b""
    """A `PartState` for each part, where there are parts."""
    notice: str | None = None
    """One sentence about what is worth knowing, though no error: that it started over, and why."""
    verified: str | None = None
    """What proved that the bytes are those of the source: `CRC64NVME`, `MD5`, …, `size`."""
    rate_bps: float = 0.0
    """Bytes per second, smoothed; zero unless running."""
    eta_s: float | None = None
    """Seconds until it is done; `None` while that cannot be said."""


@dataclass(frozen=True, slots=True)
class Transfer(Progress):
    """One row of the queue: an object, a prefix with all its objects, a file, or a folder."""

    id: int
    connection: str
    direction: Direction
    name: str
    """Short: the last segment of the key or path."""
    source: str
    """For display: `s3://bucket/key` or a path."""
    target: str
    """Changes once, when keeping both gave it another name."""
    state: State = State.QUEUED
    priority: int = 0
    """The higher ones start first; among equals, the order of the queue."""
    attempts: int = 0
    """How often it was started."""
    error: str | None = None
    """One sentence: what happened, and what to do; of what is waiting, what it waits for."""
    error_code: str | None = None
    """S3's code, an errno's name, or one of our own (`TargetExists`, `SourceChanged`, …)."""
    next_try_s: int | None = None
    """Of what is waiting: in so many seconds it is tried again."""
    started_at: datetime | None = None
    """When it first ran."""
    finished_at: datetime | None = None
    to_connection: str = ""
    """Of a copy to another endpoint: what it is written with."""


@dataclass(frozen=True, slots=True)
class QueueSnapshot:
    """The whole queue at one moment."""

    version: int = 0
    """Another number when anything changed."""
    transfers: tuple[Transfer, ...] = ()
    """In queue order."""
    running: int = 0
    queued: int = 0
    waiting: int = 0
    paused: int = 0
    failed: int = 0
    done: int = 0
    down_bps: float = 0.0
    up_bps: float = 0.0
    eta_s: float | None = None
    """Until what runs now is done; `None` while that cannot be said."""
    limits: Limits = Limits()
    objects_at_once: int = 0
    """What the engine allows itself at the moment: never above the limits, less after a SlowDown."""
    parts_at_once: int = 0

    @property
    def moving(self) -> int:
        """How many run, or will without being told to."""
        return self.running + self.queued + self.waiting

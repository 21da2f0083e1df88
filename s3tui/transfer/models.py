"""Values that describe transfers, limits, conflicts and the queue. Immutable; any thread may read them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntEnum


class Direction(Enum):
    DOWNLOAD = "↓"
    UPLOAD = "↑"
    COPY = "→"
    DELETE = "−"
    MOVE = "»"
    UNDO = "↺"
    SYNC = "⇄"
    SET = "≔"
    """Attributes of objects."""
    RETURN = "↶"
    """As it was at an instant."""
    RESTORE = "↻"
    """From an archive."""

    @property
    def counts_objects(self) -> bool:
        """True if it moves no bytes: its progress is that of its objects."""
        moving = (Direction.DOWNLOAD, Direction.UPLOAD, Direction.COPY, Direction.SYNC)
        return self not in moving


class TransferState(Enum):
    QUEUED = "queued"
    """Until the limits allow it to run."""
    RUNNING = "running"
    WAITING = "waiting"
    """For a server that fails or does not answer: tried again automatically; what was moved is kept.

    Journals of earlier versions have this name for queued transfers: there, both are paused when read.
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
            self is TransferState.DONE or self is TransferState.FAILED or self is TransferState.CANCELLED
        )  # of 100 000 rows at once


class Conflict(Enum):
    """The conflict policy: what to do when the target exists already."""

    ASK = "ask"
    """Ask through the engine's `ask`; fail, where it has none."""
    FAIL = "fail"
    SKIP = "skip"
    OVERWRITE = "overwrite"
    OVERWRITE_IF_DIFFERENT = "overwrite if different"
    """Skip what is equal, by size and checksum; overwrite the rest."""
    KEEP_BOTH = "keep both"
    """Write beside it, as `name (1).ext`."""


class PartState(IntEnum):
    """The state of one part: a byte of `TransferProgress.parts`."""

    WAITING = 0
    MOVING = 1
    DONE = 2
    DONE_AGAIN = 3
    """Done, after a try that failed."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a conflict: what exists under the name, or what is to be written there."""

    where: str
    """For display: `s3://bucket/key` or a path."""
    size: int | None = None
    modified: datetime | None = None
    checksum: str | None = None
    """Of the same kind on both sides, or `None`; an ETag, where it is all that is known."""


@dataclass(frozen=True, slots=True)
class ConflictFound:
    """A conflict for the user to decide: `incoming` is to be written where `there` exists."""

    transfer_id: int
    name: str
    there: Side
    incoming: Side


class Scope(Enum):
    """The conflicts of a transfer that an answer applies to."""

    ONE = "this one"
    KIND = "all of this kind"
    """Those of the same `ConflictKind`, until the transfer ends or another process takes it over."""
    ALL = "all that follow"


@dataclass(frozen=True, slots=True)
class ConflictAnswer:
    conflict: Conflict
    """The policy to apply; with `FAIL` or `ASK` the object fails."""
    scope: Scope = Scope.ONE


Ask = Callable[[ConflictFound], Awaitable[ConflictAnswer]]
"""Asks the user about a conflict; cancelled when the answer is no longer needed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of concurrency and rate, over all transfers."""

    rate_bps: int | None = None
    """Bytes per second, both directions together; `None`: unlimited."""
    objects: int = 64
    parts: int = 16
    """Parts of large objects, over all objects."""

    def __post_init__(self) -> None:
        if self.objects < 1 or self.parts < 1 or (self.rate_bps is not None and self.rate_bps < 1):
            raise ValueError("a limit below one would stop everything: pause the transfers instead")


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferProgress:
    """The progress of a transfer: totals so far, not differences."""

    bytes_done: int = 0
    bytes_total: int | None = None
    """`None` until it is known; grows while a listing goes on."""
    objects_done: int = 0
    """Including the skipped ones."""
    objects_total: int | None = None
    listing_done: bool = True
    """The totals are final."""
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
    questions: int = 0
    """Conflicts that wait for an answer."""
    answered: int = 0
    """Conflicts that were answered, since it was started or another process took it over."""
    notice: str | None = None
    """One sentence about what is worth knowing, though no error: that it started over, and why."""
    verified: str | None = None
    """The checksum that proved the bytes to be those of the source: `CRC64NVME`, `MD5`, …"""
    rate_bps: float = 0.0
    """Bytes per second, smoothed; zero unless running. Of what moves no bytes, objects per second."""
    eta_s: float | None = None
    """Seconds until it is done; `None` while that cannot be said."""


@dataclass(frozen=True, slots=True)
class Transfer(TransferProgress):
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
    state: TransferState = TransferState.QUEUED
    priority: int = 0
    """The higher ones start first; among equals, the order of the queue."""
    attempts: int = 0
    """The number of times it was started."""
    error: str | None = None
    """One sentence: what happened, and what to do; of a waiting transfer, what it waits for."""
    error_code: str | None = None
    """S3's error code, an errno's name, or one of the engine's (`TargetExists`, `SourceChanged`, …)."""
    next_try_s: int | None = None
    """Of a waiting transfer: seconds until it is tried again."""
    started_at: datetime | None = None
    """When it first ran."""
    finished_at: datetime | None = None
    to_connection: str = ""
    """Of a copy to another endpoint: the connection that it is written with."""
    roots: tuple[str, ...] = ()
    """Of a change: the keys and prefixes that it is about, unless they are too many."""
    change: int | None = None
    """Of a change: its id in the log of changes, which knows what became of each object."""


@dataclass(frozen=True, slots=True)
class QueueSnapshot:
    """The whole queue at one moment."""

    version: int = 0
    """Another number whenever anything changed."""
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
    """Seconds until what runs now is done; `None` while that cannot be said."""
    limits: Limits = Limits()
    objects_at_once: int = 0
    """The concurrency that is allowed now: never above the limits, less after a SlowDown."""
    parts_at_once: int = 0

    @property
    def moving(self) -> int:
        """The number of transfers that run, or will run without a command."""
        return self.running + self.queued + self.waiting

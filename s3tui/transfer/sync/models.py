"""Values of syncs: what is found on both sides, what shall be done about it, and what that comes to."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import NamedTuple


class Compare(Enum):
    """The evidence by which two sides are the same. The values are kept in files: never change one."""

    MTIME = "mtime"
    """Size, and the time that the file was changed; where no time was recorded, the bytes decide."""
    ETAG = "etag"
    """The etag, and that of the file where that can be computed; files are read where they changed."""
    CHECKSUM = "checksum"
    """Checksums, each time anew: every file is read."""


class Action(Enum):
    """The actions on one path. The values are kept in files: never change one."""

    SEND = "send"
    REPLACE = "replace"
    DELETE = "delete"
    SAME = "unchanged"
    SKIP = "skipped"


class Found(Enum):
    """The kinds of what a listing finds."""

    OBJECT = "object"
    """An object or a file."""
    UNREADABLE = "unreadable"
    """A file that cannot be looked at, or a folder whose content nobody knows: its path ends in `/`."""
    FOLDER = "folder"
    """A folder on a disk, where it takes the name of what might be written."""


class Entry(NamedTuple):
    """One path on one side."""

    path: str
    """Below the root, with `/` between its segments, spelled as that side does."""
    size: int | None = None
    mtime_ns: int | None = None
    """Of a file when it was changed, of an object its LastModified."""
    etag: str | None = None
    storage_class: str | None = None
    obstacle: str | None = None
    """The reason why it is neither read nor written."""
    kind: Found = Found.OBJECT

    @property
    def state(self) -> str:
        """The state that the index knows it by: another state is another content."""
        if self.etag is not None:
            return f"{self.size}:{self.etag}"
        return f"{self.size}@{self.mtime_ns}"


class Line(NamedTuple):
    """One line of a plan."""

    action: Action
    path: str
    """As the target spells it, or would."""
    source: Entry | None
    target: Entry | None
    why: str


class Known(NamedTuple):
    """A path as the last run left it: the states of both sides, which were the same."""

    path: str
    source: str
    target: str


Listing = AsyncGenerator[Sequence[Entry], None]
"""One side, in ascending order of its paths by code point, which is that of their UTF-8 bytes."""
KnownPages = AsyncGenerator[Sequence[Known], None]


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """The options of a sync: how it compares, what it leaves alone, whether it deletes."""

    compare: Compare = Compare.MTIME
    delete: bool = False
    """Delete at the target what the source does not have."""
    include: tuple[str, ...] = ()
    """Patterns of which one must match; none: everything takes part."""
    exclude: tuple[str, ...] = ()
    """Patterns of which none may match: these are left alone on both sides."""
    newer: datetime | None = None
    """Only what was changed at this time or later."""
    min_size: int | None = None
    max_size: int | None = None


@dataclass(slots=True)
class SyncTotals:
    """The numbers that a plan comes to, so far or in all."""

    actions: dict[Action, int] = field(default_factory=lambda: dict.fromkeys(Action, 0))
    bytes: int = 0
    """To be sent."""
    sources: int = 0
    """That take part and can be read, as all below."""
    targets: int = 0
    excluded: int = 0
    """Paths that a filter leaves alone."""
    kept: int = 0
    """What only the target has, where deleting was not asked for."""
    unreadable: int = 0
    """Files and folders that could not be read, on either side."""
    blocked: str = ""
    """Why nothing is deleted though it was asked for; empty: nothing speaks against it."""

    def __getitem__(self, action: Action) -> int:
        return self.actions[action]

    @property
    def work(self) -> int:
        """The number of paths about which something is to be done."""
        return self[Action.SEND] + self[Action.REPLACE] + self[Action.DELETE]

    @property
    def deletes_most(self) -> bool:
        """More than half of what the target has would go."""
        return self[Action.DELETE] * 2 > self.targets

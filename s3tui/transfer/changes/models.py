"""Values that describe changes: their objects, what became of each, whether they can be undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

Facts = Mapping[str, Any]
"""What is known of an object; goes to JSON and back."""


class ChangeKind(Enum):
    """The kinds of changes. The values are kept in files: never change one."""

    DELETE = "delete"
    """Objects, which become delete markers where versions are kept."""
    DELETE_VERSIONS = "delete versions"
    """Versions or delete markers, for good."""
    MOVE = "move"
    """Copied, proven, then deleted at the source."""
    WRITE = "write"
    """An object was written: new, edited, or copied onto itself with other attributes."""
    SYNC = "sync"
    """Sent, replaced and deleted at the target, by what the source has."""
    SET = "set"
    """Attributes were set."""
    RETURN = "return"
    """What was there at an instant was brought back."""
    RESTORE = "restore"
    """Copies of archived objects were asked for."""
    UNDO = "undo"
    """Of an earlier change."""


class Undo(Enum):
    """The answer to whether a change can be undone. The values are kept in files: never change one."""

    YES = "can be undone"
    PARTLY = "can be undone in part"
    NO = "cannot be undone"
    UNKNOWN = "whether it can be undone is not known"


class ChangeState(Enum):
    """The state of a change. The values are kept in files: never change one."""

    PLANNED = "planned"
    """Its plan is being made, or asked about: nothing was sent."""
    BEGUN = "begun"
    OVER = "over"


class ItemState(Enum):
    """The state of one object of a change. The values are kept in files: never change one."""

    PLANNED = "planned"
    SENT = "sent"
    """A request for it is, or was, under way: what became of it is not known yet."""
    COPIED = "copied"
    """Of a move: the copy was proven; the source is still there."""
    DONE = "done"
    SKIPPED = "skipped"
    """It was not, or no longer, what had been planned: nothing was done to it."""
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        return self in (ItemState.DONE, ItemState.SKIPPED, ItemState.FAILED)


@dataclass(frozen=True, slots=True)
class ChangeItem:
    """One object of a change."""

    number: int
    """Its place in the plan, from 0."""
    key: str
    facts: Facts = field(default_factory=dict)
    """What it was when the change was planned, and what is to be done with it."""
    state: ItemState = ItemState.PLANNED
    outcome: Facts = field(default_factory=dict)
    """What is known of what was done: which version was there before, which one came of it, or why not."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change: what a user asked for in one go."""

    id: int
    kind: ChangeKind
    connection: str
    """The handle of the connection that it was made with."""
    bucket: str
    title: str
    """One phrase, for the history: `Delete 12 objects`."""
    at: datetime
    state: ChangeState = ChangeState.PLANNED
    undo: Undo = Undo.UNKNOWN
    why: str = ""
    """One clause on why it can be undone, or not."""
    undoes: int | None = None
    """The change that this one undoes."""
    undone_by: int | None = None
    options: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counts:
    """The number of objects of a change in each state."""

    by_state: Mapping[ItemState, int]

    def __getitem__(self, state: ItemState) -> int:
        return self.by_state.get(state, 0)

    @property
    def total(self) -> int:
        return sum(self.by_state.values())

    @property
    def over(self) -> int:
        return sum(number for state, number in self.by_state.items() if state.is_over)

"""Kinds of conflicts: how what is there and what comes differ, as far as both are known. Pure."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from s3tui.transfer.models import Side


class Likeness(Enum):
    EQUAL = "the same size and checksum"
    SAME_SIZE = "the same size"
    OTHER_CHECKSUM = "the same size, another checksum"
    OTHER_SIZE = "another size"
    UNKNOWN = "an unknown size"


class ConflictKind(NamedTuple):
    likeness: Likeness
    is_newer: bool | None
    """What is there is newer than what comes, or older; `None`: as old, or not known."""


def kind_of(there: Side, incoming: Side) -> ConflictKind:
    """Return the kind of a conflict; checksums of two kinds are never compared."""
    likeness = Likeness.UNKNOWN
    if None not in (there.size, incoming.size):
        likeness = Likeness.SAME_SIZE if there.size == incoming.size else Likeness.OTHER_SIZE
    if likeness is Likeness.SAME_SIZE and None not in (there.checksum, incoming.checksum):
        is_equal = there.checksum == incoming.checksum
        likeness = Likeness.EQUAL if is_equal else Likeness.OTHER_CHECKSUM
    one, other = there.modified, incoming.modified
    return ConflictKind(likeness, None if one is None or other is None or one == other else one > other)

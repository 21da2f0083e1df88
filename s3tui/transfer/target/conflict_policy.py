"""Conflict policies: what becomes of an object whose target exists already. Pure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import Enum, auto

from s3tui.transfer.errors import target_exists
from s3tui.transfer.models import Conflict, ConflictAnswer, Scope, Side
from s3tui.transfer.target.conflict_kind import ConflictKind, kind_of


class Decision(Enum):
    PROCEED = auto()
    """Nothing is there, or it may be replaced."""
    SKIP = auto()
    OTHER_NAME = auto()
    """Leave what is there, and find a name that is free."""


class Undecided(Exception):
    """The user has to be asked; the caller sets the policy to the answer, and begins again."""

    def __init__(self, there: Side, incoming: Side) -> None:
        super().__init__(f"{there.where} exists already")
        self.there = there
        self.incoming = incoming

    @property
    def kind(self) -> ConflictKind:
        return kind_of(self.there, self.incoming)

    @property
    def name(self) -> str:
        return self.there.where.rpartition("/")[2]


PutQuestion = Callable[[Undecided], Awaitable[ConflictAnswer]]


async def leave_it(question: Undecided) -> ConflictAnswer:
    """Answer that every conflict fails, as there is nobody to ask."""
    return ConflictAnswer(Conflict.FAIL, Scope.ALL)


def policy_of(answer: ConflictAnswer) -> Conflict:
    """Return the policy that an answer gives; to ask again counts as a refusal."""
    return Conflict.FAIL if answer.conflict is Conflict.ASK else answer.conflict


def needs_both_sides(conflict: Conflict) -> bool:
    """Say whether `decide` looks at more than whether something is there."""
    return conflict in (Conflict.ASK, Conflict.OVERWRITE_IF_DIFFERENT)


def decide(conflict: Conflict, there: Side | None, incoming: Side) -> Decision:
    """Apply the policy to what is there (`None`: nothing) and what is to be written.

    Raises: TransferError, where it is to fail; Undecided, where it is to be asked.
    """
    if there is None or conflict is Conflict.OVERWRITE:
        return Decision.PROCEED
    match conflict:
        case Conflict.SKIP:
            return Decision.SKIP
        case Conflict.KEEP_BOTH:
            return Decision.OTHER_NAME
        case Conflict.OVERWRITE_IF_DIFFERENT:
            return Decision.SKIP if are_equal(there, incoming) else Decision.PROCEED
        case Conflict.ASK:
            raise Undecided(there, incoming)
        case _:
            raise target_exists(there.where)


def are_equal(one: Side, other: Side) -> bool:
    """Say whether size and checksum prove both to be equal; what is not known proves nothing."""
    sizes, checksums = {one.size, other.size}, {one.checksum, other.checksum}
    return len(sizes) == len(checksums) == 1 and None not in sizes | checksums

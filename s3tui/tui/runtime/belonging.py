"""Ownership of a transfer: the connection that it may resume with, or why it must wait.

A transfer resumes only where it was started: at that endpoint, with that account.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3tui.connect.by_name import KnownConnection, connection_of
from s3tui.connect.identity import Handle

if TYPE_CHECKING:
    from s3tui.transfer.errors import NotAtHand


@dataclass(frozen=True, slots=True)
class Belonging:
    """The connection that a transfer names, beside the one that is available for it."""

    asked: Handle
    """The handle that the transfer recorded."""
    here: Handle | None
    """The handle of the connection that is available; `None` where none could be the one."""

    @property
    def handle(self) -> str:
        return str(self.here or self.asked)

    @property
    def is_certain(self) -> bool:
        return self.here is not None and self.here.is_surely(self.asked)

    @property
    def is_another(self) -> bool:
        """True if the available connection is known to be of another account."""
        return self.here is not None and self.here.differs(self.asked.owner)

    @property
    def needs_answer(self) -> bool:
        """True if only the user can tell whether this is the connection that it was started with."""
        return self.here is not None and not self.is_certain and not self.is_another

    def refusal(self) -> NotAtHand:
        """Return the error that says why the transfer waits; its sentence is not terminal-safe."""
        from s3tui.transfer.errors import NotAtHand

        if self.needs_answer:
            return NotAtHand(f"{self.begun} {self.question} It waits until you say so: p asks.")
        if self.is_another:
            return NotAtHand(
                f"{self.asked.words} leads to another account now than when this was started: "
                "sign in to that one."
            )
        if self.asked.identity is None:
            return NotAtHand(f"There is no connection {self.asked.name} now: open it, then resume this.")
        return NotAtHand(
            f"It belongs to {self.asked.words}, which is not open: open that connection, then resume this."
        )

    @property
    def begun(self) -> str:
        return f"This was started by {self.asked.words}."

    @property
    def question(self) -> str:
        """The question for the user; not terminal-safe."""
        if self.here is None or self.here.identity is None:
            return ""
        if self.here.identity == self.asked.identity:
            return "Whose keys it gave then, and gives now, nobody said. Are they of one account?"
        return f"Is it {self.here.identity.words}?"


def candidate(
    asked: Handle, opened: Sequence[KnownConnection], known: Callable[[], Sequence[KnownConnection]]
) -> KnownConnection | None:
    """Return the connection that a transfer which recorded the handle `asked` may resume with.

    Args:
        opened: the connections of this run, the newest first.
        known: returns the connections that could be opened; called only if none of `opened` fits.
    """
    found = connection_of(asked, opened) or connection_of(asked, others := known())
    if found is None and (identity := asked.identity) is not None:
        there = (*opened, *others)
        found = next(
            (it for it in there if it.connection.name == asked.name and identity.may_be(it.identity)), None
        )
    return found

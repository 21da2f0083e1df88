"""Whose a transfer is: the connection that it may go on with, or why it must wait.

A transfer goes on only where it was begun: at that endpoint, with that account.
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
    asked: Handle
    """What the transfer calls it."""
    here: Handle | None
    """What the transfer would call what is here; `None`: there is nothing that it could be."""

    @property
    def handle(self) -> str:
        return str(self.here or self.asked)

    @property
    def is_certain(self) -> bool:
        return self.here is not None and self.here.is_surely(self.asked)

    @property
    def is_another(self) -> bool:
        """Whether what is here is known to be another account."""
        return self.here is not None and self.here.differs(self.asked.owner)

    @property
    def needs_answer(self) -> bool:
        """Whether only the user knows if this is where it was begun."""
        return self.here is not None and not self.is_certain and not self.is_another

    def refusal(self) -> NotAtHand:
        """Return why it waits; the sentence is not terminal-safe."""
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
        """What is asked of the user; not terminal-safe."""
        if self.here is None or self.here.identity is None:
            return ""
        if self.here.identity == self.asked.identity:
            return "Whose keys it gave then, and gives now, nobody said. Are they of one account?"
        return f"Is it {self.here.identity.words}?"


def candidate(
    asked: Handle, opened: Sequence[KnownConnection], known: Callable[[], Sequence[KnownConnection]]
) -> KnownConnection | None:
    """Return the connection that a transfer may go on with that calls its own `asked`.

    Args:
        opened: the connections of this run, the newest first.
        known: returns those that could be opened; asked only where it matters.
    """
    found = connection_of(asked, opened) or connection_of(asked, others := known())
    if found is None and (identity := asked.identity) is not None:
        there = (*opened, *others)
        found = next(
            (it for it in there if it.connection.name == asked.name and identity.may_be(it.identity)), None
        )
    return found

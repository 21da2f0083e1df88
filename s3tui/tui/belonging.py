"""Whose a transfer is: the connection that it may go on with, or why it must wait.

A transfer goes on only where it was begun: at that endpoint, with that account.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3tui.connect.by_name import connection_of
from s3tui.connect.connection import Connection
from s3tui.connect.identity import Handle, identity_of

if TYPE_CHECKING:
    from s3tui.transfer.failures import NotAtHand


@dataclass(frozen=True, slots=True)
class Belonging:
    asked: Handle
    """What the transfer calls it."""
    connection: Connection | None
    """What is here; `None`: nothing that it could be."""

    @property
    def handle(self) -> str:
        """What the transfer would call what is here."""
        if self.connection is None:
            return str(self.asked)
        here = identity_of(self.connection)
        owner = self.asked.owner if here == self.asked.identity else None
        return str(Handle(self.asked.name, here, owner))

    @property
    def is_certain(self) -> bool:
        return self.connection is not None and self.handle == str(self.asked)

    @property
    def needs_answer(self) -> bool:
        """Whether only the user knows if this is where it was begun."""
        return self.connection is not None and not self.is_certain

    def refusal(self) -> NotAtHand:
        """Return why it waits; the sentence is not terminal-safe."""
        from s3tui.transfer.failures import NotAtHand

        if self.needs_answer:
            return NotAtHand(f"{self.begun} It waits until you say whether it is {self.here}: p asks.")
        if self.asked.identity is None:
            return NotAtHand(f"There is no connection {self.asked.name} now: open it, then resume this.")
        return NotAtHand(
            f"It belongs to {self.asked.words}, which is not open: open that connection, then resume this."
        )

    @property
    def begun(self) -> str:
        return f"This was started by {self.asked.words}."

    @property
    def here(self) -> str:
        return "" if self.connection is None else identity_of(self.connection).words


def belonging_of(
    asked: Handle, opened: Sequence[Connection], known: Callable[[], Sequence[Connection]]
) -> Belonging:
    """Return whose a transfer is that calls its connection `asked`.

    Args:
        opened: the connections of this run, the newest first.
        known: returns those that could be opened; asked only where it matters.
    """
    found = connection_of(asked, opened) or connection_of(asked, others := known())
    if found is None and asked.identity is not None:
        candidates = (
            each
            for each in (*opened, *others)
            if each.name == asked.name and asked.identity.may_be(identity_of(each))
        )
        found = next(candidates, None)
    return Belonging(asked, found)

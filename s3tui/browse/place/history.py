"""Back and forward history over locations, whichever bucket they are in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s3tui.browse.place.location import Location

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Visit:
    """A location of the history, with the cursor as it was left."""

    location: Location
    key: str | None = None
    """The key that the cursor was on when it was left."""


class History:
    """A list of visits with a current position, as a web browser keeps it; at most 200."""

    def __init__(self) -> None:
        self._visits: list[Visit] = []
        self._present = -1

    @property
    def present(self) -> Visit | None:
        return self._visits[self._present] if self._visits else None

    def visit(self, location: Location) -> None:
        """Append a visit behind the current one; those ahead of it are dropped."""
        if self.present is not None and self.present.location == location:
            return
        del self._visits[self._present + 1 :]
        self._visits.append(Visit(location))
        del self._visits[:-_LONGEST]
        self._present = len(self._visits) - 1

    def leave(self, key: str | None) -> None:
        """Keep the key under the cursor with the current visit."""
        if self.present is not None:
            self._visits[self._present] = Visit(self.present.location, key)

    def step(self, by: int) -> Visit | None:
        """Move by `by` visits, back where it is negative; `None`, and nothing changes, past either end."""
        if not 0 <= self._present + by < len(self._visits):
            return None
        self._present += by
        return self._visits[self._present]

"""Where one was: back and forward over places, whichever bucket they are in."""

from __future__ import annotations

from dataclasses import dataclass

from s3tui.browse.place.location import Location

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Visit:
    location: Location
    key: str | None = None
    """What the cursor was on when it was left."""


class History:
    """Visits in order, and which of them is the present one."""

    def __init__(self) -> None:
        self._visits: list[Visit] = []
        self._present = -1

    @property
    def present(self) -> Visit | None:
        return self._visits[self._present] if self._visits else None

    def visit(self, location: Location) -> None:
        """Go on from the present place to another; what lay ahead is forgotten."""
        if self.present is not None and self.present.location == location:
            return
        del self._visits[self._present + 1 :]
        self._visits.append(Visit(location))
        del self._visits[:-_LONGEST]
        self._present = len(self._visits) - 1

    def leave(self, key: str | None) -> None:
        """Note what the cursor is on in the present place."""
        if self.present is not None:
            self._visits[self._present] = Visit(self.present.location, key)

    def step(self, by: int) -> Visit | None:
        """Go `by` visits on, or back where it is negative; `None`, and nothing changes, where none is."""
        if not 0 <= self._present + by < len(self._visits):
            return None
        self._present += by
        return self._visits[self._present]

"""How far a search has come, and the pages that it found."""

from __future__ import annotations

from dataclasses import dataclass

from s3tui.browse.rows.row_builder import ComparedPage


@dataclass(frozen=True, slots=True)
class FilteredPage(ComparedPage):
    """What was meant of a page; most pages of a search are empty."""

    looked_at: int = 0
    """How many keys the page had."""
    last_key: str | None = None
    """The last one of them."""


@dataclass(frozen=True, slots=True)
class SearchProgress:
    """How far a search has come."""

    keys: int = 0
    """How many it has looked at."""
    last_key: str | None = None
    seconds: float = 0.0
    """How long that took."""

    def add(self, page: FilteredPage, seconds: float) -> SearchProgress:
        """Return the same with one page more, `seconds` after the beginning."""
        return SearchProgress(self.keys + page.looked_at, page.last_key or self.last_key, seconds)

    def followed_by(self, other: SearchProgress) -> SearchProgress:
        """Return how far one has come that went on here; times where nobody searched are not counted."""
        return SearchProgress(
            self.keys + other.keys, other.last_key or self.last_key, self.seconds + other.seconds
        )

    @property
    def keys_per_s(self) -> float:
        return self.keys / self.seconds if self.seconds > 0 else 0.0

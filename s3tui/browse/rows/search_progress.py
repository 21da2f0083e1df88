"""Progress of a search, and the filtered pages that it yields."""

from __future__ import annotations

from dataclasses import dataclass

from s3tui.browse.rows.row_builder import ComparedPage


@dataclass(frozen=True, slots=True)
class FilteredPage(ComparedPage):
    """A page of a listing with only the objects that match; most pages of a search are empty."""

    keys_read: int = 0
    """Keys of the page before the filter."""
    last_key: str | None = None
    """The last of these keys."""


@dataclass(frozen=True, slots=True)
class SearchProgress:
    """Keys and seconds that a search has spent so far."""

    keys: int = 0
    """Keys that were tested."""
    last_key: str | None = None
    seconds: float = 0.0
    """Time that they took."""

    def add(self, page: FilteredPage, seconds: float) -> SearchProgress:
        """Return the progress with one page more, `seconds` after the beginning."""
        return SearchProgress(self.keys + page.keys_read, page.last_key or self.last_key, seconds)

    def followed_by(self, other: SearchProgress) -> SearchProgress:
        """Return the progress of this search and of one that continued it; pauses between are not counted."""
        return SearchProgress(
            self.keys + other.keys, other.last_key or self.last_key, self.seconds + other.seconds
        )

    @property
    def keys_per_s(self) -> float:
        return self.keys / self.seconds if self.seconds > 0 else 0.0

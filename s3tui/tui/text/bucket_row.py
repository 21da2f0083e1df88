"""BucketRow: one bucket as the bucket list shows it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BucketRow:
    name: str
    created: datetime | None
    region: str | None = None
    """`None` until it is known."""
    redirected: bool = False
    refused: str | None = None
    """Why it could not be looked at, in a word or two."""
    bookmarked: bool = False

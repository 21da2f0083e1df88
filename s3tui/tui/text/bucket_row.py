"""BucketRow: one bucket as the bucket list shows it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BucketRow:
    """One bucket: its name, when it was created, and its region or why that is unknown."""

    name: str
    created: datetime | None
    region: str | None = None
    """`None` until it is known."""
    redirected: bool = False
    refused: str | None = None
    """Short reason why the bucket cannot be read, like `no access`."""
    bookmarked: bool = False

"""BucketRow: one bucket as the bucket list shows it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s3tui.browse.sizes.known_sizes import KnownSize


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
    known: KnownSize | None = None
    """The size of all that is in it, as far as that was counted."""

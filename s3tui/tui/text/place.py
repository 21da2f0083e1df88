"""Place: connection, bucket, prefix and region, as the top bar shows them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """What the bar says about where we are."""

    connection: str = ""
    production: bool = False
    read_only: bool = False
    tls_unverified: bool = False
    crumbs: Sequence[str] = ()
    """Bucket, then each part of the prefix: printable already."""
    is_object: bool = False
    """The last crumb is a key, not a prefix."""
    title: str = ""
    """Instead of crumbs, where we are in no bucket."""
    region: str = ""
    redirected: bool = False

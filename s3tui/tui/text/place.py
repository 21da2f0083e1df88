"""Place: connection, bucket, prefix and region, as the top bar shows them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """The contents of the top bar."""

    connection: str = ""
    production: bool = False
    read_only: bool = False
    tls_unverified: bool = False
    crumbs: Sequence[str] = ()
    """The bucket, then each part of the prefix; must be printable."""
    is_object: bool = False
    """True if the last crumb is a key, not a prefix."""
    title: str = ""
    """Shown instead of crumbs outside of buckets."""
    region: str = ""
    redirected: bool = False

"""S3 URIs → the prefix that a screen lists, and the key under its cursor. Pure."""

from __future__ import annotations

from s3tui.browse.place.location import Location
from s3tui.s3.address.uri import S3Uri


def place_of(uri: S3Uri) -> tuple[Location, str | None]:
    """Return the prefix to list for a URI, and the key to put the cursor on if it names one."""
    folder, slash, name = uri.key.rpartition("/")
    return Location(uri.bucket, folder + slash), uri.key if name else None

"""Names of places, as the screens take them. Pure."""

from __future__ import annotations

from s3tui.browse.place.location import Location
from s3tui.s3.address.uri import S3Uri


def place_of(uri: S3Uri) -> tuple[Location, str | None]:
    """Return the prefix to list for a URI, and the key to stand on where it names one."""
    folder, slash, name = uri.key.rpartition("/")
    return Location(uri.bucket, folder + slash), uri.key if name else None

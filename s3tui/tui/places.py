"""Names of places, as people type them. Pure."""

from __future__ import annotations

from s3tui.browse.location import Location
from s3tui.format import printable
from s3tui.s3.endpoint import Endpoint
from s3tui.s3.uri import S3Uri


def place_of(uri: S3Uri) -> tuple[Location, str | None]:
    """Return the prefix to list for a URI, and the key to stand on where it names one."""
    folder, slash, name = uri.key.rpartition("/")
    return Location(uri.bucket, folder + slash), uri.key if name else None


def parse_uri(text: str) -> S3Uri:
    """Raises: ValueError."""
    text = text.strip()
    return S3Uri.parse(text if "://" in text else f"s3://{text}")


def wrong_uri(text: str) -> str | None:
    try:
        Endpoint.aws().target(parse_uri(text).bucket)
    except ValueError as error:
        return printable(str(error))
    return None

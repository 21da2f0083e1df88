"""The listing of a prefix as one side of a sync."""

from __future__ import annotations

import re
from contextlib import aclosing

from s3tui.s3.models import ObjectSummary
from s3tui.transfer.changes.reading import ReadingClient
from s3tui.transfer.download.part_file import is_part_name
from s3tui.transfer.sync.filters import ns_of
from s3tui.transfer.sync.models import Entry, Listing

_NO_NAMES = frozenset(("", ".", ".."))
_MAYBE_ODD = re.compile(r"(?:^|/)\.|//|^/|/$|\0|[\ud800-\udfff]").search
_LONGEST = 255
"""Bytes of a file's name."""
_NO_FILE = "its key cannot be the name of a file"


async def list_prefix(client: ReadingClient, bucket: str, prefix: str, *, with_disk: bool) -> Listing:
    """Yield the objects below a prefix, which is empty or ends in `/`.

    Args:
        with_disk: the other side is a folder: what stands for one there, an empty object whose key ends in
            `/`, is left out on both sides, and what no file can be called has an obstacle.

    Raises: S3Error: what was listed before that is not all there is.
    """
    cut = len(prefix)
    async with aclosing(client.all_objects(bucket, prefix)) as pages:
        async for page in pages:
            yield [
                _entry(found, found.key[cut:], with_disk=with_disk)
                for found in page.objects
                if found.key.startswith(prefix) and not _is_left_out(found, cut, with_disk=with_disk)
            ]


def _is_left_out(found: ObjectSummary, cut: int, *, with_disk: bool) -> bool:
    if len(found.key) == cut:
        return True  # the marker of the prefix itself
    return with_disk and found.key.endswith("/") and not found.size


def _entry(found: ObjectSummary, path: str, *, with_disk: bool) -> Entry:
    modified = found.last_modified
    obstacle = _NO_FILE if with_disk and not _may_be_file(path) else None
    return Entry(
        path,
        found.size,
        None if modified is None else ns_of(modified),
        found.etag,
        found.storage_class,
        obstacle,
    )


def _may_be_file(path: str) -> bool:
    if len(path) * 4 <= _LONGEST and not _MAYBE_ODD(path):
        return True  # the usual case: no need to look at each name
    names = path.split("/")
    if not _NO_NAMES.isdisjoint(names) or "\0" in path or is_part_name(names[-1]):
        return False
    try:
        return max(len(name.encode()) for name in names) <= _LONGEST
    except UnicodeEncodeError:
        return False

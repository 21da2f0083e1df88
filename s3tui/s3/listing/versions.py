"""Listings of versions: all of them as objects, or the objects as they were at an instant.

What was there at an instant is, of each key, the version with the latest time that is not behind it,
unless that is a delete marker. It is as exact as what a bucket still knows: S3 tells times in whole
seconds, and of a multipart upload when it was begun; what was deleted for good, or overwritten while
versioning was off or suspended, is in no listing.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from operator import le
from typing import Any, Unpack

from s3tui.s3.client import S3Client
from s3tui.s3.errors import ProtocolError
from s3tui.s3.listing.parallel import read_by_many
from s3tui.s3.listing.range_scheduler import RangeScheduler
from s3tui.s3.models import (
    ListObjectsPage,
    ListVersionsPage,
    ObjectVersion,
    VersionMarker,
    VersionSummary,
)
from s3tui.s3.request.options import CallOptions
from s3tui.s3.sending.capabilities import Capability


class Moment:
    """Selects the versions that were current at an instant, from those of one key after the other.

    The versions of a key may be on several pages, so the one selected of the last key is held back.
    """

    def __init__(self, at: datetime, held: ObjectVersion | None = None) -> None:
        self.at = at
        self.held = held
        """Of the last key, the best version so far."""

    def take(self, versions: Iterable[ObjectVersion]) -> list[ObjectVersion]:
        """Return the selected version of each key that is complete."""
        found: list[ObjectVersion] = []
        for version in versions:
            if self.held is not None and self.held.key != version.key:
                found += self.end()
            if self._is_better(version):
                self.held = version
        return found

    def end(self) -> list[ObjectVersion]:
        """Return the selected version of the last key, which has no further versions."""
        held, self.held = self.held, None
        return [held] if held is not None and not held.is_delete_marker else []

    def _is_better(self, version: ObjectVersion) -> bool:
        if version.last_modified is None or version.last_modified > self.at:
            return False
        if self.held is None or self.held.last_modified is None:
            return True
        # Of one second's versions the first one listed is the newest, and the latest one of all before it.
        same = version.last_modified == self.held.last_modified
        return version.is_latest if same else version.last_modified > self.held.last_modified


def list_objects_as_of(
    client: S3Client,
    bucket: str,
    prefix: str = "",
    *,
    at: datetime,
    delimiter: str = "",
    start_after: str | None = None,
    continuation_token: str | None = None,
    max_keys: int = 1000,
    max_workers: int = 1,
    max_pages_ahead: int = 64,
    **call: Unpack[CallOptions],
) -> AsyncGenerator[ListObjectsPage, None]:
    """Yield the objects as they were at an instant, as `VersionSummary`, in the order of `list_objects`.

    Every version of every key is read. With a `delimiter` the common prefixes are those of any time:
    whether one held something at that instant is only known from what is below it.

    Args:
        at: an aware time.
        start_after: begin behind this key.
        continuation_token: begin where an earlier page said that the next one starts.
        max_keys: versions, delete markers and common prefixes a page that is read, 1 000 at most.
        max_workers, max_pages_ahead: as for `list_objects_parallel`.

    Raises: NoSuchBucket, AccessDenied, TransportError; ValueError, for a token that is none of these.
    """
    read = partial(_as_of, client, bucket, prefix, at, delimiter=delimiter, max_keys=max_keys, call=call)
    if max_workers == 1 or client.capabilities.has(Capability.START_AFTER) is False:
        return read(start_after=start_after, continuation_token=continuation_token)
    scheduler = RangeScheduler(
        prefix,
        delimiter=delimiter,
        start_after=start_after,
        token=continuation_token,
        max_workers=max_workers,
        max_pages=max_pages_ahead,
    )
    # Of folders that are gone by now nothing is known: they are cut into blindly.
    survey = partial(client.list_objects, bucket, delimiter="/", **call)
    return read_by_many(client, read, survey, scheduler, max_keys=max_keys, identity=_place_of)


def _place_of(page: ListObjectsPage) -> tuple[str | None, str | None, int]:
    """Return the identity of a page: none of its versions may have been current at the instant."""
    return page.next_continuation_token, page.next_continuation_token, 0


async def _as_of(
    client: S3Client,
    bucket: str,
    prefix: str,
    at: datetime,
    *,
    delimiter: str,
    max_keys: int,
    call: CallOptions,
    start_after: str | None = None,
    continuation_token: str | None = None,
) -> AsyncGenerator[ListObjectsPage, None]:
    """Yield the pages that one worker reads."""
    marker, moment = VersionMarker(start_after) if start_after else None, Moment(at)
    if continuation_token is not None:
        marker, moment.held = _from_token(continuation_token)
    pages = client.list_object_versions(
        bucket, prefix, delimiter=delimiter, start=marker, max_keys=max_keys, **call
    )
    last: str | None = None
    async with aclosing(pages):
        async for page in pages:
            versions = _in_order(page.versions)
            if versions:
                if last is not None and versions[0].key < last:
                    raise _not_by_key(bucket)
                last = versions[-1].key
            found = moment.take(versions)
            if moment.held is not None and (page.next is None or page.next.key != moment.held.key):
                found += moment.end()
            yield ListObjectsPage(_then(found), page.common_prefixes, _token(page.next, moment.held))
    if rest := moment.end():  # of a server that says that there is more, and names the same place again
        yield ListObjectsPage(_then(rest))


def _not_by_key(bucket: str) -> ProtocolError:
    """Make the error for a server that does not list the versions of a key one after the other."""
    return ProtocolError(
        f"{bucket} does not list its versions by key: what was there at an instant cannot be told",
        operation="ListObjectVersions",
        bucket=bucket,
    )


def _then(found: Iterable[ObjectVersion]) -> tuple[VersionSummary, ...]:
    return tuple(replace(_summary(version), is_latest=True) for version in found)


def list_objects_at(
    client: S3Client,
    bucket: str,
    prefix: str = "",
    *,
    at: datetime | None,
    continuation_token: str | None = None,
) -> AsyncGenerator[ListObjectsPage, None]:
    """Yield every object under `prefix` as it was at an instant; `None` is now."""
    if at is None:
        return client.list_objects(bucket, prefix, continuation_token=continuation_token)
    return list_objects_as_of(client, bucket, prefix, at=at, continuation_token=continuation_token)


async def list_versions_as_objects(
    client: S3Client,
    bucket: str,
    prefix: str = "",
    *,
    delimiter: str = "",
    start_after: str | None = None,
    continuation_token: str | None = None,
    max_keys: int = 1000,
    **call: Unpack[CallOptions],
) -> AsyncGenerator[ListObjectsPage, None]:
    """Yield all versions and delete markers as `VersionSummary`, the latest of each key first.

    Args and raises: as `list_objects_as_of`.
    """
    marker = VersionMarker(start_after) if start_after else None
    if continuation_token is not None:
        marker, _ = _from_token(continuation_token)
    pages = client.list_object_versions(
        bucket, prefix, delimiter=delimiter, start=marker, max_keys=max_keys, **call
    )
    async with aclosing(pages):
        async for page in pages:
            yield _all_of(page)


def _all_of(page: ListVersionsPage) -> ListObjectsPage:
    found = tuple(map(_summary, _in_order(page.versions)))
    return ListObjectsPage(found, page.common_prefixes, _token(page.next, None))


def _in_order(versions: Sequence[ObjectVersion]) -> Sequence[ObjectVersion]:
    """Return a page's versions by key, the latest of each first; some servers list delete markers apart."""
    keys = [version.key for version in versions]
    if all(map(le, keys, keys[1:])):
        return versions
    return sorted(versions, key=_place)


def _place(version: ObjectVersion) -> tuple[str, bool, float]:
    modified = version.last_modified
    return version.key, not version.is_latest, 0.0 if modified is None else -modified.timestamp()


def _summary(version: ObjectVersion) -> VersionSummary:
    return VersionSummary(
        version.key,
        0 if version.is_delete_marker else version.size,
        version.last_modified,
        version.etag,
        version.storage_class,
        None,
        version.version_id,
        version.is_latest,
        version.is_delete_marker,
    )


def _token(following: VersionMarker | None, held: ObjectVersion | None) -> str | None:
    if following is None:
        return None
    return json.dumps([asdict(following), None if held is None else asdict(held)], default=datetime.isoformat)


def _from_token(token: str) -> tuple[VersionMarker, ObjectVersion | None]:
    try:
        marker, held = json.loads(token)
        return VersionMarker(**marker), None if held is None else _version(held)
    except (TypeError, ValueError) as error:
        raise ValueError(f"this is no place in a listing of versions: {token}") from error


def _version(values: dict[str, Any]) -> ObjectVersion:
    modified = values.pop("last_modified")
    return ObjectVersion(last_modified=modified and datetime.fromisoformat(modified), **values)

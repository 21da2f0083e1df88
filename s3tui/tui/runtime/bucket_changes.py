"""Changes of buckets by transfers that ended, for the listings that are known of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from s3tui.browse.place.bucket_change import BucketChange
from s3tui.browse.rows.nodes import DELIMITER
from s3tui.s3.address.uri import S3Uri
from s3tui.transfer.models import Direction, Transfer, TransferState


def changes_of(ended: Iterable[Transfer]) -> dict[tuple[str, str], BucketChange]:
    """Return what was written, by the handle of the connection and the bucket."""
    changes: dict[tuple[str, str], BucketChange] = {}
    for transfer in ended:
        if transfer.direction is Direction.DOWNLOAD:
            continue
        if transfer.direction is Direction.SYNC:
            if transfer.target.startswith("s3://"):
                uri = S3Uri.parse(transfer.target)
                there = transfer.connection, uri.bucket
                change = BucketChange(uri.bucket, unclear=frozenset({uri.key}))
                changes[there] = changes[there].then(change) if there in changes else change
            continue
        if transfer.direction.counts_objects:
            change = _removed(transfer)
            there = transfer.connection, change.bucket
            changes[there] = changes[there].then(change) if there in changes else change
            if transfer.direction is not Direction.MOVE:
                continue
        uri = S3Uri.parse(transfer.target)
        there = transfer.to_connection or transfer.connection, uri.bucket
        change = _change(transfer, uri)
        changes[there] = changes[there].then(change) if there in changes else change
    return changes


def _removed(transfer: Transfer) -> BucketChange:
    """Return what a change changed: where all of it is done, what it was about is gone."""
    bucket, _, where = transfer.source.removeprefix("s3://").partition("/")
    is_whole = transfer.state is TransferState.DONE and not (transfer.skipped or transfer.notice)
    goes = transfer.direction in (Direction.DELETE, Direction.MOVE)
    if not goes or not transfer.roots or not is_whole:
        return BucketChange(bucket, unclear=frozenset(transfer.roots or {where}))
    prefixes = frozenset(root for root in transfer.roots if not root or root.endswith(DELIMITER))
    return BucketChange(bucket, frozenset(transfer.roots), prefixes)


def _change(transfer: Transfer, uri: S3Uri) -> BucketChange:
    is_whole = transfer.state is TransferState.DONE and not transfer.skipped
    if not uri.key or uri.key.endswith(DELIMITER):
        return BucketChange(uri.bucket, written_prefixes=frozenset({uri.key}))
    if is_whole:
        return BucketChange(uri.bucket, written=((uri.key, transfer.bytes_total),))
    return BucketChange(uri.bucket, unclear=frozenset({uri.key}))

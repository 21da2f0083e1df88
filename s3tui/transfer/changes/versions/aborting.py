"""Aborts planned uploads; to abort one again does nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from s3tui.s3.client import S3Client
from s3tui.s3.errors import NoSuchKey, ServiceError
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.deleting import Batch
from s3tui.transfer.changes.models import ChangeItem, Facts, ItemState

_AT_ONCE = 16
_GONE = "NoSuchUpload"


async def abort_uploads(
    client: S3Client, log: ChangeLog, change: int, bucket: str, items: Sequence[ChangeItem]
) -> Batch:
    """Abort the uploads of `items`, and say what became of each.

    Raises: S3Error, of what may pass; TransferError, of the log.
    """
    over, failure = dict.fromkeys(ItemState, 0), None
    for start in range(0, len(items), _AT_ONCE):
        some = items[start : start + _AT_ONCE]
        outcomes = await asyncio.gather(*(_abort(client, bucket, item) for item in some))
        await log.note(change, [(item.number, *ended) for item, ended in zip(some, outcomes, strict=True)])
        for item, (state, outcome) in zip(some, outcomes, strict=True):
            over[state] += 1
            if state is ItemState.FAILED:
                failure = failure or (f"{item.key}: {outcome['why']}", str(outcome["code"]))
    return Batch([], over, failure)


async def _abort(client: S3Client, bucket: str, item: ChangeItem) -> tuple[ItemState, Facts]:
    try:
        await client.abort_multipart_upload(bucket, item.key, upload_id=item.facts["upload"])
    except ServiceError as error:
        if error.code == _GONE or (isinstance(error, NoSuchKey) and not error.is_bare):
            return ItemState.DONE, {}
        if error.status >= 500 or error.is_bare:
            raise
        return ItemState.FAILED, {"why": error.message, "code": error.code}
    return ItemState.DONE, {}

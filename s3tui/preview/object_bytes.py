"""Ranges of an object of S3: one GetObject each, pinned to an etag or a version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3tui.preview.ranged_file import Served
from s3tui.preview.source import Span
from s3tui.s3.errors import RangeIgnored
from s3tui.s3.models import ByteRange
from s3tui.s3.wire.xml import is_weak

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client


async def fetch_range(
    s3: S3Client, bucket: str, key: str, span: Span, *, etag: str | None = None, version_id: str | None = None
) -> Served:
    """Request one range. A server that sends other bytes is not read on: they may be any number.

    Raises: PreconditionFailed, for an object that has another etag; RangeIgnored; as `get_object`.
    """
    first, end = span
    async with s3.stream_object(
        bucket,
        key,
        byte_range=ByteRange(first=first, last=end - 1),
        version_id=version_id,
        if_match=None if etag is None or is_weak(etag) else etag,
    ) as body:
        served = body.content_range
        begins_elsewhere = first > 0 if served is None else served.first != first or served.last >= end
        if begins_elsewhere:
            raise RangeIgnored(
                "this server does not send ranges of objects: d downloads the whole object",
                operation="GetObject",
                bucket=bucket,
                key=key,
            )
        data = b"".join([chunk async for chunk in body])
        return Served(data, body.head.size if served is None else served.total, body.head.etag)

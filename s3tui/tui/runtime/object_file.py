"""Objects as ranged files: each request runs on the session's client, in the S3 thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3tui.tui.runtime.session import Session

if TYPE_CHECKING:
    from s3tui.preview.preview import Preview, Room
    from s3tui.preview.ranged_file import RangedFile, Served
    from s3tui.preview.source import Span


async def open_object(
    session: Session,
    bucket: str,
    key: str,
    *,
    size: int | None,
    version_id: str | None = None,
    bound: int | None = None,
) -> RangedFile:
    """Return an object as a file that is read by ranges; a HEAD is sent only if its `size` is not known.

    Args:
        bound: bytes that may be read in all.

    Raises: S3Error.
    """
    from s3tui.preview.object_bytes import fetch_range  # not before the first preview
    from s3tui.preview.ranged_file import RangedFile

    async def fetch(span: Span, etag: str | None) -> Served:
        return await session.run(
            lambda s3: fetch_range(s3, bucket, key, span, etag=etag, version_id=version_id)
        )

    if size is None:
        head = await session.run(lambda s3: s3.head_object(bucket, key, version_id=version_id))
        size = head.size or 0
    return RangedFile(fetch, size, bound=bound)


async def preview_of(session: Session, file: RangedFile, key: str, room: Room) -> Preview:
    """Read the preview of an object.

    Raises: S3Error.
    """
    from s3tui.preview.reader import read_preview

    return await read_preview(file, key.rpartition("/")[2] or key, room, session.isolation.look)

"""Objects as ranged files: each request runs on the session's client, in the S3 thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from s3tui.tui.runtime.session import Session
from s3tui.tui.text.sentences import short_size

if TYPE_CHECKING:
    from s3tui.preview.preview import Preview, Room
    from s3tui.preview.ranged_file import RangedFile, Served
    from s3tui.preview.source import Span

_ROWS = 200


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


async def rows_of(
    session: Session, file: RangedFile, preview: Preview, key: str, columns: Sequence[str]
) -> Preview:
    """Read the first rows of an object that has columns.

    Args:
        preview: what is known of it.
        columns: names or patterns; none: the first columns.

    Raises: S3Error.
    """
    from s3tui.preview.kinds.table import ROWS, Mismatch
    from s3tui.preview.preview import Room
    from s3tui.preview.source import BeyondBound

    room = Room(_ROWS, columns=tuple(columns))
    try:
        return await session.isolation.look(ROWS[preview.kind], file, key.rpartition("/")[2] or key, room)
    except BeyondBound as beyond:
        sentence = f"Its first rows take {short_size(beyond.needed)}: choose fewer columns."
    except Mismatch:
        sentence = "Its rows cannot be read."
    return replace(preview, table=None, lines=(), sentence=sentence)


async def picture_of(
    session: Session, file: RangedFile, preview: Preview, key: str, width: int, height: int
) -> Preview:
    """Add the picture to the preview of an image, in cells of so many columns and lines.

    Raises: S3Error.
    """
    from s3tui.preview.kinds.table import PICTURE, PICTURES, Mismatch
    from s3tui.preview.preview import Room
    from s3tui.preview.source import BeyondBound

    if preview.kind not in PICTURES:
        return preview
    room = Room(max(1, height - len(preview.lines)), width=width)
    try:
        drawn = await session.isolation.look(PICTURE, file, key.rpartition("/")[2] or key, room)
    except BeyondBound as beyond:
        return replace(preview, sentence=f"It is too large to be drawn: {short_size(beyond.needed)}.")
    except Mismatch:
        return preview
    return replace(preview, picture=drawn.picture, sentence=drawn.sentence)


async def preview_of(session: Session, file: RangedFile, key: str, room: Room) -> Preview:
    """Read the preview of an object.

    Raises: S3Error.
    """
    from s3tui.preview.reader import read_preview

    return await read_preview(file, key.rpartition("/")[2] or key, room, session.isolation.look)

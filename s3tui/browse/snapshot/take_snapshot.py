"""Takes a snapshot: lists everything below a prefix in parallel, and writes pages as they come."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from s3tui.background import yield_interpreter
from s3tui.browse.snapshot.snapshot import Snapshot, SnapshotWriter
from s3tui.browse.source.source import SourceError
from s3tui.s3.errors import S3Error

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client

INTERVAL_S = 0.25
_WORKERS, _PAGES_AHEAD = 16, 64
"""Memory is bounded by the pages that wait for an earlier one."""


@dataclass(frozen=True, slots=True)
class Progress:
    objects: int
    size: int
    objects_per_s: float
    snapshot: Snapshot | None = None
    """Once it is there."""


async def take_snapshot(
    s3: S3Client,
    bucket: str,
    prefix: str,
    file: Path,
    *,
    connection: str,
    now: Callable[[], datetime],
    keep: threading.Event,
    interval_s: float = INTERVAL_S,
) -> AsyncGenerator[Progress, None]:
    """List everything below `prefix` into `file`; the last progress has the snapshot.

    Cancelling it leaves no file; or, when `keep` is set by then, what came so far, which says up to which
    key it goes. Memory does not grow with the listing.

    Raises: S3Error; what was listed before the place where it happened is then kept as a part. SourceError,
        where the file cannot be written.
    """
    from s3tui.s3.listing.parallel import list_objects_parallel  # not before the first paint

    writer = await asyncio.to_thread(SnapshotWriter, file, connection, bucket, prefix, now())
    begun = told = time.monotonic()

    def progress(snapshot: Snapshot | None = None) -> Progress:
        passed = time.monotonic() - begun
        return Progress(writer.objects, writer.size, writer.objects / passed if passed else 0.0, snapshot)

    try:
        listed = list_objects_parallel(s3, bucket, prefix, max_workers=_WORKERS, max_pages_ahead=_PAGES_AHEAD)
        async with aclosing(listed) as pages:
            async for page in pages:
                await asyncio.to_thread(writer.add, page.objects)
                yield_interpreter()
                if time.monotonic() - told >= interval_s:
                    told = time.monotonic()
                    yield progress()
        snapshot = await asyncio.to_thread(writer.finish, now(), is_complete=True)
    except SourceError:
        writer.discard()
        raise
    except BaseException as error:
        if writer.objects and (keep.is_set() or isinstance(error, S3Error)):
            writer.finish(now(), is_complete=False)  # at once: whoever cancels waits for this
        raise
    else:
        yield progress(snapshot)
    finally:
        writer.discard()

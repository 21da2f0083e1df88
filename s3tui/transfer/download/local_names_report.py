"""The report of keys that cannot have their own names on this disk, made before the first byte moves."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from s3tui.s3.client import S3Client
from s3tui.s3.listing.versions import list_objects_at
from s3tui.s3.models import ListObjectsPage
from s3tui.transfer.download.local_names import LocalName, LocalNames
from s3tui.transfer.download.part_file import ignores_case
from s3tui.transfer.threads import in_thread

LIMIT = 100_000
_KEPT = 1000


@dataclass(frozen=True, slots=True)
class NamesReport:
    """The names that a download of the prefix will give, as far as they are not the keys' own."""

    keys: int = 0
    """The number of keys that were looked at."""
    is_complete: bool = False
    """These are all."""
    renamed: int = 0
    collisions: int = 0
    """Of the renamed ones, those whose name another key has."""
    names: tuple[LocalName, ...] = ()
    """The renamed ones, with their reasons; of many, the first thousand."""

    @property
    def is_clean(self) -> bool:
        """True when every key has its own name."""
        return self.is_complete and not self.renamed


async def names_report(
    client: S3Client,
    bucket: str,
    prefix: str,
    target_dir: Path,
    *,
    at: datetime | None = None,
    limit: int = LIMIT,
    on_progress: Callable[[NamesReport], None] | None = None,
) -> NamesReport:
    """Go through the keys under `prefix` as a download to `target_dir` would, without writing anything.

    Args:
        at: as the prefix was then; `None`: as it is.
        limit: how many keys are looked at; a page more or less.
        on_progress: called in the event loop with what is known after each page.

    Raises: NoSuchBucket, AccessDenied, TransportError. May be cancelled.
    """
    names = LocalNames(prefix, ignore_case=await in_thread(_ignores_case, target_dir))
    report = NamesReport()
    async with aclosing(list_objects_at(client, bucket, prefix, at=at)) as pages:
        async for page in pages:
            placed = await in_thread(_place, names, page)
            report = _with(report, placed, is_complete=page.next_continuation_token is None)
            if on_progress is not None:
                on_progress(report)
            if report.keys >= limit:
                break
    return report


def _place(names: LocalNames, page: ListObjectsPage) -> list[LocalName]:
    return [names.place(found.key, found.size) for found in page.objects]


def _with(report: NamesReport, placed: list[LocalName], *, is_complete: bool) -> NamesReport:
    renamed = [name for name in placed if name.reason is not None]
    return NamesReport(
        report.keys + len(placed),
        is_complete,
        report.renamed + len(renamed),
        report.collisions + sum(name.collides for name in renamed),
        report.names + tuple(renamed[: max(0, _KEPT - len(report.names))]),
    )


def _ignores_case(folder: Path) -> bool:
    """Ask the folder, or the one that it will be made in; where neither can be written, go by the system."""
    place = next((each for each in (folder, *folder.parents) if each.is_dir()), folder)
    try:
        return ignores_case(place)
    except OSError:
        return sys.platform == "darwin"

"""Sources of rows: the protocol, and the live bucket as the first of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from s3tui.s3.errors import S3Error
from s3tui.s3.models import ListObjectsPage

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client

WORKERS, PAGES_AHEAD = 16, 64
"""Pages that wait for an earlier one take ten times the memory of their rows; more workers are no faster."""


SNAPSHOT_SUFFIX = ".s3tui.db"


class SourceError(S3Error):
    """A source that is no server cannot be read; the message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One listing of a prefix: how its keys are rolled up, and where it begins."""

    bucket: str
    prefix: str
    delimiter: str = ""
    """Ends common prefixes; empty: the listing is flat."""
    continuation_token: str | None = None
    """Of a page of the same source: goes on behind it."""
    start_after: str | None = None
    """A key or common prefix: begins behind it."""


class Source(Protocol):
    """A way to list a prefix. Values: a location holds one, and two of them can be compared."""

    @property
    def title(self) -> str:
        """The caption of the rows; empty for the live bucket."""

    @property
    def is_live(self) -> bool:
        """Say whether rows are objects as they are now: then they can be deleted, counted, sought by key."""

    @property
    def is_offline(self) -> bool:
        """Say whether no server is asked: then `pages` is given no client, and none is opened."""

    def pages(self, s3: S3Client, request: PageRequest) -> AsyncGenerator[ListObjectsPage, None]:
        """Yield the pages of the listing, by key; closing the generator cancels its requests.

        A page's `next_continuation_token` is where this source goes on after it; `None` ends the listing.

        Raises: S3Error, after every page before the place where it happened.
        """


@dataclass(frozen=True, slots=True)
class Live:
    """The bucket as it is now (ListObjectsV2, in parallel)."""

    title: ClassVar[str] = ""
    is_live: ClassVar[bool] = True
    is_offline: ClassVar[bool] = False

    def pages(self, s3: S3Client, request: PageRequest) -> AsyncGenerator[ListObjectsPage, None]:
        from s3tui.s3.listing.parallel import list_objects_parallel

        return list_objects_parallel(
            s3,
            request.bucket,
            request.prefix,
            delimiter=request.delimiter,
            continuation_token=request.continuation_token,
            start_after=request.start_after,
            max_workers=WORKERS,
            max_pages_ahead=PAGES_AHEAD,
            restore_status=True,
        )


LIVE = Live()

"""A bucket with versions as it was at an instant, as a source of rows; parsing of instants."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from s3tui.browse.source.source import PAGES_AHEAD, WORKERS, PageRequest
from s3tui.format import timestamp, zoned
from s3tui.s3.models import ListObjectsPage

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client

_AGE = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*([a-z]+?)s?(?:\s+ago)?", re.IGNORECASE)
_SPACED_OFFSET = re.compile(r"\s+([+-]\d\d:\d\d)$")
_UNITS = {
    **dict.fromkeys(("s", "sec", "second"), timedelta(seconds=1)),
    **dict.fromkeys(("m", "min", "minute"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hour"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day"), timedelta(days=1)),
    **dict.fromkeys(("w", "week"), timedelta(weeks=1)),
    **dict.fromkeys(("y", "year"), timedelta(days=365.25)),
}
_FIRST_YEAR = 1970


@dataclass(frozen=True, slots=True)
class AsOf:
    """The objects of an instant (ListObjectVersions) as a source; rows are versions, by their ids.

    With a delimiter, a prefix is a row when any version of any time lies below it: to know whether one of
    those was there, all of them would have to be read. One that held nothing then is empty when opened. A
    flat listing is exact.
    """

    is_live: ClassVar[bool] = False
    is_offline: ClassVar[bool] = False

    at: datetime
    """Aware."""

    @property
    def title(self) -> str:
        return f"as of {instant_words(self.at)}"

    def pages(self, s3: S3Client, request: PageRequest) -> AsyncGenerator[ListObjectsPage, None]:
        from s3tui.s3.listing.versions import list_objects_as_of

        return list_objects_as_of(
            s3,
            request.bucket,
            request.prefix,
            at=self.at,
            delimiter=request.delimiter,
            continuation_token=request.continuation_token,
            start_after=request.start_after,
            max_workers=WORKERS,
            max_pages_ahead=PAGES_AHEAD,
        )


def instant_words(at: datetime) -> str:
    """Format an instant exactly: `2026-11-01 12:00 UTC`, with seconds where it has some.

    In another zone its offset is the last word: `2026-11-01 13:00 +01:00`.
    """
    at = zoned(at)
    words = f"{at:%Y-%m-%d %H:%M}"
    if at.second or at.microsecond:
        words += f":{at:%S}"
    if at.microsecond:
        words += f".{at.microsecond:06}".rstrip("0")
    return f"{words} {timestamp(at)[-6:] if at.utcoffset() else 'UTC'}"


def parse_instant(text: str, now: datetime) -> datetime:
    """Parse an instant: a date, with a time and a zone if wanted, or an age.

    A time without a zone is of the one in which times are shown.

    Raises: ValueError, with the sentence for the user.
    """
    text = text.strip()
    age = _AGE.fullmatch(text)
    unit = _UNITS.get(age[2].lower()) if age is not None else None
    try:
        at = (
            now.replace(microsecond=0) - float(age[1]) * unit
            if age is not None and unit is not None
            else _date(text)
        )
    except OverflowError:
        at = datetime.min.replace(tzinfo=UTC)
    if at is None:
        raise ValueError(
            "A time is like 2026-11-01, 2026-11-01 12:00, with a zone if wanted, or 3d or 2h ago."
        )
    if at.year < _FIRST_YEAR:
        raise ValueError(f"No bucket is that old: name a time from {_FIRST_YEAR} on.")
    if at > now:
        raise ValueError(f"{instant_words(at)} is still to come: it is {instant_words(_whole(now))} now.")
    return at


def _date(text: str) -> datetime | None:
    if text.upper().endswith("UTC"):
        text = text[:-3].rstrip() + "+00:00"
    try:
        at = datetime.fromisoformat(_SPACED_OFFSET.sub(r"\1", text))
        return at.replace(tzinfo=UTC) if at.year < _FIRST_YEAR else zoned(at).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _whole(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)

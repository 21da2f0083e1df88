"""The time as the server has it: our own clock, and how far it is off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_TOLERATED = timedelta(minutes=5)  # S3 refuses beyond 15 minutes; some products are stricter


@dataclass(frozen=True, slots=True)
class ClockSkewed:
    """A fact: this machine's clock is off, and signatures are corrected for it from now on."""

    skew_s: float
    """How far the server's clock is ahead of ours."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Clock:
    """Tells the time for signatures.

    Args:
        own: this machine's idea of the time.
    """

    def __init__(self, own: Callable[[], datetime] = utc_now) -> None:
        self.own = own
        self._skew = timedelta(0)

    def now(self) -> datetime:
        """Return the time as the server has it, as far as that is known."""
        return self.own() + self._skew

    def correct(self, date_header: str) -> ClockSkewed | None:
        """Set the clock by the `Date` of an answer; `None` when it was not far off, or nobody can say."""
        server_time = parse_http_date(date_header)
        if server_time is None or abs(server_time - self.now()) < _TOLERATED:
            return None
        self._skew = server_time - self.own()
        return ClockSkewed(self._skew.total_seconds())


def parse_http_date(text: str) -> datetime | None:
    """Read a time as HTTP writes it (RFC 9110 §5.6.7), or nothing where it makes no sense."""
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)

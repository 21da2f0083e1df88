"""The server's time: the local clock, corrected by its skew."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from s3tui.s3.wire import conversions

_TOLERATED = timedelta(minutes=5)  # S3 refuses beyond 15 minutes; some products are stricter


@dataclass(frozen=True, slots=True)
class ClockSkewed:
    """A fact: the local clock is off, and signatures are corrected for it from now on."""

    skew_s: float
    """Seconds that the server's clock is ahead of the local one."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Clock:
    """The clock that requests are signed by.

    Args:
        own: the local clock.
    """

    def __init__(self, own: Callable[[], datetime] = utc_now) -> None:
        self.own = own
        self._skew = timedelta(0)

    def now(self) -> datetime:
        """Return the server's time, as far as its skew is known."""
        return self.own() + self._skew

    def correct(self, server_time_said: str, date_header: str) -> ClockSkewed | None:
        """Correct the clock by a response; `None` when it was not far off, or that cannot be told.

        Args:
            server_time_said: the `ServerTime` of its error document, which no cache can have aged; or "".
            date_header: its `Date`.
        """
        server_time = conversions.time(server_time_said) or conversions.http_time(date_header)
        if server_time is None or not 1970 <= server_time.year < 2200:  # no real clock
            return None
        if abs(server_time - self.now()) < _TOLERATED:
            return None
        self._skew = server_time - self.own()
        return ClockSkewed(self._skew.total_seconds())


_TIME_CODES = frozenset({"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"})
_TIME_WORDS = re.compile(
    r"signature (?:has )?expired|not yet current|too skewed|clock|time difference|time is too", re.I
)


def complains_about_time(code: str, said: str) -> bool:
    """Say whether an error response is about the request's time, by its code or its message."""
    return code in _TIME_CODES or _TIME_WORDS.search(said) is not None

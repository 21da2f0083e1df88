"""What may be tried again, and when.

    await retry(lambda: s3.complete_multipart_upload(…), policy=RetryPolicy(attempts=3))

Full jitter, as *Exponential Backoff And Jitter* (AWS Architecture Blog) measured it: the delay is
drawn evenly between nothing and a ceiling that doubles.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from s3tui.s3 import errors
from s3tui.s3.clock import parse_http_date

T = TypeVar("T")

RETRYABLE_STATUS = frozenset((500, 502, 503, 504))
RETRYABLE_CODES = frozenset(
    (
        "InternalError",
        "OperationAborted",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequests",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
    )
)
THROTTLING_CODES = frozenset(
    code
    for code in RETRYABLE_CODES
    if code.startswith(("SlowDown", "Throttling", "TooMany", "RequestLimit", "Bandwidth"))
)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a call is tried, and how long it waits in between."""

    attempts: int = 5
    """In all, the first one counted; 1 never retries."""
    base_s: float = 0.1
    """Ceiling of the first delay; each further one may be twice as long."""
    cap_s: float = 20.0
    """No delay is longer, not even one that the server asked for."""

    def delay_s(self, attempt: int, *, retry_after_s: float | None = None) -> float:
        """Return how long to wait after failed `attempt` (1 is the first)."""
        ceiling = min(self.cap_s, self.base_s * 2 ** min(attempt - 1, 30))
        drawn = random.uniform(0, ceiling)
        return drawn if retry_after_s is None else min(max(drawn, retry_after_s), self.cap_s)


DEFAULT_POLICY = RetryPolicy()


@dataclass(frozen=True, slots=True)
class Throttled:
    """A fact: the server asked for fewer requests; an engine should send fewer at a time."""

    operation: str
    bucket: str | None
    at: datetime
    retry_after_s: float | None
    """How long it asked us to wait, if it said so."""


def is_retryable(status: int, code: str) -> bool:
    """Say whether an answer asks for another try of the same request."""
    return status in RETRYABLE_STATUS or status == 429 or code in RETRYABLE_CODES


def is_throttling(status: int, code: str) -> bool:
    """Say whether an answer asks for fewer requests; a 503 without a body does too."""
    return status in (429, 503) or code in THROTTLING_CODES


def is_refused_untouched(status: int, code: str, *, is_spelled_out: bool) -> bool:
    """Say whether an answer promises that nothing was done: then anything may be repeated.

    Args:
        is_spelled_out: S3 itself said `code` in a body; a bare 500 or 504 may come from anybody on the way.
    """
    return is_throttling(status, code) or (is_spelled_out and code in RETRYABLE_CODES)


def retry_after_s(header: str, now: datetime) -> float | None:
    """Read `Retry-After`: seconds, or a date (RFC 9110 §10.2.3)."""
    if header.isdigit() and header.isascii():
        return float(header)
    when = parse_http_date(header) if header else None
    return None if when is None else max(0.0, (when - now).total_seconds())


async def retry(call: Callable[[], Awaitable[T]], *, policy: RetryPolicy = DEFAULT_POLICY) -> T:
    """Await `call()` again and again, until it succeeds or fails in a way that another try cannot help.

    A client retries each request by itself; this is for whole steps made of several, or for clients
    with `RetryPolicy(attempts=1)`. Cancelling it ends the wait at once.

    Raises: what the last try raised.
    """
    failed = 0
    while True:
        try:
            return await call()
        except (errors.TransportError, errors.ServiceError) as error:
            failed += 1
            if failed >= policy.attempts or not may_pass(error):
                raise
        await asyncio.sleep(policy.delay_s(failed))


def may_pass(error: errors.S3Error) -> bool:
    """Say whether the same call could succeed a little later."""
    if isinstance(error, errors.ServiceError):
        return is_retryable(error.status, error.code)
    return isinstance(error, errors.TransportError) and not error.is_final

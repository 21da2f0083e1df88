"""Retries: which errors are retried, after which delay, and how often in all.

    await retry(lambda: s3.complete_multipart_upload(…), policy=RetryPolicy(attempts=3))

Full jitter, as *Exponential Backoff And Jitter* (AWS Architecture Blog) measured it: the delay is
drawn evenly between nothing and a ceiling that doubles.

Retries are nested, and this is the product. A *request* is tried `RetryPolicy.attempts` times (5) by its
sender, a timeout counting as half of them, and fewer when the endpoint's `RetryQuota`, which its clients
share, is used up. A *step*
around it (a body that has to be made anew, a relayed part) asks `Attempts`, which counts the tries that an
error already stands for: 5 in all, not 5 × 5. A *job* does not retry: what it meets ends its run. A
*transfer* waits (`Waits`) and runs its job again, from where it was, until its user's patience is used up.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from s3tui.s3 import errors
from s3tui.s3.wire.conversions import http_time

T = TypeVar("T")

RETRYABLE_STATUS = frozenset((408, 499, 500, 502, 503, 504, 520, 521, 522, 523, 524))
"""408 is S3's and proxies' *Request Timeout*, 499 nginx's *client closed*, 520 to 524 those of a CDN whose
origin failed."""
THROTTLING_CODES = frozenset(
    (
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "SlowDownRead",
        "SlowDownWrite",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequests",
        "TooManyRequestsException",
        "TransactionInProgressException",
    )
)
"""Those of the AWS SDKs' standard mode, and of products that speak S3."""
RETRYABLE_CODES = THROTTLING_CODES | {
    "ConditionalRequestConflict",  # another write was under way: it says nothing about what is there now
    "InternalError",
    "OperationAborted",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
}
_DIGITS = 12
"""Most digits of a delay: a longer number is nonsense."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """A retry policy: the number of attempts, and the delays between them."""

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
STEP = RetryPolicy(attempts=5, base_s=0.2, cap_s=5.0)
"""The policy of a step that its sender cannot repeat: a body that broke off while it was sent."""


@dataclass(slots=True)
class Attempts:
    """Counts the tries of one step, including those that its requests made."""

    policy: RetryPolicy = STEP
    failed: int = 0

    def next_delay_s(self, error: BaseException) -> float | None:
        """Return how long to wait after `error` before the next try; `None`, when there is none left."""
        self.failed += error.tries if isinstance(error, errors.S3Error) else 1
        return None if self.failed >= self.policy.attempts else self.policy.delay_s(self.failed)


class RetryQuota:
    """A token bucket for the retries of one endpoint, as in the AWS SDKs' standard mode.

    A server that is gone empties it, and then each request is tried once; one that responds fills it again.

    Args:
        capacity: how many tokens it has at first, and at most.
    """

    CAPACITY = 500
    COST = 5
    TIMEOUT_COST = 10
    REFILL = 1

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.capacity = self.tokens = capacity

    @property
    def is_used_up(self) -> bool:
        """Not every retry can be paid for any more."""
        return self.tokens < self.TIMEOUT_COST

    def take(self, *, is_timeout: bool = False) -> int | None:
        """Take the tokens of one retry, and return their number; `None`, when there are too few."""
        cost = self.TIMEOUT_COST if is_timeout else self.COST
        if cost > self.tokens:
            return None
        self.tokens -= cost
        return cost

    def give_back(self, paid: int) -> None:
        """Refill after a successful request; `paid`: the tokens of its last retry, 0 where it needed none."""
        self.tokens = min(self.capacity, self.tokens + (paid or self.REFILL))


class RetryQuotas:
    """The quota of each endpoint, one for all clients of it that share an event loop.

    Args:
        capacity: of each.
    """

    def __init__(self, capacity: int = RetryQuota.CAPACITY) -> None:
        self._capacity = capacity
        self._quotas: dict[Hashable, RetryQuota] = {}

    def of(self, origin: Hashable) -> RetryQuota:
        """Return the quota of the endpoint that is known as `origin`."""
        return self._quotas.setdefault(origin, RetryQuota(self._capacity))


@dataclass(slots=True)
class Waits:
    """The delays of a transfer between failed runs, until its patience is used up. Pure.

    Args:
        patience_s: so long after the last progress it gives up; 0 never waits.
    """

    patience_s: float
    cap_s: float = 30.0
    _since: float | None = None
    _failed: int = 0
    _most: int = -1

    def next_delay_s(self, now: float, work: int, *, retry_after_s: float | None = None) -> float | None:
        """Return how long to wait for the next run; `None`, when the patience is used up.

        Args:
            now: seconds on any clock that only goes on.
            work: what was moved so far, in any unit: more than ever is progress, and the wait begins anew.
        """
        if self._since is None or work > self._most:
            self._since, self._failed = now, 0
        self._most = max(self._most, work)
        left = self._since + self.patience_s - now
        if left <= 0:
            return None
        self._failed += 1
        ceiling = min(self.cap_s, 2.0 ** min(self._failed - 1, 30))
        wanted = min(
            retry_after_s or 0.0, 10 * self.cap_s
        )  # a server's Retry-After cannot use up the patience
        return min(left, max(random.uniform(ceiling / 2, ceiling), wanted))


@dataclass(frozen=True, slots=True)
class Throttled:
    """A fact: the server throttled a request; an engine should send fewer at a time."""

    operation: str
    bucket: str | None
    at: datetime
    retry_after_s: float | None
    """The delay that the server asked for, if it named one."""


def is_retryable(status: int, code: str) -> bool:
    """Say whether an error response is worth a retry of the same request."""
    return status in RETRYABLE_STATUS or status == 429 or code in RETRYABLE_CODES


def is_throttling(status: int, code: str) -> bool:
    """Say whether an error response asks for fewer requests; a 503 without a body does too."""
    return status in (429, 503) or code in THROTTLING_CODES


def is_refused_untouched(status: int, code: str, *, is_spelled_out: bool) -> bool:
    """Say whether an error response means that nothing was done: then any request may be repeated.

    Args:
        is_spelled_out: S3 itself said `code` in a body; a bare 500 or 504 may come from a proxy.
    """
    return is_throttling(status, code) or (is_spelled_out and code in RETRYABLE_CODES)


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read the delay that a response asks for.

    `x-amz-retry-after` has milliseconds; `Retry-After` seconds, or a date (RFC 9110 §10.2.3).
    """
    milliseconds = headers.get("x-amz-retry-after", "").strip()
    if milliseconds.isdigit() and milliseconds.isascii() and len(milliseconds) <= _DIGITS:
        return int(milliseconds) / 1000
    header = headers.get("retry-after", "").strip()
    if header.isdigit() and header.isascii():
        return float(header[:_DIGITS])
    when = http_time(header)
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
        return is_retryable(error.status, error.code) or error.is_alone
    return isinstance(error, errors.TransportError) and not error.is_final

"""What may be tried again, and when. Pure: the caller sleeps.

Full jitter, as *Exponential Backoff And Jitter* (AWS Architecture Blog) measured it: the delay is
drawn evenly between nothing and a ceiling that doubles.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

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


def is_retryable(status: int, code: str) -> bool:
    """Say whether an answer asks for another try of the same request."""
    return status in RETRYABLE_STATUS or status == 429 or code in RETRYABLE_CODES

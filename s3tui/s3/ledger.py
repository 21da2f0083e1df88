"""One record per HTTP exchange: what was asked, what came back, what it took.

A record never holds a secret, a signature or a header.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, or the lack of one."""

    operation: str
    """The S3 API action, e.g. `GetObject`."""
    method: str
    bucket: str | None
    key: str | None
    region: str
    """The one it was signed for."""
    status: int | None
    """`None`: no answer came."""
    started_at: datetime
    elapsed_s: float
    """To the end of the answer's head; a streamed body takes longer."""
    bytes_sent: int
    bytes_received: int
    """Of the body, as the answer's head announces it; 0 where it does not."""
    attempt: int
    """1 is the first; retries and region hops count on."""
    request_id: str | None
    error: str | None
    """S3's error code, or what the connection did."""

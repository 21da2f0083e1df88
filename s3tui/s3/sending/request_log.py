"""The request log: one record per HTTP exchange, with its status, bytes and time.

A record never holds a secret, a signature or a header.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Exchange:
    """The record of one HTTP exchange, with a response or without; made when the response's body ended."""

    operation: str
    """The S3 API action, e.g. `GetObject`."""
    method: str
    bucket: str | None
    key: str | None
    region: str
    """The one it was signed for."""
    status: int | None
    """`None`: there was no response."""
    started_at: datetime
    elapsed_s: float
    """To the end of the response's body, or to the failure."""
    bytes_sent: int
    """Of the body, as it was announced."""
    bytes_received: int
    """Of the body, as many as were received."""
    attempt: int
    """1 is the first; retries and region hops count on."""
    request_id: str | None
    error: str | None
    """S3's error code, or the connection's error; `None`: success."""
    head_s: float | None = None
    """To the end of the response's head; `None`: there was no response."""
    is_region_hop: bool = False
    """It was sent because another region had redirected it."""

    @property
    def request_class(self) -> str:
        """The class it is billed as: `LIST`, or the method (*Amazon S3 pricing*: LIST costs as PUT does)."""
        return "LIST" if self.operation.startswith("List") else self.method


@dataclass(slots=True)
class Totals:
    """The totals of all exchanges of one request class."""

    exchanges: int = 0
    failures: int = 0
    """Exchanges without a response, or with an error response."""
    retries: int = 0
    """Sent after another attempt of the same call."""
    bytes_sent: int = 0
    bytes_received: int = 0
    elapsed_s: float = 0.0

    def add(self, exchange: Exchange) -> None:
        self.exchanges += 1
        self.failures += exchange.error is not None
        self.retries += exchange.attempt > 1
        self.bytes_sent += exchange.bytes_sent
        self.bytes_received += exchange.bytes_received
        self.elapsed_s += exchange.elapsed_s


class RequestLog:
    """The last exchanges, and the totals of all of them.

    Give it the facts of any number of clients: `S3Client(…, observer=request log)`. One event loop writes
    it; another thread may read it.
    """

    def __init__(self, capacity: int = 2000) -> None:
        self._recent: deque[Exchange] = deque(maxlen=capacity)
        self._by_operation: dict[str, Totals] = {}
        self._by_class: dict[str, Totals] = {}

    def __call__(self, fact: object) -> None:
        """Note `fact` if it is an `Exchange`."""
        if not isinstance(fact, Exchange):
            return
        self._recent.append(fact)
        for totals, name in (
            (self._by_operation, fact.operation),
            (self._by_class, fact.request_class),
        ):
            entry = totals.get(name)
            if entry is None:
                entry = totals[name] = Totals()
            entry.add(fact)

    def recent(self) -> tuple[Exchange, ...]:
        """Return the last exchanges, oldest first."""
        return tuple(self._recent)

    @property
    def by_operation(self) -> Mapping[str, Totals]:
        return self._by_operation

    @property
    def by_request_class(self) -> Mapping[str, Totals]:
        """The totals by `LIST`, `GET`, `HEAD`, `PUT`, `POST` and `DELETE`, as they are billed."""
        return self._by_class

"""The request log: one record per HTTP exchange, with its status, bytes, time and headers.

A record never holds a secret or a signature: both are taken out as it is made. Making and keeping one costs
less than 5 µs, and 10 000 take less than 20 MB (`benchmarks/request_log.py`): hence the bare tuples.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from s3tui.s3.secret import Secret

CAPACITY = 10_000
NOTHING: Mapping[str, str] = {}


class Exchange(NamedTuple):
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
    error: str | None
    """S3's error code, or the connection's error; `None`: success."""
    head_s: float | None = None
    """To the end of the response's head; `None`: there was no response."""
    is_region_hop: bool = False
    """It was sent because another region had redirected it."""
    origin: str = ""
    """Scheme, host and port of the request's URL."""
    target: bytes = b""
    """Path and query, as they were sent."""
    sent: Mapping[str, str] = NOTHING
    """The request's headers without secrets, names in lower case; see `redaction.kept_headers`."""
    received: bytes = b""
    """Names and values of the response's headers, a line each."""
    token: Secret | None = None
    """The session token that was signed, to compute the string to sign by; it stays in this process."""
    details: Mapping[str, str] = NOTHING
    """The children of the `Error` document, without secrets."""

    def __repr__(self) -> str:
        where = f"{self.origin}{self.target.decode('latin-1')}"
        return (
            f"Exchange({self.operation}, {self.method} {where}, {self.status}, {self.error}, {self.attempt})"
        )

    @property
    def is_failure(self) -> bool:
        """False, too, for a redirect, and for what the caller cancelled."""
        is_redirect = self.status is not None and 300 <= self.status < 400
        return self.error is not None and not is_redirect and self.error != "CancelledError"

    @property
    def request_class(self) -> str:
        """The class it is billed as: `LIST`, or the method (*Amazon S3 pricing*: LIST costs as PUT does)."""
        return request_class(self.operation, self.method)

    @property
    def request_id(self) -> str | None:
        """S3's id of the request, `None` where the response has none."""
        found = (value for name, value in self.response_headers if name.lower() == b"x-amz-request-id")
        return next((value.decode("latin-1") for value in found), None)

    @property
    def response_headers(self) -> list[tuple[bytes, bytes]]:
        """The response's headers as they came; not redacted."""
        lines = self.received.split(b"\n") if self.received else []
        return list(zip(lines[::2], lines[1::2], strict=True))

    def portable(self) -> Exchange:
        """Return the record for another process, which gets no token."""
        return self if self.token is None else self._replace(token=None)


def request_class(operation: str, method: str) -> str:
    """Return the class that a request is billed as: `LIST`, or its method."""
    return "LIST" if operation.startswith("List") else method


@dataclass(slots=True)
class Totals:
    """The totals of all exchanges of one kind."""

    exchanges: int = 0
    failures: int = 0
    """Exchanges without a response, or with an error response: no redirects, and none that was cancelled."""
    retries: int = 0
    """Sent after another attempt of the same call."""
    bytes_sent: int = 0
    bytes_received: int = 0
    elapsed_s: float = 0.0

    def add(self, exchange: Exchange) -> None:
        self.exchanges += 1
        self.failures += exchange.is_failure
        self.retries += exchange.attempt > 1
        self.bytes_sent += exchange.bytes_sent
        self.bytes_received += exchange.bytes_received
        self.elapsed_s += exchange.elapsed_s

    def include(self, other: Totals) -> None:
        """Add the totals of another class."""
        self.exchanges += other.exchanges
        self.failures += other.failures
        self.retries += other.retries
        self.bytes_sent += other.bytes_sent
        self.bytes_received += other.bytes_received
        self.elapsed_s += other.elapsed_s


class RequestLog:
    """The last exchanges, and the totals of all of them.

    Give it the facts of any number of clients: `S3Client(…, observer=request log)`. One event loop writes
    it; another thread may read it.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._recent: deque[Exchange] = deque(maxlen=capacity)
        self._connections: deque[str] = deque(maxlen=capacity)
        self._totals: dict[tuple[str, str], Totals] = {}
        self.count = 0
        """Number of exchanges so far, those that are no longer kept among them."""

    def __call__(self, fact: object) -> None:
        """Note `fact` if it is an `Exchange`."""
        if isinstance(fact, Exchange):
            self.add(fact)

    def add(self, exchange: Exchange, connection: str = "") -> None:
        """Note an exchange over the connection of that name."""
        self._recent.append(exchange)
        self._connections.append(connection)
        self.count += 1
        kind = exchange.operation, exchange.method
        totals = self._totals.get(kind)
        if totals is None:
            totals = self._totals[kind] = Totals()
        totals.add(exchange)

    def recent(self) -> tuple[Exchange, ...]:
        """Return the last exchanges, oldest first."""
        return tuple(self._recent)

    def entries(self, since: int = 0) -> tuple[int, Sequence[tuple[str, Exchange]]]:
        """Return the exchanges that are kept, with their connections, and the number of the first of them.

        Args:
            since: the number of the first one that is wanted; they are counted from 0 on.
        """
        kept, connections, count = tuple(self._recent), tuple(self._connections), self.count
        size = min(len(kept), len(connections), max(0, count - since))  # another thread may be adding one
        return count - size, list(zip(connections[-size:], kept[-size:], strict=True)) if size else []

    def clear(self) -> None:
        """Forget all exchanges and totals."""
        self._recent.clear()
        self._connections.clear()
        self._totals.clear()
        self.count = 0

    @property
    def totals(self) -> Mapping[tuple[str, str], Totals]:
        """The totals by operation and method."""
        return dict(self._totals)

    @property
    def by_operation(self) -> Mapping[str, Totals]:
        return self._summed({kind: kind[0] for kind in self.totals})

    @property
    def by_request_class(self) -> Mapping[str, Totals]:
        """The totals by `LIST`, `GET`, `HEAD`, `PUT`, `POST` and `DELETE`, as they are billed."""
        return self._summed({kind: request_class(*kind) for kind in self.totals})

    def _summed(self, names: Mapping[tuple[str, str], str]) -> Mapping[str, Totals]:
        summed: dict[str, Totals] = {}
        for kind, name in names.items():
            summed.setdefault(name, Totals()).include(self._totals[kind])
        return summed

"""What the request log costs: processor time for an exchange, and memory of those that are kept.

`python -m benchmarks.request_log`. Requests and responses are like those of downloads from AWS with a session
token; nothing is sent. The best of several runs counts: the machine may be busy.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import cast

import httpx

from s3tui.connect.connection import Anonymous, Connection
from s3tui.s3 import Credentials, Endpoint, Exchange
from s3tui.s3.request.request_builder import RequestBuilder
from s3tui.s3.request.s3_request import S3Request
from s3tui.s3.sending.exchange import Recorder
from s3tui.s3.sending.request_log import CAPACITY, RequestLog
from s3tui.s3.sending.sender import Fact
from s3tui.s3.wire import redaction
from s3tui.settings import Settings
from s3tui.tui.runtime.request_recorder import RequestRecorder
from s3tui.tui.runtime.session import Session

BUDGET_US = 5.0
BUDGET_MB = 20.0
_KEYS = Credentials("ASIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "T" * 900)
_NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_RUNS = 15
_OF_A_RUN = 4000


def _answer(number: int) -> list[tuple[bytes, bytes]]:
    return [
        (b"x-amz-id-2", b"%076d" % number),
        (b"x-amz-request-id", b"%016X" % number),
        (b"Date", b"Fri, 20 Nov 2026 12:00:00 GMT"),
        (b"Last-Modified", b"Sun, 01 Nov 2026 00:00:00 GMT"),
        (b"ETag", b'"16a89867d20a6a4d674ff1fb498d6214-78"'),
        (b"x-amz-server-side-encryption", b"AES256"),
        (b"Accept-Ranges", b"bytes"),
        (b"Content-Range", b"bytes %d-8388607/1299414016" % number),
        (b"Content-Type", b"application/vnd.apache.parquet"),
        (b"Content-Length", b"8388608"),
        (b"Server", b"AmazonS3"),
    ]


def _request(number: int) -> S3Request:
    key = f"events/2026/11/20/part-{number:09d}.parquet"
    headers = {"range": f"bytes={number}-8388607", "if-match": '"16a89867d20a6a4d674ff1fb498d6214-78"'}
    return S3Request("GetObject", "GET", "analytics-raw", key, headers=headers)


def kept_bytes(count: int = CAPACITY) -> int:
    """Return the memory that a log of `count` exchanges takes."""
    builder, log = RequestBuilder(Endpoint.aws("eu-west-1"), {}), RequestLog()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(count):
        request = _request(number)
        wire = builder.build(request, builder.target(request, "eu-west-1"), _KEYS, _NOW)
        headers = _answer(number)
        _record(log, request, wire, httpx.Response(200, headers=headers, extensions={"headers": headers}))
    del request, wire, headers
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return kept


def cost_us() -> float:
    """Return the processor time that recording and keeping one exchange takes, in microseconds."""
    builder, recorder = RequestBuilder(Endpoint.aws("eu-west-1"), {}), RequestRecorder(Settings(), _nobody)
    log = partial(recorder.observe, cast(Session, _OpenConnection()))
    request = _request(1)
    wire = builder.build(request, builder.target(request, "eu-west-1"), _KEYS, _NOW)
    sent = {name.decode(): value.decode() for name, value in wire.headers.raw}
    headers = _answer(1)
    response = httpx.Response(200, headers=headers, extensions={"headers": headers, "head_at": 1.0})
    best = float("inf")
    for _ in range(_RUNS):
        begun = time.process_time()
        for _ in range(_OF_A_RUN):
            redaction.kept_headers(dict(sent))
            _record(log, request, wire, response)
        best = min(best, time.process_time() - begun)
    return best / _OF_A_RUN * 1e6


class _OpenConnection:
    connection = Connection("work", Endpoint.aws("eu-west-1"), Anonymous())


def _nobody(session: Session, fact: Fact) -> None:
    raise AssertionError("all facts are exchanges")


def _record(
    log: Callable[[Exchange], None], request: S3Request, wire: httpx.Request, response: httpx.Response
) -> None:
    record = Recorder(
        log,
        request,
        "eu-west-1",
        attempt=1,
        is_region_hop=False,
        started_at=_NOW,
        sent=wire.extensions,
        token=_KEYS.session_token,
    )
    record.head_came(response)
    record.close()


def main() -> None:
    print("## Request log")
    print(f"an exchange: {cost_us():.2f} µs of processor time (budget {BUDGET_US:.0f})")
    kept = kept_bytes()
    print(f"{CAPACITY:,} exchanges: {kept / 1e6:.1f} MB (budget {BUDGET_MB:.0f})")


if __name__ == "__main__":
    main()

"""Retries: which faults are retried, and how a broken stream resumes; faults come from the proxy."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from s3tui.s3 import RetryPolicy, S3Client
from s3tui.s3.errors import (
    AccessDenied,
    NoSuchKey,
    PreconditionFailed,
    S3Error,
    ServiceError,
    SignatureRejected,
    SlowDown,
    TransportError,
)
from s3tui.s3.retries import Throttled, retry, retry_after_s
from s3tui.s3.sending.clock import ClockSkewed
from s3tui.s3.sending.sender import Fact
from tests.fault_proxy import Answer, Cut, Fault, FaultProxy, Hangup, Request, Reset, Stall
from tests.s3.scripted import KEYS, Reply, Seen, error_reply, scripted
from tests.servers import S3Server

BODY = bytes(range(256)) * 2000
QUICK = RetryPolicy(attempts=4, base_s=0.01)


def refusal(status: int, code: str) -> Answer:
    return Answer(status, body=f"<Error><Code>{code}</Code></Error>".encode())


FAULTS: dict[str, Fault] = {
    "500": refusal(500, "InternalError"),
    "500 bare": Answer(500),
    "502 html": Answer(502, body=b"<html><h1>Bad gateway"),
    "503 slow down": refusal(503, "SlowDown"),
    "503 bare": Answer(503),
    "request timeout": refusal(400, "RequestTimeout"),
    "hangup": Hangup(),
    "reset": Reset(),
    "reset in the body": Reset(after=1),
    "half a body": Cut(after=1),
    "silence": Stall(),
    "silence in the body": Stall(after=1),
}


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    name = ministack.make_bucket()
    ministack.boto3().put_object(Bucket=name, Key="k", Body=BODY)
    return name


@pytest.fixture
async def s3(proxy: FaultProxy, ministack: S3Server) -> AsyncIterator[S3Client]:
    async with S3Client(proxy.endpoint, ministack.credentials, retry=QUICK, read_timeout_s=0.5) as client:
        yield client


async def list_keys(s3: S3Client, bucket: str) -> list[str]:
    return [entry.key async for page in s3.list_objects(bucket) for entry in page.objects]


async def stream(s3: S3Client, bucket: str) -> bytes:
    async with s3.stream_object(bucket, "k") as body:
        return b"".join([chunk async for chunk in body])


async def delete_and_look(s3: S3Client, bucket: str) -> object:
    await s3.delete_object(bucket, "other")
    return [entry.key for entry in (await s3.delete_objects(bucket, ["x"])).deleted]


REPEATABLE: dict[str, tuple[Callable[[S3Client, str], Awaitable[object]], object]] = {
    "head bucket": (lambda s3, bucket: s3.head_bucket(bucket), "us-east-1"),
    "list": (list_keys, ["k"]),
    "get": (lambda s3, bucket: s3.get_object(bucket, "k"), BODY),
    "stream": (stream, BODY),
    "put": (lambda s3, bucket: s3.put_object(bucket, "p", b"x"), hashlib.md5(b"x").hexdigest()),
    "copy": (
        lambda s3, bucket: s3.copy_object(bucket, "c", source=f"{bucket}/k"),
        hashlib.md5(BODY).hexdigest(),
    ),
    "delete": (delete_and_look, ["x"]),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("name", REPEATABLE)
async def test_a_fault_is_survived(
    name: str, fault: Fault, s3: S3Client, bucket: str, proxy: FaultProxy
) -> None:
    proxy.add(fault)
    call, expected = REPEATABLE[name]
    assert await call(s3, bucket) == expected


ONCE_ONLY: dict[str, Callable[[S3Client, str], Awaitable[object]]] = {
    "create multipart upload": lambda s3, bucket: s3.create_multipart_upload(bucket, "m"),
    "put if absent": lambda s3, bucket: s3.put_object(bucket, "new", b"x", if_none_match="*"),
    "create bucket": lambda s3, bucket: s3.create_bucket(f"{bucket}-new"),
}


def _writes(request: Request) -> bool:
    """Leave out the look for a bucket of the name."""
    return request.method != "HEAD"


@pytest.mark.parametrize("fault", [Reset(), Stall(), Answer(500), Answer(504)])
@pytest.mark.parametrize("name", ONCE_ONLY)
async def test_what_may_have_taken_effect_is_not_repeated_blindly(
    name: str, fault: Fault, s3: S3Client, bucket: str, proxy: FaultProxy
) -> None:
    proxy.add(fault, when=_writes)
    with pytest.raises(S3Error):
        await ONCE_ONLY[name](s3, bucket)
    assert len([request for request in proxy.requests if _writes(request)]) == 1


@pytest.mark.parametrize("fault", [refusal(503, "SlowDown"), refusal(500, "InternalError"), Answer(429)])
@pytest.mark.parametrize("name", ONCE_ONLY)
async def test_what_was_refused_untouched_is_repeated(
    name: str, fault: Fault, s3: S3Client, bucket: str, proxy: FaultProxy
) -> None:
    proxy.add(fault, when=_writes)
    await ONCE_ONLY[name](s3, bucket)
    assert len([request for request in proxy.requests if _writes(request)]) == 2


async def test_a_part_survives_and_the_upload_completes(s3: S3Client, bucket: str, proxy: FaultProxy) -> None:
    upload_id = await s3.create_multipart_upload(bucket, "m")
    for fault in FAULTS.values():
        proxy.add(fault)
        part = await s3.upload_part(bucket, "m", upload_id=upload_id, part_number=1, data=BODY)
        proxy.clear()
        assert await s3.list_parts(bucket, "m", upload_id=upload_id) == [part]
    await s3.complete_multipart_upload(bucket, "m", upload_id=upload_id, parts=[part])
    assert await s3.get_object(bucket, "m") == BODY


async def test_attempts_are_bounded(s3: S3Client, bucket: str, proxy: FaultProxy) -> None:
    proxy.add(Reset(), times=None)
    with pytest.raises(TransportError):
        await s3.get_object(bucket, "k")
    assert len(proxy.requests) == QUICK.attempts


@pytest.mark.parametrize("attempt", [1, 2, 5, 50, 5000])
def test_delays_are_bounded(attempt: int) -> None:
    policy = RetryPolicy(base_s=0.1, cap_s=20)
    assert 0 <= policy.delay_s(attempt) <= min(20, 0.1 * 2 ** min(attempt - 1, 20))
    assert policy.delay_s(attempt, retry_after_s=7) >= 7
    assert policy.delay_s(attempt, retry_after_s=1e9) == 20


def test_retry_after_is_seconds_or_a_date() -> None:
    now = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
    assert retry_after_s({"retry-after": "3"}, now) == 3
    assert retry_after_s({"retry-after": "Sat, 21 Nov 2026 12:00:05 GMT"}, now) == 5
    assert retry_after_s({"retry-after": "Sat, 21 Nov 2026 11:00:00 GMT"}, now) == 0
    assert retry_after_s({"retry-after": "soon"}, now) is None
    assert retry_after_s({"retry-after": ""}, now) is None


async def test_retry_after_is_honoured_and_throttling_is_a_fact(
    bucket: str, proxy: FaultProxy, ministack: S3Server
) -> None:
    facts: list[Fact] = []
    async with S3Client(proxy.endpoint, ministack.credentials, retry=QUICK, observer=facts.append) as s3:
        proxy.add(Answer(503, {"Retry-After": "1"}, b"<Error><Code>SlowDown</Code></Error>"))
        started = time.monotonic()
        await s3.get_object(bucket, "k")
    assert time.monotonic() - started >= 1
    throttled = [fact for fact in facts if isinstance(fact, Throttled)]
    assert [(fact.operation, fact.bucket, fact.retry_after_s) for fact in throttled] == [
        ("GetObject", bucket, 1.0)
    ]


async def test_a_server_that_stays_slow_is_reported(s3: S3Client, bucket: str, proxy: FaultProxy) -> None:
    proxy.add(refusal(503, "SlowDown"), times=None)
    with pytest.raises(SlowDown):
        await s3.head_object(bucket, "k")


async def test_a_wait_before_the_next_try_is_cancelled_at_once(
    bucket: str, proxy: FaultProxy, ministack: S3Server
) -> None:
    waits = asyncio.Event()
    policy = RetryPolicy(base_s=1000, cap_s=1000)
    async with S3Client(
        proxy.endpoint, ministack.credentials, retry=policy, observer=lambda _: waits.set()
    ) as s3:
        proxy.add(Answer(503, {"Retry-After": "1000"}), times=None)
        call = asyncio.create_task(s3.get_object(bucket, "k"))
        await waits.wait()
        started = time.monotonic()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("fault", [Cut(after=70_000), Reset(after=70_000), Stall(after=70_000)])
async def test_a_broken_stream_goes_on_where_it_broke(
    fault: Fault, s3: S3Client, bucket: str, proxy: FaultProxy
) -> None:
    proxy.add(fault, times=2)
    assert await stream(s3, bucket) == BODY
    first, *rest = proxy.requests
    assert "range" not in first.headers
    assert len(rest) == 2
    assert all(request.headers["if-match"].startswith('"') for request in rest)
    starts = [int(request.headers["range"].removeprefix("bytes=").partition("-")[0]) for request in rest]
    assert 0 < starts[0] < starts[1] < len(BODY)


async def test_a_stream_that_never_moves_on_fails(s3: S3Client, bucket: str, proxy: FaultProxy) -> None:
    proxy.add(Cut(after=0), times=None)
    with pytest.raises(TransportError):
        await stream(s3, bucket)
    assert len(proxy.requests) == QUICK.attempts


async def test_a_stream_notices_that_the_object_changed(
    s3: S3Client, bucket: str, proxy: FaultProxy, ministack: S3Server
) -> None:
    proxy.add(Cut(after=70_000))
    async with s3.stream_object(bucket, "k") as body:
        chunks = aiter(body)
        await anext(chunks)
        ministack.boto3().put_object(Bucket=bucket, Key="k", Body=BODY[::-1])
        with pytest.raises(PreconditionFailed):
            async for _ in chunks:
                pass


async def test_a_changed_object_is_noticed_where_if_match_is_ignored() -> None:
    etag = "one"

    def script(seen: Seen) -> Reply:
        length = {"content-length": "10"} if "range" not in seen.headers else {}
        return Reply(headers={"etag": f'"{etag}"', "connection": "close", **length}, body=b"01234")

    async with (
        scripted(script) as server,
        S3Client(server.endpoint, KEYS) as s3,
        s3.stream_object("b", "k") as body,
    ):
        chunks = aiter(body)
        assert await anext(chunks) == b"01234"
        etag = "two"
        with pytest.raises(PreconditionFailed, match="changed while it was read"):
            await anext(chunks)


async def test_a_streamed_upload_that_began_is_not_sent_again(
    s3: S3Client, bucket: str, proxy: FaultProxy
) -> None:
    async def source() -> AsyncIterator[bytes]:
        for start in range(0, len(BODY), 64_000):
            yield BODY[start : start + 64_000]

    proxy.add(Hangup(after=100_000), when=lambda request: request.method == "PUT")
    with pytest.raises(TransportError):
        await s3.put_object(bucket, "up", source(), content_length=len(BODY))
    assert [request.method for request in proxy.requests] == ["HEAD", "PUT"]


async def test_a_large_upload_in_memory_is_sent_again(s3: S3Client, bucket: str, proxy: FaultProxy) -> None:
    data = BODY * 8
    proxy.add(Hangup(after=1_000_000))
    await s3.put_object(bucket, "up", data)
    assert await s3.get_object(bucket, "up") == data


async def test_the_public_helper_repeats_what_may_pass() -> None:
    outcomes: list[S3Error | str] = [
        TransportError("reset"),
        SlowDown("slow", code="SlowDown", status=503),
        ServiceError("oops", code="InternalError", status=500),
        "done",
    ]

    async def step() -> str:
        outcome = outcomes.pop(0)
        if isinstance(outcome, S3Error):
            raise outcome
        return outcome

    assert await retry(step, policy=QUICK) == "done"


@pytest.mark.parametrize(
    "error",
    [NoSuchKey("no", code="NoSuchKey", status=404), AccessDenied("no", code="AccessDenied", status=403)],
)
async def test_the_public_helper_gives_up_where_trying_cannot_help(error: S3Error) -> None:
    tried = 0

    async def step() -> None:
        nonlocal tried
        tried += 1
        raise error

    with pytest.raises(type(error)):
        await retry(step, policy=QUICK)
    assert tried == 1


@pytest.mark.parametrize("hours", [-3, 5])
async def test_a_clock_that_is_off_is_corrected_once(hours: int, bucket: str, ministack: S3Server) -> None:
    facts: list[Fact] = []
    async with S3Client(
        ministack.endpoint,
        ministack.credentials,
        observer=facts.append,
        now=lambda: datetime.now(UTC) + timedelta(hours=hours),
    ) as s3:
        assert await s3.get_object(bucket, "k") == BODY
        assert (await s3.head_object(bucket, "k")).size == len(BODY)
    skews = [fact.skew_s for fact in facts if isinstance(fact, ClockSkewed)]
    assert skews == [pytest.approx(-3600 * hours, abs=5)]
    assert len(facts) == 4  # refused, skewed, read, head: nothing was asked twice after that


OLD = "Sat, 21 Nov 2020 12:00:00 GMT"


@pytest.mark.parametrize("status", [400, 403])
@pytest.mark.parametrize(
    "code", ["AccessDenied", "SignatureDoesNotMatch", "InvalidAccessKeyId", "InvalidRequest", "QuotaExceeded"]
)
async def test_an_old_date_does_not_move_the_clock_where_nobody_complains_about_time(
    code: str, status: int
) -> None:
    refused = error_reply(status, code, "Because.", headers={"date": OLD, "age": "99"})
    facts: list[Fact] = []
    async with (
        scripted(lambda _: refused) as server,
        S3Client(server.endpoint, KEYS, observer=facts.append) as s3,
    ):
        for _ in range(2):
            with pytest.raises(S3Error):
                await s3.get_object("b", "k")
        days = {seen.headers["x-amz-date"][:4] for seen in server.requests}
    assert not any(isinstance(fact, ClockSkewed) for fact in facts)
    assert days != {"2020"}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        ),
        ("RequestExpired", ""),
        ("SignatureDoesNotMatch", "Signature expired: 20261128T120000Z is now earlier than 20261128T130000Z"),
        ("SignatureDoesNotMatch", "Signature not yet current: 20261128T120000Z is still later"),
    ],
)
@pytest.mark.parametrize("server_time", ["", "2031-11-21T12:00:00Z"])
async def test_a_complaint_about_time_moves_the_clock_by_what_the_server_says_it_is(
    server_time: str, code: str, message: str
) -> None:
    def script(seen: Seen) -> Reply:
        year = "2031" if server_time else "2020"
        if seen.headers["x-amz-date"].startswith(year):
            return Reply(body=b"fine")
        said = {"ServerTime": server_time} if server_time else {}
        return error_reply(403, code, message, headers={"date": OLD}, **said)

    async with scripted(script) as server, S3Client(server.endpoint, KEYS) as s3:
        assert await s3.get_object("b", "k") == b"fine"
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Sat, 21 Nov 2020 12:00:00 GMT", "Mon, 01 Jan 0001 00:00:00 +1400"]
)
async def test_a_date_that_does_not_help_ends_in_a_sentence_about_the_clock(date: str) -> None:
    refused = error_reply(403, "RequestTimeTooSkewed", headers={"date": date})
    async with scripted(lambda _: refused) as server, S3Client(server.endpoint, KEYS) as s3:
        with pytest.raises(SignatureRejected, match="clock"):
            await s3.get_object("b", "k")
        assert len(server.requests) <= 2

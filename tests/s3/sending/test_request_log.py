"""The request log has every exchange, and no secret."""

from __future__ import annotations

import asyncio
import inspect
import logging
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from s3tui.s3 import Credentials, Endpoint, Exchange, RetryPolicy, S3Client
from s3tui.s3.configuration import BucketDocument, BucketRules, RuleDocument
from s3tui.s3.errors import NoSuchKey, NotSupported, ReadOnly, S3Error, TransportError
from s3tui.s3.sending.request_log import RequestLog
from s3tui.s3.sending.sender import Fact
from tests.fault_proxy import Answer, Cut, FaultProxy
from tests.patience import PATIENCE_S
from tests.s3.scripted import Reply, error_reply, scripted
from tests.servers import S3Server

SECRET, TOKEN = "MARKEDsecretMARKED", "MARKEDtokenMARKED"
MARKED = Credentials("AKIAIOSFODNN7EXAMPLE", SECRET, TOKEN)
QUICK = RetryPolicy(attempts=3, base_s=0.01)


async def test_each_exchange_is_one_record(ministack: S3Server, proxy: FaultProxy) -> None:
    bucket = ministack.make_bucket()
    request_log = RequestLog()
    async with S3Client(proxy.endpoint, ministack.credentials, retry=QUICK, observer=request_log) as s3:
        await s3.put_object(bucket, "k", b"0123456789")
        proxy.add(Answer(500, body=b"<Error><Code>InternalError</Code></Error>"))
        await s3.get_object(bucket, "k")
        async with s3.stream_object(bucket, "k") as body:
            assert len(request_log.recent()) == 3  # its own record comes when its body ended
            assert [chunk async for chunk in body] == [b"0123456789"]
        with pytest.raises(NoSuchKey):
            await s3.get_object(bucket, "none")
        _ = [page async for page in s3.list_objects(bucket)]
    put, failed, repeated, streamed, missing, listed = request_log.recent()
    assert (put.operation, put.bucket, put.key, put.status, put.bytes_sent, put.error) == (
        ("PutObject", bucket, "k", 200, 10, None)
    )
    assert (failed.status, failed.attempt, failed.error) == (500, 1, "InternalError")
    assert (repeated.status, repeated.attempt, repeated.bytes_received) == (200, 2, 10)
    assert (streamed.bytes_received, streamed.error) == (10, None)
    assert (missing.status, missing.error) == (404, "NoSuchKey")
    assert (listed.operation, listed.request_class) == ("ListObjectsV2", "LIST")
    for record in request_log.recent():
        assert record.head_s is not None
        assert 0 < record.head_s <= record.elapsed_s < PATIENCE_S
        assert record.request_id or record is failed


async def test_a_body_that_broke_and_a_call_that_was_cancelled_are_on_record(
    ministack: S3Server, proxy: FaultProxy
) -> None:
    bucket = ministack.make_bucket()
    ministack.boto3().put_object(Bucket=bucket, Key="k", Body=bytes(100_000))
    request_log = RequestLog()
    proxy.add(Cut(after=50_000), times=None)
    async with S3Client(
        proxy.endpoint, ministack.credentials, retry=RetryPolicy(attempts=1), observer=request_log
    ) as s3:
        with pytest.raises(TransportError):
            await s3.get_object(bucket, "k")
        async with s3.stream_object(bucket, "k") as body:
            with pytest.raises(TransportError):
                _ = [chunk async for chunk in body]
        call = asyncio.create_task(s3.get_object(bucket, "k"))
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    whole, streamed, cancelled = request_log.recent()
    assert (whole.status, whole.error, whole.bytes_received) == (200, "RemoteProtocolError", 50_000)
    assert (streamed.status, streamed.error, streamed.bytes_received) == (200, "RemoteProtocolError", 50_000)
    assert (cancelled.status, cancelled.error, cancelled.head_s) == (None, "CancelledError", None)


def exchange(number: int, operation: str = "GetObject", method: str = "GET") -> Exchange:
    return Exchange(
        operation=operation,
        method=method,
        bucket="b",
        key=f"{number}",
        region="us-east-1",
        status=200,
        started_at=datetime(2026, 11, 21, tzinfo=UTC),
        elapsed_s=0.5,
        bytes_sent=1,
        bytes_received=2,
        attempt=1 + number % 2,
        error="SlowDown" if number % 4 == 0 else None,
    )


def test_the_ledger_keeps_the_last_and_counts_all() -> None:
    request_log = RequestLog(capacity=3)
    for number in range(8):
        request_log(exchange(number))
    request_log(exchange(8, "ListObjectsV2"))
    assert [record.key for record in request_log.recent()] == ["6", "7", "8"]
    totals = request_log.by_operation["GetObject"]
    assert (totals.exchanges, totals.failures, totals.retries) == (8, 2, 4)
    assert (totals.bytes_sent, totals.bytes_received, totals.elapsed_s) == (8, 16, 4.0)
    assert {name: entry.exchanges for name, entry in request_log.by_request_class.items()} == {
        "GET": 8,
        "LIST": 1,
    }


@pytest.mark.parametrize(
    ("status", "error", "failures"),
    [
        (301, "PermanentRedirect", 0), (307, "TemporaryRedirect", 0), (None, "CancelledError", 0),
        (200, None, 0), (200, "InternalError", 1), (None, "ConnectError", 1), (404, "NoSuchKey", 1),
    ],
)  # fmt: skip
def test_a_redirect_and_what_was_cancelled_are_no_failures(
    status: int | None, error: str | None, failures: int
) -> None:
    request_log = RequestLog()
    request_log(exchange(1)._replace(status=status, error=error))
    assert request_log.by_operation["GetObject"].failures == failures


async def use(s3: S3Client) -> list[BaseException]:
    """Call everything once, and return what went wrong."""

    async def chunks() -> AsyncIterator[bytes]:
        yield b"x"

    calls = [
        s3.list_buckets(),
        s3.head_object("b", "k"),
        s3.get_object("b", "k"),
        s3.put_object("b", "k", b"x"),
        s3.put_object("b", "k", chunks(), content_length=1),
        s3.put_object("b", "k", b"x", expect_continue=True),
        s3.delete_objects("b", ["k"]),
        s3.create_multipart_upload("b", "k"),
        anext(s3.list_objects("b")),
    ]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    return [outcome for outcome in outcomes if isinstance(outcome, BaseException)]


async def test_a_secret_is_nowhere_to_be_seen(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    facts: list[Fact] = []
    failures: list[BaseException] = []
    replies = [
        Reply(),
        Reply(500),
        error_reply(403, "SignatureDoesNotMatch", "The signature we calculated"),
        error_reply(301, "PermanentRedirect", headers={"x-amz-bucket-region": "eu-west-1"}),
        error_reply(403, "RequestTimeTooSkewed", headers={"date": "Sat, 21 Nov 2020 12:00:00 GMT"}),
    ]
    reply = replies[0]
    async with scripted(lambda _: reply) as server:
        for each in replies:
            reply = each
            async with S3Client(
                server.endpoint, MARKED, retry=QUICK, read_timeout_s=0.2, observer=facts.append
            ) as s3:
                failures += await use(s3)
    monkeypatch.setenv("HTTP_PROXY", f"http://user:{SECRET}@127.0.0.1:1")
    for url in ("http://127.0.0.1:1", "https://127.0.0.1:1", "http://nobody.invalid"):
        async with S3Client(Endpoint.custom(url), MARKED, retry=QUICK, observer=facts.append) as s3:
            failures += await use(s3)
            failures += await use(s3)
    assert len(failures) > 50
    seen = [repr(fact) for fact in facts]
    seen += [str(s3), repr(s3), repr(MARKED), repr(vars(s3))]
    seen += [record.getMessage() + str(record.args) for record in caplog.records]
    for failure in failures:
        seen += [str(failure), repr(failure), repr(vars(failure))]
        seen += traceback.format_exception(failure)
        cause = failure.__cause__
        while cause is not None:
            seen += [str(cause), repr(cause)]
            cause = cause.__cause__
    everything = "\n".join(seen)
    assert "MARKED" not in everything
    assert "Signature=" not in everything


LOCAL = {
    "aclose",
    "region_of",
    "forget_region",
    "known_owner",
    "account",
    "expecting_owner",
    "config",
    "from_config",
    "from_environment",
    "heard",
    "lists_in_order",
    "object_url",
    "slow_downs_of",
}


def arguments(method: object) -> tuple[list[object], dict[str, object]]:
    """Return something plausible for each argument that `method` needs."""
    values: dict[str, object] = {
        "bucket": "b",
        "key": "k",
        "data": b"x",
        "source": "b/s",
        "keys": ["k"],
        "parts": [],
        "part_number": 1,
        "tags": {},
        "chunks": [b"x"],
        "method": "PUT",
        "document": BucketDocument.WEBSITE,
        "rules": BucketRules.CORS,
        "retention": None,
    }
    positional: list[object] = []
    named: dict[str, object] = {}
    for name, parameter in inspect.signature(method).parameters.items():  # type: ignore[arg-type]
        if parameter.default is not parameter.empty or parameter.kind is parameter.VAR_KEYWORD:
            continue
        if parameter.kind is parameter.KEYWORD_ONLY:
            named[name] = values.get(name, "x")
        else:
            positional.append(values.get(name, "x"))
    return positional, named


async def begin(s3: S3Client, name: str) -> None:
    method = getattr(s3, name)
    positional, named = arguments(method)
    if name == "put_bucket_rules":
        positional[-1] = RuleDocument({})
    result = method(*positional, **named)
    if hasattr(result, "__anext__"):
        await anext(result, None)
    elif hasattr(result, "__aenter__"):
        async with result:
            pass
    elif inspect.isawaitable(result):
        await result


PUBLIC = sorted(
    name for name in dir(S3Client) if not name.startswith("_") and callable(getattr(S3Client, name))
)


@pytest.mark.parametrize("name", [name for name in PUBLIC if name not in LOCAL])
async def test_a_read_only_client_reads_or_refuses_before_a_byte_is_sent(name: str) -> None:
    async with (
        scripted(lambda _: Reply()) as server,
        S3Client(server.endpoint, MARKED, read_only=True, retry=RetryPolicy(attempts=1)) as s3,
    ):
        outcome = (await asyncio.gather(begin(s3, name), return_exceptions=True))[0]
        if isinstance(outcome, ReadOnly):
            assert not server.connections
            assert "read-only" in outcome.message
            return
        if isinstance(outcome, NotSupported):  # what there is on AWS only
            assert not server.connections
            assert name in ("get_account_public_access_block", "list_directory_buckets")
            return
        # An empty answer is not what every operation hoped for.
        assert outcome is None or isinstance(outcome, S3Error)
        assert server.requests, f"{name} neither refused nor asked"
        assert {seen.method for seen in server.requests} <= {"GET", "HEAD"}
        assert not name.startswith(("put", "delete", "create", "copy", "upload", "complete", "abort"))


@pytest.mark.parametrize("must_exist", [True, False])
async def test_a_refused_operation_does_not_even_look_first(must_exist: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"x"

    async with (
        scripted(lambda _: Reply()) as server,
        S3Client(server.endpoint, MARKED, read_only=True) as s3,
    ):
        with pytest.raises(ReadOnly):
            await s3.delete_object("b", "k", must_exist=must_exist)
        with pytest.raises(ReadOnly):
            await s3.put_object("b", "k", chunks(), content_length=1)
        with pytest.raises(ReadOnly):
            await s3.upload_part("b", "k", upload_id="u", part_number=1, data=chunks(), content_length=1)
        assert (await s3.presign("GET", "b", "k")).url
    assert not server.connections

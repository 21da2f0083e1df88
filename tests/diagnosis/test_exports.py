"""What leaves the request log (curl, HAR, log file, signed text) is true, and holds no secret."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import stat
from asyncio.subprocess import PIPE
from contextlib import suppress
from pathlib import Path

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials

from benchmarks.request_log import BUDGET_MB, kept_bytes
from s3tui.diagnosis import log_file
from s3tui.diagnosis.curl import curl
from s3tui.diagnosis.har import har
from s3tui.diagnosis.log_file import OLDER, LogFile
from s3tui.diagnosis.signed_text import canonical_request, string_to_sign
from s3tui.prices import PRICES, requests_cost
from s3tui.s3 import Credentials, CustomerKey, Exchange, RequestLog, RetryPolicy, S3Client
from s3tui.s3.errors import S3Error
from tests.patience import PATIENCE_S
from tests.s3.scripted import Reply, error_reply, scripted
from tests.servers import S3Server

SECRET, TOKEN = "MARKEDsecretMARKED", "MARKEDtokenMARKED"
MARKED = Credentials("AKIAMARKEDMARKED7Q", SECRET, TOKEN)
ONCE = RetryPolicy(attempts=1)


async def logged(server: S3Server) -> list[Exchange]:
    log = RequestLog()
    bucket = server.make_bucket()
    async with S3Client(server.endpoint, server.credentials, retry=ONCE, observer=log) as s3:
        await s3.put_object(bucket, "a b/ü?.txt", b"content", metadata={"owner": "us"})
        await s3.get_object(bucket, "a b/ü?.txt")
        await s3.head_object(bucket, "a b/ü?.txt")
        _ = [page async for page in s3.list_objects(bucket, "a b/")]
        with pytest.raises(S3Error):
            await s3.get_object(bucket, "none")
    return list(log.recent())


@pytest.mark.parametrize("token", [None, TOKEN])
async def test_the_signed_text_is_what_was_signed(token: str | None) -> None:
    """The signature on the wire is botocore's signature of the string to sign."""
    keys, log = Credentials("AKIAIOSFODNN7EXAMPLE", SECRET, token), RequestLog()
    async with (
        scripted(lambda _: Reply(headers={"etag": '"9dd4e461268c8034f5c8564e155c67a6"'})) as server,
        S3Client(server.endpoint, keys, retry=ONCE, observer=log) as s3,
    ):
        await s3.put_object("b", "a b/ü?.txt", b"x", metadata={"Two": "a   b"})
        await s3.get_object("b", "a b/ü?.txt", version_id="v/+")
    for record, seen in zip(log.recent(), server.requests, strict=True):
        canonical, to_sign = canonical_request(record), string_to_sign(record)
        assert canonical is not None
        assert to_sign is not None
        request = AWSRequest(record.method, record.origin + record.target.decode())
        request.context["timestamp"] = seen.headers["x-amz-date"]
        auth = SigV4Auth(BotoCredentials(keys.access_key, SECRET, token), "s3", record.region)
        assert seen.headers["authorization"].endswith(f"Signature={auth.signature(to_sign, request)}")
        if token is None:
            assert to_sign.endswith(hashlib.sha256(canonical.encode()).hexdigest())
            continue
        assert "x-amz-security-token:(redacted)" in canonical
        assert TOKEN not in canonical
        assert string_to_sign(record.portable()) is None


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
async def test_the_command_for_curl_gets_the_same_answer(ministack: S3Server) -> None:
    keys = ministack.credentials
    environ = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key.reveal(),
    }
    for each in await logged(ministack):
        if each.method == "PUT":
            continue
        command = f"{curl(each)} -sS -o /dev/null -w '%{{http_code}}'"
        ran = await asyncio.create_subprocess_exec("sh", "-c", command, env=environ, stdout=PIPE)
        said, _ = await ran.communicate()
        assert said.decode().endswith(str(each.status)), command


REQUIRED = {
    "log": {"version", "creator", "entries"},
    "entry": {"startedDateTime", "time", "request", "response", "cache", "timings"},
    "request": {
        *("method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"),
    },
    "response": {
        *("status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL"),
        *("headersSize", "bodySize"),
    },
    "timings": {"send", "wait", "receive"},
}
"""The fields that HAR 1.2 demands (softwareishard.com/blog/har-12-spec)."""


async def test_a_har_has_what_the_format_demands(ministack: S3Server) -> None:
    records = await logged(ministack)
    document = json.loads(json.dumps(har(("work", each) for each in records)))
    assert document["log"].keys() >= REQUIRED["log"]
    assert document["log"]["version"] == "1.2"
    assert len(document["log"]["entries"]) == len(records)
    for entry, record in zip(document["log"]["entries"], records, strict=True):
        assert entry.keys() >= REQUIRED["entry"]
        for part in ("request", "response", "timings"):
            assert entry[part].keys() >= REQUIRED[part]
        assert entry["time"] == pytest.approx(sum(entry["timings"].values()))
        assert all(name.startswith("_") for name in entry.keys() - REQUIRED["entry"])
        assert (entry["request"]["method"], entry["response"]["status"]) == (record.method, record.status)
        assert entry["_requestId"] == record.request_id


async def marked() -> list[Exchange]:
    """Return records of requests and answers that are full of secrets."""
    log, replies = RequestLog(), [Reply(), error_reply(403, "SignatureDoesNotMatch"), Reply(500)]
    body = (
        b"<Error><Code>SignatureDoesNotMatch</Code><SignatureProvided>MARKED</SignatureProvided>"
        b"<AWSAccessKeyId>AKIAMARKED</AWSAccessKeyId><CanonicalRequest>GET\n/\nx-amz-security-token:MARKED\n"
        b"x-amz-server-side-encryption-customer-key:MARKED\n</CanonicalRequest></Error>"
    )
    replies.append(Reply(403, {"set-cookie": "MARKED"}, body))
    for reply in replies:
        async with (
            scripted(lambda _, reply=reply: reply) as server,  # type: ignore[misc]  # bound at once
            S3Client(server.endpoint, MARKED, retry=ONCE, observer=log) as s3,
        ):
            key = CustomerKey(b"MARKEDMARKEDMARKEDMARKEDMARKEDMA")
            for call in (
                s3.get_object("b", "k", customer_key=key),
                s3.put_object("b", "k", b"MARKED", customer_key=key),
                s3.copy_object("b", "k", source="b/s", source_customer_key=key, customer_key=key),
                s3.list_buckets(),
            ):
                with suppress(S3Error):
                    await call
    return list(log.recent())


async def test_no_secret_leaves_the_log(tmp_path: Path) -> None:
    records = await marked()
    assert len(records) >= 16
    file = LogFile(tmp_path / "log", details=True)
    for each in records:
        file.write("work", each)
    file.close()
    seen = [repr(each) for each in records]
    seen += [curl(each) for each in records]
    seen += [str(canonical_request(each)) + str(string_to_sign(each)) for each in records]
    seen += [json.dumps(har(("work", each) for each in records)), (tmp_path / "log").read_text()]
    everything = "\n".join(seen).replace("AKIAMARKEDMARKED7Q", "")
    for secret in ("MARKED", "TUFSS0VE", "Signature="):
        shown = everything.replace("Signature=(redacted)", "")
        assert secret not in shown, shown[max(0, shown.find(secret) - 200) : shown.find(secret) + 50]


async def test_log_files_rotate_are_ours_and_hold_a_record_a_line(tmp_path: Path) -> None:
    records = await marked()
    log = LogFile(tmp_path / "deep" / "log", largest=4000)
    for _ in range(10):
        for each in records:
            log.write("work", each)
    log.close()
    files = sorted((tmp_path / "deep").iterdir())
    assert len(files) == 1 + OLDER
    for file in files:
        assert file.stat().st_size <= 4000
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        for written in file.read_text().splitlines():
            record = json.loads(written)
            assert record.keys() >= {"at", "method", "url", "status", "ms", "head_ms", "try", "connection"}


async def test_a_log_that_nobody_reads_does_not_keep_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_file, "_PATIENCE_S", 0.05)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    log = LogFile(pipe)
    [record, *_] = await marked()
    for _ in range(1000):
        log.write("work", record)
    log.close()
    os.close(reader)
    log._thread.join(PATIENCE_S)
    assert not log._thread.is_alive()


def test_ten_thousand_exchanges_take_at_most_20_mb() -> None:
    assert kept_bytes(2000) * 5 / 1e6 <= BUDGET_MB


def test_requests_cost_what_the_price_table_says() -> None:
    counts = {
        ("ListObjectsV2", "GET"): 1000,
        ("PutObject", "PUT"): 1000,
        ("CompleteMultipartUpload", "POST"): 1000,
        ("GetObject", "GET"): 10_000,
        ("HeadObject", "HEAD"): 10_000,
        ("DeleteObject", "DELETE"): 1_000_000,
        ("AbortMultipartUpload", "DELETE"): 1_000_000,
    }
    assert requests_cost(counts, PRICES["STANDARD"]) == pytest.approx(3 * 0.005 + 20 * 0.0004)

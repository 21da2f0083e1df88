"""The retry policy, as the AWS SDKs' standard mode has it, and the number of tries in all."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from botocore.retries import standard
from hypothesis import given
from hypothesis import strategies as st

from s3tui.s3 import RetryPolicy, S3Client
from s3tui.s3.errors import ServiceError, SlowDown, TransportError
from s3tui.s3.retries import (
    RETRYABLE_CODES,
    THROTTLING_CODES,
    Attempts,
    RetryQuota,
    is_retryable,
    is_throttling,
    retry_after_s,
)
from s3tui.s3.sending.exchange import is_cut
from tests.fault_proxy import Answer, FaultProxy, Lost
from tests.s3.scripted import KEYS, Reply, Seen, error_reply, scripted
from tests.servers import S3Server

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PAGE = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    b"<Name>b</Name><IsTruncated>false</IsTruncated><Contents><Key>k</Key><Size>1</Size></Contents>"
    b"</ListBucketResult>"
)


def test_every_code_of_the_standard_mode_is_retried() -> None:
    throttled = set(standard.ThrottledRetryableChecker._THROTTLED_ERROR_CODES)
    transient = set(standard.TransientRetryableChecker._TRANSIENT_ERROR_CODES)
    assert throttled <= THROTTLING_CODES
    assert throttled | transient <= RETRYABLE_CODES
    for status in standard.TransientRetryableChecker._TRANSIENT_STATUS_CODES:
        assert is_retryable(status, "")


@pytest.mark.parametrize("status", [408, 429, 499, 500, 502, 503, 504, 520, 521, 522, 523, 524])
def test_so_is_what_proxies_and_networks_of_caches_say(status: int) -> None:
    assert is_retryable(status, "")


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 405, 409, 411, 412, 416, 501, 505])
def test_a_definite_no_is_not(status: int) -> None:
    assert not is_retryable(status, "")


@pytest.mark.parametrize("code", ["SlowDownRead", "SlowDownWrite", "RequestThrottled", "ThrottledException"])
def test_throttling_asks_for_fewer_requests(code: str) -> None:
    assert is_throttling(400, code)


async def test_a_conflict_of_writes_is_neither_an_end_nor_an_object_that_is_there() -> None:
    asked: list[Seen] = []

    def script(seen: Seen) -> Reply:
        asked.append(seen)
        is_first = len(asked) == 1
        return error_reply(409, "ConditionalRequestConflict") if is_first else Reply(200, {"etag": '"e"'})

    async with (
        scripted(script) as server,
        S3Client(server.endpoint, KEYS, retry=RetryPolicy(3, base_s=0.01)) as s3,
    ):
        assert await s3.put_object("b", "k", b"x", if_none_match="*") == "e"
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x-amz-retry-after": "1500"}, 1.5),
        ({"x-amz-retry-after": "0", "retry-after": "7"}, 0.0),
        ({"x-amz-retry-after": "soon", "retry-after": "7"}, 7.0),
        ({"x-amz-retry-after": "9" * 400}, None),
        ({"retry-after": " 3 "}, 3.0),
        ({"retry-after": "٣"}, None),
        ({}, None),
    ],
)
def test_how_long_a_server_wants_to_be_left_alone(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after_s(headers, NOW) == expected


class TestCutDocuments:
    @given(st.integers(1, len(PAGE) - 1))
    def test_every_beginning_of_a_document_is_cut(self, length: int) -> None:
        assert is_cut(PAGE[:length])

    @pytest.mark.parametrize("blanks", [b"", b"\n\n ", b"\xef\xbb\xbf", b"\xef\xbb\xbf \r\n"])
    def test_a_whole_one_is_not(self, blanks: bytes) -> None:
        for body in (PAGE, PAGE + b"\n", b"<a/>", b"<a b='c'/>", b"<!-- x --><a></a ><!-- y -->"):
            assert not is_cut(blanks + body)

    @pytest.mark.parametrize("body", [b"", b"{}", b'{"a": "<"}', b"text", b"\0\1\2", b"<!DOCTYPE html><p>"])
    def test_nor_is_what_is_no_document(self, body: bytes) -> None:
        assert not is_cut(body)

    async def test_it_is_asked_for_again(self, proxy: FaultProxy, ministack: S3Server) -> None:
        bucket = ministack.make_bucket()
        ministack.boto3().put_object(Bucket=bucket, Key="k")
        for length in (5, 60, len(PAGE) - 3):
            proxy.add(Lost(Answer(200, body=PAGE[:length])))
        async with S3Client(proxy.endpoint, ministack.credentials, retry=RetryPolicy(4, base_s=0.01)) as s3:
            keys = [found.key async for page in s3.list_objects(bucket) for found in page.objects]
        assert keys == ["k"]


class TestTheQuota:
    def test_it_is_that_of_the_sdks(self) -> None:
        quota = RetryQuota()
        assert [quota.take() for _ in range(101)] == [5] * 100 + [None]
        quota.give_back(5)
        assert quota.take() == 5
        quota.give_back(0)
        assert quota.tokens == 1
        assert quota.take(is_timeout=True) is None

    @given(st.lists(st.sampled_from(["retry", "timeout", "well"]), max_size=400))
    def test_it_is_never_overdrawn_or_more_than_full(self, steps: list[str]) -> None:
        quota, paid = RetryQuota(), 0
        for step in steps:
            if step == "well":
                quota.give_back(paid)
                paid = 0
            else:
                paid = quota.take(is_timeout=step == "timeout") or 0
            assert 0 <= quota.tokens <= RetryQuota.CAPACITY

    async def test_a_dead_server_is_not_asked_five_times_for_everything(self) -> None:
        asked: list[Seen] = []

        def script(seen: Seen) -> Reply:
            asked.append(seen)
            return Reply(503)

        calls = 300
        async with (
            scripted(script) as server,
            S3Client(server.endpoint, KEYS, retry=RetryPolicy(5, base_s=0.001)) as s3,
        ):
            for number in range(calls):
                with pytest.raises(SlowDown):
                    await s3.head_object("b", str(number))
        heads = sum(seen.method == "HEAD" for seen in asked)
        assert heads <= calls + RetryQuota.CAPACITY // RetryQuota.COST


class TestTheProduct:
    def test_an_outer_loop_counts_the_tries_of_the_inner_one(self) -> None:
        attempts, error = Attempts(RetryPolicy(5)), TransportError("gone")
        error.tries = 3
        assert attempts.next_delay_s(error) is not None
        assert attempts.next_delay_s(error) is None

    @given(st.lists(st.integers(1, 6), min_size=1, max_size=10), st.integers(1, 6))
    def test_never_more_in_all_than_the_policy_and_one_round(self, tries: list[int], most: int) -> None:
        attempts, spent = Attempts(RetryPolicy(most)), 0
        for count in tries:
            error = ServiceError("no", code="InternalError", status=500)
            error.tries = count
            spent += count
            if attempts.next_delay_s(error) is None:
                assert spent >= most
                return
            assert spent < most

    @pytest.fixture
    async def s3(self, proxy: FaultProxy, ministack: S3Server) -> AsyncIterator[S3Client]:
        async with S3Client(
            proxy.endpoint, ministack.credentials, retry=RetryPolicy(5, base_s=0.01)
        ) as client:
            yield client

    async def test_an_error_says_how_often_its_request_was_sent(
        self, s3: S3Client, proxy: FaultProxy, ministack: S3Server
    ) -> None:
        bucket = ministack.make_bucket()
        proxy.add(Answer(500), times=None)
        with pytest.raises(ServiceError) as caught:
            await s3.put_object(bucket, "k", random.Random(1).randbytes(10))
        assert caught.value.tries == 5 == len(proxy.requests)

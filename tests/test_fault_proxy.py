"""The fault proxy does what its faults say, and nothing when not asked."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.fault_proxy import (
    Answer,
    Corrupt,
    Cut,
    Fault,
    FaultProxy,
    Hangup,
    Lost,
    Request,
    Reset,
    Stall,
    Throttle,
)
from tests.servers import S3Server

BODY = bytes(range(256)) * 400


@pytest.fixture
def moto_proxy(moto_server: S3Server) -> Iterator[FaultProxy]:
    with FaultProxy(moto_server.endpoint_url) as running:
        yield running


@pytest.fixture
def url(moto_server: S3Server, moto_proxy: FaultProxy) -> str:
    bucket = moto_server.make_bucket()
    moto_server.boto3().put_object(Bucket=bucket, Key="key", Body=BODY, ACL="public-read")
    return f"{moto_proxy.url}/{bucket}/key"


def test_without_a_rule_the_answer_is_the_servers(url: str) -> None:
    assert httpx.get(url).content == BODY
    assert httpx.head(url).headers["content-length"] == str(len(BODY))


def test_signatures_stay_valid_whatever_the_key(ministack: S3Server, proxy: FaultProxy) -> None:
    bucket, key = ministack.make_bucket(), "a b//+%2F/é/../~*'()"
    through = S3Server("proxy", proxy.url, ministack.credentials)
    s3 = through.boto3()
    s3.put_object(Bucket=bucket, Key=key, Body=BODY)
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == BODY
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        through.boto3(credentials=ministack.wrong_secret).get_object(Bucket=bucket, Key=key)
    through.close()
    assert {request.target for request in proxy.requests} == {
        f"/{bucket}/a%20b//%2B%252F/%C3%A9/../~%2A%27%28%29"
    }
    assert proxy.requests[0].headers["host"] == proxy.url.removeprefix("http://")


def test_a_scripted_answer_comes_as_often_as_asked(moto_proxy: FaultProxy, url: str) -> None:
    moto_proxy.add(Answer(503, {"Retry-After": "1"}, b"<Error/>"), times=2)
    first, second, third = (httpx.get(url) for _ in range(3))
    assert (first.status_code, first.headers["retry-after"], first.content) == (503, "1", b"<Error/>")
    assert (second.status_code, third.status_code) == (503, 200)


def test_a_rule_only_meets_the_requests_it_is_for(moto_proxy: FaultProxy, url: str) -> None:
    def is_range(request: Request) -> bool:
        return "range" in request.headers

    moto_proxy.add(Answer(500), when=is_range, times=None)
    assert httpx.get(url).status_code == 200
    assert httpx.get(url, headers={"Range": "bytes=0-9"}).status_code == 500
    moto_proxy.clear()
    assert httpx.get(url, headers={"Range": "bytes=0-9"}).status_code == 206
    assert [request.method for request in moto_proxy.requests] == ["GET"] * 3


@pytest.mark.parametrize("fault", [Reset(), Reset(after=5000), Hangup()])
def test_a_reset_is_a_reset(moto_proxy: FaultProxy, url: str, fault: Fault) -> None:
    moto_proxy.add(fault)
    with pytest.raises(httpx.ReadError):
        httpx.get(url)
    assert httpx.get(url).content == BODY


def test_a_hangup_in_an_upload_leaves_the_server_out(moto_proxy: FaultProxy, url: str) -> None:
    moto_proxy.add(Hangup(after=20_000))
    with pytest.raises(httpx.TransportError):
        httpx.put(url, content=bytes(8_000_000))
    assert httpx.get(url).content == BODY


def test_a_cut_body_ends_before_its_content_length(moto_proxy: FaultProxy, url: str) -> None:
    moto_proxy.add(Cut(after=5000))
    received = bytearray()
    with httpx.stream("GET", url) as answer, suppress(httpx.RemoteProtocolError):
        for chunk in answer.iter_raw():
            received += chunk
    assert received == BODY[:5000]
    assert answer.headers["content-length"] == str(len(BODY))


@pytest.mark.parametrize("fault", [Stall(), Stall(after=5000)])
def test_a_stall_outlasts_patience(moto_proxy: FaultProxy, url: str, fault: Fault) -> None:
    moto_proxy.add(fault)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(url, timeout=0.3)


def test_one_byte_is_corrupted(moto_proxy: FaultProxy, url: str) -> None:
    moto_proxy.add(Corrupt(at=70_000))
    received = httpx.get(url).content
    assert [i for i in range(len(BODY)) if received[i] != BODY[i]] == [70_000]


def test_a_throttled_body_takes_its_time(moto_proxy: FaultProxy, url: str) -> None:
    moto_proxy.add(Throttle(rate_bps=len(BODY) * 4))
    start = time.monotonic()
    assert httpx.get(url).content == BODY
    assert time.monotonic() - start >= 0.25


def test_down_refuses_and_up_comes_back_on_the_same_port(moto_proxy: FaultProxy, url: str) -> None:
    moto_proxy.down()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(moto_proxy.url.rpartition(":")[2]))) != 0
    moto_proxy.up()
    assert httpx.get(url).content == BODY


def test_an_answer_that_is_lost_does_not_mean_that_nothing_was_done(
    ministack: S3Server, proxy: FaultProxy
) -> None:
    bucket = ministack.make_bucket()
    through = S3Server("proxy", proxy.url, ministack.credentials)
    proxy.add(Lost(Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>")))
    with pytest.raises(ClientError, match="AccessDenied"):
        through.boto3().put_object(Bucket=bucket, Key="k", Body=BODY)
    through.close()
    assert ministack.boto3().get_object(Bucket=bucket, Key="k")["Body"].read() == BODY


def test_a_black_hole_swallows_until_it_lets_go(url: str, moto_proxy: FaultProxy) -> None:
    moto_proxy.swallow()
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(url, timeout=0.2)
    moto_proxy.flow()
    assert httpx.get(url).content == BODY

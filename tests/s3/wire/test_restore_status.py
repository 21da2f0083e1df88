"""The restore status in a listing: asked for as boto3 asks, read as botocore reads, and never insisted on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from s3tui.s3 import S3Client
from s3tui.s3.errors import AccessDenied
from s3tui.s3.listing.parallel import list_objects_parallel
from s3tui.s3.models import ListObjectsPage, ObjectSummary
from tests.fault_proxy import Answer, FaultProxy, Request
from tests.servers import S3Server

HEADER = "x-amz-optional-object-attributes"
# The documented elements of ListObjectsV2's answer.
BODY = b"""<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>false</IsTruncated>
<Contents><Key>asleep</Key><LastModified>2026-11-01T00:00:00.000Z</LastModified><ETag>"0a"</ETag><Size>1</Size>
<StorageClass>GLACIER</StorageClass></Contents>
<Contents><Key>coming</Key><LastModified>2026-11-01T00:00:00.000Z</LastModified><ETag>"0a"</ETag>
<RestoreStatus><IsRestoreInProgress>true</IsRestoreInProgress></RestoreStatus><Size>1</Size>
<StorageClass>GLACIER</StorageClass></Contents>
<Contents><Key>here</Key><LastModified>2026-11-01T00:00:00.000Z</LastModified><ETag>"0a"</ETag><RestoreStatus>
<IsRestoreInProgress>false</IsRestoreInProgress><RestoreExpiryDate>2026-12-01T00:00:00.000Z</RestoreExpiryDate>
</RestoreStatus><Size>1</Size><StorageClass>DEEP_ARCHIVE</StorageClass></Contents></ListBucketResult>"""


def asks(request: Request) -> bool:
    return HEADER in request.headers


def a_client(server: S3Server, proxy: FaultProxy) -> S3Client:
    return S3Client(proxy.endpoint, server.credentials)


async def first_page(s3: S3Client, bucket: str) -> ListObjectsPage:
    return await anext(list_objects_parallel(s3, bucket, restore_status=True))


def as_boto3_says(summary: ObjectSummary) -> dict[str, object] | None:
    if summary.restore is None:
        return None
    said: dict[str, object] = {"IsRestoreInProgress": summary.restore.is_in_progress}
    return said | ({"RestoreExpiryDate": summary.restore.expires} if summary.restore.expires else {})


async def test_it_is_asked_for_and_read_as_boto3_does(ministack: S3Server, proxy: FaultProxy) -> None:
    proxy.add(Answer(200, body=BODY), when=asks, times=None)
    oracle = replace(ministack, endpoint_url=proxy.url, _clients={})
    answer = oracle.boto3().list_objects_v2(Bucket="b", OptionalObjectAttributes=["RestoreStatus"])
    oracle.close()
    async with a_client(ministack, proxy) as s3:
        page = await first_page(s3, "b")
    ours, theirs = (request.headers[HEADER] for request in proxy.requests)
    assert ours == theirs
    expected = {entry["Key"]: entry.get("RestoreStatus") for entry in answer["Contents"]}
    assert {summary.key: as_boto3_says(summary) for summary in page.objects} == expected
    assert [value is None for value in expected.values()] == [True, False, False]


@pytest.mark.parametrize(("status", "code"), [(501, "NotImplemented"), (400, "InvalidArgument")])
async def test_a_server_that_refuses_it_is_asked_once(
    ministack: S3Server, proxy: FaultProxy, status: int, code: str
) -> None:
    bucket = ministack.make_bucket()
    ministack.boto3().put_object(Bucket=bucket, Key="a", Body=b"")
    refusal = Answer(status, body=f"<Error><Code>{code}</Code></Error>".encode())
    proxy.add(refusal, when=asks, times=None)
    async with a_client(ministack, proxy) as s3:
        for _ in range(2):
            page = await first_page(s3, bucket)
            assert [summary.key for summary in page.objects] == ["a"]
    refused = [request for request in proxy.requests if asks(request)]
    assert len({request.target for request in refused}) == 1
    assert not asks(proxy.requests[-1])
    assert not asks(proxy.requests[-2])


async def test_another_refusal_is_not_taken_for_one_of_it(ministack: S3Server, proxy: FaultProxy) -> None:
    proxy.add(Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>"), when=asks)
    bucket = ministack.make_bucket()
    async with a_client(ministack, proxy) as s3:
        with pytest.raises(AccessDenied):
            await first_page(s3, bucket)
        await first_page(s3, bucket)
    assert asks(proxy.requests[-1])


@pytest.fixture(params=["ministack", "moto_server"])
def archive(request: pytest.FixtureRequest) -> tuple[S3Server, str]:
    """A bucket with an object that sleeps and one that is restored, or being so."""
    server: S3Server = request.getfixturevalue(request.param)
    bucket = server.make_bucket("archive")
    for key in ("asleep", "restored"):
        server.boto3().put_object(Bucket=bucket, Key=key, Body=b"x", StorageClass="GLACIER")
    server.boto3().restore_object(Bucket=bucket, Key="restored", RestoreRequest={"Days": 1})
    return server, bucket


async def test_what_real_servers_list_is_what_boto3_reads(archive: tuple[S3Server, str]) -> None:
    server, bucket = archive
    answer = server.boto3().list_objects_v2(Bucket=bucket, OptionalObjectAttributes=["RestoreStatus"])
    async with S3Client(server.endpoint, server.credentials) as s3:
        page = await first_page(s3, bucket)
    found = {s.key: (s.storage_class, as_boto3_says(s)) for s in page.objects}
    assert found == {e["Key"]: (e["StorageClass"], e.get("RestoreStatus")) for e in answer["Contents"]}
    assert found["asleep"] == ("GLACIER", None)

"""Ranges of objects on real servers: pinned, and one request each, as a proxy counts them."""

from __future__ import annotations

from functools import partial

import pytest

from s3tui.preview.object_bytes import fetch_range
from s3tui.preview.preview import Room
from s3tui.preview.ranged_file import First, RangedFile
from s3tui.preview.reader import PANE_BOUND, read_preview
from s3tui.preview.source import BLOCK
from s3tui.s3 import S3Client
from s3tui.s3.errors import PreconditionFailed, RangeIgnored
from tests.fault_proxy import Answer, FaultProxy
from tests.preview.served import no_process
from tests.servers import S3Server

SERVERS = ["ministack", "moto_server", "rclone_server"]
DATA = b"".join(b"%07d\n" % n for n in range(40_000))


def file_of(s3: S3Client, bucket: str, key: str, *, size: int = len(DATA)) -> RangedFile:
    async def fetch(span, etag):  # type: ignore[no-untyped-def]
        return await fetch_range(s3, bucket, key, span, etag=etag)

    return RangedFile(fetch, size, bound=PANE_BOUND)


@pytest.mark.parametrize("name", SERVERS)
async def test_a_preview_of_a_text_is_one_request_of_one_block(
    name: str, request: pytest.FixtureRequest
) -> None:
    server: S3Server = request.getfixturevalue(name)
    bucket = server.make_bucket()
    server.boto3().put_object(Bucket=bucket, Key="a/numbers.txt", Body=DATA)
    with FaultProxy(server.endpoint_url) as proxy:
        async with S3Client(proxy.endpoint, server.credentials) as s3:
            file = file_of(s3, bucket, "a/numbers.txt")
            preview = await read_preview(file, "numbers.txt", Room(20), no_process)
            assert preview.lines == tuple(f"{n:07}" for n in range(20))
            assert await file.read(len(DATA) - 8, 8) == b"0039999\n"
    ranges = [each.headers.get("range") for each in proxy.requests]
    assert ranges == [f"bytes=0-{BLOCK - 1}", f"bytes={len(DATA) - 8}-{len(DATA) - 1}"]
    assert proxy.requests[1].headers["if-match"].strip('"') == file.etag
    received = [passage.received for passage in proxy.passages]
    assert (file.requests, file.received) == (2, BLOCK + 8)
    assert sum(received) == BLOCK + 8


@pytest.mark.parametrize("name", SERVERS)
async def test_another_object_under_the_same_key_is_noticed(
    name: str, request: pytest.FixtureRequest
) -> None:
    server: S3Server = request.getfixturevalue(name)
    bucket = server.make_bucket()
    server.boto3().put_object(Bucket=bucket, Key="k", Body=DATA)
    async with S3Client(server.endpoint, server.credentials) as s3:
        file = file_of(s3, bucket, "k")
        await file.begin(First.HEAD)
        server.boto3().put_object(Bucket=bucket, Key="k", Body=DATA[::-1])
        with pytest.raises(PreconditionFailed):
            await file.begin(First.TAIL)


async def test_a_version_is_read_whatever_came_since(ministack: S3Server) -> None:
    bucket, oracle = ministack.make_bucket(), ministack.boto3()
    oracle.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = oracle.put_object(Bucket=bucket, Key="k", Body=b"before")["VersionId"]
    oracle.put_object(Bucket=bucket, Key="k", Body=b"after")
    async with S3Client(ministack.endpoint, ministack.credentials) as s3:
        served = await fetch_range(s3, bucket, "k", (0, 3), version_id=version)
    assert (served.data, served.size) == (b"bef", 6)


async def test_a_server_that_ignores_ranges_is_not_read_to_the_end(ministack: S3Server) -> None:
    bucket = ministack.make_bucket()
    with FaultProxy(ministack.endpoint_url) as proxy:
        proxy.add(Answer(200, {"etag": '"e"'}, DATA), times=None)
        async with S3Client(proxy.endpoint, ministack.credentials) as s3:
            read = partial(fetch_range, s3, bucket, "k")
            served = await read((0, 16))
            assert (served.data, served.size, served.etag) == (DATA[:16], len(DATA), "e")
            with pytest.raises(RangeIgnored):
                await read((16, 32))

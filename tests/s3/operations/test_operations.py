"""Buckets and objects on every server, compared with what boto3 sees there."""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from s3tui.s3 import ByteRange, CallDefaults, CustomerKey, Encryption, ResponseOverrides, S3Client, errors
from tests.s3.conftest import client_of, deviates
from tests.servers import S3Server

KEYS = ["a.txt", "logs/1", "logs/2", "logs/deep/3", "z é +%.txt"]
NEW_NAME = "made-{}".format


async def _fill(s3: S3Client, bucket: str, keys: list[str]) -> None:
    for key in keys:
        await s3.put_object(bucket, key, key.encode())


# Buckets


async def test_creating_a_bucket_that_is_there_is_a_conflict_on_every_server(s3: S3Client) -> None:
    made = await s3.create_bucket(NEW_NAME(secrets.token_hex(6)))
    await made.put("k", b"data")
    with pytest.raises(errors.BucketAlreadyExists):
        await s3.create_bucket(made.name)
    there = await s3.get_bucket(made.name)
    assert await there.get("k", byte_range=ByteRange(last=1)) == b"da"
    await there.delete("k")
    await s3.delete_bucket(made.name)
    with pytest.raises(errors.NoSuchBucket):
        await s3.get_bucket(made.name)


async def test_a_bucket_is_created_seen_by_boto3_and_deleted(s3: S3Client, oracle: Any) -> None:
    name = NEW_NAME(secrets.token_hex(6))
    assert not await s3.bucket_exists(name)
    await s3.create_bucket(name)
    assert name in [entry["Name"] for entry in oracle.list_buckets()["Buckets"]]
    assert await s3.bucket_exists(name)
    await s3.delete_bucket(name)
    assert name not in [entry["Name"] for entry in oracle.list_buckets()["Buckets"]]


async def test_deleting_a_missing_bucket_is_an_error_unless_it_may_be_missing(s3: S3Client) -> None:
    name = NEW_NAME(secrets.token_hex(6))
    with pytest.raises(errors.NoSuchBucket):
        await s3.delete_bucket(name)
    await s3.delete_bucket(name, missing_ok=True)


async def test_a_bucket_with_objects_is_not_deleted(s3: S3Client, bucket: str) -> None:
    await s3.put_object(bucket, "k", b"x")
    with pytest.raises(errors.BucketNotEmpty):
        await s3.delete_bucket(bucket)
    assert await s3.get_object(bucket, "k") == b"x"


async def test_list_buckets_agrees_with_boto3(s3: S3Client, oracle: Any, bucket: str) -> None:
    theirs = {entry["Name"]: entry["CreationDate"] for entry in oracle.list_buckets()["Buckets"]}
    assert {entry.name: entry.created for entry in await s3.list_buckets()} == theirs


async def test_list_buckets_by_prefix(s3: S3Client, server: S3Server) -> None:
    start = f"p{secrets.token_hex(4)}"
    names = sorted(server.make_bucket(start) for _ in range(3))
    assert [entry.name for entry in await s3.list_buckets(prefix=start)] == names


@deviates("moto", "truncates to MaxBuckets without a token")
async def test_list_buckets_page_by_page(s3: S3Client, server: S3Server) -> None:
    start = f"q{secrets.token_hex(4)}"
    names = sorted(server.make_bucket(start) for _ in range(3))
    assert [entry.name for entry in await s3.list_buckets(prefix=start, max_buckets=1)] == names


async def test_list_buckets_by_region_leaves_out_those_elsewhere(s3: S3Client, bucket: str) -> None:
    there = await s3.list_buckets(region="eu-central-1")
    assert all(entry.region in (None, "eu-central-1") for entry in there)
    assert bucket in [entry.name for entry in await s3.list_buckets(region=s3.endpoint.region)]


async def test_head_bucket_names_the_region(s3: S3Client, bucket: str) -> None:
    assert await s3.head_bucket(bucket) == s3.endpoint.region


_REQUESTS: dict[str, Callable[[S3Client, str], Awaitable[object]]] = {
    "list_buckets": lambda s3, bucket: s3.list_buckets(),
    "head_bucket": lambda s3, bucket: s3.head_bucket(bucket),
    "list_objects": lambda s3, bucket: anext(s3.list_objects(bucket)),
    "head_object": lambda s3, bucket: s3.head_object(bucket, "k"),
    "get_object": lambda s3, bucket: s3.get_object(bucket, "k"),
    "put_object": lambda s3, bucket: s3.put_object(bucket, "k", b"x"),
    "delete_object": lambda s3, bucket: s3.delete_object(bucket, "k"),
    "delete_objects": lambda s3, bucket: s3.delete_objects(bucket, ["k"]),
    "create_multipart_upload": lambda s3, bucket: s3.create_multipart_upload(bucket, "k"),
}


@deviates("moto", "checks no signature", (pytest.fail.Exception, errors.NoSuchKey))
@pytest.mark.parametrize("request_name", _REQUESTS)
async def test_a_wrong_secret_is_rejected(server: S3Server, bucket: str, request_name: str) -> None:
    async with client_of(server, server.wrong_secret) as s3:
        with pytest.raises(errors.SignatureRejected):
            await _REQUESTS[request_name](s3, bucket)


@pytest.mark.parametrize(
    "request_name", ["head_bucket", "list_objects", "get_object", "put_object", "delete_objects"]
)
async def test_a_missing_bucket_is_no_such_bucket(s3: S3Client, request_name: str) -> None:
    with pytest.raises(errors.NoSuchBucket):
        await _REQUESTS[request_name](s3, NEW_NAME(secrets.token_hex(6)))


# Objects


@pytest.mark.parametrize("data", [b"", b"hello", bytes(range(256)) * 5000], ids=["empty", "small", "large"])
async def test_an_object_comes_back_as_it_was_put(
    s3: S3Client, oracle: Any, bucket: str, data: bytes
) -> None:
    etag = await s3.put_object(bucket, "k", data)
    theirs = oracle.get_object(Bucket=bucket, Key="k")
    assert (etag, data) == (theirs["ETag"].strip('"'), theirs["Body"].read())
    assert await s3.get_object(bucket, "k") == data
    async with s3.stream_object(bucket, "k") as body:
        assert b"".join([chunk async for chunk in body]) == data
        assert body.head.size == len(data)


async def test_head_agrees_with_boto3(s3: S3Client, oracle: Any, bucket: str) -> None:
    await s3.put_object(bucket, "k", b"hello", content_type="text/plain", cache_control="no-cache")
    ours, theirs = await s3.head_object(bucket, "k"), oracle.head_object(Bucket=bucket, Key="k")
    assert ours.size == theirs["ContentLength"] == 5
    assert ours.etag == theirs["ETag"].strip('"')
    assert ours.last_modified == theirs["LastModified"]
    assert ours.content_type == theirs["ContentType"] == "text/plain"


@deviates("rclone", "loses Expires and answers with its own Content-Language")
async def test_every_describing_header_is_kept(s3: S3Client, oracle: Any, bucket: str) -> None:
    described = {
        "content_type": "text/plain; charset=utf-8",
        "content_encoding": "gzip",
        "content_disposition": 'attachment; filename="a b.txt"',
        "content_language": "de",
        "cache_control": "max-age=60",
        "expires": "Wed, 21 Oct 2037 07:28:00 GMT",
    }
    await s3.put_object(bucket, "k", b"hello", **described)  # type: ignore[arg-type]  # all are text
    ours, theirs = await s3.head_object(bucket, "k"), oracle.head_object(Bucket=bucket, Key="k")
    assert {name: getattr(ours, name) for name in described} == described
    assert theirs["ContentEncoding"] == "gzip"
    assert theirs["ContentDisposition"] == described["content_disposition"]


async def test_user_metadata_reaches_boto3_and_comes_back(s3: S3Client, oracle: Any, bucket: str) -> None:
    await s3.put_object(bucket, "k", b"", metadata={"Colour": "blue", "owner": "Zoë ☃"})
    assert (await s3.head_object(bucket, "k")).metadata == {"colour": "blue", "owner": "Zoë ☃"}
    theirs = oracle.head_object(Bucket=bucket, Key="k")["Metadata"]
    # rclone capitalises the names, which boto3 hands on
    assert {name.lower(): value for name, value in theirs.items()}["colour"] == "blue"


async def test_a_missing_object_is_no_such_key(s3: S3Client, bucket: str) -> None:
    for call in (s3.head_object(bucket, "none"), s3.get_object(bucket, "none")):
        with pytest.raises(errors.NoSuchKey):
            await call
    assert not await s3.object_exists(bucket, "none")


@pytest.mark.parametrize(
    ("byte_range", "expected"),
    [
        (ByteRange(0, 0), b"0"),
        (ByteRange(2, 4), b"234"),
        (ByteRange(7), b"789"),
        (ByteRange(suffix=3), b"789"),
        (ByteRange(5, 500), b"56789"),
    ],
    ids=str,
)
async def test_a_range_gives_these_bytes(
    s3: S3Client, bucket: str, byte_range: ByteRange, expected: bytes
) -> None:
    await s3.put_object(bucket, "k", b"0123456789")
    assert await s3.get_object(bucket, "k", byte_range=byte_range) == expected
    async with s3.stream_object(bucket, "k", byte_range=byte_range) as body:
        assert b"".join([chunk async for chunk in body]) == expected
        assert body.head.size == 10


@deviates("rclone", "says 416 to a suffix longer than the object", errors.InvalidRange)
async def test_a_suffix_longer_than_the_object_is_all_of_it(s3: S3Client, bucket: str) -> None:
    await s3.put_object(bucket, "k", b"0123456789")
    assert await s3.get_object(bucket, "k", byte_range=ByteRange(suffix=500)) == b"0123456789"


async def test_a_range_behind_the_end_is_invalid(s3: S3Client, bucket: str) -> None:
    await s3.put_object(bucket, "k", b"0123456789")
    with pytest.raises(errors.InvalidRange):
        await s3.get_object(bucket, "k", byte_range=ByteRange(10))


@deviates("rclone", "ignores conditions on etags", pytest.fail.Exception)
async def test_reading_conditions_hold_or_fail(s3: S3Client, bucket: str) -> None:
    etag = await s3.put_object(bucket, "k", b"hello")
    assert await s3.get_object(bucket, "k", if_match=etag) == b"hello"
    assert await s3.get_object(bucket, "k", if_none_match="0" * 32) == b"hello"
    with pytest.raises(errors.PreconditionFailed):
        await s3.get_object(bucket, "k", if_match="0" * 32)
    with pytest.raises(errors.NotModified):
        await s3.get_object(bucket, "k", if_none_match=etag)
    with pytest.raises(errors.NotModified):
        await s3.head_object(bucket, "k", if_modified_since=datetime.now(UTC) + timedelta(hours=1))
    with pytest.raises(errors.PreconditionFailed):
        await s3.head_object(bucket, "k", if_unmodified_since=datetime.now(UTC) - timedelta(days=365))


@deviates("rclone", "overwrites whatever the condition says", pytest.fail.Exception)
async def test_writing_conditions_hold_or_fail(s3: S3Client, bucket: str) -> None:
    etag = await s3.put_object(bucket, "k", b"first", if_none_match="*")
    with pytest.raises(errors.PreconditionFailed):
        await s3.put_object(bucket, "k", b"second", if_none_match="*")
    with pytest.raises(errors.PreconditionFailed):
        await s3.put_object(bucket, "k", b"second", if_match="0" * 32)
    await s3.put_object(bucket, "k", b"third", if_match=etag)
    assert await s3.get_object(bucket, "k") == b"third"


async def test_response_headers_can_be_overridden(s3: S3Client, bucket: str) -> None:
    await s3.put_object(bucket, "k", b"hello", content_type="text/plain")
    overrides = ResponseOverrides(content_type="image/png", content_disposition="attachment")
    async with s3.stream_object(bucket, "k", overrides=overrides) as body:
        assert body.head.content_type == "image/png"
        assert body.head.content_disposition == "attachment"


async def test_expect_continue_still_puts_the_object(s3: S3Client, bucket: str) -> None:
    await s3.put_object(bucket, "k", b"x" * 300_000, expect_continue=True)
    assert (await s3.head_object(bucket, "k")).size == 300_000


async def test_deleting_is_idempotent_unless_the_object_must_exist(s3: S3Client, bucket: str) -> None:
    await s3.put_object(bucket, "k", b"x")
    await s3.delete_object(bucket, "k")
    await s3.delete_object(bucket, "k")
    with pytest.raises(errors.NoSuchKey):
        await s3.delete_object(bucket, "k", must_exist=True)


async def test_many_objects_are_deleted_in_batches(s3: S3Client, bucket: str) -> None:
    await _fill(s3, bucket, KEYS)
    missing = [f"missing-{number}" for number in range(1_001)]
    result = await s3.delete_objects(bucket, [*KEYS, *missing])
    assert {entry.key for entry in result.deleted} == {*KEYS, *missing}
    assert result.errors == ()
    assert [page.objects async for page in s3.list_objects(bucket)] == [()]


@deviates("rclone", "adds an Mtime to the metadata of a copy")
async def test_a_copy_keeps_the_source_or_replaces_its_description(
    s3: S3Client, oracle: Any, bucket: str
) -> None:
    await s3.put_object(bucket, "a/b c é", b"hello", content_type="text/plain", metadata={"one": "1"})
    etag = await s3.copy_object(bucket, "kept", source=f"{bucket}/a/b c é")
    await s3.copy_object(bucket, "replaced", source=f"{bucket}/a/b c é", metadata={"two": "2"})
    kept, replaced = await s3.head_object(bucket, "kept"), await s3.head_object(bucket, "replaced")
    assert etag == oracle.head_object(Bucket=bucket, Key="kept")["ETag"].strip('"')
    assert (kept.content_type, kept.metadata) == ("text/plain", {"one": "1"})
    assert replaced.metadata == {"two": "2"}
    assert await s3.get_object(bucket, "replaced") == b"hello"


async def test_copying_a_missing_object_is_an_error(s3: S3Client, bucket: str) -> None:
    with pytest.raises(errors.NoSuchKey):
        await s3.copy_object(bucket, "k", source=f"{bucket}/none")


# Listings


def _boto_keys(oracle: Any, **wanted: Any) -> tuple[list[str], list[str]]:
    keys, prefixes = [], []
    for page in oracle.get_paginator("list_objects_v2").paginate(**wanted):
        keys += [entry["Key"] for entry in page.get("Contents", [])]
        prefixes += [entry["Prefix"] for entry in page.get("CommonPrefixes", [])]
    return keys, prefixes


@pytest.mark.parametrize("prefix", ["", "logs/", "logs/d", "none/"])
@pytest.mark.parametrize("delimiter", ["", "/"])
async def test_a_listing_agrees_with_boto3(
    s3: S3Client, oracle: Any, bucket: str, prefix: str, delimiter: str
) -> None:
    await _fill(s3, bucket, KEYS)
    pages = [page async for page in s3.list_objects(bucket, prefix, delimiter=delimiter)]
    keys = [entry.key for page in pages for entry in page.objects]
    prefixes = [entry for page in pages for entry in page.common_prefixes]
    assert (keys, prefixes) == _boto_keys(oracle, Bucket=bucket, Prefix=prefix, Delimiter=delimiter)


async def test_a_listing_says_size_etag_and_time(s3: S3Client, oracle: Any, bucket: str) -> None:
    await s3.put_object(bucket, "k", b"hello")
    theirs = oracle.list_objects_v2(Bucket=bucket)["Contents"][0]
    (ours,) = (await anext(s3.list_objects(bucket))).objects
    assert (ours.size, ours.last_modified) == (theirs["Size"], theirs["LastModified"])
    assert ours.etag == theirs["ETag"].strip('"')


async def test_pages_hold_max_keys_and_begin_behind_start_after(s3: S3Client, bucket: str) -> None:
    await _fill(s3, bucket, KEYS)
    pages = [page async for page in s3.list_objects(bucket, max_keys=2)]
    assert [[entry.key for entry in page.objects] for page in pages] == [KEYS[:2], KEYS[2:4], KEYS[4:]]
    late = [page async for page in s3.list_objects(bucket, start_after="logs/1")]
    assert [entry.key for page in late for entry in page.objects] == KEYS[2:]


_CONTINUE = """
import asyncio, pathlib, sys
from s3tui.s3 import Credentials, Endpoint, S3Client
url, region, key, secret, ca, bucket, token = sys.argv[1:]
async def main():
    endpoint, ca_file = Endpoint.custom(url, region=region), pathlib.Path(ca) if ca else None
    async with S3Client(endpoint, Credentials(key, secret), ca_file=ca_file) as s3:
        async for page in s3.list_objects(bucket, continuation_token=token):
            print(*[entry.key for entry in page.objects], sep="\\n")
asyncio.run(main())
"""


async def test_another_process_continues_a_listing(s3: S3Client, server: S3Server, bucket: str) -> None:
    await _fill(s3, bucket, KEYS[:4])
    page = await anext(s3.list_objects(bucket, max_keys=2))
    given = (
        server.endpoint_url,
        server.region,
        server.credentials.access_key,
        server.credentials.secret_key.reveal(),
    )
    arguments = [*given, str(server.ca_file or ""), bucket, page.next_continuation_token or ""]
    there = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _CONTINUE, *arguments, stdout=subprocess.PIPE
    )
    assert (await there.communicate())[0].decode().split() == KEYS[2:4]


# Ways of storing


async def test_the_storage_class_is_kept(s3: S3Client, oracle: Any, bucket: str) -> None:
    await s3.put_object(bucket, "k", b"x", storage_class="STANDARD_IA")
    assert (await s3.head_object(bucket, "k")).storage_class == "STANDARD_IA"
    assert oracle.head_object(Bucket=bucket, Key="k")["StorageClass"] == "STANDARD_IA"


@pytest.mark.parametrize("encryption", [Encryption.s3(), Encryption.kms("alias/aws/s3", context={"a": "b"})])
async def test_encryption_by_s3_is_asked_for_and_reported(
    s3: S3Client, bucket: str, encryption: Encryption
) -> None:
    await s3.put_object(bucket, "k", b"secret", encryption=encryption)
    head = await s3.head_object(bucket, "k")
    assert head.server_side_encryption == encryption.algorithm
    assert await s3.get_object(bucket, "k") == b"secret"


@deviates("moto", "keeps no customer keys")
@deviates("rclone", "keeps no customer keys", pytest.fail.Exception)
async def test_a_customer_key_is_needed_to_read(s3: S3Client, bucket: str) -> None:
    key = CustomerKey(bytes(range(32)))
    await s3.put_object(bucket, "k", b"secret", customer_key=key)
    head = await s3.head_object(bucket, "k", customer_key=key)
    assert head.customer_key_md5 == "tP/LI3N87DFaSk0aoqYgzg=="
    with pytest.raises(errors.ServiceError):
        await s3.get_object(bucket, "k")
    assert await s3.get_object(bucket, "k", customer_key=key) == b"secret"
    await s3.copy_object(bucket, "open", source=f"{bucket}/k", source_customer_key=key)
    assert await s3.get_object(bucket, "open") == b"secret"


async def test_requester_pays_and_owner_go_with_every_call_of_a_client(server: S3Server, bucket: str) -> None:
    defaults = CallDefaults(requester_pays=True)
    async with client_of(server, server.credentials, defaults=defaults) as s3:
        await s3.put_object(bucket, "k", b"x")
        assert await s3.get_object(bucket, "k") == b"x"
        assert await s3.get_object(bucket, "k", requester_pays=False) == b"x"

"""What describes an object is changed, and nothing else: held against boto3, on two servers."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from s3tui.s3 import S3Client
from s3tui.s3.errors import PreconditionFailed, ReadOnly
from s3tui.transfer.editing.attributes import (
    AttributeChange,
    Attributes,
    attributes_of,
    change_between,
    check_attributes,
)
from s3tui.transfer.editing.object_state import read_state
from s3tui.transfer.editing.setting import ObjectChanged, set_attributes
from tests.fault_proxy import Answer, FaultProxy
from tests.long import rng, share
from tests.servers import S3Server

KEY = "a b/ü+'%.txt"
NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
FULL: dict[str, Any] = {
    "ContentType": "text/x-odd; charset=utf-8",
    "CacheControl": "max-age=60",
    "ContentDisposition": 'attachment; filename="a.txt"',
    "ContentEncoding": "identity",
    "ContentLanguage": "de, en",
    "Expires": datetime(2030, 1, 1, tzinfo=UTC),
    "Metadata": {"owner": "data", "note": "a=b"},
    "Tagging": "team=a%20b&empty=",
    "StorageClass": "STANDARD_IA",
}
FIELDS = [
    *("ContentType", "CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage"),
    *("ExpiresString", "Metadata", "StorageClass", "ServerSideEncryption", "ContentLength", "ETag"),
    *("WebsiteRedirectLocation", "ObjectLockMode", "ObjectLockLegalHoldStatus"),
]


@pytest.fixture(params=["ministack", "moto_server"])
def server(request: pytest.FixtureRequest) -> S3Server:
    found: S3Server = request.getfixturevalue(request.param)
    return found


def described(server: S3Server, bucket: str, key: str = KEY) -> dict[str, Any]:
    """Return all that boto3 tells of an object."""
    client = server.boto3()
    head = client.head_object(Bucket=bucket, Key=key)
    tags = client.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    acl = client.get_object_acl(Bucket=bucket, Key=key)["Grants"]
    found = {name: head.get(name) for name in FIELDS}
    found["ETag"] = head["ETag"].partition("-")[0]
    return {
        **found,
        "tags": {tag["Key"]: tag["Value"] for tag in tags},
        "acl": sorted((str(each["Grantee"].get("URI")), each["Permission"]) for each in acl),
    }


async def test_one_thing_changes_and_all_else_stays(server: S3Server) -> None:
    bucket, client = server.make_bucket(), server.boto3()
    client.put_object(Bucket=bucket, Key=KEY, Body=b"hello", **FULL)
    before = described(server, bucket)
    async with S3Client(server.endpoint, server.credentials) as s3:
        done = await set_attributes(
            s3,
            bucket,
            KEY,
            AttributeChange({"content_type": "text/csv"}, {"owner": None, "new": "1"}),
            now=NOW,
        )
        assert done.is_copied
        assert done.lost == ()
        wanted = {**before, "ContentType": "text/csv", "Metadata": {"note": "a=b", "new": "1"}}
        assert described(server, bucket) == wanted
        again = await set_attributes(s3, bucket, KEY, AttributeChange({"content_type": "text/csv"}), now=NOW)
        assert not again.is_sent
    assert client.get_object(Bucket=bucket, Key=KEY)["Body"].read() == b"hello"


async def test_tags_alone_make_no_new_version(server: S3Server) -> None:
    bucket, client = server.make_bucket(), server.boto3()
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = client.put_object(Bucket=bucket, Key=KEY, Body=b"hello", **FULL)["VersionId"]
    before = described(server, bucket)
    async with S3Client(server.endpoint, server.credentials) as s3:
        done = await set_attributes(
            s3, bucket, KEY, AttributeChange(tags={"empty": None, "more": "a.b=+ @"}), now=NOW
        )
        assert not done.is_copied
        assert described(server, bucket) == {**before, "tags": {"team": "a b", "more": "a.b=+ @"}}
        await set_attributes(s3, bucket, KEY, AttributeChange(tags={"team": None, "more": None}), now=NOW)
    assert described(server, bucket) == {**before, "tags": {}}
    assert client.head_object(Bucket=bucket, Key=KEY)["VersionId"] == version


async def test_another_ones_change_of_bytes_metadata_or_tags_is_left_alone(server: S3Server) -> None:
    """A copy keeps the etag, and tags are in no head at all: each is looked at."""
    bucket, client = server.make_bucket(), server.boto3()
    change = AttributeChange({"content_type": "text/csv"})
    async with S3Client(server.endpoint, server.credentials) as s3:
        for what in ("bytes", "metadata", "tags"):
            client.put_object(Bucket=bucket, Key=KEY, Body=b"hello", **FULL)
            read = await read_state(s3, bucket, KEY)
            if what == "bytes":
                client.put_object(Bucket=bucket, Key=KEY, Body=b"other")
            elif what == "metadata":
                client.copy_object(
                    Bucket=bucket, Key=KEY, CopySource={"Bucket": bucket, "Key": KEY},
                    MetadataDirective="REPLACE", Metadata={"theirs": "1"}, TaggingDirective="COPY",
                )  # fmt: skip
            else:
                client.put_object_tagging(
                    Bucket=bucket, Key=KEY, Tagging={"TagSet": [{"Key": "theirs", "Value": "1"}]}
                )
            theirs = described(server, bucket)
            with pytest.raises(ObjectChanged):
                await set_attributes(s3, bucket, KEY, change, now=NOW, before=read)
            assert described(server, bucket) == theirs


@pytest.mark.parametrize("seed", range(share(4, 100)))
async def test_any_change_does_what_it_says_and_nothing_unedited_changes(
    moto_server: S3Server, ministack: S3Server, seed: int
) -> None:
    server, chance = (moto_server, ministack)[seed % 2], rng(f"attributes {seed}")
    bucket, client = server.make_bucket(), server.boto3()
    given = {name: value for name, value in FULL.items() if chance.random() < 0.6}
    client.put_object(Bucket=bucket, Key=KEY, Body=b"x" * chance.randrange(3), **given)
    if chance.random() < 0.4:
        client.put_object_acl(Bucket=bucket, Key=KEY, ACL="public-read")
    before = described(server, bucket)
    async with S3Client(server.endpoint, server.credentials) as s3:
        was = attributes_of(await read_state(s3, bucket, KEY))
        wanted = replace(
            was,
            headers=_drawn(chance, was.headers, {"cache_control": "no-store", "content_language": "fr"}),
            metadata=_drawn(chance, was.metadata, {"x": "y", "long": "z" * 500}),
            tags=_drawn(chance, was.tags, {"a": "b", "c": ""}),
            storage_class=chance.choice([was.storage_class, "STANDARD", "ONEZONE_IA"]),
            encryption=chance.choice([was.encryption, "AES256"]),
        )
        if "content_type" in was.headers:  # S3 gives one itself
            wanted = replace(wanted, headers={**wanted.headers, "content_type": "text/new"})
        await set_attributes(s3, bucket, KEY, change_between(was, wanted), now=NOW)
        now = attributes_of(await read_state(s3, bucket, KEY))
    assert now == wanted
    after = described(server, bucket)
    assert after["acl"] == before["acl"]
    for name in ("ContentLength", "ETag"):
        assert after[name] == before[name]


def _drawn(chance: random.Random, was: Any, more: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in was.items() if chance.random() < 0.7}
    return kept | {name: value for name, value in more.items() if chance.random() < 0.5}


async def test_tags_that_cannot_be_read_are_not_replaced(proxy: FaultProxy, ministack: S3Server) -> None:
    bucket, client = ministack.make_bucket(), ministack.boto3()
    client.put_object(Bucket=bucket, Key=KEY, Body=b"hello", Tagging="team=a")
    denied = Answer(403, body=b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
    proxy.add(denied, when=lambda request: request.method == "GET" and "tagging" in request.target)
    async with S3Client(proxy.endpoint, ministack.credentials) as s3:
        with pytest.raises(ValueError, match="may not read its tags"):
            await set_attributes(s3, bucket, KEY, AttributeChange(tags={"new": "1"}), now=NOW)
    assert client.get_object_tagging(Bucket=bucket, Key=KEY)["TagSet"] == [{"Key": "team", "Value": "a"}]


async def test_a_lock_that_holds_and_its_hold_are_set_again(moto_server: S3Server) -> None:
    bucket, client = f"{moto_server.make_bucket()}-lock", moto_server.boto3()
    client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    client.put_object(
        Bucket=bucket, Key=KEY, Body=b"hello", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until,
        ObjectLockLegalHoldStatus="ON",
    )  # fmt: skip
    async with S3Client(moto_server.endpoint, moto_server.credentials) as s3:
        done = await set_attributes(
            s3, bucket, KEY, AttributeChange({"content_type": "text/csv"}), now=datetime.now(UTC)
        )
    assert done.lost == ()
    head = client.head_object(Bucket=bucket, Key=KEY)
    assert head["ObjectLockMode"] == "GOVERNANCE"
    assert head["ObjectLockLegalHoldStatus"] == "ON"
    assert head["ObjectLockRetainUntilDate"] == until


async def test_reading_alone_changes_nothing(ministack: S3Server) -> None:
    bucket = ministack.make_bucket()
    ministack.boto3().put_object(Bucket=bucket, Key=KEY, Body=b"hello")
    async with S3Client(ministack.endpoint, ministack.credentials, read_only=True) as s3:
        for change in (AttributeChange({"content_type": "a/b"}), AttributeChange(tags={"a": "b"})):
            with pytest.raises(ReadOnly):
                await set_attributes(s3, bucket, KEY, change, now=NOW)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Attributes({}, {"a": "b" * 2048}, {}), r"Metadata takes 2,048 bytes at most, and this is 2,049\."),
        (Attributes({}, {}, {str(n): "" for n in range(11)}), r"An object can have 10 tags, not 11\."),
        (Attributes({"content_type": "a\nb"}, {}, {}), r"A header cannot be sent like this"),
    ],
)
def test_what_s3_would_refuse_is_refused_before_anything_is_sent(wanted: Attributes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check_attributes(wanted)


async def test_an_object_that_changes_under_the_copy_is_refused_by_the_server(ministack: S3Server) -> None:
    bucket = ministack.make_bucket()
    ministack.boto3().put_object(Bucket=bucket, Key=KEY, Body=b"hello")
    async with S3Client(ministack.endpoint, ministack.credentials) as s3:
        with pytest.raises(PreconditionFailed):
            await s3.copy_object(
                bucket, KEY, source=f"{bucket}/{KEY}", source_if_match="0" * 32, metadata={"a": "b"}
            )

"""The samples are there, as boto3 sees them with the keys of the demo's user."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError

from s3tui.demo import open_demo, sample_data, sample_files
from s3tui.demo.sample_data import (
    ANALYTICS,
    ARCHIVED_KEY,
    ASSETS,
    BACKUPS,
    DATASETS,
    DELETED_KEY,
    FINANCE,
    GONE_KEY,
    INBOX,
    LARGE_KEY,
    LEFT_BEHIND_KEY,
    ODD_KEYS,
    REGIONS,
    REVIVED_KEY,
    SCRATCH,
    VERSIONED_KEY,
)
from s3tui.demo.server import PRIVATE_BUCKET
from s3tui.s3 import S3Client
from tests.servers import S3Server


@pytest.fixture(scope="session")
def s3(oracle: S3Server) -> Any:
    return oracle.boto3()


def keys_of(s3: Any, bucket: str, prefix: str = "") -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from (found["Key"] for found in page.get("Contents", ()))


def test_the_buckets_live_in_three_regions(s3: Any) -> None:
    found = {bucket["Name"]: bucket["BucketRegion"] for bucket in s3.list_buckets()["Buckets"]}
    assert found == dict(REGIONS)
    assert len(set(found.values())) == 3


def test_analytics_is_a_deep_tree_of_five_thousand_keys(s3: Any) -> None:
    keys = list(keys_of(s3, ANALYTICS))
    assert len(keys) == 5000
    assert max(key.count("/") for key in keys) == 6
    body = s3.get_object(Bucket=ANALYTICS, Key=keys[1000])["Body"].read()
    assert {"id", "page", "country", "ms"} == set(json.loads(gzip.decompress(body).splitlines()[0]))


def test_odd_keys_are_listed_and_can_be_read(s3: Any) -> None:
    assert sorted(keys_of(s3, INBOX)) == sorted(ODD_KEYS)
    for key in ODD_KEYS:
        assert s3.head_object(Bucket=INBOX, Key=key)["ContentType"].startswith("text/plain")


def test_files_are_what_their_types_say(s3: Any) -> None:
    def read(bucket: str, key: str) -> tuple[str, bytes]:
        answer = s3.get_object(Bucket=bucket, Key=key)
        return answer["ContentType"], answer["Body"].read()

    assert read(ASSETS, "img/hero.png")[1].startswith(b"\x89PNG\r\n\x1a\n")
    assert read(ASSETS, "audio/chime.wav")[1].startswith(b"RIFF")
    kind, table = read(DATASETS, "orders/test.csv")
    assert kind == "text/csv"
    assert len(list(csv.DictReader(io.StringIO(table.decode())))) == 4000
    assert json.loads(read(ANALYTICS, "manifests/2026-09.json")[1])["month"] == "2026-09"
    assert len(zipfile.ZipFile(io.BytesIO(read(BACKUPS, "hosts/etc-2026-09.zip")[1])).namelist()) == 4
    css = s3.get_object(Bucket=ASSETS, Key="css/site.css")
    assert (css["ContentType"], css["ContentEncoding"]) == ("text/css", "gzip")
    assert "immutable" in css["CacheControl"]


def test_metadata_and_tags_are_there(s3: Any) -> None:
    key = "2026/q2/orders.csv"
    head = s3.head_object(Bucket=FINANCE, Key=key)
    assert head["Metadata"] == {"approved-by": "r.osei", "ledger-run": "2026-07-02"}
    assert head["ContentDisposition"] == 'attachment; filename="orders-q2.csv"'
    tags = s3.get_object_tagging(Bucket=FINANCE, Key=key)["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"confidential": "yes", "cost-center": "4410"}


def test_finance_has_versions_and_delete_markers(s3: Any) -> None:
    assert s3.get_bucket_versioning(Bucket=FINANCE)["Status"] == "Enabled"
    listed = s3.list_object_versions(Bucket=FINANCE)
    assert [version["Key"] for version in listed["Versions"]].count(VERSIONED_KEY) == 4
    markers = {(marker["Key"], marker["IsLatest"]) for marker in listed["DeleteMarkers"]}
    assert markers == {(DELETED_KEY, True), (REVIVED_KEY, False), (GONE_KEY, True)}
    assert not list(keys_of(s3, FINANCE, "2026/q4/"))


def test_an_archived_object_must_be_restored_first(s3: Any) -> None:
    assert s3.head_object(Bucket=BACKUPS, Key=ARCHIVED_KEY)["StorageClass"] == "GLACIER"
    with pytest.raises(ClientError, match="InvalidObjectState"):
        s3.get_object(Bucket=BACKUPS, Key=ARCHIVED_KEY)


def test_the_large_object_came_in_parts_and_another_upload_was_left_behind(s3: Any) -> None:
    head = s3.head_object(Bucket=DATASETS, Key=LARGE_KEY)
    assert head["ContentLength"] == 24 * 1024 * 1024
    assert head["ETag"].endswith('-3"')
    uploads = s3.list_multipart_uploads(Bucket=DATASETS)["Uploads"]
    assert [upload["Key"] for upload in uploads] == [LEFT_BEHIND_KEY]


def test_one_bucket_is_empty_and_one_is_not_for_this_user(s3: Any) -> None:
    assert list(keys_of(s3, SCRATCH)) == []
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.list_objects_v2(Bucket=PRIVATE_BUCKET)


def test_the_same_samples_come_every_time() -> None:
    assert list(sample_data._second()) == list(sample_data._second())


def test_a_png_is_one_that_others_read() -> None:
    picture = sample_files.png(Random(0), 8, 5)
    assert picture[16:24] == (8).to_bytes(4) + (5).to_bytes(4)


def test_samples_look_as_if_they_had_been_there_for_long(s3: Any) -> None:
    now = datetime.now(UTC)
    listed = s3.list_objects_v2(Bucket=BACKUPS)["Contents"]
    ages = sorted(now - found["LastModified"] for found in listed)
    assert ages[0] > timedelta(minutes=30)
    assert ages[-1] > timedelta(days=10)
    for bucket in s3.list_buckets()["Buckets"]:
        assert now - bucket["CreationDate"] > timedelta(days=299)


def test_each_version_is_newer_than_the_one_before(s3: Any) -> None:
    versions = s3.list_object_versions(Bucket=FINANCE, Prefix=VERSIONED_KEY)["Versions"]
    assert versions[0]["IsLatest"]
    times = [version["LastModified"] for version in versions]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) == 4


@pytest.mark.server
async def test_what_the_user_writes_is_new() -> None:
    running = await open_demo()
    try:
        async with S3Client(running.server.endpoint, running.server.user) as client:
            await client.put_object(SCRATCH, "mine.txt", b"now")
            head = await client.head_object(SCRATCH, "mine.txt")
    finally:
        running.stop()
    assert head.last_modified is not None
    assert abs(datetime.now(UTC) - head.last_modified) < timedelta(minutes=1)

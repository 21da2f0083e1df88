"""What unfinished uploads hold and cost, on a real server."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from s3tui.browse.inspect.answers import Refused
from s3tui.browse.inspect.bucket_facts import BucketSettings, OpenUploads, bucket_settings
from s3tui.prices import DATED, PRICES, dollars, parts_cost
from s3tui.s3 import S3Client
from s3tui.tui.text.detail.bucket_tabs import settings
from tests.servers import S3Server


@pytest.mark.parametrize("name", ["ministack", "moto_server"])
async def test_the_parts_of_unfinished_uploads_are_added_up(
    name: str, request: pytest.FixtureRequest
) -> None:
    server: S3Server = request.getfixturevalue(name)
    bucket, s3 = server.make_bucket(), server.boto3()
    for key, sizes in {"a": [6 * 2**20, 1_000], "b": []}.items():
        upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
        for number, size in enumerate(sizes, start=1):
            s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=bytes(size))
    async with S3Client(server.endpoint, server.credentials) as client:
        about = await bucket_settings(client, bucket)
    known = about.uploads
    assert not isinstance(known, Refused)
    assert (len(known.uploads), known.measured, known.size) == (2, 2, 6 * 2**20 + 1_000)
    assert known.monthly is None  # it is not Amazon's storage
    assert "2 uploads that nobody ended, 6.29 MB" in words(about)
    on_amazon = replace(about, uploads=replace(known, monthly=1.234))
    estimate = f"about 1.23 USD a month (estimate, list prices of us-east-1 from {DATED})"
    assert estimate in words(on_amazon)


def words(about: BucketSettings) -> str:
    sections = settings(about, datetime.now(UTC))
    return next(field.value for field in sections[0].fields if field.label == "Unfinished")


def test_parts_cost_what_their_class_does_until_they_are_archived() -> None:
    assert parts_cost(1024**3, None) == parts_cost(1024**3, "GLACIER") == PRICES["STANDARD"].storage
    assert parts_cost(2 * 1024**3, "STANDARD_IA") == 2 * PRICES["STANDARD_IA"].storage
    assert parts_cost(1, "OUTPOSTS") is None
    assert (dollars(0.001), dollars(1234.5)) == ("less than 0.01 USD", "about 1,234.50 USD")
    assert OpenUploads(()).monthly is None

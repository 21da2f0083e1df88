from __future__ import annotations

import json
from importlib import resources

import pytest

from s3tui.s3.address.region import PARTITIONS, REGIONS, Region, partition_of, region_of_location

THEIRS = json.loads(resources.files("botocore.data").joinpath("partitions.json").read_text())["partitions"]


def test_every_region_that_botocore_knows_has_the_same_name_and_partition() -> None:
    theirs = {
        (code, region["description"], partition["id"])
        for partition in THEIRS
        for code, region in partition["regions"].items()
        if not code.endswith("-global")
    }
    assert theirs == {
        (region.code, region.name, region.partition.id) for region in REGIONS if region.partition
    }
    assert len(REGIONS) == len(theirs)


def test_every_partition_has_the_suffix_and_the_pattern_that_botocore_has() -> None:
    assert {p["id"]: p["outputs"]["dnsSuffix"] for p in THEIRS} == {p.id: p.dns_suffix for p in PARTITIONS}
    for partition in THEIRS:
        for code in partition["regions"]:
            if not code.endswith("-global"):
                assert partition_of(code).id == partition["id"]


@pytest.mark.parametrize(
    ("code", "partition"),
    [("eu-north-9", "aws"), ("us-gov-south-1", "aws-us-gov"), ("us-isof-north-1", "aws-iso-f")],
)
def test_a_region_that_aws_opens_tomorrow_is_in_the_partition_its_name_tells(
    code: str, partition: str
) -> None:
    region = Region.of(code)
    assert region.name == code
    assert region.partition is not None
    assert region.partition.id == partition


@pytest.mark.parametrize("code", ["auto", "garage", "fr-par", "us-west-004", "nyc3"])
def test_a_providers_region_is_called_by_its_code_and_is_in_no_partition(code: str) -> None:
    assert Region.of(code) == Region(code, code, None)
    assert str(Region.of(code)) == code


# Hosts as in *Amazon S3 endpoints and quotas*, and in each provider's documentation.
@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("s3.amazonaws.com", "us-east-1"),
        ("bucket.s3.amazonaws.com", "us-east-1"),
        ("s3.eu-west-1.amazonaws.com", "eu-west-1"),
        ("S3.EU-WEST-1.amazonaws.com.", "eu-west-1"),
        ("s3-eu-west-1.amazonaws.com", "eu-west-1"),
        ("my.bucket.s3.dualstack.eu-west-1.amazonaws.com", "eu-west-1"),
        ("s3-fips.dualstack.us-gov-east-1.amazonaws.com", "us-gov-east-1"),
        ("s3-fips-us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("bucket.s3-website-us-west-2.amazonaws.com", "us-west-2"),
        ("bucket.s3-website.eu-central-1.amazonaws.com", "eu-central-1"),
        ("name-123456789012.s3-accesspoint.eu-west-1.amazonaws.com", "eu-west-1"),
        ("bucket.vpce-1a2b3c4d-5e6f.s3.us-east-2.vpce.amazonaws.com", "us-east-2"),
        ("s3.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("s3.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
        ("s3.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
        ("0123456789abcdef.r2.cloudflarestorage.com", "auto"),
        ("bucket.0123456789abcdef.eu.r2.cloudflarestorage.com", "auto"),
        ("s3.us-west-004.backblazeb2.com", "us-west-004"),
        ("bucket.s3.eu-central-2.wasabisys.com", "eu-central-2"),
        ("bucket.ams3.digitaloceanspaces.com", "ams3"),
        ("storage.googleapis.com", "auto"),
        ("s3.nl-ams.scw.cloud", "nl-ams"),
        ("s3.gra.io.cloud.ovh.net", "gra"),
        ("bucket.fsn1.your-objectstorage.com", "fsn1"),
    ],
)
def test_a_host_tells_its_region(host: str, code: str) -> None:
    region = Region.of_host(host)
    assert region is not None
    assert region.code == code


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "127.0.0.1",
        "bucket.s3-accelerate.amazonaws.com",  # the same in every region
        "s3.amazonaws.com.cn",
        "evil-amazonaws.com",
        "s3.eu-west-1.amazonaws.com.evil.org",
        "evilbackblazeb2.com",
        "",
    ],
)
def test_a_host_that_tells_no_region_has_none(host: str) -> None:
    assert Region.of_host(host) is None


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("bucket.s3.eu-west-1.amazonaws.com", "eu-west-1"),
        ("https://s3-eu-west-1.amazonaws.com/bucket/key", "eu-west-1"),
        ("https://s3.dualstack.us-west-2.amazonaws.com/bucket", "us-west-2"),
        ("s3.fips-us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("bucket.s3.amazonaws.com", ""),  # an old name, which any region may have
        ("http://login.example/?from=s3", ""),
        ("eu-west-1", ""),
        ("", ""),
    ],
)
def test_a_location_is_read_for_the_region_that_it_spells_out(location: str, code: str) -> None:
    assert region_of_location(location) == code

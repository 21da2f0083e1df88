"""Addresses: expected values are those of the S3 User Guide's own examples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.browse.place.address import parse_address
from s3tui.s3.address.endpoint import Addressing, Endpoint
from s3tui.s3.address.uri import S3Uri

AWS = Endpoint.aws("us-west-2")
OWN = Endpoint.custom("http://127.0.0.1:9000")
BEHIND = Endpoint.custom("https://storage.example.com/s3")

ALIAS = "test-accessp-o0b1d075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3"
MULTI_REGION = "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap"


@pytest.mark.parametrize(
    ("text", "bucket", "key"),
    [
        ("s3://amzn-s3-demo-bucket/photos/puppy.png", "amzn-s3-demo-bucket", "photos/puppy.png"),
        ("S3A://bucket/key", "bucket", "key"),
        ("bucket", "bucket", ""),
        (" bucket/a b/%41 ", "bucket", "a b/%41"),
        ("arn:aws:s3:::bucket/key", "bucket", "key"),
        ("https://bucket.s3.us-west-2.amazonaws.com/puppy.png", "bucket", "puppy.png"),
        ("https://s3.us-west-2.amazonaws.com/bucket/puppy.jpg", "bucket", "puppy.jpg"),
        ("https://bucket.s3.amazonaws.com/a%20b/c+d", "bucket", "a b/c+d"),
        ("http://bucket.s3-eu-west-1.amazonaws.com/k", "bucket", "k"),
        ("https://s3.dualstack.ap-south-1.amazonaws.com/bucket/k", "bucket", "k"),
        ("https://bucket.s3-fips.us-gov-west-1.amazonaws.com/k", "bucket", "k"),
        ("https://bucket.s3-accelerate.dualstack.amazonaws.com//k", "bucket", "/k"),
        ("http://my.dotted.bucket.s3-website-us-east-1.amazonaws.com/k", "my.dotted.bucket", "k"),
        ("https://bucket.s3.cn-north-1.amazonaws.com.cn/k", "bucket", "k"),
        ("https://bucket.s3.us-west-2.amazonaws.com/k?X-Amz-Signature=abc&X-Amz-Expires=60", "bucket", "k"),
        ("https://s3.us-west-2.amazonaws.com/bucket?list-type=2&prefix=logs%2F", "bucket", "logs/"),
        (
            "https://s3.console.aws.amazon.com/s3/buckets/bucket?region=eu-west-1&prefix=a/b/",
            "bucket",
            "a/b/",
        ),
        ("https://eu-west-1.console.aws.amazon.com/s3/object/bucket?prefix=a/b.txt", "bucket", "a/b.txt"),
        (
            "https://reports-123456789012.s3-accesspoint.us-west-2.amazonaws.com/k",
            "arn:aws:s3:us-west-2:123456789012:accesspoint/reports",
            "k",
        ),
        (
            "https://reports-123456789012.s3-object-lambda-fips.us-west-2.amazonaws.com/k",
            "arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/reports",
            "k",
        ),
        (
            "https://reports-123456789012.op-01ab.s3-outposts.us-west-2.amazonaws.com/a/k",
            "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-01ab/accesspoint/reports",
            "a/k",
        ),
        (f"https://{ALIAS}.op-0b1d075431d83bebd.s3-outposts.us-west-2.amazonaws.com/k", ALIAS, "k"),
        (
            "https://logs--use1-az4--x-s3.s3express-use1-az4.dualstack.us-east-1.amazonaws.com/a/k",
            "logs--use1-az4--x-s3",
            "a/k",
        ),
        ("s3://logs--use1-az4--x-s3/a/", "logs--use1-az4--x-s3", "a/"),
        (f"{MULTI_REGION}/k", MULTI_REGION, "k"),
    ],
)
def test_amazons_names_are_read(text: str, bucket: str, key: str) -> None:
    assert parse_address(text, AWS) == S3Uri(bucket, key)


@pytest.mark.parametrize(
    ("text", "endpoint", "uri"),
    [
        ("http://127.0.0.1:9000/bucket/a%2Fb", OWN, S3Uri("bucket", "a/b")),
        ("https://storage.example.com/s3/bucket/k", BEHIND, S3Uri("bucket", "k")),
        ("https://bucket.storage.example.com/s3/k", BEHIND, S3Uri("bucket", "k")),
    ],
)
def test_urls_of_the_connections_own_endpoint_are_read(text: str, endpoint: Endpoint, uri: S3Uri) -> None:
    assert parse_address(text, endpoint) == uri


@pytest.mark.parametrize(
    ("text", "endpoint", "sentence"),
    [
        ("https://bucket.s3.amazonaws.com/k", OWN, "is Amazon's; this connection asks 127.0.0.1:9000"),
        ("http://127.0.0.1:9001/bucket", OWN, "is not where this connection asks"),
        ("http://127.0.0.1:9000/", OWN, "names no bucket"),
        ("https://example.com/bucket", AWS, "is not where this connection asks"),
        ("https://ec2.us-east-1.amazonaws.com/", AWS, "is not a host of S3"),
        ("https://console.aws.amazon.com/s3/home", AWS, "shows no bucket"),
        ("https://[::1/x", AWS, "cannot be read"),
        ("ftp://bucket/key", AWS, "is not an S3 URI"),
        ("", AWS, "names no bucket"),
        ("arn:aws:sqs:us-east-1:123456789012:queue", AWS, "not the ARN of a bucket"),
        ("bucket--nozone--x-s3/key", AWS, "expected name--zone-id--x-s3"),
    ],
)
def test_what_cannot_be_gone_to_is_said_in_a_sentence(text: str, endpoint: Endpoint, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_address(text, endpoint)


@given(
    key=st.text(min_size=1).filter(lambda key: key == key.strip()),
    path_style=st.booleans(),
)
def test_the_url_of_any_key_leads_back_to_it(key: str, path_style: bool) -> None:
    endpoint = Endpoint.aws("eu-west-1", addressing=Addressing.PATH if path_style else Addressing.AUTO)
    target = endpoint.target("some-bucket", key)
    url = f"{target.scheme}://{target.authority}{target.path}"
    assert parse_address(url, endpoint) == S3Uri("some-bucket", key)
    assert parse_address(f"s3://some-bucket/{key}", endpoint).bucket == "some-bucket"

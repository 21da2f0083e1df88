from __future__ import annotations

import pytest

from s3tui.s3.address.uri import S3Uri

POINT = "arn:aws:s3:eu-west-1:123456789012:accesspoint/finance"
MULTI_REGION = "arn:aws:s3::123456789012:accesspoint/a.mrap"
OUTPOST = "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/finance"


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("s3://bucket", S3Uri("bucket")),
        ("S3://bucket/", S3Uri("bucket")),
        ("s3://bucket/a//b/../c?x#y", S3Uri("bucket", "a//b/../c?x#y")),
        ("s3://bucket//", S3Uri("bucket", "/")),
        ("arn:aws:s3:::bucket", S3Uri("bucket")),
        ("arn:aws-cn:s3:::bucket/a:::b", S3Uri("bucket", "a:::b")),
        (POINT, S3Uri(POINT)),
        (f"s3://{POINT}/a/b", S3Uri(POINT, "a/b")),
        (f"{POINT}/object/a/b", S3Uri(POINT, "a/b")),
        (f"s3://{POINT}/object/a/b", S3Uri(POINT, "object/a/b")),
        (f"{OUTPOST}/k", S3Uri(OUTPOST, "k")),
        (f"s3://{OUTPOST.replace('/', ':')}/k/l", S3Uri(OUTPOST.replace("/", ":"), "k/l")),
        (
            "arn:aws:s3::123456789012:accesspoint/a.mrap/k",
            S3Uri("arn:aws:s3::123456789012:accesspoint/a.mrap", "k"),
        ),
        ("arn:aws:s3:eu-west-1:123456789012:accesspoint:finance/k", S3Uri(POINT.replace("/", ":"), "k")),
    ],
)
def test_a_uri_names_a_bucket_and_a_key_taken_as_it_stands(text: str, uri: S3Uri) -> None:
    assert S3Uri.parse(text) == uri


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bucket/key",
        "https://bucket/key",
        "s3://",
        "s3:///key",
        "s3://../key",
        "s3://a b/c",
        "s3://a@b/c",
        "arn:aws:s3",
        "arn:aws:sqs:::queue",
        "arn:aws:s3:::",
        "arn:aws:iam::123456789012:role/name",
    ],
)
def test_what_names_no_bucket_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not|names no|cannot be"):
        S3Uri.parse(text)


@pytest.mark.parametrize("text", ["s3://bucket/", "s3://bucket/a//b", f"s3://{POINT}/a"])
def test_a_uri_is_written_as_it_is_read(text: str) -> None:
    assert str(S3Uri.parse(text)) == text


@pytest.mark.parametrize(
    ("uri", "arn"),
    [
        (S3Uri("bucket"), "arn:aws:s3:::bucket"),
        (S3Uri("bucket", "a/b"), "arn:aws:s3:::bucket/a/b"),
        (S3Uri(POINT), POINT),
        (S3Uri(POINT, "a/b"), f"{POINT}/object/a/b"),
        (S3Uri("logs--use1-az4--x-s3", "k"), None),
    ],
)
def test_an_arn_is_told_where_the_name_tells_it(uri: S3Uri, arn: str | None) -> None:
    assert uri.arn == arn
    assert arn is None or S3Uri.parse(arn) == uri

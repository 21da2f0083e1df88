"""A bucket's policy, CORS and lifecycle as JSON: nothing in them is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from s3tui.browse.inspect.policy import lockouts
from s3tui.s3 import S3Client
from s3tui.s3.configuration import DefaultEncryption, PublicAccessBlock
from s3tui.s3.wire.rule_documents import read_rules, rules_body
from s3tui.transfer.editing.bucket_text import (
    BucketText,
    ConfigurationChanged,
    begun,
    parse_text,
    read_text,
    write_text,
)
from tests.servers import S3Server

CORS = {
    "CORSRules": [
        {
            "ID": "one",
            "AllowedOrigins": ["https://a.example", "https://b.example"],
            "AllowedMethods": ["GET"],
            "AllowedHeaders": ["*"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 60,
        }
    ]
}
LIFECYCLE = {
    "Rules": [
        {
            "ID": "logs",
            "Filter": {"Tag": {"Key": "a", "Value": "b&<"}},
            "Status": "Enabled",
            "Expiration": {"Days": 30},
            "Transitions": [
                {"Days": 3, "StorageClass": "GLACIER"},
                {"Days": 9, "StorageClass": "DEEP_ARCHIVE"},
            ],
        },
        {"ID": "parts", "Filter": {"Prefix": ""}, "Status": "Disabled",
         "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
    ]
}  # fmt: skip


def policy(bucket: str) -> dict[str, Any]:
    allow = {
        "Sid": "read", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"},
        "Action": ["s3:GetObject"], "Resource": f"arn:aws:s3:::{bucket}/*",
    }  # fmt: skip
    return {"Version": "2012-10-17", "Statement": [allow]}


@pytest.mark.parametrize("name", ["ministack", "moto_server"])
async def test_each_is_written_as_boto3_reads_it_and_removed_when_empty(
    request: pytest.FixtureRequest, name: str
) -> None:
    server: S3Server = request.getfixturevalue(name)
    bucket, client = server.make_bucket(), server.boto3()
    documents: dict[BucketText, dict[str, Any]] = {
        BucketText.CORS: CORS,
        BucketText.LIFECYCLE: LIFECYCLE,
        BucketText.POLICY: policy(bucket),
    }
    if server.name == "moto":  # its answer to PutBucketPolicy is none of S3's
        del documents[BucketText.POLICY]
    async with S3Client(server.endpoint, server.credentials) as s3:
        for kind, document in documents.items():
            before = await read_text(s3, bucket, kind)
            assert before.document is None
            assert parse_text(kind, begun(kind, before)) is None
            wanted = parse_text(kind, json.dumps(document))
            assert await write_text(s3, bucket, kind, before, wanted)
        assert client.get_bucket_cors(Bucket=bucket)["CORSRules"] == CORS["CORSRules"]
        rules = client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        assert rules == LIFECYCLE["Rules"]
        if (written := documents.get(BucketText.POLICY)) is not None:
            assert json.loads(client.get_bucket_policy(Bucket=bucket)["Policy"]) == written
        for kind in documents:
            before = await read_text(s3, bucket, kind)
            assert parse_text(kind, before.text) is not None
            assert await write_text(s3, bucket, kind, before, None)
            assert (await read_text(s3, bucket, kind)).document is None


async def test_a_rule_that_somebody_else_adds_meanwhile_is_not_dropped(ministack: S3Server) -> None:
    bucket, client = ministack.make_bucket(), ministack.boto3()
    theirs = {"Rules": [*LIFECYCLE["Rules"], {"ID": "x", "Filter": {"Prefix": "x/"}, "Status": "Enabled",
                                             "Expiration": {"Days": 1}}]}  # fmt: skip
    client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=LIFECYCLE)
    async with S3Client(ministack.endpoint, ministack.credentials) as s3:
        before = await read_text(s3, bucket, BucketText.LIFECYCLE)
        client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=theirs)
        with pytest.raises(ConfigurationChanged):
            await write_text(s3, bucket, BucketText.LIFECYCLE, before, {"Rules": LIFECYCLE["Rules"][:1]})
    assert len(client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]) == 3


def test_elements_that_nothing_knows_are_kept() -> None:
    body = (
        b'<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><ID>a</ID>'
        b"<Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter><Status>Enabled</Status>"
        b"<Novelty><Depth>3</Depth></Novelty></Rule></LifecycleConfiguration>"
    )
    found = read_rules(body, "LifecycleConfiguration")
    assert found["Rules"][0]["Novelty"] == {"Depth": "3"}
    assert rules_body(found, "LifecycleConfiguration") == body


def test_conditions_that_belong_together_are_a_list_of_tags() -> None:
    both = {"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}], "ObjectSizeGreaterThan": 5}}
    document = {
        "Rules": [{"Filter": both, "Status": "Enabled", "Expiration": {"ExpiredObjectDeleteMarker": True}}]
    }
    assert read_rules(rules_body(document, "LifecycleConfiguration"), "LifecycleConfiguration") == document


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "This is no JSON: "),
        ("[]", "The lifecycle rules must be an object with Rules."),
        ('{"Rules": [1]}', "Rules must be a list of objects."),
        ('{"Rules": [{"Transitions": {}}]}', "Transitions must be a list."),
        ('{"Rules": [{"a b": "c"}]}', "a b cannot be the name of an element."),
        ('{"Rules": [{"Status": null}]}', "Status cannot be None."),
    ],
)
def test_what_is_no_document_is_refused_with_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{said.replace('(', '.')}"):
        parse_text(BucketText.LIFECYCLE, text)


def deny(**more: Any) -> dict[str, Any]:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b"}
    return {"Statement": [{**statement, **more}]}


@pytest.mark.parametrize(
    ("document", "verb"),
    [
        (deny(), "denies you"),
        (deny(Action="s3:Put*", Resource="*"), "denies you"),
        (deny(Condition={"Bool": {"aws:SecureTransport": "false"}}), "may deny you"),
        (deny(Resource="arn:aws-us-gov:s3:::b"), "denies you"),
        (deny(Action="s3:GetObject"), ""),
        (deny(Resource="arn:aws:s3:::b/*"), ""),
        (deny(Principal={"AWS": "arn:aws:iam::1:role/x"}), ""),
        (deny(Effect="Allow"), ""),
    ],
)
def test_a_policy_that_locks_its_author_out_is_told_of(document: dict[str, Any], verb: str) -> None:
    found = lockouts(document, "b")
    assert bool(found) == bool(verb)
    assert all(verb in each for each in found)


@pytest.mark.parametrize("name", ["ministack", "moto_server"])
async def test_tags_encryption_and_public_access_are_as_boto3_reads_them(
    request: pytest.FixtureRequest, name: str
) -> None:
    server: S3Server = request.getfixturevalue(name)
    bucket, client = server.make_bucket(), server.boto3()
    async with S3Client(server.endpoint, server.credentials) as s3:
        await s3.put_bucket_tagging(bucket, {"team": "a b"})
        assert client.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "team", "Value": "a b"}]
        await s3.delete_bucket_tagging(bucket)
        assert await s3.get_bucket_tagging(bucket) == {}
        await s3.put_public_access_block(bucket, PublicAccessBlock(True, False, True, False))
        block = client.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        assert (block["BlockPublicAcls"], block["IgnorePublicAcls"]) == (True, False)
        await s3.put_bucket_encryption(bucket, DefaultEncryption("AES256"))
        found = client.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
        assert found["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"

"""Subresources of buckets and objects, on every server that has them, against boto3."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from s3tui.s3 import (
    BucketDocument,
    ChecksumAlgorithm,
    CorsRule,
    DefaultEncryption,
    LifecycleRule,
    ObjectLockConfiguration,
    Retention,
    RetentionMode,
    S3Client,
    Transition,
    Versioning,
    VersioningStatus,
    VersionMarker,
    checksum,
    errors,
)
from tests.s3.conftest import deviates
from tests.servers import S3Server

RCLONE_KNOWS_NOT = deviates(
    "rclone", "does not know it, and answers with something else", (errors.S3Error, ClientError)
)
UNTIL = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)


@pytest.fixture
def lockable(oracle: Any, server: S3Server) -> str:
    """A bucket whose versions can be locked."""
    name = f"lock-{server.make_bucket()}"
    oracle.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


# Tags and access of an object


@RCLONE_KNOWS_NOT
async def test_tags_are_put_read_replaced_and_deleted(s3: S3Client, oracle: Any, bucket: str) -> None:
    await s3.put_object(bucket, "k", b"x", tagging={"a b": "c+d=e", "é": ""})
    assert await s3.get_object_tagging(bucket, "k") == {"a b": "c+d=e", "é": ""}
    await s3.put_object_tagging(bucket, "k", {"one@": "1", "two": "2 + 3"})
    theirs = oracle.get_object_tagging(Bucket=bucket, Key="k")["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in theirs} == {"one@": "1", "two": "2 + 3"}
    assert (await s3.head_object(bucket, "k")).tag_count in (None, 2)
    await s3.delete_object_tagging(bucket, "k")
    assert oracle.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    assert await s3.get_object(bucket, "k") == b"x"


@pytest.mark.parametrize(
    "edit",
    [
        lambda s3, bucket: s3.put_object_tagging(bucket, "k", {"a": "b"}),
        lambda s3, bucket: s3.delete_object_tagging(bucket, "k"),
        lambda s3, bucket: s3.put_object_acl(bucket, "k", "private"),
        lambda s3, bucket: s3.put_object_legal_hold(bucket, "k", True),
        lambda s3, bucket: s3.put_object_retention(bucket, "k", None),
        lambda s3, bucket: s3.put_bucket_acl(bucket, "private"),
        lambda s3, bucket: s3.put_bucket_versioning(bucket, VersioningStatus.ENABLED),
    ],
    ids=["put tags", "delete tags", "put object acl", "hold", "retain", "put bucket acl", "put versioning"],
)
async def test_editing_a_subresource_never_destroys_the_object(
    s3: S3Client, bucket: str, edit: Callable[[S3Client, str], Awaitable[object]]
) -> None:
    await s3.put_object(bucket, "k", b"precious")
    # MiniStack's buckets have no ACLs by default, as S3's; rclone knows none of this.
    with suppress(errors.NotSupported, errors.ServiceError):
        await edit(s3, bucket)
    assert await s3.get_object(bucket, "k") == b"precious"
    assert [entry.key for entry in (await anext(s3.list_objects(bucket))).objects] == ["k"]


@RCLONE_KNOWS_NOT
async def test_acls_are_read_and_replaced_by_canned_ones(s3: S3Client, oracle: Any, server: S3Server) -> None:
    bucket = f"acl-{server.make_bucket()}"
    oracle.create_bucket(Bucket=bucket, ObjectOwnership="ObjectWriter")
    oracle.delete_public_access_block(Bucket=bucket)
    await s3.put_object(bucket, "k", b"x")
    for canned in ("private", "public-read"):
        await s3.put_object_acl(bucket, "k", canned)
        await s3.put_bucket_acl(bucket, canned)
        for ours, theirs in (
            (await s3.get_object_acl(bucket, "k"), oracle.get_object_acl(Bucket=bucket, Key="k")),
            (await s3.get_bucket_acl(bucket), oracle.get_bucket_acl(Bucket=bucket)),
        ):
            assert ours.owner_id == theirs["Owner"]["ID"]
            assert [(grant.grantee, grant.permission) for grant in ours.grants] == [
                (grant["Grantee"].get("ID") or grant["Grantee"]["URI"], grant["Permission"])
                for grant in theirs["Grants"]
            ]
        is_public = any((grant.grantee or "").endswith("/AllUsers") for grant in ours.grants)
        assert is_public == (canned == "public-read")


# Versions


@deviates("rclone", "has no versions", errors.S3Error)
async def test_versioning_is_off_then_enabled_then_suspended(s3: S3Client, oracle: Any, bucket: str) -> None:
    assert await s3.get_bucket_versioning(bucket) == Versioning(VersioningStatus.OFF)
    for status in (VersioningStatus.ENABLED, VersioningStatus.SUSPENDED):
        await s3.put_bucket_versioning(bucket, status)
        assert (await s3.get_bucket_versioning(bucket)).status is status
        assert oracle.get_bucket_versioning(Bucket=bucket)["Status"] == status.value
    with pytest.raises(ValueError, match="suspend"):
        await s3.put_bucket_versioning(bucket, VersioningStatus.OFF)


@deviates("rclone", "has no versions", errors.S3Error)
async def test_versions_and_delete_markers_are_listed_read_and_deleted(
    s3: S3Client, oracle: Any, bucket: str
) -> None:
    await s3.put_bucket_versioning(bucket, VersioningStatus.ENABLED)
    for text in (b"one", b"two"):
        await s3.put_object(bucket, "a +é", text)
    await s3.delete_object(bucket, "a +é")
    await s3.put_object(bucket, "b", b"x")
    page = await anext(s3.list_object_versions(bucket))
    theirs = oracle.list_object_versions(Bucket=bucket)
    assert [entry.version_id for entry in page.versions if not entry.is_delete_marker] == [
        entry["VersionId"] for entry in theirs["Versions"]
    ]
    (marker,) = [entry for entry in page.versions if entry.is_delete_marker]
    assert (marker.version_id, marker.is_latest) == (theirs["DeleteMarkers"][0]["VersionId"], True)
    assert (marker.key, marker.size) == ("a +é", None)
    two, one = [entry for entry in page.versions if entry.key == "a +é" and not entry.is_delete_marker]
    assert await s3.get_object(bucket, "a +é", version_id=one.version_id) == b"one"
    assert (await s3.head_object(bucket, "a +é", version_id=two.version_id)).version_id == two.version_id
    await s3.copy_object(bucket, "old", source=f"{bucket}/a +é", source_version_id=one.version_id)
    assert await s3.get_object(bucket, "old") == b"one"
    await s3.delete_object(bucket, "a +é", version_id=marker.version_id)
    assert await s3.get_object(bucket, "a +é") == b"two"
    gone = await s3.delete_objects(bucket, [("a +é", one.version_id), ("a +é", two.version_id)])
    assert {entry.version_id for entry in gone.deleted} == {one.version_id, two.version_id}
    assert not await s3.object_exists(bucket, "a +é")


@deviates("rclone", "has no versions", errors.S3Error)
async def test_version_pages_continue_where_the_last_one_ended(s3: S3Client, bucket: str) -> None:
    await s3.put_bucket_versioning(bucket, VersioningStatus.ENABLED)
    for number in range(5):
        await s3.put_object(bucket, f"k{number % 2}", b"x")
    whole = [entry async for page in s3.list_object_versions(bucket) for entry in page.versions]
    pages = [page async for page in s3.list_object_versions(bucket, max_keys=2)]
    assert [len(page.versions) for page in pages] == [2, 2, 1]
    assert [entry for page in pages for entry in page.versions] == whole
    stored = pages[0].next
    assert stored is not None
    start = VersionMarker(stored.key, stored.version_id)
    late = [page async for page in s3.list_object_versions(bucket, start=start)]
    assert [entry for page in late for entry in page.versions] == whole[2:]


# Configuration of a bucket


@deviates("rclone", "answers with the bucket's listing", errors.ProtocolError)
async def test_what_was_never_configured_is_nothing(s3: S3Client, bucket: str) -> None:
    assert await s3.get_bucket_policy(bucket) is None
    assert await s3.get_bucket_cors(bucket) == ()
    assert await s3.get_bucket_lifecycle(bucket) == ()
    assert await s3.get_bucket_tagging(bucket) == {}
    assert await s3.get_object_lock_configuration(bucket) == ObjectLockConfiguration(is_enabled=False)
    assert await s3.get_bucket_location(bucket) == "us-east-1"


@RCLONE_KNOWS_NOT
async def test_a_policy_is_read_as_its_json(s3: S3Client, oracle: Any, bucket: str) -> None:
    oracle.delete_public_access_block(Bucket=bucket)
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    oracle.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    assert json.loads(await s3.get_bucket_policy(bucket) or "") == policy


@deviates("ministack", "answers with the bucket's listing", errors.ProtocolError)
@RCLONE_KNOWS_NOT
async def test_a_policy_for_everybody_is_public(s3: S3Client, oracle: Any, bucket: str) -> None:
    await test_a_policy_is_read_as_its_json(s3, oracle, bucket)
    assert await s3.is_bucket_policy_public(bucket) is True


@RCLONE_KNOWS_NOT
async def test_the_public_access_block_is_read(s3: S3Client, oracle: Any, bucket: str) -> None:
    asked = {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": False,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": False,
    }
    oracle.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=asked)
    ours = await s3.get_public_access_block(bucket)
    assert ours is not None
    assert (ours.block_public_acls, ours.ignore_public_acls) == (True, False)
    assert (ours.block_public_policy, ours.restrict_public_buckets) == (True, False)
    oracle.delete_public_access_block(Bucket=bucket)
    assert await s3.get_public_access_block(bucket) is None


@RCLONE_KNOWS_NOT
async def test_cors_rules_are_read(s3: S3Client, oracle: Any, bucket: str) -> None:
    rule = {
        "AllowedOrigins": ["https://a.example", "*"],
        "AllowedMethods": ["GET", "PUT"],
        "AllowedHeaders": ["*"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 60,
    }
    oracle.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    (ours,) = await s3.get_bucket_cors(bucket)
    assert ours == CorsRule(("https://a.example", "*"), ("GET", "PUT"), ("*",), ("ETag",), 60, ours.id)


@RCLONE_KNOWS_NOT
async def test_lifecycle_rules_are_read(s3: S3Client, oracle: Any, bucket: str) -> None:
    rules = [
        {
            "ID": "logs",
            "Status": "Enabled",
            "Filter": {"And": {"Prefix": "logs/", "Tags": [{"Key": "t", "Value": "v"}]}},
            "Expiration": {"Days": 30},
            "Transitions": [{"Days": 10, "StorageClass": "GLACIER"}],
            "NoncurrentVersionExpiration": {"NoncurrentDays": 5},
        },
        {
            "ID": "parts",
            "Status": "Disabled",
            "Filter": {"Prefix": ""},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        },
    ]
    oracle.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    ours = await s3.get_bucket_lifecycle(bucket)
    assert tuple(replace(rule, larger_than=rule.larger_than or None) for rule in ours) == (
        LifecycleRule(
            "logs",
            True,
            prefix="logs/",
            tags={"t": "v"},
            expiration_days=30,
            transitions=(Transition("GLACIER", 10),),
            noncurrent_expiration_days=5,
        ),
        LifecycleRule("parts", False, abort_uploads_after_days=7),
    )


@RCLONE_KNOWS_NOT
async def test_the_default_encryption_is_read(s3: S3Client, oracle: Any, bucket: str) -> None:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/mine"}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
    oracle.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert await s3.get_bucket_encryption(bucket) == DefaultEncryption("aws:kms", "alias/mine", True)


@RCLONE_KNOWS_NOT
async def test_bucket_tags_and_ownership_are_read(s3: S3Client, oracle: Any, bucket: str) -> None:
    oracle.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "a b", "Value": "c"}]})
    assert await s3.get_bucket_tagging(bucket) == {"a b": "c"}
    rules = [{"ObjectOwnership": "BucketOwnerPreferred"}]
    oracle.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": rules})
    assert await s3.get_bucket_ownership(bucket) == "BucketOwnerPreferred"


@RCLONE_KNOWS_NOT
async def test_other_configurations_are_read_as_they_are(s3: S3Client, oracle: Any, bucket: str) -> None:
    assert not await s3.get_bucket_document(bucket, BucketDocument.WEBSITE)
    website = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "a & b.html"}}
    oracle.put_bucket_website(Bucket=bucket, WebsiteConfiguration=website)
    leaves = await s3.get_bucket_document(bucket, BucketDocument.WEBSITE)
    assert dict(leaves or ()) == {"IndexDocument/Suffix": "index.html", "ErrorDocument/Key": "a & b.html"}
    assert not await s3.get_bucket_document(bucket, BucketDocument.REPLICATION)
    assert not await s3.get_bucket_document(bucket, BucketDocument.LOGGING)


# Object Lock


@deviates("rclone", "ignores Object Lock", errors.S3Error)
async def test_the_lock_configuration_is_read(s3: S3Client, oracle: Any, lockable: str) -> None:
    assert (await s3.get_object_lock_configuration(lockable)).is_enabled
    retention = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 3}}
    oracle.put_object_lock_configuration(
        Bucket=lockable, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": retention}
    )
    assert await s3.get_object_lock_configuration(lockable) == ObjectLockConfiguration(
        True, RetentionMode.GOVERNANCE, days=3
    )


@deviates("moto", "answers ?retention with the object's body", errors.ProtocolError)
@deviates("rclone", "ignores Object Lock", errors.S3Error)
async def test_retention_and_legal_hold_are_written_read_and_obeyed(
    s3: S3Client, oracle: Any, lockable: str
) -> None:
    held = Retention(RetentionMode.GOVERNANCE, UNTIL)
    await s3.put_object(lockable, "k", b"x", retention=held, legal_hold=True)
    assert await s3.get_object_retention(lockable, "k") == held
    assert await s3.get_object_legal_hold(lockable, "k") is True
    head = await s3.head_object(lockable, "k")
    assert (head.retention, head.legal_hold) == (held, True)
    with pytest.raises(errors.AccessDenied):
        await s3.delete_object(lockable, "k", version_id=head.version_id)
    await s3.put_object_legal_hold(lockable, "k", False)
    assert oracle.get_object_legal_hold(Bucket=lockable, Key="k")["LegalHold"]["Status"] == "OFF"
    longer = replace(held, until=UNTIL + timedelta(days=1))
    await s3.put_object_retention(lockable, "k", longer)
    theirs = oracle.get_object_retention(Bucket=lockable, Key="k")["Retention"]
    assert (theirs["Mode"], theirs["RetainUntilDate"]) == ("GOVERNANCE", longer.until)
    with pytest.raises(errors.AccessDenied):
        await s3.put_object_retention(lockable, "k", held)
    await s3.put_object_retention(lockable, "k", held, bypass_governance=True)
    assert await s3.get_object_retention(lockable, "k") == held
    await s3.delete_object(lockable, "k", version_id=head.version_id, bypass_governance=True)
    assert not await s3.object_exists(lockable, "k")


@deviates("moto", "answers with the object's body", errors.ProtocolError)
@deviates("rclone", "answers with the object's body", (errors.ProtocolError, ClientError))
@pytest.mark.parametrize("kind", ["lockable", "bucket"])
async def test_what_is_not_held_is_said_to_be_free(
    s3: S3Client, kind: str, request: pytest.FixtureRequest
) -> None:
    bucket = request.getfixturevalue(kind)
    await s3.put_object(bucket, "k", b"x")
    assert await s3.get_object_retention(bucket, "k") is None
    assert await s3.get_object_legal_hold(bucket, "k") is False


# Attributes and restored copies


@deviates("rclone", "answers with the object's body", errors.ProtocolError)
async def test_object_attributes_agree_with_boto3(s3: S3Client, oracle: Any, bucket: str) -> None:
    await s3.put_object(bucket, "k", b"hello")
    ours = await s3.get_object_attributes(bucket, "k")
    theirs = oracle.get_object_attributes(
        Bucket=bucket, Key="k", ObjectAttributes=["ETag", "ObjectSize", "StorageClass", "Checksum"]
    )
    assert (ours.size, ours.etag) == (theirs["ObjectSize"], theirs["ETag"]) == (5, ours.etag)
    assert ours.checksum == checksum.checksum_of(b"hello", ChecksumAlgorithm.CRC32)
    assert ours.last_modified == theirs["LastModified"]


@deviates("rclone", "knows no archive", (errors.S3Error, pytest.fail.Exception))
async def test_an_archived_object_is_refused_until_it_is_restored(s3: S3Client, bucket: str) -> None:
    await s3.put_object(bucket, "k", b"cold", storage_class="GLACIER")
    with pytest.raises(errors.ObjectArchived):
        await s3.get_object(bucket, "k")
    assert await s3.restore_object(bucket, "k", days=2, tier="Bulk") is True
    assert (await s3.head_object(bucket, "k")).restore is not None

"""Subresources are parsed as botocore parses them."""

from __future__ import annotations

import pytest

from s3tui.s3.checksum import Checksum, ChecksumAlgorithm, ChecksumType
from s3tui.s3.configuration import VersioningStatus
from s3tui.s3.models import RetentionMode
from s3tui.s3.wire import xml_subresources
from tests.s3.wire.botocore_wire import NS, theirs


def test_object_attributes() -> None:
    body = (
        f"<GetObjectAttributesResponse {NS}><ETag>e</ETag><Checksum><ChecksumCRC32>y/Q5Jg==-2</ChecksumCRC32>"
        "<ChecksumType>COMPOSITE</ChecksumType></Checksum><ObjectSize>12</ObjectSize>"
        "<StorageClass>GLACIER</StorageClass><ObjectParts><IsTruncated>true</IsTruncated>"
        "<NextPartNumberMarker>2</NextPartNumberMarker><PartsCount>3</PartsCount>"
        "<Part><PartNumber>1</PartNumber><Size>5</Size><ChecksumCRC32>y/Q5Jg==</ChecksumCRC32></Part>"
        "<Part><PartNumber>2</PartNumber><Size>7</Size></Part></ObjectParts></GetObjectAttributesResponse>"
    )
    found, marker = xml_subresources.object_attributes(body.encode())
    expected = theirs("GetObjectAttributes", body)
    assert (found.etag, found.size, found.storage_class) == (
        expected["ETag"],
        expected["ObjectSize"],
        expected["StorageClass"],
    )
    assert found.parts_count == expected["ObjectParts"]["TotalPartsCount"]
    assert [(part.part_number, part.size) for part in found.parts] == [
        (part["PartNumber"], part["Size"]) for part in expected["ObjectParts"]["Parts"]
    ]
    crc = ChecksumAlgorithm.CRC32
    assert found.checksum == Checksum(crc, expected["Checksum"]["ChecksumCRC32"], ChecksumType.COMPOSITE)
    assert [part.checksum for part in found.parts] == [Checksum(crc, "y/Q5Jg=="), None]
    assert marker == str(expected["ObjectParts"]["NextPartNumberMarker"])


def test_an_access_control_list() -> None:
    body = (
        f"<AccessControlPolicy {NS}><Owner><ID>me</ID></Owner><AccessControlList><Grant>"
        '<Grantee xmlns:xsi="http://'
        'www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>me</ID>'
        "<DisplayName>Zoe</DisplayName>"
        "</Grantee><Permission>FULL_CONTROL</Permission></Grant><Grant><Grantee "
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group">'
        "<URI>http://all</URI></Grantee>"
        "<Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>"
    )
    found, expected = xml_subresources.acl(body.encode()), theirs("GetObjectAcl", body)
    assert found.owner_id == expected["Owner"]["ID"]
    assert [(grant.grantee, grant.permission, grant.display_name) for grant in found.grants] == [
        (
            grant["Grantee"].get("ID") or grant["Grantee"]["URI"],
            grant["Permission"],
            grant["Grantee"].get("DisplayName"),
        )
        for grant in expected["Grants"]
    ]


def test_a_lifecycle() -> None:
    body = (
        f"<LifecycleConfiguration {NS}><Rule><ID>r</ID><Status>Enabled</Status><Filter><And>"
        "<Prefix>p/</Prefix>"
        "<Tag><Key>k</Key><Value>v</Value></Tag><ObjectSizeGreaterThan>10</ObjectSizeGreaterThan>"
        "<ObjectSizeLessThan>20</ObjectSizeLessThan></And></Filter><Expiration><Days>30</Days></Expiration>"
        "<NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays><NewerNoncurrentVersions>2"
        "</NewerNoncurrentVersions></NoncurrentVersionExpiration><AbortIncompleteMultipartUpload>"
        "<DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload><Transition>"
        "<Days>5</Days>"
        "<StorageClass>GLACIER</StorageClass></Transition><NoncurrentVersionTransition><NoncurrentDays>1"
        "</NoncurrentDays><StorageClass>DEEP_ARCHIVE</StorageClass></NoncurrentVersionTransition></Rule>"
        "<Rule><Status>Disabled</Status><Prefix>q/</Prefix><Expiration><Date>2027-01-01T00:00:00Z</Date>"
        "</Expiration></Rule><Rule><Status>Enabled</Status><Filter><Prefix>f/</Prefix></Filter><Expiration>"
        "<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration><Transition><Date>"
        "2027-02-01T00:00:00Z</Date><StorageClass>GLACIER</StorageClass></Transition></Rule>"
        "</LifecycleConfiguration>"
    )
    found = xml_subresources.lifecycle(body.encode())
    rules = theirs("GetBucketLifecycleConfiguration", body)["Rules"]
    first, both = found[0], rules[0]["Filter"]["And"]
    assert [(rule.id, rule.is_enabled) for rule in found] == [
        (rule.get("ID"), rule["Status"] == "Enabled") for rule in rules
    ]
    assert [rule.prefix for rule in found] == [
        both["Prefix"],
        rules[1]["Prefix"],
        rules[2]["Filter"]["Prefix"],
    ]
    assert first.tags == {tag["Key"]: tag["Value"] for tag in both["Tags"]}
    assert (first.larger_than, first.smaller_than) == (
        both["ObjectSizeGreaterThan"],
        both["ObjectSizeLessThan"],
    )
    assert first.expiration_days == rules[0]["Expiration"]["Days"]
    assert found[1].expiration_date == rules[1]["Expiration"]["Date"]
    assert [rule.removes_expired_delete_markers for rule in found] == [
        rule["Expiration"].get("ExpiredObjectDeleteMarker", False) for rule in rules
    ]
    expiration = rules[0]["NoncurrentVersionExpiration"]
    assert (first.noncurrent_expiration_days, first.noncurrent_versions_kept) == (
        expiration["NoncurrentDays"],
        expiration["NewerNoncurrentVersions"],
    )
    aborting = rules[0]["AbortIncompleteMultipartUpload"]
    assert first.abort_uploads_after_days == aborting["DaysAfterInitiation"]
    for ours, rule in zip(found, rules, strict=True):
        assert [(each.storage_class, each.days, each.date) for each in ours.transitions] == [
            (each["StorageClass"], each.get("Days"), each.get("Date")) for each in rule.get("Transitions", [])
        ]
        assert [(each.storage_class, each.days) for each in ours.noncurrent_transitions] == [
            (each["StorageClass"], each["NoncurrentDays"])
            for each in rule.get("NoncurrentVersionTransitions", [])
        ]


def test_what_a_bucket_is_set_to() -> None:
    cors = (
        f"<CORSConfiguration {NS}><CORSRule><ID>r</ID><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET"
        "</AllowedMethod><AllowedMethod>PUT</AllowedMethod><AllowedHeader>x-a</AllowedHeader>"
        "<ExposeHeader>etag"
        "</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule><CORSRule>"
        "<AllowedOrigin>b</AllowedOrigin>"
        "<AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>"
    )
    assert [
        (
            r.id,
            list(r.allowed_origins),
            list(r.allowed_methods),
            list(r.allowed_headers),
            list(r.expose_headers),
            r.max_age_s,
        )
        for r in xml_subresources.cors(cors.encode())
    ] == [
        (
            r.get("ID"),
            r["AllowedOrigins"],
            r["AllowedMethods"],
            r.get("AllowedHeaders", []),
            r.get("ExposeHeaders", []),
            r.get("MaxAgeSeconds"),
        )
        for r in theirs("GetBucketCors", cors)["CORSRules"]
    ]
    encryption = (
        f"<ServerSideEncryptionConfiguration {NS}><Rule><ApplyServerSideEncryptionByDefault>"
        "<SSEAlgorithm>aws:kms"
        "</SSEAlgorithm><KMSMasterKeyID>arn</KMSMasterKeyID></ApplyServerSideEncryptionByDefault>"
        "<BucketKeyEnabled>true</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>"
    )
    found = xml_subresources.encryption(encryption.encode())
    [rule] = theirs("GetBucketEncryption", encryption)["ServerSideEncryptionConfiguration"]["Rules"]
    default = rule["ApplyServerSideEncryptionByDefault"]
    assert found is not None
    assert (found.algorithm, found.kms_key_id, found.bucket_key) == (
        default["SSEAlgorithm"],
        default["KMSMasterKeyID"],
        rule["BucketKeyEnabled"],
    )
    assert xml_subresources.encryption(b"<ServerSideEncryptionConfiguration/>") is None
    lock = (
        f"<ObjectLockConfiguration {NS}><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule>"
        "<DefaultRetention>"
        "<Mode>COMPLIANCE</Mode><Days>3</Days></DefaultRetention></Rule></ObjectLockConfiguration>"
    )
    configured = xml_subresources.object_lock(lock.encode())
    retention = theirs("GetObjectLockConfiguration", lock)["ObjectLockConfiguration"]["Rule"][
        "DefaultRetention"
    ]
    assert (configured.is_enabled, configured.mode, configured.days, configured.years) == (
        True,
        RetentionMode(retention["Mode"]),
        retention["Days"],
        None,
    )
    years = xml_subresources.object_lock(
        lock.replace("<Days>3</Days>", "<Days>0</Days><Years>2</Years>").encode()
    )
    assert (years.days, years.years) == (None, 2)
    block = (
        f"<PublicAccessBlockConfiguration {NS}><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>false"
        "</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy></PublicAccessBlockConfiguration>"
    )
    blocked = xml_subresources.public_access_block(block.encode())
    says = theirs("GetPublicAccessBlock", block)["PublicAccessBlockConfiguration"]
    assert (
        blocked.block_public_acls,
        blocked.ignore_public_acls,
        blocked.block_public_policy,
        blocked.restrict_public_buckets,
    ) == (says["BlockPublicAcls"], says["IgnorePublicAcls"], says["BlockPublicPolicy"], False)
    restricted = xml_subresources.public_access_block(
        f"<PublicAccessBlockConfiguration {NS}><IgnorePublicAcls>true</IgnorePublicAcls>"
        "<RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>".encode()
    )
    assert (restricted.block_public_acls, restricted.ignore_public_acls) == (False, True)
    assert (restricted.block_public_policy, restricted.restrict_public_buckets) == (False, True)


@pytest.mark.parametrize(
    ("root", "content", "expected"),
    [
        ("VersioningConfiguration", "", ("Off", False)),
        ("VersioningConfiguration", "<Status>Enabled</Status>", ("Enabled", False)),
        (
            "GetBucketVersioningResponse",
            "<Status>Suspended</Status><MfaDelete>Enabled</MfaDelete>",
            ("Suspended", True),
        ),
    ],
)
def test_versioning(root: str, content: str, expected: tuple[str, bool]) -> None:
    body = f"<{root} {NS}>{content}</{root}>"
    found, says = xml_subresources.versioning(body.encode()), theirs("GetBucketVersioning", body)
    assert found.status.value == says.get("Status", VersioningStatus.OFF.value)
    assert found.mfa_delete is (says.get("MFADelete") == "Enabled") is expected[1]
    if expected[0] != "Off":
        assert found.status.value == expected[0]


def test_what_an_object_is_set_to() -> None:
    tags = (
        f"<Tagging {NS}><TagSet><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value/>"
        "</Tag></TagSet>"
        "</Tagging>"
    )
    assert xml_subresources.tagging(tags.encode()) == {
        tag["Key"]: tag["Value"] for tag in theirs("GetObjectTagging", tags)["TagSet"]
    }
    assert xml_subresources.tagging(b"<Tagging/>") == {}
    kept = (
        f"<Retention {NS}><Mode>GOVERNANCE</Mode><RetainUntilDate>2027-01-02T00:00:00Z</RetainUntilDate>"
        "</Retention>"
    )
    found, says = xml_subresources.retention(kept.encode()), theirs("GetObjectRetention", kept)["Retention"]
    assert found is not None
    assert (found.mode.value, found.until) == (says["Mode"], says["RetainUntilDate"])
    assert xml_subresources.retention(f"<Retention {NS}><Mode>GOVERNANCE</Mode></Retention>".encode()) is None
    assert xml_subresources.retention(b"<Retention/>") is None
    for status in ("ON", "OFF"):
        held = f"<LegalHold {NS}><Status>{status}</Status></LegalHold>"
        says = theirs("GetObjectLegalHold", held)["LegalHold"]
        assert xml_subresources.legal_hold(held.encode()) is (says["Status"] == "ON")
    owner = "<Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>"
    owned = f"<OwnershipControls {NS}>{owner}</OwnershipControls>"
    [rule] = theirs("GetBucketOwnershipControls", owned)["OwnershipControls"]["Rules"]
    assert xml_subresources.ownership(owned.encode()) == rule["ObjectOwnership"]


@pytest.mark.parametrize(
    ("said", "region"),
    [("", "us-east-1"), ("EU", "eu-west-1"), ("eu-west-2", "eu-west-2"), ("\n ap-south-1 ", "ap-south-1")],
)
def test_a_location_is_a_region(said: str, region: str) -> None:
    """*GetBucketLocation*: nothing is us-east-1, and `EU` is eu-west-1."""
    assert (
        xml_subresources.location(f"<LocationConstraint {NS}>{said}</LocationConstraint>".encode()) == region
    )


@pytest.mark.parametrize(("said", "is_public"), [("true", True), ("TRUE", True), ("false", False)])
def test_a_policy_is_public_or_not(said: str, is_public: bool) -> None:
    body = f"<PolicyStatus {NS}><IsPublic>{said}</IsPublic></PolicyStatus>"
    assert xml_subresources.policy_is_public(body.encode()) is is_public

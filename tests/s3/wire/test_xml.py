"""Parsing of S3's XML: documents as AWS describes them, and hostile ones."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.s3 import (
    Checksum,
    ChecksumAlgorithm,
    ChecksumType,
    Grant,
    ObjectSummary,
    Retention,
    RetentionMode,
    Versioning,
    VersioningStatus,
)
from s3tui.s3.errors import ProtocolError
from s3tui.s3.models import ObjectVersion, VersionMarker
from s3tui.s3.wire import listing_xml, xml, xml_subresources
from tests.long import share

# Sample answers of the Amazon S3 API Reference.
LIST_OBJECTS = b"""<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <Name>amzn-s3-demo-bucket</Name>
    <Prefix/>
    <KeyCount>205</KeyCount>
    <MaxKeys>1000</MaxKeys>
    <IsTruncated>false</IsTruncated>
    <Contents>
        <Key>my-image.jpg</Key>
        <LastModified>2009-10-12T17:50:30.000Z</LastModified>
        <ETag>"fba9dede5f27731c9771645a39863328"</ETag>
        <Size>434234</Size>
        <StorageClass>STANDARD</StorageClass>
    </Contents>
    <Contents>
       ...
    </Contents>
</ListBucketResult>""".replace(b"<Contents>\n       ...\n    </Contents>", b"")
LIST_VERSIONS = b"""<?xml version="1.0" encoding="UTF-8"?>
<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01">
    <Name>bucket</Name>
    <Prefix>my</Prefix>
    <KeyMarker/>
    <VersionIdMarker/>
    <MaxKeys>5</MaxKeys>
    <IsTruncated>true</IsTruncated>
    <NextKeyMarker>my-second-image.jpg</NextKeyMarker>
    <NextVersionIdMarker>03jpff543dhffds434rfdsFDN943fdsFkdmqnh892</NextVersionIdMarker>
    <Version>
        <Key>my-image.jpg</Key>
        <VersionId>3/L4kqtJl40Nr8X8gdRQBpUMLUo</VersionId>
        <IsLatest>true</IsLatest>
        <LastModified>2009-10-12T17:50:30.000Z</LastModified>
        <ETag>"fba9dede5f27731c9771645a39863328"</ETag>
        <Size>434234</Size>
        <StorageClass>STANDARD</StorageClass>
    </Version>
    <DeleteMarker>
        <Key>my-second-image.jpg</Key>
        <VersionId>03jpff543dhffds434rfdsFDN943fdsFkdmqnh892</VersionId>
        <IsLatest>true</IsLatest>
        <LastModified>2009-11-12T17:50:30.000Z</LastModified>
    </DeleteMarker>
</ListVersionsResult>"""
ACL = b"""<AccessControlPolicy>
  <Owner><ID>75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a</ID></Owner>
  <AccessControlList>
    <Grant>
      <Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">
        <ID>75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a</ID>
        <DisplayName>mtd@amazon.com</DisplayName>
      </Grantee>
      <Permission>FULL_CONTROL</Permission>
    </Grant>
    <Grant>
      <Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group">
        <URI>http://acs.amazonaws.com/groups/global/AllUsers</URI>
      </Grantee>
      <Permission>READ</Permission>
    </Grant>
  </AccessControlList>
</AccessControlPolicy>"""

READERS: dict[str, Callable[[bytes], object]] = {
    "ListAllMyBucketsResult": xml.list_buckets,
    "ListBucketResult": xml.list_objects,
    "ListVersionsResult": xml.list_object_versions,
    "ListMultipartUploadsResult": xml.list_multipart_uploads,
    "CopyObjectResult": xml.copy_result,
    "CopyPartResult": lambda body: xml.copied_part(body, 1),
    "InitiateMultipartUploadResult": xml.initiate_multipart_upload,
    "CompleteMultipartUploadResult": xml.complete_multipart_upload,
    "ListPartsResult": xml.list_parts,
    "DeleteResult": xml.delete_result,
    "LocationConstraint": xml_subresources.location,
    "VersioningConfiguration": xml_subresources.versioning,
    "PolicyStatus": xml_subresources.policy_is_public,
    "PublicAccessBlockConfiguration": xml_subresources.public_access_block,
    "CORSConfiguration": xml_subresources.cors,
    "LifecycleConfiguration": xml_subresources.lifecycle,
    "ServerSideEncryptionConfiguration": xml_subresources.encryption,
    "ObjectLockConfiguration": xml_subresources.object_lock,
    "OwnershipControls": xml_subresources.ownership,
    "Tagging": xml_subresources.tagging,
    "AccessControlPolicy": xml_subresources.acl,
    "Retention": xml_subresources.retention,
    "LegalHold": xml_subresources.legal_hold,
    "GetObjectAttributesResponse": xml_subresources.object_attributes,
}
every_reader = pytest.mark.parametrize("root", READERS)


def test_the_documented_listing_is_read() -> None:
    page = xml.list_objects(LIST_OBJECTS)
    assert page.objects == (
        ObjectSummary(
            "my-image.jpg",
            434234,
            datetime(2009, 10, 12, 17, 50, 30, tzinfo=UTC),
            "fba9dede5f27731c9771645a39863328",
            "STANDARD",
        ),
    )
    assert page.next_continuation_token is None


def test_namespaces_or_none_make_no_difference() -> None:
    bare = LIST_OBJECTS.replace(b' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"', b"")
    prefixed = (
        LIST_OBJECTS.replace(b"<", b"<s3:")
        .replace(b"<s3:/", b"</s3:")
        .replace(b"<s3:?", b"<?")
        .replace(b"xmlns=", b"xmlns:s3=")
    )
    assert xml.list_objects(LIST_OBJECTS) == xml.list_objects(bare) == xml.list_objects(prefixed)


def test_unknown_elements_are_ignored() -> None:
    more = LIST_OBJECTS.replace(b"<Size>", b"<Weather><Size>1</Size></Weather><Size>")
    assert xml.list_objects(more) == xml.list_objects(LIST_OBJECTS)


def test_the_documented_versions_are_read_with_their_order_and_markers() -> None:
    page = xml.list_object_versions(LIST_VERSIONS)
    assert [(entry.key, entry.is_delete_marker) for entry in page.versions] == [
        ("my-image.jpg", False),
        ("my-second-image.jpg", True),
    ]
    assert page.versions[1] == ObjectVersion(
        "my-second-image.jpg",
        "03jpff543dhffds434rfdsFDN943fdsFkdmqnh892",
        is_latest=True,
        is_delete_marker=True,
        last_modified=datetime(2009, 11, 12, 17, 50, 30, tzinfo=UTC),
    )
    assert page.next == VersionMarker("my-second-image.jpg", "03jpff543dhffds434rfdsFDN943fdsFkdmqnh892")


def test_the_documented_subresources_are_read() -> None:
    public = b"<PolicyStatus><IsPublic>TRUE</IsPublic></PolicyStatus>"
    assert xml_subresources.policy_is_public(public) is True
    assert xml_subresources.versioning(b"<VersioningConfiguration/>") == Versioning(VersioningStatus.OFF)
    assert xml_subresources.location(b"<LocationConstraint/>") == "us-east-1"
    assert xml_subresources.location(b"<LocationConstraint>EU</LocationConstraint>") == "eu-west-1"
    until = b"<RetainUntilDate>2030-01-02T03:04:05Z</RetainUntilDate>"
    held = b"<Retention><Mode>COMPLIANCE</Mode>" + until + b"</Retention>"
    assert xml_subresources.retention(held) == Retention(
        RetentionMode.COMPLIANCE, datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    )
    acl = xml_subresources.acl(ACL)
    assert acl.grants[0].display_name == "mtd@amazon.com"
    assert acl.grants[1] == Grant("http://acs.amazonaws.com/groups/global/AllUsers", "READ")


def test_a_checksum_is_found_whichever_it_is() -> None:
    answer = b"<CopyPartResult><ETag>e</ETag><ChecksumCRC32C>yZRlqg==</ChecksumCRC32C></CopyPartResult>"
    assert xml.copied_part(answer, 3).checksum == Checksum(ChecksumAlgorithm.CRC32C, "yZRlqg==")


@pytest.mark.parametrize("value", ["null", "yZRlqg", "yZRlqg==yZRlqg==", "é", "-3", "====", "yZRl qg=="])
def test_a_checksum_that_can_be_none_tells_nothing(value: str) -> None:
    odd = f"<PartNumber>1</PartNumber><ETag>e</ETag><ChecksumCRC32>{value}</ChecksumCRC32>"
    (part,), _ = xml.list_parts(f"<ListPartsResult><Part>{odd}</Part></ListPartsResult>".encode())
    assert part.checksum is None
    assert xml.copied_part(f"<CopyPartResult>{odd}</CopyPartResult>".encode(), 1).checksum is None


def test_a_listing_that_goes_on_nowhere_is_refused() -> None:
    endless = b"<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"
    with pytest.raises(ProtocolError, match="NextContinuationToken"):
        xml.list_objects(endless)


# Hostile bodies

_HTML = b"<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>"
_LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">
<!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>
<ListBucketResult>&lol2;</ListBucketResult>"""


@every_reader
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0",
        b"plain text",
        b"<",
        _HTML,
        b"<html><br></html>",
        b'{"error": "json"}',
        b"\xff\xfe<\0a\0/\0>\0",
    ],
)
def test_what_is_no_document_is_a_protocol_error(root: str, body: bytes) -> None:
    with pytest.raises(ProtocolError):
        READERS[root](body)


@every_reader
def test_another_document_is_a_protocol_error(root: str) -> None:
    with pytest.raises(ProtocolError):
        READERS[root](b"<Surprise><Key>k</Key></Surprise>")


@every_reader
def test_a_document_with_entities_is_refused_before_it_is_read(root: str) -> None:
    with pytest.raises(ProtocolError, match="document type"):
        READERS[root](_LAUGHS.replace(b"ListBucketResult", root.encode()))


@pytest.mark.parametrize("body", [LIST_OBJECTS, LIST_VERSIONS, ACL], ids=["objects", "versions", "acl"])
def test_a_truncated_document_is_a_protocol_error(body: bytes) -> None:
    for end in range(0, len(body.rstrip()), 7):
        for reader in (xml.list_objects, xml.list_object_versions, xml_subresources.acl):
            with pytest.raises(ProtocolError):
                reader(body[:end])


@pytest.mark.parametrize(
    "body",
    [
        b"<a>" * 5_000_000,
        b"<ListBucketResult>" + b"<a/>" * 5_000_000 + b"</ListBucketResult>",
        b"<ListBucketResult>" + b"<a>" * 400_000 + b"</a>" * 400_000 + b"</ListBucketResult>",
        b"<ListBucketResult" + b"".join(b' a%d=""' % n for n in range(200_000)) + b"><",
        b"<ListBucketResult>" + b"&#120;" * 2_000_000,
    ],
    ids=["open", "many", "deep", "attributes", "references"],
)
def test_a_huge_document_is_refused_quickly_and_in_little_memory(body: bytes) -> None:
    tracemalloc.start()
    began = time.process_time()
    try:
        with pytest.raises(ProtocolError):
            xml.list_objects(body)
        took, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * 1024 * 1024
    assert took < 5, "seconds of CPU, under tracemalloc"


def test_a_deep_document_that_is_allowed_does_not_overflow_the_stack() -> None:
    deep = b"<ListBucketResult>" + b"<a>" * 200_000 + b"</a>" * 200_000 + b"</ListBucketResult>"
    assert xml.list_objects(deep).objects == ()


@pytest.mark.parametrize(
    "size",
    ["", "<Size/>", "<Size>-1</Size>", "<Size>1.5</Size>", f"<Size>{2**63}</Size>", "<Size>²</Size>"],
)
@pytest.mark.parametrize("when", ["", "<LastModified/>", "<LastModified>yesterday</LastModified>"])
def test_a_row_shows_what_is_known_of_it(size: str, when: str) -> None:
    odd = f"<Key>odd</Key>{when}<ETag>a</ETag>{size}"
    good = "<Contents><Key>good</Key><Size>1</Size></Contents>"
    body = f"<ListBucketResult>{good}<Contents>{odd}</Contents></ListBucketResult>"
    versions = f"<ListVersionsResult><Version>{odd}<VersionId>1</VersionId></Version></ListVersionsResult>"
    for reader in (xml.list_objects, listing_xml.list_objects):
        assert reader(body.encode()).objects == (
            ObjectSummary("good", 1),
            ObjectSummary("odd", None, None, "a"),
        )
    [version] = xml.list_object_versions(versions.encode()).versions
    assert (version.size, version.last_modified, version.etag) == (None, None, "a")


_NAMES = [
    "Key",
    "Size",
    "ETag",
    "LastModified",
    "Contents",
    "CommonPrefixes",
    "Prefix",
    "IsTruncated",
    "NextContinuationToken",
    "Version",
    "VersionId",
    "DeleteMarker",
    "Upload",
    "UploadId",
    "Part",
    "PartNumber",
    "Buckets",
    "Bucket",
    "Name",
    "CreationDate",
    "Rule",
    "Status",
    "Days",
    "Filter",
    "And",
    "Tag",
    "TagSet",
    "Value",
    "Grant",
    "Grantee",
    "ID",
    "Permission",
    "AccessControlList",
    "Mode",
    "RetainUntilDate",
    "Error",
    "Code",
    "EncodingType",
    "Transition",
    "StorageClass",
    "Date",
    "Expiration",
    "ObjectParts",
    "Checksum",
    "NextKeyMarker",
]
_texts = st.one_of(
    st.sampled_from(["true", "url", "%", "%ff+", "2020-01-01T00:00:00Z", "9" * 30, "COMPLIANCE", "Enabled"]),
    st.text(max_size=8).map(lambda text: "".join(c for c in text if xml.is_xml_safe(c) and c not in "<&>")),
)
_trees = st.recursive(
    st.tuples(st.sampled_from(_NAMES), _texts).map(lambda pair: f"<{pair[0]}>{pair[1]}</{pair[0]}>"),
    lambda inner: st.tuples(st.sampled_from(_NAMES), st.lists(inner, max_size=4)).map(
        lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"
    ),
    max_leaves=12,
)


@settings(max_examples=share(300, 300))
@given(root=st.sampled_from(sorted(READERS)), children=st.lists(_trees, max_size=6))
def test_any_document_is_read_or_refused(root: str, children: list[str]) -> None:
    _read_or_refuse(root, f"<{root}>{''.join(children)}</{root}>".encode())


@settings(max_examples=share(300, 300))
@given(root=st.sampled_from(sorted(READERS)), body=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(root: str, body: bytes) -> None:
    _read_or_refuse(root, body)
    _read_or_refuse(root, LIST_OBJECTS[: len(body) * 3] + body + LIST_OBJECTS[len(body) * 4 :])


def _read_or_refuse(root: str, body: bytes) -> None:
    with suppress(ProtocolError):
        READERS[root](body)
    xml.parse_error(body)


@pytest.mark.parametrize("grantee", ["<Grantee/>", "<Grantee><DisplayName>x</DisplayName></Grantee>", ""])
def test_a_grant_to_somebody_who_is_not_named_is_still_one(grantee: str) -> None:
    """As MinIO's gateways answer."""
    body = (
        "<AccessControlPolicy><Owner/><AccessControlList><Grant>"
        f"{grantee}<Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>"
    )
    [grant] = xml_subresources.acl(body.encode()).grants
    assert (grant.grantee, grant.permission) == (None, "FULL_CONTROL")


@pytest.mark.parametrize("root", ["PublicAccessBlockConfiguration", "BlockPublicAccessBlockConfiguration"])
def test_the_public_access_block_is_read_under_both_its_names(root: str) -> None:
    body = f"<{root}><BlockPublicAcls>true</BlockPublicAcls></{root}>"
    assert xml_subresources.public_access_block(body.encode()).block_public_acls


@pytest.mark.parametrize(
    ("written", "etag", "is_weak"),
    [
        ('"0af"', "0af", False),
        (' "0af"\n', "0af", False),
        ("0af", "0af", False),
        ('W/"0af"', 'W/"0af"', True),
        ("W", "W", False),
        ('""', None, False),
        ("", None, False),
        (None, None, False),
    ],
)
def test_an_etag_is_its_opaque_tag_and_a_weak_one_stays_weak(
    written: str | None, etag: str | None, is_weak: bool
) -> None:
    """RFC 9110 §8.8.3."""
    assert xml.unquote_etag(written) == etag
    if etag is not None:
        assert xml.is_weak(etag) is is_weak
        assert xml.quote_etag(etag) == (etag if is_weak else f'"{etag}"')


def test_any_etag_stands_as_it_is_in_a_condition() -> None:
    assert xml.quote_etag("*") == "*"


@pytest.mark.parametrize(
    ("first", "last"), [(0x9, 0xA), (0xD, 0xD), (0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF)]
)
def test_xml_carries_the_characters_of_its_production_char(first: int, last: int) -> None:
    """XML 1.0, production 2."""
    for inside in (first, last):
        assert xml.is_xml_safe(f"a{chr(inside)}")
    for outside in (first - 1, last + 1):
        if outside not in (0x9, 0xA, 0xD, 0x110000):
            assert not xml.is_xml_safe(f"a{chr(outside)}")
            with pytest.raises(ValueError, match=r"^XML cannot carry the key "):
                xml.escape_text(chr(outside))


def test_more_buckets_than_elements_that_are_read_at_once() -> None:
    names = [f"b{number:06}" for number in range(140_000)]
    rows = "".join(f"<Bucket><Name>{name}</Name></Bucket>" for name in names)
    body = (
        f"<ListAllMyBucketsResult><Owner><ID>me</ID></Owner><Buckets>{rows}</Buckets>"
        "<ContinuationToken>more</ContinuationToken></ListAllMyBucketsResult>"
    ).encode()
    buckets, token = xml.list_buckets(body)
    assert [bucket.name for bucket in buckets] == names
    assert token == "more"
    assert xml.owner_of_buckets(body) == "me"


def test_an_account_without_buckets_has_an_owner_all_the_same() -> None:
    body = b"<ListAllMyBucketsResult><Buckets/><Owner><ID>me</ID></Owner></ListAllMyBucketsResult>"
    assert xml.list_buckets(body) == ([], None)
    assert xml.owner_of_buckets(body) == "me"
    assert xml.owner_of_buckets(b"<ListAllMyBucketsResult/>") is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", r"the server's answer is not well-formed XML \(no element found: .*\): an empty body"),
        (b"  text", r"the server's answer is not well-formed XML \(syntax error: .*\): 'text'…"),
        (b"<a>\0</a>", "the server's answer is no S3 document: it holds bytes that no text does"),
        (b"\xef\xbb\xbf\n" + _HTML, "the server answered with a web page where S3 documents XML"),
        (_HTML.upper(), "the server answered with a web page where S3 documents XML"),
        (_LAUGHS, "the server's answer is no S3 document: it declares a document type"),
        (b"<a><!ENTITY></a>", "the server's answer is no S3 document: it declares a document type"),
        (b"<a/>" * 500_001, "the server's answer holds more elements than any S3 document"),
        (b"<Surprise/>", "the server answered with <Surprise> where S3 documents <ListBucketResult>"),
        (
            b"<" + b"a" * 50 + b"/>",
            f"the server answered with <{'a' * 40}> where S3 documents <ListBucketResult>",
        ),
    ],
)
def test_what_is_no_document_is_said_to_be_what_it_is(body: bytes, said: str) -> None:
    with pytest.raises(ProtocolError, match=f"^{said}$"):
        xml.list_objects(body)


def test_a_document_may_begin_with_white_space_and_a_byte_order_mark() -> None:
    for before in (b"\n ", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n\t"):
        assert xml.list_objects(before + LIST_OBJECTS) == xml.list_objects(LIST_OBJECTS)


@pytest.mark.parametrize(
    ("body", "children"),
    [
        (b"<Error><Code>No</Code><Message> no\n</Message><Detail/></Error>", ["No", "no", ""]),
        (b"<a:Error xmlns:a='b'><a:Code>No</a:Code><a:Message/><a:Detail/></a:Error>", ["No", "", ""]),
        (b"<R><Error><Code>No</Code><Message>m</Message><Detail>d</Detail></Error></R>", ["No", "m", "d"]),
    ],
)
def test_an_error_is_read_wherever_it_stands(body: bytes, children: list[str]) -> None:
    assert xml.parse_error(body) == dict(zip(("Code", "Message", "Detail"), children, strict=True))


@pytest.mark.parametrize("body", [b"", b"<a/>", b"no", b"<!DOCTYPE html><Error/>"])
def test_what_is_no_error_says_nothing(body: bytes) -> None:
    assert xml.parse_error(body) == {}


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("<ETag>e</ETag>", "the server's answer holds a <Part> without its <PartNumber>"),
        (
            "<PartNumber>one</PartNumber><ETag>e</ETag>",
            "the server's answer holds 'one' where a whole number belongs",
        ),
        (
            f"<PartNumber>{'x' * 50}</PartNumber><ETag>e</ETag>",
            f"the server's answer holds '{'x' * 40}' where a whole number belongs",
        ),
    ],
)
def test_what_a_part_lacks_is_named(part: str, said: str) -> None:
    with pytest.raises(ProtocolError, match=f"^{said}$"):
        xml.list_parts(f"<ListPartsResult><Part>{part}</Part></ListPartsResult>".encode())


@pytest.mark.parametrize(
    ("reader", "body", "said"),
    [
        (
            xml_subresources.retention,
            "<Retention><RetainUntilDate>soon</RetainUntilDate></Retention>",
            "the server's answer holds 'soon' where a time belongs",
        ),
        (
            xml_subresources.retention,
            "<Retention><Mode>NONE</Mode><RetainUntilDate>2030-01-02T03:04:05Z</RetainUntilDate></Retention>",
            "the server names a retention mode that S3 does not have: 'NONE'",
        ),
        (
            xml_subresources.versioning,
            "<VersioningConfiguration><Status>Half</Status></VersioningConfiguration>",
            "the server says that versioning is 'Half'",
        ),
        *(
            (
                xml_subresources.policy,
                body,
                "the server answered with something else than the JSON of a policy",
            )
            for body in ("", "<a/>", "[]", '"text"', "[" * 100_000)
        ),
    ],
)
def test_what_a_subresource_cannot_be_is_said(
    reader: Callable[[bytes], object], body: str, said: str
) -> None:
    with pytest.raises(ProtocolError, match=f"^{said}$"):
        reader(body.encode())


def test_a_policy_is_the_text_that_the_server_keeps() -> None:
    text = '{\n  "Version": "2012-10-17", "Statement": []}'
    assert xml_subresources.policy(text.encode()) == text
    with pytest.raises(ProtocolError, match="policy"):
        xml_subresources.policy(b'{"a": "\xff"}')


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("", None),
        ("<ChecksumSHA256/><ChecksumCRC32>yZRlqg==</ChecksumCRC32>", ChecksumType.FULL_OBJECT),
        (
            "<ChecksumCRC32>yZRlqg==</ChecksumCRC32><ChecksumType>FULL_OBJECT</ChecksumType>",
            ChecksumType.FULL_OBJECT,
        ),
        (
            "<ChecksumCRC32>yZRlqg==</ChecksumCRC32><ChecksumType>COMPOSITE</ChecksumType>",
            ChecksumType.COMPOSITE,
        ),
        ("<ChecksumCRC32>yZRlqg==-3</ChecksumCRC32>", ChecksumType.COMPOSITE),
    ],
)
def test_a_checksum_is_composite_where_it_says_so_or_has_parts(
    fields: str, expected: ChecksumType | None
) -> None:
    found = xml.copied_part(f"<CopyPartResult><ETag>e</ETag>{fields}</CopyPartResult>".encode(), 1).checksum
    assert (None if found is None else (found.algorithm, found.type)) == (
        None if expected is None else (ChecksumAlgorithm.CRC32, expected)
    )


@pytest.mark.parametrize(
    ("grantee", "who"),
    [
        ("<EmailAddress>a@b</EmailAddress>", "a@b"),
        ("<URI>u</URI><EmailAddress>a@b</EmailAddress>", "u"),
        ("<EmailAddress>a@b</EmailAddress><URI>u</URI><ID>i</ID>", "i"),
    ],
)
def test_a_grant_is_to_an_id_a_group_or_an_address(grantee: str, who: str) -> None:
    body = (
        "<AccessControlPolicy><AccessControlList><Grant>"
        f"<Grantee>{grantee}</Grantee><Permission>READ</Permission></Grant></AccessControlList>"
        "</AccessControlPolicy>"
    )
    assert xml_subresources.acl(body.encode()).grants == (Grant(who, "READ"),)


def test_a_lifecycle_rule_without_a_filter_is_for_all() -> None:
    [rule] = xml_subresources.lifecycle(b"<LifecycleConfiguration><Rule/></LifecycleConfiguration>")
    assert (rule.id, rule.is_enabled, rule.prefix, rule.tags) == (None, False, "", {})
    assert (rule.transitions, rule.expiration_days, rule.removes_expired_delete_markers) == ((), None, False)

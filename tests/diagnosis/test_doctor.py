"""The doctor finds what each server does otherwise, writes only where it may, and leaves nothing behind.

Expected of MiniStack, moto and rclone is what was measured of them by hand; R1 to R10 are answers that other
products were seen to give, put in place of MiniStack's by a proxy.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing

import pytest

from s3tui.diagnosis.doctor.examine import examine
from s3tui.diagnosis.doctor.findings import Finding, Outcome
from s3tui.diagnosis.doctor.writing import NEW
from s3tui.s3 import Endpoint, RetryPolicy, S3Client
from s3tui.s3.credentials import Credentials
from s3tui.s3.sending.capabilities import Capability
from s3tui.s3.sending.request_log import RequestLog
from tests.fault_proxy import Answer, Fault, FaultProxy, Lost, Request
from tests.servers import S3Server

P, F, N = Outcome.PASSED, Outcome.FAILED, Outcome.UNSUPPORTED
SEEN: Mapping[str, tuple[Outcome, Outcome, Outcome]] = {
    "signature": (P, P, P),
    "clock": (P, P, P),
    "control": (N, N, N),
    "list-v2": (P, P, P),
    "encoding": (P, P, P),
    "order": (P, P, P),
    "start-after": (P, P, P),
    "versions": (P, P, N),
    "uploads": (P, P, N),
    "put": (P, P, P),
    "if-none-match": (P, P, N),
    "if-match": (P, P, N),
    "delete-if-match": (P, P, N),
    "copy-source-if-match": (P, N, N),
    "copy-if-none-match": (N, N, N),
    "checksums": (P, N, N),
    "content-md5": (P, N, P),
    "body-hash": (N, N, N),
    "trailers": (P, N, N),
    "delete-many": (P, P, P),
    "tags": (P, P, N),
    "unknown-upload": (P, N, P),
    "multipart": (P, P, P),
    "complete-if-none-match": (P, P, N),
    "part-copy": (P, N, N),
}
"""What MiniStack, moto and rclone were seen to do."""
RECORD: Mapping[Capability, tuple[bool, bool, bool]] = {
    Capability.PUT_IF_MATCH: (True, True, False),
    Capability.PUT_IF_NONE_MATCH: (True, True, False),
    Capability.DELETE_IF_MATCH: (True, True, False),
    Capability.COPY_IF_NONE_MATCH: (False, False, False),
    Capability.COPY_OBJECT_IF_MATCH: (True, False, False),
    Capability.COMPLETE_IF_NONE_MATCH: (True, True, False),
    Capability.COPY_SOURCE_IF_MATCH: (True, False, False),
    Capability.CHECKSUM_HEADERS: (True, True, True),
    Capability.CHECKSUM_TRAILERS: (True, True, False),
    Capability.DELETE_OBJECTS: (True, True, True),
    Capability.TAGGING: (True, True, False),
    Capability.VERSIONING: (True, True, False),
    Capability.LIFECYCLE: (True, True, False),
    Capability.START_AFTER: (True, True, True),
}
KEYS = ("B", "a", "a b", "é", "x/y")


def fill(server: S3Server) -> str:
    bucket = server.make_bucket("doctor")
    for key in KEYS:
        server.boto3().put_object(Bucket=bucket, Key=key, Body=b"1")
    return bucket


async def found(s3: S3Client, bucket: str | None, **more: str | bool) -> dict[str, Finding]:
    prefix = str(more.pop("prefix", "given/"))
    findings = examine(s3, bucket=bucket, prefix=prefix, may_write=bool(more.get("may_write", True)))
    return {finding.check: finding async for finding in findings}


@pytest.mark.parametrize("number", range(3), ids=["ministack", "moto", "rclone"])
async def test_what_each_server_does_is_found(request: pytest.FixtureRequest, number: int) -> None:
    server: S3Server = request.getfixturevalue(("ministack", "moto_server", "rclone_server")[number])
    bucket = fill(server)
    async with S3Client(server.endpoint, server.credentials) as s3:
        findings = await found(s3, bucket)
        known = {capability: s3.capabilities.has(capability) for capability in RECORD}
    assert {check: findings[check].outcome for check in SEEN} == {
        check: outcomes[number] for check, outcomes in SEEN.items()
    }
    assert known == {capability: values[number] for capability, values in RECORD.items()}
    assert "clean-up" not in findings
    assert [each["Key"] for each in server.boto3().list_objects_v2(Bucket=bucket)["Contents"]] == sorted(KEYS)


async def test_it_leaves_no_version_and_writes_below_its_prefix_only(ministack: S3Server) -> None:
    bucket = fill(ministack)
    client = ministack.boto3()
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    log = RequestLog()
    async with S3Client(ministack.endpoint, ministack.credentials, observer=log) as s3:
        _ = [each async for each in examine(s3, bucket=bucket, prefix="mine/", may_write=True)]
    versions = client.list_object_versions(Bucket=bucket)
    assert sorted(each["Key"] for each in versions["Versions"]) == sorted(KEYS)
    assert "DeleteMarkers" not in versions
    assert "Uploads" not in client.list_multipart_uploads(Bucket=bucket)
    for each in log.recent():
        if each.method in ("PUT", "DELETE") or (each.method == "POST" and each.key is not None):
            assert str(each.key).startswith("mine/.s3tui-probe-")
    order = [each.target for each in log.recent() if b"?tagging" in each.target and each.key]
    assert len(order) == 3  # it was read before it was written


async def test_it_leaves_no_marker_where_versions_are_suspended(ministack: S3Server) -> None:
    bucket = fill(ministack)
    client = ministack.boto3()
    for status in ("Enabled", "Suspended"):
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
    async with S3Client(ministack.endpoint, ministack.credentials) as s3:
        await found(s3, bucket)
    versions = client.list_object_versions(Bucket=bucket)
    assert sorted(each["Key"] for each in versions["Versions"]) == sorted(KEYS)
    assert "DeleteMarkers" not in versions


async def test_who_reads_no_further_has_the_probes_taken_away(ministack: S3Server) -> None:
    bucket = fill(ministack)
    async with S3Client(ministack.endpoint, ministack.credentials) as s3:
        async with aclosing(examine(s3, bucket=bucket, prefix="p/", may_write=True)) as findings:
            async for each in findings:
                if each.check == "put":
                    break
        left = ministack.boto3().list_objects_v2(Bucket=bucket)["Contents"]
    assert [each["Key"] for each in left] == sorted(KEYS)


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ("object-lock", 403, "AccessDenied"),
        ("replication", 500, "InternalError"),
        ("notification", 403, "AccessDenied"),
    ],
)
async def test_nothing_is_written_where_nobody_tells_what_would_act_on_it(
    ministack: S3Server, asked: str, status: int, code: str
) -> None:
    bucket = fill(ministack)
    with FaultProxy(ministack.endpoint_url) as proxy:
        proxy.add(error(status, code), times=None, when=asks(rf"\?{asked}", "GET"))
        async with S3Client(proxy.endpoint, ministack.credentials, retry=RetryPolicy(attempts=1)) as s3:
            findings = await found(s3, bucket)
        assert "nothing tells whether" in findings["writes"].sentence
        assert {request.method for request in proxy.requests} <= {"GET", "HEAD"}


@pytest.mark.parametrize("acts", ["lock", "notification", "nothing is given"])
async def test_nothing_is_written_where_something_would_act_on_it(ministack: S3Server, acts: str) -> None:
    client, log = ministack.boto3(), RequestLog()
    bucket = ministack.make_bucket("acts")
    if acts == "lock":
        bucket = f"locked-{bucket}"
        client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
        rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
        client.put_object_lock_configuration(
            Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
        )
    elif acts == "notification":
        client.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
    async with S3Client(ministack.endpoint, ministack.credentials, observer=log) as s3:
        may_write = acts != "nothing is given"
        findings = [each async for each in examine(s3, bucket=bucket, may_write=may_write)]
    assert {each.check: each.outcome for each in findings}["writes"] is Outcome.UNKNOWN
    assert {each.method for each in log.recent()} <= {"GET", "HEAD"}


Rule = tuple[Fault, Callable[[Request], bool]]


def xml(status: int, body: str, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"content-type": "application/xml", **named}, body.encode())


def error(status: int, code: str, more: str = "") -> Answer:
    return xml(status, f"<Error><Code>{code}</Code>{more}</Error>")


def asks(pattern: str, *methods: str) -> Callable[[Request], bool]:
    def matches(request: Request) -> bool:
        is_asked = re.search(pattern, request.target) is not None
        return is_asked and (not methods or request.method in methods)

    return matches


TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
VERSIONS = (
    "<ListVersionsResult><EncodingType>url</EncodingType><NextKeyMarker>v ü+%</NextKeyMarker>"
    "<NextVersionIdMarker>H39J</NextVersionIdMarker><Version><Key>v%20%C3%BC%2B%25</Key></Version>"
    "</ListVersionsResult>"
)
UPLOADS = (
    "<ListMultipartUploadsResult>{}<Upload><Key>{}</Key><UploadId>u</UploadId></Upload>"
    "</ListMultipartUploadsResult>"
)
R: Mapping[str, tuple[list[Rule], Mapping[str, tuple[Outcome, str]]]] = {
    "R1 markers raw": (
        [(xml(200, VERSIONS), asks(r"encoding-type=url.*versions", "GET"))],
        {"version-marker": (N, "the marker of the next page is not")},
    ),
    "R2 uploads encoded, and not said": (
        [(xml(200, UPLOADS.format("", "a/mp%20%C3%BC%2B%25")), asks(r"encoding-type=url.*uploads", "GET"))],
        {"upload-marker": (N, "though the page does not say so")},
    ),
    "R2 uploads raw, and said to be encoded": (
        [
            (
                xml(200, UPLOADS.format("<EncodingType>url</EncodingType>", "mp ü+%")),
                asks(r"encoding-type=url.*uploads", "GET"),
            )
        ],
        {"upload-marker": (N, "Keys come as they are")},
    ),
    "R3 an unknown upload": (
        [
            (error(404, "NoSuchKey"), asks(r"uploadId=s3tui-no-such", "GET")),
            (error(500, "InternalError"), asks(r"uploadId=s3tui-no-such", "POST")),
        ],
        {"unknown-upload": (N, "ListParts says NoSuchKey, and completing it InternalError")},
    ),
    "R4 another zonegroup": (
        [(Answer(301, {"location": "http://127.0.0.1:27481/b/k?"}), asks(r"^/doctor"))],
        {"region": (F, "127.0.0.1:27481")},
    ),
    "R5 another region": (
        [],
        {"endpoint-region": (N, "signs for us-east-1, not for ap-south-1")},
    ),
    "R6 what was deleted is not named": (
        [(Lost(xml(200, "<DeleteResult><Deleted></Deleted></DeleteResult>")), asks(r"\?delete", "POST"))],
        {"delete-many": (N, "does not say which keys")},
    ),
    "R7 no DeleteObjects": (
        [(error(501, "NotImplemented"), asks(r"\?delete", "POST"))],
        {"delete-many": (N, "501 NotImplemented")},
    ),
    "R8 sources decoded twice": (
        [
            (
                xml(200, f'<CopyPartResult><ETag>"{hashlib.md5(NEW).hexdigest()}"</ETag></CopyPartResult>'),
                lambda request: "partNumber" in request.target and "x-amz-copy-source" in request.headers,
            )
        ],
        {"part-copy": (F, "decoded twice")},
    ),
    "R9 another document": (
        [
            (
                xml(200, "<BlockPublicAccessBlockConfiguration/>"),
                asks(r"\?publicAccessBlock", "GET"),
            )
        ],
        {"documents": (N, "?publicAccessBlock is a BlockPublicAccessBlockConfiguration")},
    ),
    "R10 trailers refused": (
        [
            (
                error(400, "XAmzContentSHA256Mismatch"),
                lambda request: request.headers.get("x-amz-content-sha256") == TRAILER,
            )
        ],
        {"trailers": (N, "400 XAmzContentSHA256Mismatch")},
    ),
    "R10 framing stored": (
        [(Answer(200, {"etag": '"1"'}, b"b\r\nold content\r\n0\r\n"), asks(r"/trailer$", "GET"))],
        {"trailers": (F, "is stored as the object")},
    ),
}


async def test_a_refusal_for_another_reason_proves_no_condition(ministack: S3Server) -> None:
    bucket = fill(ministack)
    with FaultProxy(ministack.endpoint_url) as proxy:
        when = lambda request: "if-none-match" in request.headers or "if-match" in request.headers  # noqa: E731
        proxy.add(error(503, "SlowDown"), times=None, when=when)
        async with S3Client(proxy.endpoint, ministack.credentials, retry=RetryPolicy(attempts=1)) as s3:
            findings = await found(s3, bucket)
            for check in ("if-none-match", "if-match", "delete-if-match", "copy-if-none-match"):
                assert findings[check].outcome is Outcome.UNKNOWN, findings[check]
            for capability in (Capability.PUT_IF_NONE_MATCH, Capability.PUT_IF_MATCH):
                assert s3.capabilities.has(capability) is None


@pytest.mark.parametrize("name", R)
async def test_what_other_products_do_is_found(ministack: S3Server, name: str) -> None:
    rules, expected = R[name]
    bucket = fill(ministack)
    with FaultProxy(ministack.endpoint_url) as proxy:
        endpoint = proxy.endpoint
        if name.startswith("R5"):
            endpoint = Endpoint.custom(proxy.url, region="ap-south-1")
            said = "<Message>the region 'ap-south-1' is wrong</Message><Region>us-east-1</Region>"
            proxy.add(
                error(400, "AuthorizationHeaderMalformed", said),
                times=None,
                when=lambda request: "/ap-south-1/" in request.headers.get("authorization", ""),
            )
        for fault, when in rules:
            proxy.add(fault, times=None, when=when)
        async with S3Client(endpoint, ministack.credentials, retry=RetryPolicy(attempts=1)) as s3:
            findings = await found(s3, bucket)
            for check, (outcome, words) in expected.items():
                assert findings[check].outcome is outcome, findings[check]
                assert words in findings[check].sentence + findings[check].remedy
            assert "clean-up" not in findings
            if name.startswith("R4"):
                return
            await work_around(s3, bucket)
    assert ministack.boto3().get_object(Bucket=bucket, Key="streamed")["Body"].read() == b"content"


async def work_around(s3: S3Client, bucket: str) -> None:
    """Write a stream, and delete keys, in the way that the record says that the endpoint has."""

    async def chunks() -> AsyncIterator[bytes]:
        yield b"content"

    await s3.put_object(bucket, "streamed", chunks(), content_length=7)
    if s3.capabilities.has(Capability.DELETE_OBJECTS):
        await s3.delete_objects(bucket, ["B"])


async def test_wrong_keys_and_no_server_end_it_with_a_remedy(ministack: S3Server) -> None:
    async with S3Client(ministack.endpoint, ministack.wrong_secret) as s3:
        findings = await found(s3, None)
    assert findings["signature"].outcome is F
    assert "secret" in findings["signature"].remedy
    for host in ("127.0.0.1", "localhost"):  # which may have two addresses
        async with S3Client(Endpoint.custom(f"http://{host}:1"), Credentials("A" * 16, "s")) as s3:
            findings = await found(s3, None)
        assert findings["tcp"].outcome is F
        assert findings["tcp"].sentence == f"{host}:1 cannot be reached: connection refused."
        assert list(findings)[-1] == "tcp"


async def test_tls_is_looked_at(ministack_tls: S3Server) -> None:
    async with S3Client(
        ministack_tls.endpoint, ministack_tls.credentials, ca_file=ministack_tls.ca_file
    ) as s3:
        trusted = [each async for each in examine(s3)]
    async with S3Client(ministack_tls.endpoint, ministack_tls.credentials) as s3:
        untrusted = [each async for each in examine(s3)]
    assert "TLSv1" in {each.check: each for each in trusted}["tls"].sentence
    assert "authority that is not trusted" in untrusted[-1].sentence
    assert untrusted[-1].outcome is F

"""Sessions with directory buckets: requests byte for byte as botocore signs them, cached and renewed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

import botocore.auth
import botocore.credentials
import botocore.crt.auth
import botocore.session
import pytest
from botocore.awsrequest import AWSRequest

from s3tui.s3 import RetryPolicy, S3Client, errors
from s3tui.s3.address.directory_bucket import DirectoryBucket
from s3tui.s3.configuration import VersioningStatus
from s3tui.s3.listing.backwards import list_objects_before
from s3tui.s3.listing.parallel import list_objects_parallel
from s3tui.s3.wire import xml
from tests.s3.both_clients import (
    AT,
    KEYS,
    LISTED,
    PLAIN,
    Wire,
    comparable,
    frozen,
    ours,
    session,
    theirs,
)
from tests.s3.scripted import Reply, Seen, scripted
from tests.s3.wire.botocore_wire import canonical, written
from tests.s3.wire.botocore_wire import theirs as botocore_reads

BUCKET = "logs--use1-az4--x-s3"
OTHER = "point--usw2-lax1-az1--xa-s3"
LASTS = timedelta(minutes=5)


async def _listed(s3: S3Client) -> None:
    _ = [page async for page in s3.list_objects(BUCKET, "a/", delimiter="/")]


CALLS: dict[str, tuple[Callable[[S3Client], Awaitable[object]], Callable[[Any], object]]] = {
    "get": (lambda s3: s3.get_object(BUCKET, "a b/é"), lambda c: c.get_object(Bucket=BUCKET, Key="a b/é")),
    "head": (lambda s3: s3.head_object(BUCKET, "k"), lambda c: c.head_object(Bucket=BUCKET, Key="k")),
    "delete": (lambda s3: s3.delete_object(BUCKET, "k"), lambda c: c.delete_object(Bucket=BUCKET, Key="k")),
    "put": (
        lambda s3: s3.put_object(BUCKET, "k", b"data", content_type="text/plain"),
        lambda c: c.put_object(Bucket=BUCKET, Key="k", Body=b"data", ContentType="text/plain"),
    ),
    "head bucket": (lambda s3: s3.head_bucket(BUCKET), lambda c: c.head_bucket(Bucket=BUCKET)),
    "create upload": (
        lambda s3: s3.create_multipart_upload(BUCKET, "k", content_type="text/plain"),
        lambda c: c.create_multipart_upload(Bucket=BUCKET, Key="k", ContentType="text/plain"),
    ),
    "copy": (
        lambda s3: s3.copy_object(BUCKET, "k", source=f"{BUCKET}/a b"),
        lambda c: c.copy_object(Bucket=BUCKET, Key="k", CopySource={"Bucket": BUCKET, "Key": "a b"}),
    ),
    "delete bucket": (lambda s3: s3.delete_bucket(BUCKET), lambda c: c.delete_bucket(Bucket=BUCKET)),
    "list": (
        _listed,
        lambda c: c.list_objects_v2(Bucket=BUCKET, Prefix="a/", Delimiter="/"),
    ),
}


def _signed_by_botocore(wire: Wire) -> str:
    """Return the signature that botocore gives to one of our requests."""
    method, url, headers = wire
    number = headers.get("x-amz-s3session-token", "").removeprefix("token/").removesuffix("+=")
    keys = botocore.credentials.Credentials(KEYS.access_key, KEYS.secret_key.reveal(), "user/token==")
    signer: Any = botocore.auth.S3SigV4Auth
    if number:
        token = headers["x-amz-s3session-token"]
        keys = botocore.credentials.Credentials(f"ASIASESSION{number}", f"secret{number}", token)
        signer = partial(botocore.auth.S3ExpressAuth, identity_cache={})
    names = headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    added = ("x-amz-date", "x-amz-content-sha256", "host", "x-amz-security-token", "x-amz-s3session-token")
    given = {name: headers[name] for name in names if name not in added}
    body = b"data" if method == "PUT" and "x-amz-copy-source" not in headers else b""
    request = AWSRequest(method, url, given, body)
    request.context["payload_signing_enabled"] = True
    with frozen():
        signer(keys, "s3express", "us-east-1").add_auth(request)
    return str(request.headers["Authorization"])


@pytest.mark.parametrize("name", CALLS)
async def test_requests_are_those_of_botocore_and_signed_as_botocore_signs_them(name: str) -> None:
    our_call, their_call = CALLS[name]
    sent = await ours(our_call)
    assert [comparable(wire) for wire in sent] == [comparable(wire) for wire in theirs(their_call)]
    assert [wire[2]["authorization"] for wire in sent] == [_signed_by_botocore(wire) for wire in sent]


async def test_a_presigned_url_is_botocores() -> None:
    links: list[str] = []

    async def link(s3: S3Client) -> None:
        links.append(str(await s3.presign("GET", BUCKET, "a b", expires_s=200)))

    def their_link(client: Any) -> None:
        parameters = {"Bucket": BUCKET, "Key": "a b"}
        links.append(client.generate_presigned_url("get_object", Params=parameters, ExpiresIn=200))

    theirs(their_link)
    await ours(link)
    assert links[0] == links[1]
    assert "X-Amz-S3session-Token=token" in links[1]


async def test_a_bucket_of_another_zone_is_asked_in_the_region_of_its_zone() -> None:
    sent = await ours(lambda s3: s3.get_object(OTHER, "k"))
    assert [url for _, url, _ in sent] == [
        f"https://{OTHER}.s3express-usw2-lax1-az1.us-west-2.amazonaws.com/?session=",
        f"https://{OTHER}.s3express-usw2-lax1-az1.us-west-2.amazonaws.com/k",
    ] or sent[0][1].endswith("/?session")
    assert all("/us-west-2/s3express/" in headers["authorization"] for _, _, headers in sent)


# The cache, on a server that counts


class Zone:
    """A server with sessions that last five minutes of a clock that the test sets."""

    def __init__(self) -> None:
        self.now = AT
        self.sessions = 0
        self.refuses: Reply | None = None
        self.listed = b""
        self.asked: list[bytes] = []
        self.expired: set[str] = set()

    def __call__(self, seen: Seen) -> Reply:
        self.asked.append(seen.target)
        if b"session" in seen.target:
            if self.refuses is not None:
                return self.refuses
            self.sessions += 1
            return Reply(body=session(self.now + LASTS, self.sessions))
        token = seen.headers.get("x-amz-s3session-token", "")
        if token in self.expired:
            return Reply(400, body=b"<Error><Code>ExpiredToken</Code><Message>m</Message></Error>")
        body = self.listed if b"list-type" in seen.target else b"data"
        return Reply(headers={"etag": '"e"', "x-amz-meta-token": token}, body=body)


@pytest.fixture
async def zone() -> AsyncIterator[tuple[Zone, S3Client]]:
    there = Zone()
    async with (
        scripted(there) as server,
        S3Client(
            server.endpoint,
            KEYS,
            defaults=PLAIN,
            now=lambda: there.now,
            retry=RetryPolicy(attempts=1),
            transport=None,
        ) as s3,
    ):
        yield there, s3


async def _token(s3: S3Client, bucket: str = BUCKET) -> str:
    return (await s3.head_object(bucket, "k")).metadata["token"]


async def test_one_session_serves_all_calls_until_shortly_before_its_end(zone: tuple[Zone, S3Client]) -> None:
    there, s3 = zone
    assert {await _token(s3) for _ in range(3)} == {"token/1+="}
    assert set(await asyncio.gather(*(_token(s3, OTHER) for _ in range(5)))) == {"token/2+="}
    there.now = AT + LASTS - timedelta(seconds=46)
    assert await _token(s3) == "token/1+="
    there.now = AT + LASTS - timedelta(seconds=44)
    assert await _token(s3) == "token/3+="


async def test_a_session_that_the_server_ended_is_made_anew(zone: tuple[Zone, S3Client]) -> None:
    there, s3 = zone
    assert await _token(s3) == "token/1+="
    there.expired.add("token/1+=")
    assert await _token(s3) == "token/2+="


async def test_a_renewal_that_fails_leaves_the_session_in_use(zone: tuple[Zone, S3Client]) -> None:
    there, s3 = zone
    assert await _token(s3) == "token/1+="
    there.now = AT + LASTS - timedelta(seconds=30)
    there.refuses = Reply(503, body=b"<Error><Code>SlowDown</Code></Error>")
    assert await _token(s3) == "token/1+="
    there.now = AT + LASTS
    with pytest.raises(errors.SlowDown) as raised:
        await _token(s3)
    assert raised.value.operation == "CreateSession"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=LISTED),
        Reply(403, body=b"<Error><Code>SignatureDoesNotMatch</Code></Error>"),
        Reply(501, body=b"<Error><Code>NotImplemented</Code></Error>"),
    ],
)
async def test_a_server_without_sessions_has_buckets_of_any_name(
    reply: Reply, zone: tuple[Zone, S3Client]
) -> None:
    there, s3 = zone
    there.refuses = reply
    assert await _token(s3) == ""
    assert not s3.endpoint.is_directory_bucket(BUCKET)


# What directory buckets lack


async def test_a_listing_is_asked_by_folders_and_never_behind_a_key(zone: tuple[Zone, S3Client]) -> None:
    there, s3 = zone
    there.listed = (
        b"<ListBucketResult><Contents><Key>logs/b</Key></Contents><Contents><Key>logs/ab</Key></Contents>"
        b"<Contents><Key>logs/a</Key></Contents><CommonPrefixes><Prefix>logs/ad/</Prefix></CommonPrefixes>"
        b"</ListBucketResult>"
    )
    (page,) = [page async for page in s3.list_objects(BUCKET, "logs/a", delimiter="/")]
    assert ([each.key for each in page.objects], page.common_prefixes) == (
        ["logs/ab", "logs/a"],
        ("logs/ad/",),
    )
    assert b"prefix=logs%2F&" in there.asked[-1] or there.asked[-1].endswith(b"prefix=logs%2F")
    keys = [each.key async for page in list_objects_parallel(s3, BUCKET, "logs/") for each in page.objects]
    assert sorted(keys) == ["logs/a", "logs/ab", "logs/b"]
    assert not s3.lists_in_order(BUCKET)
    assert s3.lists_in_order("bucket")
    before = len(there.asked)
    with pytest.raises(errors.NotSupported, match="listed in no order"):
        await anext(s3.list_objects(BUCKET, start_after="a"))
    with pytest.raises(errors.NotSupported, match="does not list"):
        await list_objects_before(s3, BUCKET, before="logs/b")
    assert (await s3.get_bucket_versioning(BUCKET)).status is VersioningStatus.OFF
    assert await s3.get_object_tagging(BUCKET, "k") == {}
    assert len(there.asked) == before


@pytest.mark.parametrize(
    ("bucket", "location", "redundancy"),
    [
        (BUCKET, {"Type": "AvailabilityZone", "Name": "use1-az4"}, "SingleAvailabilityZone"),
        ("l--usw2-lax1-az1--x-s3", {"Type": "LocalZone", "Name": "usw2-lax1-az1"}, "SingleLocalZone"),
    ],
)
def test_a_directory_bucket_is_made_in_its_zone(
    bucket: str, location: dict[str, str], redundancy: str
) -> None:
    wanted = {"Location": location, "Bucket": {"DataRedundancy": redundancy, "Type": "Directory"}}
    found = DirectoryBucket.parse(bucket)
    assert found is not None
    body = xml.create_bucket_body(None, found.zone)
    assert canonical(body) == written("CreateBucket", Bucket=bucket, CreateBucketConfiguration=wanted)


async def test_directory_buckets_are_listed_by_the_control_host_of_their_region() -> None:
    async def call(s3: S3Client) -> None:
        assert await s3.list_directory_buckets(region="us-west-2") == []

    (sent,) = await ours(call)
    assert sent[1] == "https://s3express-control.us-west-2.amazonaws.com/"
    body = (
        b"<ListAllMyDirectoryBucketsResult><Buckets><Bucket><Name>a--use1-az4--x-s3</Name>"
        b"<CreationDate>2026-01-02T03:04:05.000Z</CreationDate></Bucket></Buckets>"
        b"</ListAllMyDirectoryBucketsResult>"
    )
    found, token = xml.list_buckets(body, "ListAllMyDirectoryBucketsResult")
    expected = botocore_reads("ListDirectoryBuckets", body.decode())["Buckets"]
    assert [(each.name, each.created) for each in found] == [
        (each["Name"], each["CreationDate"]) for each in expected
    ]
    assert token is None

"""Region redirects: a bucket elsewhere is found in one hop, remembered, and no other host is asked.

The forms are those that *Request redirection and the REST API* and *Error responses* document, and the
shortened ones of S3-compatible products.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import httpx
import pytest

from s3tui.s3 import Endpoint, RegionRouted, S3Client
from s3tui.s3.errors import Redirected, WrongRegion
from s3tui.s3.sending.sender import Fact
from tests.s3.certificates import Authority
from tests.s3.scripted import KEYS, Reply, ScriptedServer, Seen, error_reply, scripted
from tests.servers import OTHER_REGION, S3Server

HOME = "eu-west-1"
IN_HEADER = {"x-amz-bucket-region": HOME}
HOST = f"b.s3.{HOME}.amazonaws.com"
MALFORMED = f"The authorization header is malformed; the region 'us-east-1' is wrong; expecting '{HOME}'"
CONSTRAINT = f"The {HOME} location constraint is incompatible for the region specific endpoint"

FORMS = {
    "301": error_reply(301, "PermanentRedirect", "", IN_HEADER, Endpoint=HOST),
    "301 without header": error_reply(301, "PermanentRedirect", Endpoint=HOST),
    "301 without body": Reply(301, IN_HEADER),
    "301 with Location only": Reply(301, {"location": f"https://{HOST}/k"}),
    "307": error_reply(307, "TemporaryRedirect", "", {"location": f"https://{HOST}/k"}, Endpoint=HOST),
    "307 without header": error_reply(307, "TemporaryRedirect", Endpoint=f"b.s3-{HOME}.amazonaws.com"),
    "307 without body": Reply(307, IN_HEADER),
    "400 malformed": error_reply(400, "AuthorizationHeaderMalformed", MALFORMED, IN_HEADER, Region=HOME),
    "400 malformed, in Region": error_reply(400, "AuthorizationHeaderMalformed", Region=HOME),
    "400 malformed, in words": error_reply(400, "AuthorizationHeaderMalformed", MALFORMED),
    "400 malformed without body": Reply(400, IN_HEADER),
    "400 constraint": error_reply(400, "IllegalLocationConstraintException", CONSTRAINT, IN_HEADER),
    "400 constraint, in words": error_reply(400, "IllegalLocationConstraintException", CONSTRAINT),
}


async def put_streamed(s3: S3Client) -> object:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"01234"
        yield b"56789"

    return await s3.put_object("b", "k", chunks(), content_length=10)


async def list_all(s3: S3Client) -> object:
    return [page.objects async for page in s3.list_objects("b")]


CALLS: dict[str, Callable[[S3Client], Awaitable[object]]] = {
    "get": lambda s3: s3.get_object("b", "k"),
    "head": lambda s3: s3.head_object("b", "k"),
    "head bucket": lambda s3: s3.head_bucket("b"),
    "put": lambda s3: s3.put_object("b", "k", b"0123456789"),
    "put streamed": put_streamed,
    "part": lambda s3: s3.upload_part("b", "k", upload_id="u", part_number=1, data=b"0123456789"),
    "list": list_all,
    "delete many": lambda s3: s3.delete_objects("b", ["k"]),
}


def answer_at_home(seen: Seen) -> Reply:
    if b"list-type=2" in seen.target:
        return Reply(body=b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
    if seen.method == "POST":
        return Reply(body=b"<DeleteResult><Deleted><Key>k</Key></Deleted></DeleteResult>")
    if seen.method == "PUT":
        assert seen.body == b"0123456789"
    return Reply(headers={"etag": '"e"'})


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def tls(authority: Authority) -> ssl.SSLContext:
    return authority.server()


def elsewhere(away: Reply, tls: ssl.SSLContext | None = None) -> AbstractAsyncContextManager[ScriptedServer]:
    """Run a server whose buckets live in `HOME`; it answers `away` to whoever signs for another region."""
    return scripted(lambda seen: answer_at_home(seen) if seen.signed_region == HOME else away, tls=tls)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("form", FORMS)
async def test_one_hop_finds_the_bucket_and_the_next_call_goes_straight_there(
    form: str, call: str, scheme: str, authority: Authority, tls: ssl.SSLContext
) -> None:
    facts: list[Fact] = []
    async with (
        elsewhere(FORMS[form], tls if scheme == "https" else None) as server,
        S3Client(server.endpoint, KEYS, ca_file=authority.file, observer=facts.append) as s3,
    ):
        await CALLS[call](s3)
        asked = [seen.signed_region for seen in server.requests]
        # A HEAD that was answered without a region is asked again as a GET; a stream sends a HEAD ahead.
        assert asked[0] == "us-east-1"
        assert len(asked) <= 4
        assert s3.region_of("b") == HOME
        server.requests.clear()
        await CALLS[call](s3)
        assert [seen.signed_region for seen in server.requests] == [HOME]
    hops = [fact for fact in facts if isinstance(fact, RegionRouted)]
    assert [(hop.bucket, hop.from_region, hop.to_region) for hop in hops] == [("b", "us-east-1", HOME)]
    assert (
        HOME in hops[0].evidence or "names the endpoint" in hops[0].evidence or "another" in hops[0].evidence
    )


async def test_many_first_calls_at_once_tell_of_one_hop() -> None:
    facts: list[Fact] = []
    async with (
        elsewhere(FORMS["301"]) as server,
        S3Client(server.endpoint, KEYS, observer=facts.append) as s3,
    ):
        await asyncio.gather(*(s3.get_object("b", f"{i}") for i in range(40)))
    assert sum(isinstance(fact, RegionRouted) for fact in facts) == 1


async def test_a_circle_of_redirects_ends() -> None:
    def script(seen: Seen) -> Reply:
        there = {"us-east-1": "eu-west-1", "eu-west-1": "ap-south-1"}[seen.signed_region]
        return error_reply(301, "PermanentRedirect", headers={"x-amz-bucket-region": there})

    async with scripted(script) as server, S3Client(server.endpoint, KEYS) as s3:
        with pytest.raises(WrongRegion) as caught:
            await s3.get_object("b", "k")
        assert len(server.requests) == 2
        assert s3.region_of("b") is None
    assert caught.value.region == "ap-south-1"
    assert str(caught.value) == (
        "the server sends requests for b from us-east-1 to eu-west-1, and on to ap-south-1 from there"
    )


@pytest.mark.parametrize("reply", [error_reply(301, "PermanentRedirect"), Reply(301), Reply(307)])
async def test_a_redirect_that_names_no_region_is_said_to(reply: Reply) -> None:
    async with scripted(lambda _: reply) as server, S3Client(server.endpoint, KEYS) as s3:
        with pytest.raises(WrongRegion, match="does not say which"):
            await s3.get_object("b", "k")
        assert [seen.line.split()[:2] for seen in server.requests] == [
            [b"GET", b"/b/k"],
            [b"GET", b"/b?location="],
            [b"HEAD", b"/b"],
        ]


LOCATION = f"<LocationConstraint>{HOME}</LocationConstraint>".encode()


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("told_by", ["GetBucketLocation", "HeadBucket"])
@pytest.mark.parametrize("status", [301, 308])
async def test_a_redirect_that_names_no_region_has_the_bucket_asked_for(
    status: int, told_by: str, call: str
) -> None:
    """As Ceph answers for a bucket of another zonegroup: an empty 301 that has nothing but a Location."""

    def script(seen: Seen) -> Reply:
        if seen.signed_region == HOME:
            return answer_at_home(seen)
        if told_by == "GetBucketLocation" and seen.target.endswith(b"?location="):
            return Reply(body=LOCATION)
        if told_by == "HeadBucket" and seen.line.startswith(b"HEAD /b HTTP"):
            return Reply(403, IN_HEADER)
        return Reply(status, {"location": "http://127.0.0.1:9/b/k?"})

    facts: list[Fact] = []
    async with (
        scripted(script) as server,
        S3Client(server.endpoint, KEYS, observer=facts.append) as s3,
    ):
        await CALLS[call](s3)
        assert s3.region_of("b") == HOME
        server.requests.clear()
        await CALLS[call](s3)
        assert [seen.signed_region for seen in server.requests] == [HOME]
    hops = [fact for fact in facts if isinstance(fact, RegionRouted)]
    assert [(hop.bucket, hop.from_region, hop.to_region) for hop in hops] == [("b", "us-east-1", HOME)]


@pytest.mark.parametrize("named", [None, "us-east-1"])
@pytest.mark.parametrize("location", ["us-east-1", "", HOME, "no region!", "x" * 300])
async def test_a_bucket_is_never_said_to_be_served_by_the_region_that_was_asked(
    location: str, named: str | None
) -> None:
    headers = {"location": "http://127.0.0.1:9/b/k?"}
    if named is not None:
        headers["x-amz-bucket-region"] = named

    def script(seen: Seen) -> Reply:
        if seen.target.endswith(b"?location="):
            return Reply(body=f"<LocationConstraint>{location}</LocationConstraint>".encode())
        return Reply(301, headers)

    async with scripted(script) as server, S3Client(server.endpoint, KEYS) as s3:
        with pytest.raises(WrongRegion) as caught:
            await s3.get_object("b", "k")
    assert "127.0.0.1:9" in caught.value.message
    assert "is served by us-east-1" not in caught.value.message
    was_sent_back = location == HOME and named is not None
    assert ("to us-east-1" in caught.value.message) is was_sent_back


@pytest.mark.parametrize(
    "away",
    [
        error_reply(400, "AuthorizationHeaderMalformed", "unexpected scope", Region="garage"),
        error_reply(
            400, "AuthorizationHeaderMalformed", "the region 'us-east-1' is wrong; expecting 'garage'"
        ),
        error_reply(400, "AuthorizationHeaderMalformed", "no", {"x-amz-bucket-region": "garage"}),
        Reply(400, {"x-amz-bucket-region": "garage"}),
    ],
    ids=["Region", "words", "header", "no body"],
)
async def test_the_list_of_buckets_is_signed_once_more_for_the_region_that_is_named(away: Reply) -> None:
    def script(seen: Seen) -> Reply:
        if seen.signed_region != "garage":
            return away
        if seen.target == b"/":
            return Reply(
                body=b"<ListAllMyBucketsResult><Buckets><Bucket><Name>b</Name></Bucket></Buckets>"
                b"</ListAllMyBucketsResult>"
            )
        return answer_at_home(seen)

    facts: list[Fact] = []
    async with (
        scripted(script) as server,
        S3Client(server.endpoint, KEYS, observer=facts.append) as s3,
    ):
        assert [bucket.name for bucket in await s3.list_buckets()] == ["b"]
        await s3.list_buckets()
        await s3.get_object("b", "k")  # an endpoint with one region: what was learnt is of all of it
        asked = [seen.signed_region for seen in server.requests]
        assert s3.region_of("another") == "garage"
    assert asked == ["us-east-1", "garage", "garage", "garage"]
    hops = [fact for fact in facts if isinstance(fact, RegionRouted)]
    assert [(hop.bucket, hop.to_region) for hop in hops] == [(None, "garage")]


async def test_an_endpoint_that_disowns_the_region_it_named_is_asked_no_third_time() -> None:
    away = error_reply(400, "AuthorizationHeaderMalformed", "no", Region="garage")
    async with scripted(lambda _: away) as server, S3Client(server.endpoint, KEYS) as s3:
        with pytest.raises(WrongRegion) as caught:
            await s3.list_buckets()
        assert len(server.requests) == 2
    assert "None" not in caught.value.message
    assert "not garage" not in caught.value.message


@pytest.mark.parametrize("status", [302, 303, 307])
@pytest.mark.parametrize(
    "url", ["https://cdn.example/b/k?sig=1", "//cdn.example/x", "https://u:p@cdn.example/"]
)
async def test_a_redirect_of_an_object_to_another_host_is_told_as_one(status: int, url: str) -> None:
    moved = Reply(status, {"location": url})
    async with scripted(lambda _: moved) as server, S3Client(server.endpoint, KEYS) as s3:
        for call in (s3.get_object("b", "k"), s3.head_object("b", "k")):
            with pytest.raises(Redirected) as caught:
                await call
        assert len(server.requests) <= 3
    assert caught.value.host == "cdn.example"
    assert "cdn.example" in caught.value.message
    assert "region" not in caught.value.message
    assert "sig=1" not in caught.value.message


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_host_that_an_answer_names_is_never_contacted(status: int, call: str) -> None:
    async with scripted(answer_at_home) as foreign:
        host = f"127.0.0.1:{foreign.port}"
        lure = error_reply(
            status,
            "TemporaryRedirect",
            headers={"location": f"{foreign.url}/k", "x-amz-bucket-region": host},
            Endpoint=host,
            Region=f"x.{host}",
        )
        async with scripted(lambda _: lure) as server, S3Client(server.endpoint, KEYS) as s3:
            with pytest.raises(WrongRegion):
                await CALLS[call](s3)
    assert foreign.connections == 0


@pytest.mark.parametrize(
    "region", ["eu-west-1.evil.test", "evil.test/", "evil.test#", "x@evil.test", "", "-"]
)
async def test_a_region_that_is_none_is_not_made_part_of_a_host(region: str) -> None:
    hosts: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(301, headers={"x-amz-bucket-region": region}, stream=httpx.ByteStream(b""))

    async with S3Client(Endpoint.aws(), KEYS, transport=httpx.MockTransport(answer)) as s3:
        with pytest.raises(WrongRegion):
            await s3.get_object("bucket", "k")
    assert set(hosts) == {"bucket.s3.us-east-1.amazonaws.com"}


async def test_on_aws_the_hop_goes_to_the_host_of_our_own_rules() -> None:
    hosts: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        away = httpx.Response(301, headers=IN_HEADER, stream=httpx.ByteStream(b""))
        return away if len(hosts) == 1 else httpx.Response(200, stream=httpx.ByteStream(b"x"))

    async with S3Client(Endpoint.aws(), KEYS, transport=httpx.MockTransport(answer)) as s3:
        assert await s3.get_object("bucket", "k") == b"x"
    assert hosts == ["bucket.s3.us-east-1.amazonaws.com", f"bucket.s3.{HOME}.amazonaws.com"]


async def test_a_bucket_that_moved_is_found_again() -> None:
    home = "eu-west-1"

    def script(seen: Seen) -> Reply:
        if seen.signed_region == home:
            return answer_at_home(seen)
        return error_reply(301, "PermanentRedirect", headers={"x-amz-bucket-region": home})

    async with scripted(script) as server, S3Client(server.endpoint, KEYS) as s3:
        await s3.get_object("b", "k")
        home = "ap-south-1"
        await s3.get_object("b", "k")
        assert s3.region_of("b") == "ap-south-1"


async def test_a_server_that_is_not_ours_redirects_and_the_object_comes(ministack: S3Server) -> None:
    bucket = ministack.make_bucket(region=OTHER_REGION)
    facts: list[Fact] = []
    async with S3Client(ministack.endpoint, ministack.credentials, observer=facts.append) as s3:
        await s3.put_object(bucket, "k", b"hello")
        assert await s3.get_object(bucket, "k") == b"hello"
        assert s3.region_of(bucket) == OTHER_REGION
    assert sum(isinstance(fact, RegionRouted) for fact in facts) == 1

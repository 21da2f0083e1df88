"""Documents that are not quite S3's: what they say is understood, and nothing else is taken for said."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.s3 import Bucket, S3Client, listing_xml, pages, xml
from s3tui.s3.capabilities import Capability
from s3tui.s3.configuration import VersioningStatus
from s3tui.s3.errors import ProtocolError, S3Error, ServiceError
from s3tui.s3.models import DeletedObject, DeleteError, DeleteResult, Part
from s3tui.s3.retry import RetryPolicy
from tests.long import share
from tests.s3.scripted import KEYS, Reply, Seen, error_reply, scripted

BEFORE = ["\n", "  \r\n", "\ufeff", "\ufeff\n"]
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
PAGE = "<ListBucketResult><Contents><Key>k</Key><Size>1</Size></Contents></ListBucketResult>"


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("declaration", ["", DECLARATION])
def test_what_stands_before_a_document_does_not_matter(before: str, declaration: str) -> None:
    body = f"{before}{declaration}{PAGE}".encode()
    for reader in (xml.list_objects, listing_xml.list_objects):
        assert [summary.key for summary in reader(body).objects] == ["k"]


@pytest.mark.parametrize("before", ["", *BEFORE])
@pytest.mark.parametrize("declaration", ["", DECLARATION, DECLARATION + "\n<!-- late -->\n"])
@pytest.mark.parametrize("root", ["<Error>", '<Error xmlns="x">', '<s3:Error xmlns:s3="x">'])
async def test_an_error_inside_of_200_is_seen(before: str, declaration: str, root: str) -> None:
    name = root[1:].partition(">")[0].partition(" ")[0]
    code = name.replace("Error", "Code")
    error = f"{before}{declaration}{root}<{code}>AccessDenied</{code}></{name}>"
    async with (
        scripted(lambda seen: Reply(body=error.encode())) as endpoint,
        S3Client(endpoint.endpoint, KEYS, retry=RetryPolicy(attempts=1)) as s3,
    ):
        with pytest.raises(ServiceError) as raised:
            await s3.complete_multipart_upload("b", "k", upload_id="u", parts=[Part(1, "e")])
        assert raised.value.code == "AccessDenied"


@pytest.mark.parametrize("before", ["", *BEFORE])
async def test_a_completion_behind_white_space_is_read(before: str) -> None:
    result = "<CompleteMultipartUploadResult><ETag>e-1</ETag></CompleteMultipartUploadResult>"
    done = f"{before}{DECLARATION}{result}"
    async with (
        scripted(lambda seen: Reply(body=done.encode())) as endpoint,
        S3Client(endpoint.endpoint, KEYS) as s3,
    ):
        assert await s3.complete_multipart_upload("b", "k", upload_id="u", parts=[Part(1, "e")]) == "e-1"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"\x00\x01\x02\x03random", "bytes that no text does"),
        (bytes(range(256)), "bytes that no text does"),
        (b"<!DOCTYPE html><html><body>Log in</body></html>", "a web page"),
        (b" \n<!doctype HTML><!DOCTYPE x>", "a web page"),
        (b"PK\x03\x04rest", "not well-formed"),
    ],
)
def test_a_foreign_answer_is_called_what_it_is(body: bytes, words: str) -> None:
    with pytest.raises(ProtocolError, match=words):
        xml.list_objects(body)


def test_common_prefixes_are_read_however_they_are_grouped() -> None:
    odd = "<CommonPrefixes/><CommonPrefixes><Prefix>a/</Prefix><Prefix>b/</Prefix></CommonPrefixes>"
    odd += "<CommonPrefixes><Prefix/></CommonPrefixes><CommonPrefixes><Prefix>c/</Prefix></CommonPrefixes>"
    body = f"<ListBucketResult>{odd}<Contents><Key/><Size>1</Size></Contents></ListBucketResult>".encode()
    for reader in (xml.list_objects, listing_xml.list_objects):
        page = reader(body)
        assert (page.common_prefixes, page.objects) == (("a/", "b/", "c/"), ())


def test_any_number_of_buckets_is_read() -> None:
    names = [f"bucket-{number:06}" for number in range(90_001)]
    entry = "<Bucket><Name>{}</Name><CreationDate>2026-01-01T00:00:00.000Z</CreationDate></Bucket>"
    entries = "".join(map(entry.format, names))
    body = f"{DECLARATION}<ListAllMyBucketsResult><Owner><ID>o</ID></Owner><Buckets>{entries}</Buckets>"
    found, token = xml.list_buckets(
        f"{body}<ContinuationToken>t</ContinuationToken></ListAllMyBucketsResult>".encode()
    )
    assert [bucket.name for bucket in found] == names
    assert token == "t"


@pytest.mark.parametrize("odd", ["<Bucket/>", "<Bucket><Name/></Bucket>", "<Bucket><CreationDate/></Bucket>"])
def test_an_odd_bucket_does_not_hide_the_others(odd: str) -> None:
    rows = f"{odd}<Bucket><Name>team/bucket</Name><CreationDate>Tue Mar 13</CreationDate></Bucket>"
    rows += "<Bucket><Name>..</Name></Bucket>"
    body = f"<ListAllMyBucketsResult><Buckets>{rows}</Buckets></ListAllMyBucketsResult>"
    assert xml.list_buckets(body.encode())[0] == [Bucket("team/bucket"), Bucket("..")]


class Deleting:
    """A server that deletes, and says of it what `say` makes of the keys; HEAD tells the truth."""

    def __init__(self, keys: list[str], say: Callable[[list[str]], str], *, deletes: bool = True) -> None:
        self.keys = set(keys)
        self.say = say
        self.deletes = deletes

    def __call__(self, seen: Seen) -> Reply:
        key = unquote(urlsplit(seen.target.decode()).path).removeprefix("/b/")
        if seen.method == "HEAD":
            return Reply(200 if key in self.keys else 404)
        if seen.method == "DELETE":
            self.keys.discard(key)
            return Reply(204)
        namespace = "{http://s3.amazonaws.com/doc/2006-03-01/}"
        asked = [e.text or "" for e in ElementTree.fromstring(seen.body).iter(f"{namespace}Key")]
        if self.deletes:
            self.keys.difference_update(asked)
        return Reply(body=f"<DeleteResult>{self.say(asked)}</DeleteResult>".encode())


async def deleted(server: Callable[[Seen], Reply], keys: list[str]) -> DeleteResult:
    async with scripted(server) as endpoint, S3Client(endpoint.endpoint, KEYS) as s3:
        return await s3.delete_objects("b", keys)


def _named(key: str) -> str:
    return f"<Deleted><Key>{key}</Key></Deleted>"


SAYINGS: dict[str, Callable[[list[str]], str]] = {
    "without keys": lambda asked: "<Deleted></Deleted>" * len(asked),
    "nothing": lambda asked: "",
    "half": lambda asked: "".join(map(_named, asked[::2])),
    "other keys": lambda asked: "".join(_named(f"{key}-x") for key in asked),
    "half without keys": lambda asked: "".join(map(_named, asked[::2])) + "<Deleted/>" * (len(asked) // 2),
}


@pytest.mark.parametrize("say", SAYINGS.values(), ids=SAYINGS)
async def test_what_was_deleted_is_no_error_and_later_batches_are_sent(
    say: Callable[[list[str]], str],
) -> None:
    keys = [f"k{number}" for number in range(1003)]
    server = Deleting(keys, say)
    result = await deleted(server, keys)
    assert server.keys == set()
    assert (sorted(one.key for one in result.deleted), result.errors) == (sorted(keys), ())


@pytest.mark.parametrize("say", ["nothing", "other keys", "half"])
async def test_what_is_still_there_is_not_said_to_be_deleted(say: str) -> None:
    keys = ["a", "b", "c"]
    result = await deleted(Deleting(keys, SAYINGS[say], deletes=False), keys)
    claimed = set() if say != "half" else {"a", "c"}
    assert {one.key for one in result.deleted} == claimed
    assert {error.key for error in result.errors} == set(keys) - claimed


@pytest.mark.parametrize("body", [b"\0\0", b"<Other/>"])
async def test_an_answer_that_cannot_be_read_is_looked_after(body: bytes) -> None:
    server = Deleting(["a", "b"], lambda asked: "")

    def answer(seen: Seen) -> Reply:
        reply = server(seen)
        return Reply(body=body) if seen.method == "POST" else reply

    result = await deleted(answer, ["a", "b"])
    assert sorted(one.key for one in result.deleted) == ["a", "b"]


@pytest.mark.parametrize("status", [501, 405])
async def test_a_server_without_delete_objects_deletes_one_by_one(status: int) -> None:
    keys = [f"k{number}" for number in range(40)]
    server = Deleting(keys, lambda asked: "")

    def answer(seen: Seen) -> Reply:
        return error_reply(status, "NotImplemented") if seen.method == "POST" else server(seen)

    async with scripted(answer) as endpoint, S3Client(endpoint.endpoint, KEYS) as s3:
        result = await s3.delete_objects("b", keys)
        assert {one.key for one in result.deleted} == set(keys)
        assert (server.keys, result.errors) == (set(), ())
        assert s3.capabilities.has(Capability.DELETE_OBJECTS) is False
        await s3.delete_objects("b", ["k1"])
    assert [seen.method for seen in endpoint.requests].count("POST") == 1


async def test_errors_of_the_region_within_200_lead_to_the_region() -> None:
    def answer(seen: Seen) -> Reply:
        if seen.signed_region != "eu-west-9":
            if seen.method == "HEAD":
                return Reply(400, {"x-amz-bucket-region": "eu-west-9"})
            error = "<Error><Key>{}</Key><Code>AuthorizationHeaderMalformed</Code></Error>"
            return Reply(body=f"<DeleteResult>{error.format('a')}{error.format('b')}</DeleteResult>".encode())
        return Reply(body=f"<DeleteResult>{_named('a')}{_named('b')}</DeleteResult>".encode())

    assert await deleted(answer, ["a", "b"]) == DeleteResult((DeletedObject("a"), DeletedObject("b")))


async def test_an_error_of_one_key_is_its_own() -> None:
    error = "<Error><Key>b</Key><Code>AccessDenied</Code><Message>no</Message></Error>"
    say = lambda asked: _named("a") + error  # noqa: E731 - one sentence
    assert await deleted(Deleting(["a", "b"], say), ["a", "b"]) == DeleteResult(
        (DeletedObject("a"),), (DeleteError("b", "AccessDenied", "no"),)
    )


async def test_writes_that_need_a_checksum_carry_one() -> None:
    def answer(seen: Seen) -> Reply:
        if seen.method == "GET":
            root = "VersioningConfiguration" if b"versioning" in seen.target else "AccessControlPolicy"
            return Reply(body=f"<{root}><Owner/><AccessControlList/></{root}>".encode())
        return Reply()

    async with scripted(answer) as endpoint, S3Client(endpoint.endpoint, KEYS) as s3:
        await s3.put_bucket_versioning("b", VersioningStatus.ENABLED)
        await s3.put_bucket_acl("b", "private")
        await s3.put_object_acl("b", "k", "private")
    written = [seen for seen in endpoint.requests if seen.method == "PUT"]
    assert len(written) == 3
    for seen in written:
        assert seen.headers["content-md5"] == base64.b64encode(hashlib.md5(seen.body).digest()).decode()


NUMBER = st.sampled_from(["1", " 2 ", "", "-1", "1.5", "9" * 30, str(2**63 - 1), str(2**63), "null"])
TIME = st.sampled_from(
    ["2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00Z", "Tue, 13 Mar 2018 17:25:04 GMT", "1433809946", "",
     "x", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2016-12-31T23:59:60Z"]
)  # fmt: skip
FIELD = st.one_of(
    st.text("ab%20+/ü \n", max_size=6).map(lambda key: f"<Key>{key}</Key>"),
    NUMBER.map(lambda text: f"<Size>{text}</Size>"),
    TIME.map(lambda text: f"<LastModified>{text}</LastModified>"),
    st.sampled_from(["<ETag>&quot;0a&quot;</ETag>", '<ETag>"0a"</ETag>', "<ETag/>", '<ETag>W/"a"</ETag>']),
    st.sampled_from(["<StorageClass>GLACIER</StorageClass>", "<StorageClass/>", "<Owner><ID>o</ID></Owner>"]),
)
USUAL = st.builds(
    "<Key>{}</Key><LastModified>{}</LastModified><ETag>&quot;0a&quot;</ETag><Size>{}</Size>".format,
    st.text("ab%20+/", max_size=6),
    TIME,
    NUMBER,
)
GROUP = "<CommonPrefixes><Prefix>p%20/</Prefix></CommonPrefixes>"
ROW = (USUAL | st.lists(FIELD, max_size=6).map("".join)).map(lambda fields: f"<Contents>{fields}</Contents>")


@settings(max_examples=share(400, 20_000), deadline=None)
@given(
    st.lists(ROW | st.just("<CommonPrefixes><Prefix>p%20/</Prefix></CommonPrefixes>"), max_size=5),
    st.booleans(),
)
def test_the_fast_reader_and_the_other_one_say_the_same(rows: list[str], is_encoded: bool) -> None:
    encoding = "<EncodingType>url</EncodingType>" if is_encoded else ""
    body = f"<ListBucketResult>{encoding}{''.join(rows)}</ListBucketResult>".encode()
    assert listing_xml.list_objects(body) == pages.under(xml.list_objects(body), "")


@pytest.mark.parametrize("name", ["..", ".", "team/bucket", ""])
async def test_a_name_that_no_request_can_carry_is_an_error_of_the_core(name: str) -> None:
    async with scripted(lambda seen: Reply()) as at, S3Client(at.endpoint, KEYS) as s3:
        with pytest.raises(S3Error, match="bucket"):
            await anext(s3.list_objects(name))
    assert at.requests == []

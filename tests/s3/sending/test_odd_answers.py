"""Documents that deviate from S3's: their content is read, and nothing is assumed beside it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable
from itertools import count
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.s3 import BlockingS3Client, Bucket, S3Client
from s3tui.s3.configuration import VersioningStatus
from s3tui.s3.errors import AccessDenied, ProtocolError, S3Error, ServiceError, SlowDown, TransportError
from s3tui.s3.models import DeletedObject, DeleteError, DeleteResult, Part
from s3tui.s3.retries import RetryPolicy
from s3tui.s3.sending.capabilities import Capability
from s3tui.s3.wire import listing_xml, pages, xml
from tests.long import share
from tests.s3.scripted import KEYS, Reply, Seen, error_reply, read_request, scripted, talking, wire

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


PAGES = {
    "html": b"<html><body>Log in</body></html>",
    "doctype": b"<!DOCTYPE html><html><body>Log in</body></html>",
    "older doctype": b'<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN">\r\n<HTML lang="en">Log in</HTML>',
    "xhtml": b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x" "y"><html xmlns="z"></html>',
    "behind a comment": b"\xef\xbb\xbf \n<!-- proxy -->\n<!-- 2 --><html>",
}
DOCUMENTS: dict[str, Callable[[S3Client], Awaitable[object]]] = {
    "list buckets": lambda s3: s3.list_buckets(),
    "list": lambda s3: anext(s3.list_objects("b")),
    "versions": lambda s3: anext(s3.list_object_versions("b")),
    "uploads": lambda s3: anext(s3.list_multipart_uploads("b")),
    "parts": lambda s3: s3.list_parts("b", "k", upload_id="u"),
    "begin": lambda s3: s3.create_multipart_upload("b", "k"),
    "complete": lambda s3: s3.complete_multipart_upload("b", "k", upload_id="u", parts=[Part(1, "e")]),
    "copy": lambda s3: s3.copy_object("b", "k", source="b/s"),
    "copy a part": lambda s3: s3.upload_part_copy("b", "k", upload_id="u", part_number=1, source="b/s"),
    "delete": lambda s3: s3.delete_object("b", "k"),
    "delete many": lambda s3: s3.delete_objects("b", ["k"]),
    "tags": lambda s3: s3.get_object_tagging("b", "k"),
    "versioning": lambda s3: s3.get_bucket_versioning("b"),
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
@pytest.mark.parametrize("call", DOCUMENTS.values(), ids=DOCUMENTS)
async def test_a_web_page_is_no_answer(call: Callable[[S3Client], Awaitable[object]], page: bytes) -> None:
    async with (
        scripted(lambda seen: Reply(body=page)) as endpoint,
        S3Client(endpoint.endpoint, KEYS, retry=RetryPolicy(attempts=1)) as s3,
    ):
        with pytest.raises(TransportError, match="log in to the network") as raised:
            await call(s3)
        assert not raised.value.is_final


@pytest.mark.parametrize(
    ("headers", "is_told"),
    [
        ({}, False),
        ({"content-length": "54", "content-type": "application/xml"}, False),
        ({"server": "proxy", "date": "Sat, 28 Nov 2026 00:00:00 GMT"}, False),
        ({"last-modified": "Sat, 28 Nov 2026 00:00:00 GMT"}, True),
        ({"etag": '"e"'}, True),
        ({"x-amz-request-id": "1"}, True),
    ],
)
async def test_a_head_that_tells_nothing_is_no_object(headers: dict[str, str], *, is_told: bool) -> None:
    """Else it would be taken for one that is there, and what was to be written would be skipped."""
    async with (
        scripted(lambda _: Reply(headers=headers)) as server,
        S3Client(server.endpoint, KEYS, retry=RetryPolicy(attempts=1)) as s3,
    ):
        if is_told:
            assert await s3.object_exists("b", "k")
            return
        for call in (s3.head_object, s3.object_exists):
            with pytest.raises(TransportError):
                await call("b", "k")


async def test_an_object_may_be_a_web_page() -> None:
    async with (
        scripted(lambda seen: Reply(headers={"etag": '"e"'}, body=PAGES["html"])) as endpoint,
        S3Client(endpoint.endpoint, KEYS) as s3,
    ):
        assert await s3.get_object("b", "k") == PAGES["html"]


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
            return Reply(200 if key in self.keys else 404, {"x-amz-request-id": "1"})
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


def _refused(key: str) -> str:
    return f"<Error><Key>{key}</Key><Code>AccessDenied</Code><Message>no</Message></Error>"


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


STOPS: dict[str, tuple[Reply | None, type[S3Error]]] = {
    "refused": (error_reply(403, "AccessDenied"), AccessDenied),
    "busy": (error_reply(503, "SlowDown"), SlowDown),
    "gone": (None, TransportError),
}


@pytest.mark.parametrize("blocks", [True, False], ids=["blocking", "async"])
@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize(("reply", "kind"), STOPS.values(), ids=STOPS)
async def test_a_failure_on_the_way_tells_what_is_done_and_what_is_left(
    reply: Reply | None, kind: type[S3Error], at: int, blocks: bool
) -> None:
    keys = [f"k{number:04}" for number in range(2500)]
    server = Deleting(keys, lambda asked: _refused(asked[0]) + "".join(map(_named, asked[1:])))
    batches = count()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            seen = await read_request(reader)
            answer = reply if next(batches) == at else server(seen)
            if answer is None:
                return
            writer.write(wire(answer))

    async with talking(talk) as endpoint:
        client = S3Client(endpoint.endpoint, KEYS, retry=RetryPolicy(attempts=1))
        with pytest.raises(kind) as raised:
            await (asyncio.to_thread(_delete_blocking, client, keys) if blocks else _delete(client, keys))
    partial, done = raised.value.partial, keys[: 1000 * at]
    assert partial is not None
    assert partial.left == tuple((key, None) for key in keys[1000 * at :])
    assert [entry.key for entry in partial.errors] == done[::1000]
    assert [entry.key for entry in partial.deleted] == [key for key in done if key not in done[::1000]]


async def _delete(client: S3Client, keys: list[str]) -> None:
    async with client as s3:
        await s3.delete_objects("b", keys)


def _delete_blocking(client: S3Client, keys: list[str]) -> None:
    with BlockingS3Client(client) as s3:
        s3.delete_objects("b", keys)


async def test_keys_deleted_one_by_one_are_told_too() -> None:
    keys = [f"k{number:02}" for number in range(40)]
    server = Deleting(keys, lambda asked: "")

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            seen = await read_request(reader)
            if seen.target == b"/b/k20":
                return
            writer.write(wire(error_reply(501, "NotImplemented") if seen.method == "POST" else server(seen)))

    once = RetryPolicy(attempts=1)
    async with talking(talk) as endpoint, S3Client(endpoint.endpoint, KEYS, retry=once) as s3:
        with pytest.raises(TransportError) as raised:
            await s3.delete_objects("b", keys)
    partial = raised.value.partial
    assert partial is not None
    gone = {entry.key for entry in partial.deleted}
    assert gone == set(keys) - server.keys
    assert {key for key, _ in partial.left} == server.keys
    assert gone >= set(keys[:16])


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


@pytest.mark.drawn
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

"""Listings of servers that do something oddly: every key comes, once and by its name, or an error says why.

What they do was seen of Ceph, JuiceFS, LocalStack, rclone and others.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from itertools import count
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.s3 import S3Client
from s3tui.s3.errors import ProtocolError, ServiceError
from s3tui.s3.listing.parallel import list_objects_parallel
from s3tui.s3.listing.versions import list_versions_as_objects
from s3tui.s3.retries import RetryPolicy
from s3tui.s3.sending.capabilities import Capability
from tests.long import share
from tests.patience import PATIENCE_S
from tests.s3.listing.odd_listings import OddListings
from tests.s3.scripted import KEYS, Reply, Seen, error_reply, scripted

Lister = Callable[..., AsyncGenerator[list[str], None]]
"""Yields the keys under a prefix."""
KEY = st.text("ab/ü+% 4\t&<", min_size=1, max_size=6)
SPELLED = [" ü+%", "a b", "a%41 b", "b&+ c", "b/%zz ", "c ü", "v ü+%"]
"""Keys that no encoder would write as they are, and that mean something else when they are decoded."""
FACTS = b"<LastModified>2026-11-20T12:00:00.000Z</LastModified><ETag>&quot;0a&quot;</ETag>"
"""The fields between a key and its size, as Amazon writes them: such rows take the fast path."""


async def _objects(s3: S3Client, prefix: str = "") -> AsyncGenerator[list[str], None]:
    async with aclosing(s3.list_objects("b", prefix)) as pages:
        async for page in pages:
            yield [found.key for found in page.objects]


async def _parallel(s3: S3Client, prefix: str = "") -> AsyncGenerator[list[str], None]:
    async with aclosing(list_objects_parallel(s3, "b", prefix)) as pages:
        async for page in pages:
            yield [found.key for found in page.objects]


async def _versions(s3: S3Client, prefix: str = "") -> AsyncGenerator[list[str], None]:
    async with aclosing(list_versions_as_objects(s3, "b", prefix)) as pages:
        async for page in pages:
            yield [found.key for found in page.objects]


async def _uploads(s3: S3Client, prefix: str = "") -> AsyncGenerator[list[str], None]:
    async with aclosing(s3.list_multipart_uploads("b", prefix)) as pages:
        async for page in pages:
            yield [found.key for found in page.uploads]


LISTERS = {"objects": _objects, "parallel": _parallel, "versions": _versions, "uploads": _uploads}
every_lister = pytest.mark.parametrize("lister", LISTERS.values(), ids=LISTERS)


async def listed(server: Callable[[Seen], Reply], lister: Lister, prefix: str = "") -> list[str]:
    """Return every key; a server that leads nowhere is left after a minute."""
    once = RetryPolicy(attempts=1)
    async with (
        asyncio.timeout(PATIENCE_S),
        scripted(server) as at,
        S3Client(at.endpoint, KEYS, retry=once) as s3,
    ):
        return [key async for page in lister(s3, prefix) for key in page]


@pytest.mark.drawn
@every_lister
@settings(max_examples=share(8, 300), deadline=None)
@given(
    keys=st.sets(st.sampled_from(SPELLED), min_size=1),
    encodes=st.booleans(),
    encodes_markers=st.booleans(),
    blanks=st.sampled_from(["%20", "+"]),
    words=st.sampled_from(
        [
            ("true", "false"),
            ("True", "False"),
            ("1", "0"),
            (" true ", " false "),
            ("true", None),
            ("yes", None),
        ]
    ),
    names_markers=st.booleans(),
    page=st.integers(1, 3),
)
def test_every_key_comes_whatever_is_encoded_and_however_its_end_is_said(
    lister: Lister,
    keys: set[str],
    encodes: bool,
    encodes_markers: bool,
    blanks: str,
    words: tuple[str, str | None],
    names_markers: bool,
    page: int,
) -> None:
    server = OddListings(
        list(keys),
        page,
        encodes=encodes,
        encodes_markers=encodes_markers,
        blanks=blanks,
        true=words[0],
        false=words[1],
        names_markers=names_markers,
    )
    assert asyncio.run(listed(server, lister)) == sorted(keys)


@pytest.mark.drawn
@settings(max_examples=share(25, 1000), deadline=None)
@given(keys=st.sets(KEY, min_size=1, max_size=6), blanks=st.sampled_from(["%20", "+"]))
def test_keys_are_decoded_once(keys: set[str], blanks: str) -> None:
    server = OddListings(list(keys), blanks=blanks)
    assert asyncio.run(listed(server, _objects)) == sorted(keys)


@pytest.mark.parametrize("encodes", [True, False], ids=["encoded", "as they are"])
async def test_uploads_whose_encoding_is_not_said_are_asked_for_again(encodes: bool) -> None:
    keys = ["a%20b", "a/mp ü+%", "mp%2B"] if encodes else ["a%20b", "mp%2B"]
    server = OddListings(keys, page=1, encodes=encodes, encodes_markers=False, says=False)
    assert await listed(server, _uploads) == sorted(keys)


@every_lister
@pytest.mark.parametrize("refused", ["encoding-type", "list-type"])
async def test_what_a_server_refuses_is_left_out(lister: Lister, refused: str) -> None:
    server = OddListings(["a", "b", "c"], refuses=refused)
    assert await listed(server, lister) == ["a", "b", "c"]


REFUSALS = {
    "BadRequest": error_reply(400, "BadRequest"),
    "InvalidArgument": error_reply(400, "InvalidArgument"),
    "InvalidHeader": error_reply(400, "InvalidHeader"),
    "InvalidRequest": error_reply(400, "InvalidRequest"),
    "UnsupportedHeader": error_reply(400, "UnsupportedHeader"),
    "NotImplemented": error_reply(501, "NotImplemented"),
    "400 without a body": Reply(400),
    "405 without a body": Reply(405),
    "501 without a body": Reply(501),
    "501 and a web page": Reply(501, {"content-type": "text/html"}, b"<html>no</html>"),
}


@pytest.mark.parametrize("refused", ["encoding-type", "list-type"])
@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
async def test_however_a_parameter_is_refused_it_is_left_out(refused: str, refusal: Reply) -> None:
    server = OddListings(["a", "b", "c"], refuses=refused, refusal=refusal)
    assert await listed(server, _objects) == ["a", "b", "c"]


@pytest.mark.parametrize("page", [2, 3, 5])
@pytest.mark.parametrize("lister", [_objects, _parallel])
@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
async def test_a_token_that_is_refused_is_never_taken_for_a_key(
    refusal: Reply, lister: Lister, page: int
) -> None:
    """It is a key to the first version of the listing, which would leave out all in front of it."""
    keys = [f"{number}0" for number in range(1, 10)]
    plain, asked_of_first, tokens = OddListings(keys), list[str](), dict[str, None]()

    def answer(seen: Seen) -> Reply:
        asked = dict(parse_qsl(urlsplit(seen.target.decode()).query))
        asked_of_first.extend(asked.get("marker", ""))
        tokens.update({asked[name]: None for name in ("continuation-token",) if name in asked})
        is_refused = "continuation-token" in asked and len(tokens) >= page - 1
        return refusal if is_refused else plain(seen)

    found: list[str] = []
    once = RetryPolicy(attempts=1)
    async with scripted(answer) as at, S3Client(at.endpoint, KEYS, retry=once) as s3:
        with suppress(ServiceError):  # of many workers, none may have come to the token that is refused
            async for some in lister(s3):
                found += some
            assert found == keys
        assert s3.capabilities.has(Capability.LIST_OBJECTS_V2) is not False
    assert asked_of_first == []
    assert found == keys[: len(found)]


async def test_a_listing_goes_on_with_the_version_that_it_began_with() -> None:
    keys = [f"{number}0" for number in range(1, 10)]
    async with scripted(OddListings(keys)) as at, S3Client(at.endpoint, KEYS) as s3:
        found: list[str] = []
        async for page in _objects(s3):
            found += page
            s3.capabilities.learn(Capability.LIST_OBJECTS_V2, False, "another listing was refused")
        assert found == keys
        assert [key async for page in _objects(s3) for key in page] == keys


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
async def test_however_a_header_is_refused_it_is_left_out(refusal: Reply) -> None:
    plain = OddListings(["a", "b", "c"])

    def answer(seen: Seen) -> Reply:
        return refusal if "x-amz-optional-object-attributes" in seen.headers else plain(seen)

    async with scripted(answer) as endpoint, S3Client(endpoint.endpoint, KEYS) as s3:
        found = [o.key async for page in s3.list_objects("b", restore_status=True) for o in page.objects]
        assert found == ["a", "b", "c"]
        assert s3.capabilities.has(Capability.RESTORE_STATUS) is False


@pytest.mark.parametrize(
    "refusal", [error_reply(403, "AccessDenied"), error_reply(404, "NoSuchBucket"), Reply(403), Reply(404)]
)
async def test_what_refuses_the_listing_itself_is_asked_once(refusal: Reply) -> None:
    async with (
        scripted(OddListings(["a"], refuses="list-type", refusal=refusal)) as endpoint,
        S3Client(endpoint.endpoint, KEYS) as s3,
    ):
        with pytest.raises(ServiceError):
            await anext(s3.list_objects("b"))
        assert sum(b"list-type" in seen.target for seen in endpoint.requests) == 1


@pytest.mark.parametrize("names_markers", [True, False])
@pytest.mark.parametrize("lister", [_objects, _parallel])
async def test_the_first_version_of_the_listing_will_do(lister: Lister, names_markers: bool) -> None:
    server = OddListings([*"abcdefg"], first_version=True, names_markers=names_markers)
    assert await listed(server, lister) == [*"abcdefg"]


async def test_the_first_version_is_asked_for_from_then_on() -> None:
    async with (
        scripted(OddListings([*"abcdefg"], first_version=True)) as endpoint,
        S3Client(endpoint.endpoint, KEYS) as s3,
    ):
        assert [key async for page in _objects(s3) for key in page] == [*"abcdefg"]
        assert s3.capabilities.has(Capability.LIST_OBJECTS_V2) is False
        before = len(endpoint.requests)
        found = [o.key async for page in s3.list_objects("b", start_after="e") for o in page.objects]
        assert found == ["f", "g"]
        assert len(endpoint.requests) == before + 1


@pytest.mark.parametrize("encodes", [True, False])
async def test_a_first_request_behind_a_key_finds_that_the_first_version_is_known(encodes: bool) -> None:
    server = OddListings(["a", "b c", "d", "e", "f"], refuses="list-type", encodes=encodes)
    async with scripted(server) as endpoint, S3Client(endpoint.endpoint, KEYS) as s3:
        found = [o.key async for page in s3.list_objects("b", start_after="b c") for o in page.objects]
        assert found == ["d", "e", "f"]
        assert s3.capabilities.has(Capability.LIST_OBJECTS_V2) is False


async def test_a_start_after_that_is_refused_says_nothing_of_the_second_version() -> None:
    server = OddListings([*"abcde"], refuses="start-after")
    async with scripted(server) as endpoint, S3Client(endpoint.endpoint, KEYS) as s3:
        with pytest.raises(ServiceError):
            await anext(s3.list_objects("b", start_after="b"))
        assert s3.capabilities.has(Capability.LIST_OBJECTS_V2) is not False
        assert [key async for page in _parallel(s3) for key in page] == [*"abcde"]


@pytest.mark.parametrize("lister", [_objects, _parallel])
async def test_a_server_that_names_the_same_token_is_asked_by_key(lister: Lister) -> None:
    server = OddListings([*"abcdefghi"], repeats_token=True)
    assert await listed(server, lister) == [*"abcdefghi"]


def _endless(root: str, row: str, fields: str) -> Callable[[Seen], Reply]:
    """Return a server that always says that there is more, by ever new markers; `#` stands for a number."""
    numbers = count()

    def answer(seen: Seen) -> Reply:
        body = f"<{root}><IsTruncated>true</IsTruncated>{fields}{row}</{root}>"
        return Reply(body=body.replace("#", str(next(numbers))).encode())

    return answer


_TOKEN = "<NextContinuationToken>#</NextContinuationToken>"
_MARKER = "<NextKeyMarker>#</NextKeyMarker>"
_SAME = "<Key>k</Key><Size>1</Size>"
ENDLESS = {
    "empty": (_objects, "ListBucketResult", "", _TOKEN),
    "empty, same token": (_objects, "ListBucketResult", "", _TOKEN.replace("#", "t")),
    "empty, no token": (_objects, "ListBucketResult", "", ""),
    "same page": (_objects, "ListBucketResult", f"<Contents>{_SAME}</Contents>", _TOKEN),
    "same page, no token": (_objects, "ListBucketResult", f"<Contents>{_SAME}</Contents>", ""),
    "same page, same token": (
        _objects,
        "ListBucketResult",
        f"<Contents>{_SAME}</Contents>",
        _TOKEN[:-1].replace("#", "t") + ">",
    ),
    "parallel": (_parallel, "ListBucketResult", f"<Contents>{_SAME}</Contents>", _TOKEN),
    "parallel, empty": (_parallel, "ListBucketResult", "", _TOKEN),
    "versions": (
        _versions,
        "ListVersionsResult",
        f"<Version>{_SAME}<VersionId>1</VersionId></Version>",
        _MARKER,
    ),
    "versions, empty": (_versions, "ListVersionsResult", "", _MARKER),
    "versions, same": (
        _versions,
        "ListVersionsResult",
        f"<Version>{_SAME}<VersionId>1</VersionId></Version>",
        "",
    ),
    "uploads": (
        _uploads,
        "ListMultipartUploadsResult",
        f"<Upload>{_SAME}<UploadId>1</UploadId></Upload>",
        _MARKER,
    ),
    "uploads, no marker": (_uploads, "ListMultipartUploadsResult", "", ""),
}


@pytest.mark.parametrize(("lister", "root", "row", "fields"), ENDLESS.values(), ids=ENDLESS)
async def test_a_listing_that_never_ends_is_an_error(
    lister: Lister, root: str, row: str, fields: str
) -> None:
    with pytest.raises(ProtocolError, match="goes on"):
        await listed(_endless(root, row, fields), lister)


@pytest.mark.parametrize(
    "fields",
    [
        "<IsTruncated>true</IsTruncated>",
        "<IsTruncated>true</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker>",
        "<IsTruncated>1</IsTruncated><NextPartNumberMarker>#</NextPartNumberMarker>",
    ],
)
async def test_parts_that_never_end_are_an_error(fields: str) -> None:
    part = "<Part><PartNumber>1</PartNumber><ETag>a</ETag><Size>1</Size></Part>"
    async with (
        asyncio.timeout(PATIENCE_S),
        scripted(_endless("ListPartsResult", part, fields)) as endpoint,
        S3Client(endpoint.endpoint, KEYS) as s3,
    ):
        with pytest.raises(ProtocolError, match="goes on"):
            await s3.list_parts("b", "k", upload_id="u")


async def test_parts_go_on_behind_the_last_one_where_no_marker_says_where() -> None:
    def answer(seen: Seen) -> Reply:
        number = 2 if b"part-number-marker=1" in seen.target else 1
        part = f"<Part><PartNumber>{number}</PartNumber><ETag>a</ETag><Size>1</Size></Part>"
        more = "<IsTruncated>True</IsTruncated>" if number == 1 else ""
        return Reply(body=f"<ListPartsResult>{more}{part}</ListPartsResult>".encode())

    async with scripted(answer) as endpoint, S3Client(endpoint.endpoint, KEYS) as s3:
        assert [part.part_number for part in await s3.list_parts("b", "k", upload_id="u")] == [1, 2]


async def test_buckets_that_never_end_are_an_error() -> None:
    body = b"<ListAllMyBucketsResult><Buckets><Bucket><Name>b</Name></Bucket></Buckets>"
    body += b"<ContinuationToken>t</ContinuationToken></ListAllMyBucketsResult>"
    async with (
        asyncio.timeout(PATIENCE_S),
        scripted(lambda seen: Reply(body=body)) as endpoint,
        S3Client(endpoint.endpoint, KEYS) as s3,
    ):
        with pytest.raises(ProtocolError, match="goes on"):
            await s3.list_buckets()


@every_lister
@pytest.mark.parametrize("facts", [b"", FACTS], ids=["short rows", "whole rows"])
async def test_keys_that_were_not_asked_for_are_not_taken(lister: Lister, facts: bytes) -> None:
    server = OddListings(["a", "p/", "p/1", "q"], page=9)

    def answer(seen: Seen) -> Reply:
        unasked = Seen(seen.line.replace(b"prefix=", b"x="), {}, b"")
        return Reply(body=server(unasked).body.replace(b"<Size>", facts + b"<Size>"))

    assert await listed(answer, lister, "p/") == ["p/", "p/1"]


@pytest.mark.parametrize("parallel", [True, False])
async def test_prefixes_repeated_on_each_page_come_once(parallel: bool) -> None:
    prefixes = "".join(f"<CommonPrefixes><Prefix>{name}/</Prefix></CommonPrefixes>" for name in "apz")

    def answer(seen: Seen) -> Reply:
        page = int(seen.target.partition(b"continuation-token=")[2][:1] or b"0")
        more = f"<IsTruncated>true</IsTruncated>{_TOKEN.replace('#', str(page + 1))}" if page < 3 else ""
        row = f"<Contents><Key>k{page}</Key><Size>1</Size></Contents>"
        return Reply(body=f"<ListBucketResult>{more}{row}{prefixes}</ListBucketResult>".encode())

    async with scripted(answer) as endpoint, S3Client(endpoint.endpoint, KEYS) as s3:
        lister = (
            list_objects_parallel(s3, "b", delimiter="/") if parallel else s3.list_objects("b", delimiter="/")
        )
        found = [(list(page.common_prefixes), [o.key for o in page.objects]) async for page in lister]
    assert sorted(name for names, _ in found for name in names) == ["a/", "p/", "z/"]
    assert [key for _, keys in found for key in keys] == ["k0", "k1", "k2", "k3"]

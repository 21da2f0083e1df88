"""Parsing of response headers, nonsense included."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from s3tui.s3 import ByteRange, ContentRange, ObjectHead
from s3tui.s3.errors import ProtocolError
from s3tui.s3.wire import headers as response_headers
from tests.long import share

_MD5 = "5d41402abc4b2a76b9719d911017c592"
_NAMES = [
    "content-length",
    "content-range",
    "etag",
    "expires",
    "last-modified",
    "x-amz-checksum-crc32",
    "x-amz-meta-a",
    "x-amz-mp-parts-count",
    "x-amz-object-lock-mode",
    "x-amz-object-lock-retain-until-date",
]
_values = st.one_of(
    st.binary(max_size=40),
    st.from_regex(rb"=\?[a-z0-9-]{1,12}\?[bBqQ]\?[ -~]{0,20}\?=", fullmatch=True),
    st.from_regex(
        rb"[A-Z][a-z]{2}, [0-9]{1,3} [A-Z][a-z]{2} [0-9]{1,6} [0-9:]{1,9} [-+]?[0-9]{1,6}", fullmatch=True
    ),
)


@settings(max_examples=share(300, 300))
@given(st.lists(st.tuples(st.sampled_from(_NAMES), _values), max_size=5))
@example([("content-range", b"bytes 0-" + b"9" * 5000 + b"/*")])
@example([("content-length", b"9" * 5000)])
def test_any_headers_are_read_or_refused(headers: list[tuple[str, bytes]]) -> None:
    with suppress(ProtocolError):
        response_headers.object_head(httpx.Headers([(name.encode(), value) for name, value in headers]))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (ObjectHead(5, etag=_MD5), _MD5),
        (ObjectHead(5, etag=_MD5, server_side_encryption="AES256"), _MD5),
        (ObjectHead(5, etag=f"{_MD5}-2"), None),
        (ObjectHead(5, etag="an-etag"), None),
        (ObjectHead(5, etag=_MD5, parts_count=2), None),
        (ObjectHead(5, etag=_MD5, server_side_encryption="aws:kms"), None),
        (ObjectHead(5, etag=_MD5, customer_key_md5="x"), None),
        (ObjectHead(5), None),
    ],
)
def test_an_etag_is_taken_for_an_md5_only_where_s3_documents_it(
    head: ObjectHead, expected: str | None
) -> None:
    assert response_headers.md5_of(head) == expected


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (206, {"content-range": "bytes 2-4/10"}, b"234"),
        (200, {"content-range": "bytes 2-4/10"}, b"234"),  # as rclone answers
        (200, {}, b"0123456789"),  # a server that knows no ranges
    ],
)
def test_a_range_is_what_content_range_says_whatever_the_status(
    status: int, headers: dict[str, str], body: bytes
) -> None:
    response = httpx.Response(status, headers=headers)
    assert response_headers.wanted_bytes(body, response, ByteRange(2, 4)) == b"234"


def test_a_size_is_that_of_the_whole_object_also_of_a_range() -> None:
    headers = httpx.Headers({"content-length": "3", "content-range": "bytes 2-4/10"})
    assert response_headers.content_range(headers) == ContentRange(2, 4, 10)
    assert response_headers.object_head(headers).size == 10


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"=?UTF-8?B?Wm/Dqw==?=", "Zoë"),
        (b"=?UTF-8?Q?Zo=C3=AB?=", "Zoë"),
        ("Zoë".encode(), "Zoë"),
        (b"Zo\xeb", "Zoë"),
        (b"=?no such charset?B?x?=", "=?no such charset?B?x?="),
    ],
)
def test_metadata_beyond_ascii_is_read_however_it_comes(raw: bytes, expected: str) -> None:
    head = response_headers.object_head(httpx.Headers([(b"x-amz-meta-owner", raw)]))
    assert head.metadata == {"owner": expected}


@pytest.mark.parametrize("value", ["null", "yZRlqg", "yZRlqg==yZRlqg==", "AAAA", "====", "-3"])
def test_a_checksum_that_can_be_none_tells_nothing(value: str) -> None:
    headers = {"content-length": "5", "x-amz-checksum-crc32": value}
    assert response_headers.object_head(httpx.Headers(headers)).checksum is None


CUSTOMER = "x-amz-server-side-encryption-customer-algorithm"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (ObjectHead(5), False),
        (ObjectHead(5, server_side_encryption="AES256"), False),
        (ObjectHead(5, server_side_encryption="aws:kms:dsse"), True),
        (ObjectHead(5, customer_key_md5="x"), True),
        (ObjectHead(5, headers=((CUSTOMER, "AES256"),)), True),
        (ObjectHead(5, headers=(("etag", "x"), (CUSTOMER.title(), "AES256"))), True),
    ],
)
def test_an_etag_tells_nothing_of_bytes_that_a_key_of_somebody_encrypts(
    head: ObjectHead, expected: bool
) -> None:
    assert response_headers.is_opaque(head) is expected
    assert (response_headers.md5_of(replace(head, etag=_MD5.upper())) is None) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (ObjectHead(5, etag="a"), ObjectHead(5, etag="a"), False),
        (ObjectHead(5, etag="a"), ObjectHead(5, etag="b"), True),
        (ObjectHead(5, etag="a"), ObjectHead(6, etag="a"), True),
        (ObjectHead(5), ObjectHead(5, etag="b"), False),
        (ObjectHead(5, etag="a"), ObjectHead(None), False),
        (ObjectHead(None, etag="a"), ObjectHead(6, etag="a"), False),
    ],
)
def test_two_heads_are_of_different_objects_where_both_say_so(
    one: ObjectHead, other: ObjectHead, expected: bool
) -> None:
    assert response_headers.is_another(one, other) is response_headers.is_another(other, one) is expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("bytes 0-0/1", ContentRange(0, 0, 1)),
        (" bytes 2-4/* ", ContentRange(2, 4, None)),
        (f"bytes 0-{2**63 - 1}/*", ContentRange(0, 2**63 - 1, None)),
        (None, None),
    ],
)
def test_a_content_range_is_read(said: str | None, expected: ContentRange | None) -> None:
    assert response_headers.content_range({} if said is None else {"content-range": said}) == expected


@pytest.mark.parametrize(
    "said", ["", "bytes 4-2/10", "bytes */10", "bytes 0-9", f"bytes 0-{2**63}/*", "items 0-1/2", "x" * 90]
)
def test_a_content_range_that_makes_no_sense_is_refused(said: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        response_headers.content_range({"content-range": said})
    assert str(refused.value) == f"the server's Content-Range cannot be read: {said[:80]!r}"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (None, b"0123456789"),
        (ByteRange(0, 0), b"0"),
        (ByteRange(7), b"789"),
        (ByteRange(suffix=3), b"789"),
        (ByteRange(8, 20), b"89"),
    ],
)
def test_the_wanted_bytes_are_cut_out_of_a_whole_answer(wanted: ByteRange | None, expected: bytes) -> None:
    body = b"0123456789"
    assert response_headers.wanted_bytes(body, httpx.Response(200), wanted) == expected
    assert response_headers.wanted_bytes(body, httpx.Response(206), wanted) == body


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"content-length": "5"}, 5),
        ({"content-length": "5", "transfer-encoding": "chunked"}, None),
        ({"content-length": "3", "content-range": "bytes 2-4/*"}, None),
        ({"content-length": "-5"}, None),
        ({}, None),
    ],
)
def test_a_size_that_is_not_said_is_unknown(headers: dict[str, str], expected: int | None) -> None:
    assert response_headers.object_head(httpx.Headers(headers)).size == expected


@pytest.mark.parametrize(
    ("status", "more", "is_whole"),
    [
        (200, {}, True),
        (200, {"X-Amz-Checksum-Type": "FULL_OBJECT"}, True),
        (206, {}, False),
        (200, {"content-range": "bytes 0-4/5"}, False),
        (200, {"x-amz-checksum-type": "COMPOSITE"}, False),
        (200, {"etag": '"a-2"'}, False),
    ],
)
def test_a_body_must_have_the_checksum_that_is_of_all_of_it(
    status: int, more: dict[str, str], is_whole: bool
) -> None:
    headers = {"X-Amz-Checksum-SHA256": "", "X-Amz-Checksum-CRC32": "y/Q5Jg==", **more}
    found = response_headers.whole_checksum(httpx.Response(status, headers=headers))
    assert (found and found.value) == ("y/Q5Jg==" if is_whole else None)
    assert response_headers.whole_checksum(httpx.Response(status, headers=more)) is None


@pytest.mark.parametrize(
    ("mode", "until", "is_kept"),
    [
        ("GOVERNANCE", "2027-01-02T03:04:05Z", True),
        ("COMPLIANCE", "soon", False),
        ("NONE", "2027-01-02T03:04:05Z", False),
        (None, "2027-01-02T03:04:05Z", False),
        ("GOVERNANCE", None, False),
    ],
)
def test_a_retention_needs_its_mode_and_its_end(mode: str | None, until: str | None, is_kept: bool) -> None:
    said = {"x-amz-object-lock-mode": mode, "x-amz-object-lock-retain-until-date": until}
    headers = httpx.Headers({name: value for name, value in said.items() if value is not None})
    assert (response_headers.object_head(headers).retention is not None) is is_kept

"""Parsing of response headers, nonsense included."""

from __future__ import annotations

from contextlib import suppress

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from s3tui.s3 import ByteRange, ContentRange, ObjectHead
from s3tui.s3.errors import ProtocolError
from s3tui.s3.wire import headers as response_headers

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


@settings(max_examples=300)
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

"""Signatures byte for byte as botocore makes them, over generated requests."""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from unittest import mock
from urllib.parse import quote

import botocore.auth
import botocore.credentials
import pytest
from botocore.awsrequest import AWSRequest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.credentials import Credentials
from s3tui.s3.signing import sigv4
from tests.long import share

AT = datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)

# What has broken signers: reserved and unreserved signs, spaces, path segments that look relative.
ODD = st.sampled_from(
    [
        *"+%~'()*!@#?&=:;,$[]{}|\\^`\"<> ",
        "//",
        "/./",
        "/../",
        "..",
        "%20",
        "%2F",
        "a",
        "é",
        "日本",
        "😀",
        "\t",
    ]
)
KEY = st.lists(ODD | st.text(max_size=3), max_size=12).map("".join).filter(lambda key: _is_utf8(key))
WORD = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12)
QUERY = st.lists(st.tuples(WORD | KEY.filter(bool), KEY | st.just("")), max_size=5)
PRINTABLE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=30)
FOLDED = st.lists(PRINTABLE, max_size=4).map("  \t ".join)
HEADERS = st.dictionaries(
    st.sampled_from(["content-type", "range", "content-md5", "x-amz-acl", "if-match", "cache-control"])
    | WORD.map(lambda word: f"x-amz-meta-{word.strip('-') or 'a'}"),
    FOLDED,
    max_size=5,
)
KEYS = st.builds(
    Credentials,
    st.text("ABCDEFGHIJ0123456789", min_size=16, max_size=20),
    st.text("abcXYZ012/+", min_size=8, max_size=40),
    st.none() | st.text("abcXYZ012/+=", min_size=8, max_size=80),
)
METHOD = st.sampled_from(["GET", "PUT", "HEAD", "DELETE", "POST"])
REGION = st.sampled_from(["us-east-1", "eu-west-1", "cn-north-1", "auto", "us-gov-west-1"])


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _botocore_keys(keys: Credentials) -> botocore.credentials.Credentials:
    return botocore.credentials.Credentials(
        keys.access_key, keys.secret_key.reveal(), keys.session_token and keys.session_token.reveal()
    )


def _frozen_clock() -> AbstractContextManager[object]:
    return mock.patch.object(botocore.auth, "get_current_datetime", return_value=AT)


def _query(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)


@pytest.mark.drawn
@settings(max_examples=share(600, 20_000))
@given(METHOD, KEY, QUERY, HEADERS, KEYS, REGION, st.binary(max_size=20))
def test_headers_are_signed_as_botocore_signs_them(
    method: str,
    key: str,
    pairs: list[tuple[str, str]],
    headers: dict[str, str],
    keys: Credentials,
    region: str,
    body: bytes,
) -> None:
    target = Endpoint.custom("http://127.0.0.1:9000").target("bucket", key)
    url = f"http://127.0.0.1:9000/bucket/{quote(key, safe='/-_.~')}"
    theirs = AWSRequest(method, f"{url}?{_query(pairs)}" if pairs else url, dict(headers), body)
    with _frozen_clock():
        botocore.auth.S3SigV4Auth(_botocore_keys(keys), "s3", region).add_auth(theirs)
    ours = sigv4.authorization(
        method,
        target.path,
        sigv4.canonical_query(pairs),
        {"host": target.authority, **headers},
        credentials=keys,
        region=region,
        at=AT,
        payload_hash=hashlib.sha256(body).hexdigest(),
    )
    assert {name: theirs.headers[name] for name in ours} == ours


@pytest.mark.drawn
@settings(max_examples=share(600, 20_000))
@given(METHOD, KEY, QUERY, HEADERS, KEYS, REGION, st.integers(1, 604_800))
def test_urls_are_presigned_as_botocore_presigns_them(
    method: str,
    key: str,
    pairs: list[tuple[str, str]],
    headers: dict[str, str],
    keys: Credentials,
    region: str,
    expires_s: int,
) -> None:
    unique = list(dict(pairs).items())  # botocore drops repeated names when it presigns
    target = Endpoint.custom("https://s3.example.com").target("bucket", key)
    url = f"https://s3.example.com/bucket/{quote(key, safe='/-_.~')}"
    theirs = AWSRequest(method, f"{url}?{_query(unique)}" if unique else url, dict(headers))
    with _frozen_clock():
        botocore.auth.S3SigV4QueryAuth(_botocore_keys(keys), "s3", region, expires_s).add_auth(theirs)
    ours = sigv4.presigned_query(
        method,
        target.path,
        unique,
        {"host": target.authority, **headers},
        credentials=keys,
        region=region,
        at=AT,
        expires_s=expires_s,
    )
    assert f"https://{target.authority}{target.path}?{ours}" == theirs.url

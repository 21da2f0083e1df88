"""Every key that a server accepts goes up, lists, heads, downloads, copies and deletes as itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from s3tui.s3 import S3Client, errors
from tests.s3.conftest import client_of
from tests.servers import S3Server

_ALPHABET = st.one_of(
    st.sampled_from("./ab +%&=?#:;,@!~'()*\\\"<>|^`{}[]$-_\t\n\r\x01\x1f\x7f\u200b\u202eéß日🙂"),
    st.characters(exclude_categories=["Cs"]),  # surrogates alone are not UTF-8
)
_keys = (
    st.one_of(
        st.text(_ALPHABET, min_size=1, max_size=40),
        st.lists(st.sampled_from([".", "..", "", "a", "b c", "é"]), min_size=1, max_size=6).map("/".join),
        st.integers(1, 1024).map(lambda size: "k" * size),
    )
    .filter(lambda key: 1 <= len(key.encode()) <= 1024)
    # NUL is refused by S3's own documentation for XML, and by these servers' file systems
    .filter(lambda key: "\0" not in key)
)
ODD = [
    ".",
    "..",
    "../..",
    "./a",
    "a/./b",
    "a/../b",
    "//",
    "/",
    "/lead",
    "trail/",
    "a//b",
    "?",
    "a?versionId=x",
    "#",
    "%2F",
    "%",
    "+",
    "a b",
    " lead and trail ",
    "\n",
    "\r\n",
    "\t",
    "\x01\x1f\x7f",
    "\u2028\ufeff",
    "é",
    "e\u0301",
    "日本/🙂",
    "<&>\"'",
    "k" * 1024,
    "é" * 512,
    "soap",
    "a\\b",
    "~user",
    "*",
]


async def _round_trip(s3: S3Client, bucket: str, key: str) -> None:
    """Write `key` and a copy of it, and find both only as themselves."""
    copy = f"c{key}" if len(key.encode()) < 1024 else f"c{key[2:]}"
    content = key.encode()
    etag = await s3.put_object(bucket, key, content)
    await s3.copy_object(bucket, copy, source=f"{bucket}/{key}")
    listed = [entry async for page in s3.list_objects(bucket, max_keys=1) for entry in page.objects]
    assert sorted(entry.key for entry in listed) == sorted((key, copy))
    for name in (key, copy):
        assert (await s3.head_object(bucket, name)).size == len(content)
        assert await s3.get_object(bucket, name) == content
    assert {entry.etag for entry in listed} == {etag}
    exact = await anext(s3.list_objects(bucket, key))
    assert key in [entry.key for entry in exact.objects]
    await s3.delete_object(bucket, copy)
    assert (await s3.delete_objects(bucket, [key])).errors == ()
    assert (await anext(s3.list_objects(bucket))).objects == ()


@pytest.mark.parametrize("key", ODD, ids=ascii)
async def test_an_odd_key_is_itself_everywhere(ministack: S3Server, key: str) -> None:
    bucket = ministack.make_bucket()
    async with client_of(ministack, ministack.credentials) as s3:
        await _round_trip(s3, bucket, key)


@pytest.mark.parametrize("key", [".", "..", "a/../b", "//", "/lead", "trail/", "a//b", "a b+é%"], ids=ascii)
async def test_boto3_finds_our_odd_keys(ministack: S3Server, key: str) -> None:
    bucket = ministack.make_bucket()
    oracle: Any = ministack.boto3()
    async with client_of(ministack, ministack.credentials) as s3:
        await s3.put_object(bucket, key, b"ours")
    assert [entry["Key"] for entry in oracle.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    assert oracle.get_object(Bucket=bucket, Key=key)["Body"].read() == b"ours"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=_keys)
@example(key="a/../b")
async def test_any_key_that_is_accepted_is_itself_everywhere(
    ministack: S3Server, key: str, bucket_of_keys: str
) -> None:
    async with client_of(ministack, ministack.credentials) as s3:
        try:
            await s3.put_object(bucket_of_keys, key, b"")
        except errors.ServiceError:
            return  # not accepted
        await s3.delete_object(bucket_of_keys, key)
        await _round_trip(s3, bucket_of_keys, key)


@pytest.fixture
def bucket_of_keys(ministack: S3Server) -> str:
    return ministack.make_bucket("keys")


async def test_an_empty_key_never_reaches_the_bucket(ministack: S3Server) -> None:
    """`DELETE /bucket/` with an empty key would be a DeleteBucket."""
    bucket = ministack.make_bucket()
    async with client_of(ministack, ministack.credentials) as s3:
        for call in (s3.delete_object, s3.head_object, s3.get_object):
            with pytest.raises(ValueError, match="key"):
                await call(bucket, "")
        assert await s3.bucket_exists(bucket)

"""Checksums: by the published check values, by boto3 and by a server that recomputes them."""

from __future__ import annotations

import base64
import hashlib
import io
import itertools
import zlib
from collections.abc import AsyncIterator
from typing import Any

import botocore.session
import httpx
import pytest
from botocore.httpchecksum import _CHECKSUM_CLS
from hypothesis import given
from hypothesis import strategies as st

from s3tui.s3 import (
    CallDefaults,
    Capability,
    Checksum,
    ChecksumAlgorithm,
    ChecksumMode,
    ChecksumType,
    Credentials,
    Endpoint,
    EtagHasher,
    S3Client,
    checksum,
    errors,
)
from s3tui.s3.checksum import checksum_of, composite, multipart_etag
from tests.s3.conftest import client_of, deviates
from tests.servers import S3Server

MIB = 1024 * 1024
every_algorithm = pytest.mark.parametrize("algorithm", ChecksumAlgorithm, ids=lambda found: found.value)
OLD = [
    found for found in ChecksumAlgorithm if found.value in ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")
]
servers_algorithm = pytest.mark.parametrize("algorithm", OLD, ids=lambda found: found.value)
"""No server at hand knows those that S3 added in 2026."""


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [  # of "123456789": the check values of the CRC catalogue, FIPS 180-4 for the hashes
        (ChecksumAlgorithm.CRC32, "cbf43926"),
        (ChecksumAlgorithm.CRC32C, "e3069283"),
        (ChecksumAlgorithm.CRC64NVME, "ae8b14860a799888"),
        (ChecksumAlgorithm.SHA1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
        (ChecksumAlgorithm.SHA256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
        (ChecksumAlgorithm.MD5, "25f9e794323b453885f5181f1b624d0b"),
    ],
)
def test_the_published_check_values(algorithm: ChecksumAlgorithm, digest: str) -> None:
    found = checksum_of(b"123456789", algorithm)
    assert found.digest.hex() == digest
    assert found.value == base64.b64encode(bytes.fromhex(digest)).decode()


@every_algorithm
def test_pieces_give_the_checksum_of_the_whole(algorithm: ChecksumAlgorithm) -> None:
    hasher = checksum.new_hasher(algorithm)
    for piece in (b"123", b"", b"456789"):
        hasher.update(piece)
    assert checksum.finish(hasher, algorithm) == checksum_of(b"123456789", algorithm)


@every_algorithm
def test_checksums_are_those_of_botocore(algorithm: ChecksumAlgorithm) -> None:
    model = botocore.session.get_session().get_service_model("s3").shape_for("ChecksumAlgorithm")
    assert {found.value for found in ChecksumAlgorithm} == set(model.enum)
    if algorithm is ChecksumAlgorithm.MD5:
        return  # which it takes as it is given
    theirs = _CHECKSUM_CLS[algorithm.value.lower()]()
    theirs.update(b"123456789")
    found = checksum_of(b"123456789", algorithm)
    assert found.value == theirs.b64digest()
    assert found.is_readable
    assert not Checksum(algorithm, "AAAA").is_readable


def test_a_composite_checksum_is_over_the_checksums_of_the_parts() -> None:
    parts = [checksum_of(data, ChecksumAlgorithm.CRC32) for data in (b"a" * 5, b"b")]
    digests = zlib.crc32(b"a" * 5).to_bytes(4, "big") + zlib.crc32(b"b").to_bytes(4, "big")
    expected = base64.b64encode(zlib.crc32(digests).to_bytes(4, "big")).decode()
    assert composite(parts) == Checksum(ChecksumAlgorithm.CRC32, f"{expected}-2", ChecksumType.COMPOSITE)
    with pytest.raises(ValueError, match="parts"):
        composite([])


# Etags


@given(st.binary(max_size=300), st.integers(1, 70), st.integers(1, 50))
def test_the_etag_follows_from_the_part_sizes(data: bytes, part_size: int, piece_size: int) -> None:
    hasher = EtagHasher(itertools.repeat(part_size))
    for start in range(0, len(data), piece_size):
        hasher.update(data[start : start + piece_size])
    parts = [data[start : start + part_size] for start in range(0, max(1, len(data)), part_size)]
    assert hasher.etag() == multipart_etag([hashlib.md5(part).hexdigest() for part in parts])


def test_the_etag_of_one_piece_is_its_md5_and_too_much_content_is_refused() -> None:
    whole = EtagHasher()
    whole.update(b"hello")
    assert whole.etag() == hashlib.md5(b"hello").hexdigest()
    with pytest.raises(ValueError, match="more content"):
        EtagHasher([2, 2]).update(b"hello")


def test_an_etag_is_unknown_when_a_part_has_none() -> None:
    assert multipart_etag([]) is None
    assert multipart_etag(["5d41402abc4b2a76b9719d911017c592", ""]) is None


@deviates("rclone", "gives the plain MD5 as etag")
async def test_the_computed_etag_is_the_servers(server: S3Server, bucket: str) -> None:
    data = bytes(range(256)) * (3 * MIB // 128)
    async with client_of(server, server.credentials) as s3:
        upload = await s3.begin_upload(bucket, "k")
        await upload.upload_part(1, data[: 5 * MIB])
        await upload.upload_part(2, data[5 * MIB :])
        await upload.complete()
        etag = (await s3.head_object(bucket, "k")).etag
    hasher = EtagHasher([5 * MIB, len(data) - 5 * MIB])
    hasher.update(data)
    assert etag == hasher.etag()


# On the wire


async def _chunks() -> AsyncIterator[bytes]:
    for _ in range(5):
        yield b"x" * 40_000


def _client(server: S3Server, mode: ChecksumMode, algorithm: ChecksumAlgorithm) -> S3Client:
    defaults = CallDefaults(checksums=mode, checksum_algorithm=algorithm)
    return client_of(server, server.credentials, defaults=defaults)


@servers_algorithm
@pytest.mark.parametrize(
    "kind",
    [
        "bytes",
        "file",
        pytest.param("stream", marks=deviates("rclone", "keeps a trailer's encoding")),
    ],
)
async def test_the_server_keeps_the_checksum_that_was_sent(
    server: S3Server, oracle: Any, bucket: str, algorithm: ChecksumAlgorithm, kind: str
) -> None:
    content = b"x" * 200_000
    data: Any = {"bytes": content, "file": io.BytesIO(content), "stream": _chunks()}[kind]
    async with _client(server, ChecksumMode.ALWAYS, algorithm) as s3:
        await s3.put_object(bucket, "k", data, content_length=len(content), content_encoding="x-test")
        head = await s3.head_object(bucket, "k", checksums=True)
        assert head.checksum == checksum_of(content, algorithm)
        assert head.content_encoding == "x-test"
        assert await s3.get_object(bucket, "k") == content
    theirs = oracle.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert theirs[algorithm.element] == checksum_of(content, algorithm).value


@servers_algorithm
async def test_boto3_reads_what_we_sent_and_we_what_boto3_sent(
    server: S3Server, oracle: Any, bucket: str, algorithm: ChecksumAlgorithm
) -> None:
    async with _client(server, ChecksumMode.ALWAYS, algorithm) as s3:
        await s3.put_object(bucket, "ours", b"hello")
        assert oracle.get_object(Bucket=bucket, Key="ours", ChecksumMode="ENABLED")["Body"].read() == b"hello"
        oracle.put_object(Bucket=bucket, Key="theirs", Body=b"hello", ChecksumAlgorithm=algorithm.value)
        assert await s3.get_object(bucket, "theirs") == b"hello"


@pytest.mark.parametrize("mode", ChecksumMode)
async def test_the_mode_decides_what_is_sent_to_a_custom_endpoint(mode: ChecksumMode) -> None:
    sent: list[httpx.Headers] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers)
        body = await request.aread()
        assert len(body) == int(request.headers.get("content-length", "0"))
        return httpx.Response(200, headers={"etag": '"e"'}, stream=httpx.ByteStream(b""))

    defaults = CallDefaults(checksums=mode)
    endpoint = Endpoint.custom("http://s3.example")
    transport = httpx.MockTransport(answer)
    async with S3Client(endpoint, Credentials("a", "b"), defaults=defaults, transport=transport) as s3:
        s3.capabilities.learn(Capability.CHECKSUM_TRAILERS, True, "looked at before")
        await s3.put_object("b", "k", b"hello")
        await s3.put_object("b", "k", _chunks(), content_length=200_000)
        await s3.get_object("b", "k")
    in_memory, streamed, read = (headers for headers in sent if "list-type" not in headers)
    sends = mode in (ChecksumMode.ALWAYS, ChecksumMode.WHEN_SUPPORTED)
    assert ("x-amz-checksum-crc32" in in_memory) == sends
    assert ("x-amz-trailer" in streamed) == (mode is ChecksumMode.ALWAYS)
    assert ("x-amz-checksum-mode" in read) == (mode is not ChecksumMode.NEVER)


# Verified on the way back

_STORED = checksum_of(b"hello", ChecksumAlgorithm.CRC32)


def _server_of(body: bytes, stored: Checksum, status: int = 200) -> S3Client:
    def answer(request: httpx.Request) -> httpx.Response:
        headers = {
            "content-length": str(len(body)),
            stored.algorithm.header: stored.value,
            "x-amz-checksum-type": stored.type.value,
            "etag": '"e"',
        }
        if status == 206:
            headers["content-range"] = f"bytes 0-{len(body) - 1}/5"
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))

    return S3Client(
        Endpoint.custom("http://s3.example"), Credentials("a", "b"), transport=httpx.MockTransport(answer)
    )


async def test_a_body_unlike_its_checksum_is_never_handed_out_whole() -> None:
    async with _server_of(b"hellO", _STORED) as s3:
        with pytest.raises(errors.ChecksumMismatch, match="CRC32"):
            await s3.get_object("b", "k")
        async with s3.stream_object("b", "k") as body:
            chunks = aiter(body)
            with pytest.raises(errors.ChecksumMismatch):
                await anext(chunks)


async def test_a_checksum_of_the_whole_is_not_compared_with_a_part() -> None:
    async with _server_of(b"he", _STORED, status=206) as s3:
        assert await s3.get_object("b", "k") == b"he"
    composite_one = Checksum(ChecksumAlgorithm.CRC32, "AAAAAA==-2", ChecksumType.COMPOSITE)
    async with _server_of(b"hello", composite_one) as s3:
        assert await s3.get_object("b", "k") == b"hello"

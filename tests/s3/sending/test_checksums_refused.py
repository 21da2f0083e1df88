"""Servers without checksums: learnt once from a refusal, then left out.

The refusals are those that other products were seen to answer to `x-amz-checksum-*`.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from s3tui.s3 import (
    CallDefaults,
    Capability,
    CapabilityObserved,
    ChecksumMode,
    FileSection,
    RetryPolicy,
    S3Client,
)
from s3tui.s3.errors import ChecksumMismatch, ServiceError
from s3tui.s3.sending.sender import Fact
from tests.s3.scripted import KEYS, Reply, Seen, error_reply, scripted

DATA = b"0123456789" * 100
MD5 = base64.b64encode(hashlib.md5(DATA).digest()).decode()
ONCE = RetryPolicy(attempts=1)
ALWAYS = CallDefaults(checksums=ChecksumMode.ALWAYS)
REFUSALS = {
    "B2": error_reply(400, "InvalidArgument", "Unsupported header 'x-amz-checksum-crc32' received"),
    "OCI": error_reply(400, "InvalidRequest", "no"),
    "501": error_reply(501, "NotImplemented", "A header you provided implies functionality that is not"),
    "501 bare": Reply(501),
    "400 bare": Reply(400),
}
Call = Callable[[S3Client, Path], Awaitable[object]]


def checksum_headers(seen: Seen) -> set[str]:
    return {
        name
        for name in seen.headers
        if name.startswith(("x-amz-checksum-", "x-amz-sdk-checksum")) or name == "x-amz-trailer"
    }


def answer(seen: Seen) -> Reply:
    if seen.line.startswith(b"POST") and b"uploads" in seen.target:
        return Reply(
            body=b"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
        )
    if seen.method == "PUT":
        assert seen.body == DATA
        return Reply(headers={"etag": '"e"'})
    return Reply(headers={"etag": '"e"'}, body=DATA)


async def put_section(s3: S3Client, file: Path) -> object:
    fd = os.open(file, os.O_RDONLY)
    try:
        return await s3.put_object("b", "k", FileSection(fd, 0, len(DATA)))
    finally:
        os.close(fd)


async def put_file(s3: S3Client, file: Path) -> object:
    with file.open("rb") as opened:
        return await s3.put_object("b", "k", opened)


async def put_part(s3: S3Client, file: Path) -> object:
    upload = await s3.begin_upload("b", "k")
    return await upload.upload_part(1, DATA)


async def read_in_pieces(s3: S3Client, file: Path) -> object:
    async with s3.stream_object("b", "k") as body:
        return [chunk async for chunk in body]


async def read_to_file(s3: S3Client, file: Path) -> object:
    fd = os.open(file.with_name("read"), os.O_RDWR | os.O_CREAT)
    try:
        return await s3.get_object_to_file("b", "k", fd=fd)
    finally:
        os.close(fd)


WRITES: dict[str, Call] = {
    "bytes": lambda s3, _: s3.put_object("b", "k", DATA),
    "file": put_file,
    "section": put_section,
    "part": put_part,
}
READS: dict[str, Call] = {
    "get": lambda s3, _: s3.get_object("b", "k"),
    "head": lambda s3, _: s3.head_object("b", "k", checksums=True),
    "stream": read_in_pieces,
    "to file": read_to_file,
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "file").write_bytes(DATA)
    return tmp_path / "file"


@pytest.mark.parametrize("call", WRITES)
@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_write_goes_without_what_the_server_refuses(refusal: str, call: str, file: Path) -> None:
    facts: list[Fact] = []

    def script(seen: Seen) -> Reply:
        return REFUSALS[refusal] if checksum_headers(seen) else answer(seen)

    async with (
        scripted(script) as server,
        S3Client(server.endpoint, KEYS, defaults=ALWAYS, retry=ONCE, observer=facts.append) as s3,
    ):
        await WRITES[call](s3, file)
        assert s3.capabilities.has(Capability.CHECKSUM_HEADERS) is False
        puts = [seen for seen in server.requests if seen.method == "PUT"]
        assert puts[-1].headers.get("content-md5", MD5) == MD5
        server.requests.clear()
        await WRITES[call](s3, file)
        assert not any(checksum_headers(seen) for seen in server.requests)
        assert len(server.requests) == (2 if call == "part" else 1)
    assert len([fact for fact in facts if isinstance(fact, CapabilityObserved)]) == 1


@pytest.mark.parametrize("call", READS)
@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_reading_goes_without_what_the_server_refuses(refusal: str, call: str, file: Path) -> None:
    def script(seen: Seen) -> Reply:
        return REFUSALS[refusal] if "x-amz-checksum-mode" in seen.headers else answer(seen)

    async with scripted(script) as server, S3Client(server.endpoint, KEYS, retry=ONCE) as s3:
        await READS[call](s3, file)
        assert s3.capabilities.has(Capability.CHECKSUM_MODE) is False
        server.requests.clear()
        await READS[call](s3, file)
        assert len(server.requests) == 1


@pytest.mark.parametrize("call", [*WRITES, *READS])
@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_refusal_for_another_reason_stays_one_and_teaches_nothing(
    refusal: str, call: str, file: Path
) -> None:
    refused = REFUSALS[refusal]
    async with (
        scripted(lambda _: refused) as server,
        S3Client(server.endpoint, KEYS, defaults=ALWAYS, retry=ONCE) as s3,
    ):
        with pytest.raises(ServiceError) as caught:
            await (WRITES | READS)[call](s3, file)
        assert s3.capabilities.known() == ()
    assert caught.value.status == refused.status


@pytest.mark.parametrize("reply", [error_reply(403, "AccessDenied"), error_reply(400, "BadDigest")])
async def test_no_other_error_is_blamed_on_the_checksum(reply: Reply) -> None:
    async with scripted(lambda _: reply) as server, S3Client(server.endpoint, KEYS, retry=ONCE) as s3:
        with pytest.raises(ServiceError):
            await s3.put_object("b", "k", DATA)
        assert len(server.requests) == 1


async def test_a_server_that_refuses_md5_too_gets_the_body_as_it_is() -> None:
    def script(seen: Seen) -> Reply:
        odd = checksum_headers(seen) or "content-md5" in seen.headers
        return REFUSALS["B2"] if odd else answer(seen)

    async with scripted(script) as server, S3Client(server.endpoint, KEYS, retry=ONCE) as s3:
        await s3.put_object("b", "k", DATA)
        assert len(server.requests) == 3


LOCKED = error_reply(
    400,
    "InvalidRequest",
    "Content-MD5 OR x-amz-checksum- HTTP header is required with Object Lock parameters",
)


@pytest.mark.parametrize("mode", ChecksumMode)
@pytest.mark.parametrize("knows", [True, False], ids=["knows checksums", "knows MD5 only"])
@pytest.mark.parametrize("call", WRITES)
async def test_a_bucket_with_object_lock_gets_a_proof_at_any_endpoint(
    call: str, knows: bool, mode: ChecksumMode, file: Path
) -> None:
    def script(seen: Seen) -> Reply:
        if checksum_headers(seen) and not knows:
            return REFUSALS["B2"]
        if seen.method == "PUT" and not checksum_headers(seen) and "content-md5" not in seen.headers:
            return LOCKED
        assert seen.headers.get("content-md5", MD5) == MD5
        return answer(seen)

    defaults = CallDefaults(checksums=mode)
    async with (
        scripted(script) as server,
        S3Client(server.endpoint, KEYS, defaults=defaults, retry=ONCE) as s3,
    ):
        await WRITES[call](s3, file)
        server.requests.clear()
        await WRITES[call](s3, file)
        assert len(server.requests) == (2 if call == "part" else 1)


@pytest.mark.parametrize("mode", [ChecksumMode.WHEN_REQUIRED, ChecksumMode.NEVER])
@pytest.mark.parametrize("call", [*WRITES, *READS])
async def test_no_checksum_is_sent_where_none_is_wanted(call: str, mode: ChecksumMode, file: Path) -> None:
    defaults = CallDefaults(checksums=mode, verifies=False)
    async with scripted(answer) as server, S3Client(server.endpoint, KEYS, defaults=defaults) as s3:
        await (WRITES | READS)[call](s3, file)
        assert not any(checksum_headers(seen) for seen in server.requests)
        assert not any("content-md5" in seen.headers for seen in server.requests)


async def chunks() -> AsyncIterator[bytes]:
    yield DATA


@pytest.mark.parametrize("undoes_framing", [True, False])
async def test_a_trailer_is_trusted_only_to_a_server_that_undoes_its_framing(undoes_framing: bool) -> None:
    """As nanio: 200, and the object is the framing."""
    stored: list[bytes] = []

    def script(seen: Seen) -> Reply:
        if seen.method == "PUT":
            framed = "x-amz-trailer" in seen.headers
            stored.append(DATA if framed and undoes_framing else seen.body)
            return Reply(headers={"etag": '"e"'})
        return Reply(headers={"etag": '"e"'}, body=stored[-1])

    async with (
        scripted(script) as server,
        S3Client(server.endpoint, KEYS, defaults=ALWAYS, retry=ONCE) as s3,
    ):
        await s3.put_object("b", "k", io.BytesIO(DATA))
        assert stored == [DATA]  # a file can be read before: no trailer is needed
        if undoes_framing:
            await s3.put_object("b", "k", chunks(), content_length=len(DATA))
        else:
            with pytest.raises(ChecksumMismatch):
                await s3.put_object("b", "k", chunks(), content_length=len(DATA))
        assert s3.capabilities.has(Capability.CHECKSUM_TRAILERS) is undoes_framing


@pytest.mark.parametrize("code", ["XAmzContentSHA256Mismatch", "NotImplemented", "SignatureDoesNotMatch"])
async def test_a_trailer_that_is_refused_is_left_out(code: str, file: Path) -> None:
    """As Ceph and JuiceFS answer over plain HTTP."""

    def script(seen: Seen) -> Reply:
        return error_reply(400, code) if "x-amz-trailer" in seen.headers else answer(seen)

    async with (
        scripted(script) as server,
        S3Client(server.endpoint, KEYS, defaults=ALWAYS, retry=ONCE) as s3,
    ):
        s3.capabilities.learn(Capability.CHECKSUM_TRAILERS, True, "an earlier version")
        await put_file(s3, file)
        assert s3.capabilities.has(Capability.CHECKSUM_TRAILERS) is False
        assert s3.capabilities.has(Capability.CHECKSUM_HEADERS) is None


def blocking_chunks() -> Iterator[bytes]:
    yield DATA


async def test_a_stream_that_was_taken_is_not_sent_again() -> None:
    def script(seen: Seen) -> Reply:
        return REFUSALS["501"] if checksum_headers(seen) else answer(seen)

    async with (
        scripted(script) as server,
        S3Client(server.endpoint, KEYS, defaults=ALWAYS, retry=ONCE) as s3,
    ):
        with pytest.raises(ServiceError):
            await s3.put_object("b", "k", blocking_chunks(), content_length=len(DATA))

"""Copies inside an untrustworthy endpoint: the right bytes, or a failure that says so.

The server decodes the source of a part twice and ignores the condition on it, as Ceph was seen to.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote

import pytest

from s3tui.s3.client import S3Client
from s3tui.s3.errors import NoSuchKey
from s3tui.s3.sending.capabilities import Capability
from s3tui.transfer.copy import route as copy_route
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.integrity import part_plan as plan
from s3tui.transfer.models import Transfer, TransferState
from s3tui.transfer.requests import CopyObject
from s3tui.transfer.scheduling.progress import NOT_VERIFIED
from tests.long import rng, share
from tests.patience import PATIENCE_S
from tests.s3.scripted import KEYS, Reply, ScriptedServer, Seen, error_reply, read_request, talking, wire
from tests.transfer.conftest import IMPATIENT, MIB

SIZE = 17 * MIB


@dataclass
class Gateway:
    """Objects in memory, and the faults that Ceph's UploadPartCopy was seen to have."""

    ignores_condition: bool = True
    decodes_twice: bool = True
    dies_of: str = "%zz"
    has_md5: bool = True
    copies_wrong: bool = False
    """Also with CopyObject: the bytes of another object of the same length."""
    objects: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    etags: dict[str, str] = field(default_factory=dict)
    died: int = 0

    def put(self, path: str, data: bytes, etag: str | None = None) -> str:
        plain = hashlib.md5(data).hexdigest()
        self.objects[path] = data
        self.etags[path] = etag or (plain if self.has_md5 else f"x{plain[:8]}")
        return self.etags[path]

    def answer(self, seen: Seen) -> Reply | None:
        """Return what is answered; `None`: the connection closes."""
        path, _, query = seen.target.decode().partition("?")
        path, asked = unquote(path), parse_qs(query, keep_blank_values=True)
        if seen.method == "POST" and "uploads" in asked:
            id = f"u{len(self.uploads)}"
            self.uploads[id] = {}
            return document("InitiateMultipartUploadResult", "UploadId", id)
        if seen.method == "POST":
            return self._complete(path, self.uploads.pop(asked["uploadId"][0]))
        if seen.method == "DELETE":
            self.uploads.pop(asked.get("uploadId", [""])[0], None)
            if "uploadId" not in asked:
                self.objects.pop(path, None)
            return Reply(204)
        if seen.method == "PUT":
            return self._put(path, asked, seen)
        if path not in self.objects or "tagging" in asked or "attributes" in asked:
            return error_reply(404, "NoSuchKey")
        return self._read(self.objects[path], self.etags[path], seen)

    def _complete(self, path: str, parts: dict[int, bytes]) -> Reply:
        digests = b"".join(hashlib.md5(parts[number]).digest() for number in sorted(parts))
        etag = f"{hashlib.md5(digests).hexdigest()}-{len(parts)}"
        self.put(path, b"".join(parts[number] for number in sorted(parts)), etag)
        return document("CompleteMultipartUploadResult", "ETag", etag)

    def _put(self, path: str, asked: dict[str, list[str]], seen: Seen) -> Reply | None:
        source, upload = seen.headers.get("x-amz-copy-source"), asked.get("uploadId", [None])[0]
        if source is None:
            if upload is None:
                return Reply(headers={"etag": f'"{self.put(path, seen.body)}"'})
            self.uploads[upload][int(asked["partNumber"][0])] = seen.body
            return Reply(headers={"etag": f'"{hashlib.md5(seen.body).hexdigest()}"'})
        key = "/" + unquote(source).lstrip("/")
        if key not in self.objects:
            return error_reply(404, "NoSuchKey")
        if upload is None:
            data = self.objects[key][::-1] if self.copies_wrong else self.objects[key]
            etag = self.put(path, data)
            return document("CopyObjectResult", "ETag", etag)
        if self.decodes_twice and self.dies_of in key:
            self.died += 1
            return None
        if_match = seen.headers.get("x-amz-copy-source-if-match", "").strip('"')
        if not self.ignores_condition and if_match not in ("", self.etags[key]):
            return error_reply(412, "PreconditionFailed")
        data = self.objects.get(unquote(key), bytes(SIZE)) if self.decodes_twice else self.objects[key]
        first, _, last = seen.headers["x-amz-copy-source-range"].removeprefix("bytes=").partition("-")
        part = data[int(first) : int(last) + 1]
        self.uploads[upload][int(asked["partNumber"][0])] = part
        return document("CopyPartResult", "ETag", hashlib.md5(part).hexdigest())

    def _read(self, data: bytes, etag: str, seen: Seen) -> Reply:
        headers = {"etag": f'"{etag}"', "last-modified": "Fri, 20 Nov 2026 10:00:00 GMT"}
        asked = seen.headers.get("range")
        if seen.method == "HEAD":
            return Reply(200, headers | {"content-length": str(len(data))})
        if asked is None:
            return Reply(200, headers, data)
        first, last = (int(number) for number in asked.removeprefix("bytes=").split("-"))
        return Reply(
            206, headers | {"content-range": f"bytes {first}-{last}/{len(data)}"}, data[first : last + 1]
        )


@asynccontextmanager
async def served(gateway: Gateway) -> AsyncIterator[tuple[ScriptedServer, S3Client, TransferEngine]]:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            seen = await read_request(reader)
            server.requests.append(seen)
            reply = gateway.answer(seen)
            if reply is None:
                return
            writer.write(wire(reply, seen.method))
            await writer.drain()

    async with talking(talk) as server, S3Client(server.endpoint, KEYS, retry=IMPATIENT) as client:

        async def client_for(connection: str) -> S3Client:
            return client

        engine = TransferEngine(client_for, patience_s=0, processes=0)
        yield server, client, engine
        await engine.aclose()


async def copied(engine: TransferEngine, key: str) -> Transfer:
    id = await engine.add(CopyObject("c", "b", key, "b", "copy"))
    async with asyncio.timeout(PATIENCE_S):
        while not (row := next(row for row in engine.snapshot().transfers if row.id == id)).state.is_final:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    return row


def keys(count: int) -> list[str]:
    """Return keys that mean another one when they are decoded once too often, or nothing at all."""
    random = rng("keys of copies")
    pieces = ["a", "%41", "%2541", "%25", "%zz", "+", "%2F", "ü", "%C3%BC", "/", " ", "%00x"]
    drawn = ["".join(random.choices(pieces, k=random.randint(1, 4))) for _ in range(count)]
    return ["a%41", "x%zz.bin", "plain", *(key.strip("/ ") or "k" for key in drawn)]


def document(root: str, name: str, text: str) -> Reply:
    return Reply(body=f"<{root}><{name}>{text}</{name}></{root}>".encode())


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is larger than this be too large for one request."""
    monkeypatch.setattr(copy_route, "MAX_COPY", SIZE - 1)


@pytest.mark.long
@pytest.mark.timeout(share(300, 14_000))
@pytest.mark.parametrize("ignores_condition", [True, False])
async def test_no_key_makes_a_copy_of_another_object(small_parts: None, ignores_condition: bool) -> None:
    contents = rng("copied bytes").randbytes(SIZE)
    for key in keys(share(5, 200)):
        gateway = Gateway(ignores_condition=ignores_condition, decodes_twice=ignores_condition)
        gateway.put(f"/b/{key}", contents)
        gateway.put(f"/b/{unquote(key)}x", contents[::-1])
        if unquote(key) != key:
            gateway.put(f"/b/{unquote(key)}", contents[::-1])
        async with served(gateway) as (_, _, engine):
            row = await copied(engine, key)
        assert (row.state, row.error) == (TransferState.DONE, None), key
        assert gateway.objects["/b/copy"] == contents, key
        assert (gateway.died, gateway.uploads) == (0, {}), key


async def test_a_server_that_ignores_the_condition_is_asked_once(small_parts: None) -> None:
    gateway = Gateway()
    gateway.put("/b/plain", bytes(SIZE))
    async with served(gateway) as (server, client, engine):
        for _ in range(3):
            assert (await copied(engine, "plain")).state is TransferState.DONE
            gateway.objects.pop("/b/copy")
        assert client.capabilities.has(Capability.COPY_SOURCE_IF_MATCH) is False
        assert sum("x-amz-copy-source" in seen.headers for seen in server.requests) == 1


async def test_up_to_five_gibibytes_are_one_request_outside_of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copy_route, "MAX_COPY", plan.MAX_COPY)  # the true limit
    gateway = Gateway()
    gateway.put("/b/a%41", bytes(65 * MIB))
    async with served(gateway) as (server, _, engine):
        row = await copied(engine, "a%41")
    assert (row.state, row.verified) == (TransferState.DONE, "MD5")
    assert len([seen for seen in server.requests if seen.method in ("PUT", "POST")]) == 1


@pytest.mark.parametrize("has_md5", [True, False])
async def test_a_copy_that_is_not_its_source_is_removed_and_the_source_is_named(has_md5: bool) -> None:
    gateway = Gateway(copies_wrong=True, has_md5=has_md5)
    gateway.put("/b/k", b"abc" * 1000)
    async with served(gateway) as (_, _, engine):
        row = await copied(engine, "k")
    if has_md5:
        assert (row.state, row.error_code) == (TransferState.FAILED, "ChecksumMismatch")
        assert "s3://b/k " in str(row.error)
        assert "/b/copy" not in gateway.objects
    else:
        assert (row.state, row.verified) == (TransferState.DONE, None)
        assert row.notice == NOT_VERIFIED


async def test_a_source_that_is_gone_is_named() -> None:
    async with served(Gateway()) as (_, client, _):
        with pytest.raises(NoSuchKey, match="s3://b/gone"):
            await client.copy_object("b", "copy", source="b/gone")

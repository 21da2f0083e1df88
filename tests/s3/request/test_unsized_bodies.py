"""Bodies that end with their connection, read by each way of the core."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from s3tui.s3.client import S3Client
from s3tui.s3.errors import S3Error
from s3tui.s3.models import ByteRange
from s3tui.s3.retries import RetryPolicy
from tests.s3.scripted import KEYS
from tests.transfer.download.odd_bodies import Cut, Framing, HeadForm, Odd, OddStore, odd_server

DATA = os.urandom(700_000)
RANGES = [None, ByteRange(0, 9), ByteRange(5, 300_000), ByteRange(699_000), ByteRange(600_000, 900_000)]


async def read(client: S3Client, way: str, wanted: ByteRange | None, path: Path) -> bytes:
    match way:
        case "get":
            return await client.get_object("b", "k", byte_range=wanted)
        case "stream":
            async with client.stream_object("b", "k", byte_range=wanted) as body:
                return b"".join([chunk async for chunk in body])
        case _:
            with path.open("w+b") as file:
                await client.get_object_to_file("b", "k", fd=file.fileno(), byte_range=wanted)
            return path.read_bytes()  # noqa: ASYNC240 - small, and nothing else runs


@pytest.mark.parametrize("framing", Framing)
@pytest.mark.parametrize("knows_ranges", [True, False])
@pytest.mark.parametrize("way", ["get", "stream", "file"])
async def test_a_body_is_read_to_its_end(
    tmp_path: Path, framing: Framing, knows_ranges: bool, way: str
) -> None:
    store = OddStore(Odd(framing, HeadForm.NOTHING, knows_ranges=knows_ranges), {"/b/k": DATA})
    async with odd_server(store) as server, S3Client(server.endpoint, KEYS) as client:
        assert (await client.head_object("b", "k")).size is None
        wanted = RANGES if way != "file" else RANGES[:3] if knows_ranges else RANGES[:1]
        for each in wanted:
            last = None if each is None or each.last is None else each.last + 1
            expected = DATA[0 if each is None else each.first : last]
            assert await read(client, way, each, tmp_path / "file") == expected, each


@pytest.mark.parametrize("has_checksum", [True, False])
@pytest.mark.parametrize("way", ["get", "stream", "file"])
@pytest.mark.parametrize("framing", Framing)
async def test_a_body_that_is_cut_is_noticed_where_anything_tells(
    tmp_path: Path, framing: Framing, way: str, has_checksum: bool
) -> None:
    odd = Odd(framing, has_checksum=has_checksum, knows_ranges=False, cut=Cut.BROKEN)
    policy = RetryPolicy(attempts=2, base_s=0.01, cap_s=0.01)
    store = OddStore(odd, {"/b/k": DATA})
    tells = has_checksum or framing in (Framing.LENGTH, Framing.PADDED, Framing.CHUNKED)
    async with odd_server(store) as server, S3Client(server.endpoint, KEYS, retry=policy) as client:
        if tells:
            with pytest.raises(S3Error):
                await read(client, way, None, tmp_path / "file")
        else:
            assert len(await read(client, way, None, tmp_path / "file")) < len(DATA)

"""Members of archives as files of their own, read by ranges out of the archive and without the rest of it."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncGenerator

from s3tui.preview.formats.unpacking import GZIP_HEADER, Damaged, Inflation, Unpacking
from s3tui.preview.formats.zip_directory import LOCAL
from s3tui.preview.preview import INSIDE, Member
from s3tui.preview.ranged_file import RangedFile, Served
from s3tui.preview.source import BLOCK, Span

_SUFFIXES = {"deflate": ".gz", "bzip2": ".bz2", "xz": ".xz", "zstd": ".zst"}
_PORTION = 1024 * 1024


async def open_member(archive: RangedFile, member: Member) -> tuple[RangedFile, str]:
    """Return a member as a file, and the name that says what it is: a packed one is a compressed stream.

    Raises: Damaged, for an archive that has none there; S3Error.
    """
    name = member.name.rpartition("/")[2]
    if member.packing == INSIDE:
        return await _beginning(archive, member), name
    begin = member.offset
    if member.packing:
        begin = await _behind_local_header(archive, member.offset)
    head = GZIP_HEADER if member.packing == "deflate" else b""
    tail = struct.pack("<2I", member.crc, member.size & 0xFFFFFFFF) if head else b""
    if begin + member.packed > archive.size:
        raise Damaged
    size = len(head) + member.packed + len(tail)

    async def fetch(span: Span, etag: str | None) -> Served:
        first, end = (each - len(head) for each in span)
        inner = max(0, first), min(end, member.packed)
        data = b""
        if inner[1] > inner[0]:
            data = await archive.read(begin + inner[0], inner[1] - inner[0], ahead=0)
        before, after = (
            head[span[0] : span[1]],
            tail[max(0, first - member.packed) : max(0, end - member.packed)],
        )
        return Served(before + data + after, size, None)

    return RangedFile(fetch, size), name + _SUFFIXES.get(member.packing, "")


async def _behind_local_header(archive: RangedFile, offset: int) -> int:
    header = await archive.read(offset, LOCAL.size, ahead=BLOCK)
    if len(header) < LOCAL.size or not header.startswith(b"PK\x03\x04"):
        raise Damaged
    name, extra = LOCAL.unpack(header)[-2:]
    return offset + LOCAL.size + int(name) + int(extra)


async def read_member(archive: RangedFile, member: Member) -> AsyncGenerator[bytes, None]:
    """Yield the bytes of a member in portions, and prove at the end that they are those that were packed.

    Raises: Damaged; S3Error.
    """
    if member.packing == INSIDE:
        async for portion in _inside(archive, member, member.size):
            yield portion
        return
    file, _ = await open_member(archive, member)
    unpacking = Unpacking(member)
    at = 0
    while at < file.size:
        data = await file.read(at, _PORTION, ahead=0)
        if not data:
            raise Damaged
        at += len(data)
        while data or unpacking.has_more:
            yield await asyncio.to_thread(unpacking.feed, data)
            data = b""
    unpacking.check()


async def _beginning(archive: RangedFile, member: Member) -> RangedFile:
    """Return the first mebibyte of a member of a compressed stream, which is read up to there."""
    most = min(member.size, _PORTION)
    data = b"".join([portion async for portion in _inside(archive, member, most)])

    async def fetch(span: Span, etag: str | None) -> Served:
        return Served(data[span[0] : span[1]], len(data), None)

    return RangedFile(fetch, len(data))


async def _inside(archive: RangedFile, member: Member, length: int) -> AsyncGenerator[bytes, None]:
    """Yield the first bytes of a member of a stream, which is decompressed from its beginning on."""
    inflation, at, place = Inflation(await archive.read(0, BLOCK)), 0, 0
    end = member.offset + length
    while place < end:
        data = b""
        if not inflation.has_more:
            data = await archive.read(at, _PORTION, ahead=0)
            at += len(data)
            if not data:
                raise Damaged
        found = await asyncio.to_thread(inflation.feed, data)
        portion = found[max(0, member.offset - place) : max(0, end - place)]
        place += len(found)
        if portion:
            yield portion

"""Members of archives as files of their own, read by ranges out of the archive and without the rest of it."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncGenerator

from s3tui.preview.formats.unpacking import GZIP_HEADER, Damaged, Unpacking
from s3tui.preview.formats.zip_directory import LOCAL
from s3tui.preview.preview import Member
from s3tui.preview.ranged_file import RangedFile, Served
from s3tui.preview.source import BLOCK, Span

_SUFFIXES = {"deflate": ".gz", "bzip2": ".bz2", "xz": ".xz", "zstd": ".zst"}
_PORTION = 1024 * 1024


async def open_member(archive: RangedFile, member: Member) -> tuple[RangedFile, str]:
    """Return a member as a file, and the name that says what it is: a packed one is a compressed stream.

    Raises: Damaged, for an archive that has none there; S3Error.
    """
    name = member.name.rpartition("/")[2]
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

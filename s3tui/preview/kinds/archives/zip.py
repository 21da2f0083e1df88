"""zip and what is built on it (jar, docx, whl): the members, by the central directory at its end."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice

from s3tui.format import counted
from s3tui.format import size as size_of
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Column, Preview, Room, Table
from s3tui.preview.source import BLOCK, BeyondBound, Source

_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_METHODS = {0: "stored", 8: "deflate", 9: "deflate64", 12: "bzip2", 14: "lzma", 93: "zstd", 95: "xz"}
_UTF_8, _ENCRYPTED = 0x800, 0x1
_32 = 0xFFFFFFFF


def look(source: Source, room: Room) -> Preview:
    if source.size is None:
        raise Mismatch
    members, begin, length = _directory(source)
    head = source.read(begin, min(length, BLOCK))
    rows = list(islice(_entries(head), room.lines))
    more = None
    if len(rows) < min(members, room.lines) and length > len(head):
        try:
            rows = [
                row for row, _ in zip(_entries(source.read(begin, length)), range(room.lines), strict=False)
            ]
        except BeyondBound as beyond:
            more = beyond.needed
    if not rows and members:
        raise Mismatch
    sentence = f"These are the first {len(rows):,}." if len(rows) < members else ""
    columns = (Column("name"), Column("size", True), Column("packed", True), Column("method"))
    number = counted(members, "member")
    return Preview("zip", (number,), table=Table(columns, tuple(rows)), sentence=sentence, more=more)


def _directory(source: Source) -> tuple[int, int, int]:
    """Return the number of members, and where their directory begins and how long it is.

    Raises: Mismatch, BeyondBound.
    """
    assert source.size is not None
    begin = max(0, source.size - BLOCK)
    tail = source.read(begin, BLOCK)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise Mismatch
    _, _, _, _, members, length, offset, _ = _END.unpack_from(tail, at)
    if _32 in (length, offset) or members == 0xFFFF:
        found = _directory_64(source, tail, begin, at)
        members, length, offset = found or (members, length, offset)
    if offset + length > source.size:
        raise Mismatch
    return members, offset, length


def _directory_64(source: Source, tail: bytes, begin: int, end: int) -> tuple[int, int, int] | None:
    if end < _LOCATOR.size:
        return None
    mark, _, place, _ = _LOCATOR.unpack_from(tail, end - _LOCATOR.size)
    if mark != b"PK\x06\x07":
        return None
    record = tail[place - begin :][: _END_64.size] if place >= begin else source.read(place, _END_64.size)
    if len(record) < _END_64.size or not record.startswith(b"PK\x06\x06"):
        raise Mismatch
    *_, members, length, offset = _END_64.unpack(record)
    return members, length, offset


def _entries(data: bytes) -> Iterator[tuple[str, str, str, str]]:
    at = 0
    while at + _ENTRY.size <= len(data):
        fields = _ENTRY.unpack_from(data, at)
        mark, _, _, flags, method, _, _, _, packed, size, name, extra, comment = fields[:13]
        end = at + _ENTRY.size + name
        if mark != b"PK\x01\x02" or end + extra > len(data):
            return
        text = data[at + _ENTRY.size : end].decode("utf-8" if flags & _UTF_8 else "cp437", "backslashreplace")
        size, packed = _sizes(data[end : end + extra], size, packed)
        told = _METHODS.get(method, f"method {method}") + ", encrypted" * (flags & _ENCRYPTED)
        yield text, size_of(size), size_of(packed), told
        at = end + extra + comment


def _sizes(extra: bytes, size: int, packed: int) -> tuple[int, int]:
    """Return the sizes of a member; where they need 64 bits, they stand in an extra field."""
    at = 0
    while _32 in (size, packed) and at + 4 <= len(extra):
        id_, length = struct.unpack_from("<HH", extra, at)
        if id_ == 1:
            numbers = list(struct.unpack_from(f"<{min(length, len(extra) - at - 4) // 8}Q", extra, at + 4))
            size = numbers.pop(0) if size == _32 and numbers else size
            packed = numbers.pop(0) if packed == _32 and numbers else packed
            break
        at += 4 + length
    return size, packed

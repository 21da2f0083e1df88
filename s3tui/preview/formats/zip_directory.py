"""The central directory of zip: its members, from any entry on. Pure.

Source: PKWARE, APPNOTE.TXT.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from s3tui.preview.preview import Member

END = struct.Struct("<4s4H2LH")
END_64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR = struct.Struct("<4sLQL")
LOCAL = struct.Struct("<4s5H3L2H")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_METHODS = {0: "stored", 8: "deflate", 9: "deflate64", 12: "bzip2", 14: "lzma", 93: "zstd", 95: "xz"}
READABLE = frozenset({"stored", "deflate", "bzip2", "zstd", "xz"})
_UTF_8, _ENCRYPTED = 0x800, 0x1
_32 = 0xFFFFFFFF


def entries(data: bytes) -> Iterator[tuple[Member, int]]:
    """Yield the members whose entries are whole, each with the offset behind its entry."""
    at = 0
    while at + _ENTRY.size <= len(data):
        mark, _, _, flags, method, time, day, crc, packed, size, name, extra, comment, *_, offset = (
            _ENTRY.unpack_from(data, at)
        )
        end = at + _ENTRY.size + name
        if mark != b"PK\x01\x02" or end + extra > len(data):
            return
        text = data[at + _ENTRY.size : end].decode("utf-8" if flags & _UTF_8 else "cp437", "backslashreplace")
        size, packed, offset = _numbers(data[end : end + extra], size, packed, offset)
        packing = _METHODS.get(method, f"method {method}")
        note = "encrypted" if flags & _ENCRYPTED else "" if packing in READABLE else f"packed with {packing}"
        at = end + extra + comment
        yield Member(text, size, offset, packed, packing, crc, _moment(day, time), note), at


def _moment(day: int, time: int) -> str:
    """Return the time of MS-DOS, which has no zone, in words; empty where there is none."""
    year, month, date = (day >> 9) + 1980, day >> 5 & 15, day & 31
    if not month or month > 12 or not date:
        return ""
    return f"{year}-{month:02}-{date:02} {time >> 11:02}:{time >> 5 & 63:02}:{(time & 31) * 2:02}"


def _numbers(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """Return sizes and offset of a member; those that need 64 bits stand in an extra field."""
    at = 0
    while _32 in (size, packed, offset) and at + 4 <= len(extra):
        id_, length = struct.unpack_from("<HH", extra, at)
        if id_ == 1:
            held = min(length, len(extra) - at - 4) // 8
            numbers = iter(struct.unpack_from(f"<{held}Q", extra, at + 4))
            size, packed, offset = (
                next(numbers, each) if each == _32 else each for each in (size, packed, offset)
            )
            break
        at += 4 + length
    return size, packed, offset

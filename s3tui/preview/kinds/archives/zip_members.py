"""The members of a zip archive as a kind reads them: its directory, and the beginning of a member."""

from __future__ import annotations

from itertools import islice

from s3tui.preview.formats.unpacking import GZIP_HEADER, Damaged, Unpacking
from s3tui.preview.formats.zip_directory import END, END_64, LOCAL, LOCATOR, entries
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Member
from s3tui.preview.source import BLOCK, Source

_NAMES = 1_000
"""Bytes of a local header that are read with its member's first bytes."""


def directory(source: Source) -> tuple[int, int, int]:
    """Return the number of members, and where their directory begins and how long it is.

    Raises: Mismatch, BeyondBound.
    """
    assert source.size is not None
    begin = max(0, source.size - BLOCK)
    tail = source.read(begin, BLOCK)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < END.size:
        raise Mismatch
    _, _, _, _, members, length, offset, _ = END.unpack_from(tail, at)
    if 0xFFFFFFFF in (length, offset) or members == 0xFFFF:
        found = _directory_64(source, tail, begin, at)
        members, length, offset = found or (members, length, offset)
    if offset + length > source.size:
        raise Mismatch
    return members, offset, length


def _directory_64(source: Source, tail: bytes, begin: int, end: int) -> tuple[int, int, int] | None:
    if end < LOCATOR.size:
        return None
    mark, _, place, _ = LOCATOR.unpack_from(tail, end - LOCATOR.size)
    if mark != b"PK\x06\x07":
        return None
    record = tail[place - begin :][: END_64.size] if place >= begin else source.read(place, END_64.size)
    if len(record) < END_64.size or not record.startswith(b"PK\x06\x06"):
        raise Mismatch
    *_, members, length, offset = END_64.unpack(record)
    return members, length, offset


def members(source: Source, most: int) -> tuple[int, list[Member]]:
    """Return the number of members, and the first of them.

    Raises: Mismatch, BeyondBound.
    """
    number, begin, length = directory(source)
    return number, [member for member, _ in islice(entries(source.read(begin, length)), most)]


def heads(source: Source, wanted: list[Member], length: int) -> list[bytes]:
    """Return the first bytes of some members, requested at the same time; none of those that are damaged.

    Raises: BeyondBound.
    """
    spans = [(each.offset, each.offset + LOCAL.size + _NAMES + min(length, each.packed)) for each in wanted]
    return [_head(each, data) for each, data in zip(wanted, source.read_all(spans, ahead=0), strict=True)]


def _head(member: Member, data: bytes) -> bytes:
    if len(data) < LOCAL.size or not data.startswith(b"PK\x03\x04"):
        return b""
    name, extra = LOCAL.unpack_from(data)[-2:]
    packed = data[LOCAL.size + int(name) + int(extra) :][: member.packed]
    try:
        return Unpacking(member).feed(GZIP_HEADER * (member.packing == "deflate") + packed)
    except Damaged:
        return b""

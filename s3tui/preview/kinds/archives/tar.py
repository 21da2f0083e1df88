"""tar: its members one behind the other, as far as the first blocks tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from s3tui.format import counted
from s3tui.format import size as size_of
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Column, Preview, Room, Table
from s3tui.preview.source import BeyondBound, Source

_BLOCK = 512
_TYPES = {b"0": "", b"\0": "", b"5": "folder", b"2": "link", b"1": "hard link"}
_LONGEST_NAME = 64 * 1024
_MOST_MEMBERS = 1_000


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    size: int
    type: bytes


def look(source: Source, room: Room) -> Preview:
    members: list[_Member] = []
    sentence = ""
    more = None
    try:
        for member in _members(source):
            members.append(member)
            if len(members) >= min(room.lines, _MOST_MEMBERS):
                sentence = "More members follow."
                break
    except BeyondBound as beyond:
        sentence, more = "More members may follow: each has to be read up to the next.", beyond.needed
    if not members:
        raise Mismatch
    rows = tuple((each.name, size_of(each.size), _TYPES.get(each.type, "other")) for each in members)
    number = f"{'at least ' * bool(sentence)}{counted(len(members), 'member')}"
    table = Table((Column("name"), Column("size", True), Column("type")), rows)
    return Preview("tar", (number,), table=table, sentence=sentence, more=more if source.size else None)


def _members(source: Source) -> Iterator[_Member]:
    """Yield members; extended headers only name the one behind them.

    Raises: BeyondBound.
    """
    at, long_name = 0, ""
    while source.size is None or at < source.size:
        header = source.read(at, _BLOCK)
        if len(header) < _BLOCK or not header.strip(b"\0"):
            return
        if not _is_header(header):
            if at == 0:
                raise Mismatch
            return
        size, type_ = _number(header[124:136]), header[156:157]
        if type_ in b"xgLK" and type_:
            if type_ in b"xL":
                data = source.read(at + _BLOCK, min(size, _LONGEST_NAME))
                long_name = _pax_path(data) if type_ == b"x" else _text(data)
        else:
            yield _Member(long_name or _name(header), size, type_)
            long_name = ""
        at += _BLOCK + -(-size // _BLOCK) * _BLOCK


def _is_header(header: bytes) -> bool:
    """Say whether the checksum is right: the sum of all bytes, with blanks in its own place."""
    told = _number(header[148:156])
    return told == sum(header[:148]) + sum(header[156:]) + 8 * 0x20


def _number(field: bytes) -> int:
    if field[:1] and field[0] & 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.split(b"\0", 1)[0].strip()
    return int(digits, 8) if digits.isdigit() and not set(digits) & set(b"89") else 0


def _name(header: bytes) -> str:
    name = _text(header[:100])
    prefix = _text(header[345:500]) if header[257:262] == b"ustar" else ""
    return f"{prefix}/{name}" if prefix else name


def _pax_path(data: bytes) -> str:
    _, found, rest = data.partition(b" path=")
    return _text(rest.split(b"\n", 1)[0]) if found else ""


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("utf-8", "backslashreplace")

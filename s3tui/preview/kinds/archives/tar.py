"""tar: its members one behind the other, as far as the first blocks tell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from s3tui.format import counted
from s3tui.format import size as size_of
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Column, Member, Preview, Room, Table
from s3tui.preview.source import BeyondBound, Source

_BLOCK = 512
_TYPES = {b"0": "", b"\0": "", b"5": "folder", b"2": "link", b"1": "hard link"}
_LONGEST_NAME = 64 * 1024
_MOST_MEMBERS = 1_000
_MOST_TEXT = 96 * 1024
"""Characters of the names of members that go out at once."""
_FOLDER = b"5"
_FILES = (b"0", b"\0", b"7", _FOLDER)


def look(source: Source, room: Room) -> Preview:
    found: list[tuple[Member, bytes, int]] = []
    sentence, more, text = "", None, 0
    most = min(room.members or room.lines, _MOST_MEMBERS)
    try:
        for each in _members(source, room.start):
            found.append(each)
            text += len(each[0].name)
            if len(found) >= most or text > _MOST_TEXT:
                sentence = "More members follow."
                break
    except BeyondBound as beyond:
        sentence, more = "More members may follow: each has to be read up to the next.", beyond.needed
    if not found and not room.start:
        raise Mismatch
    number = f"{'at least ' * bool(sentence)}{counted(len(found), 'member')}"
    rows = tuple(
        (each.name, size_of(each.size), _TYPES.get(type_, "other")) for each, type_, _ in found[: room.lines]
    )
    table = Table((Column("name"), Column("size", True), Column("type")), rows)
    return Preview(
        "tar",
        (number,),
        table=table,
        sentence=sentence,
        more=more,
        members=tuple(each for each, _, _ in found) if room.members else (),
        next=found[-1][2] if room.members and found and sentence else None,
    )


def _members(source: Source, begin: int) -> Iterator[tuple[Member, bytes, int]]:
    """Yield members with their types, and where the next one begins; extended headers only name them.

    Raises: BeyondBound.
    """
    at, long_name = begin, ""
    while source.size is None or at < source.size:
        header = source.read(at, _BLOCK)
        if len(header) < _BLOCK or not header.strip(b"\0"):
            return
        if not _is_header(header):
            if at == 0:
                raise Mismatch
            return
        size, type_ = _number(header[124:136]), header[156:157]
        after = at + _BLOCK + -(-size // _BLOCK) * _BLOCK
        if type_ in b"xgLK" and type_:
            if type_ in b"xL":
                data = source.read(at + _BLOCK, min(size, _LONGEST_NAME))
                long_name = _pax_path(data) if type_ == b"x" else _text(data)
        else:
            name = long_name or _name(header)
            if type_ == _FOLDER and not name.endswith("/"):
                name += "/"
            note = "" if type_ in _FILES else _TYPES.get(type_, "no file")
            moment = _moment(_number(header[136:148]))
            yield Member(name, size, at + _BLOCK, size, "", 0, moment, note), type_, after
            long_name = ""
        at = after


def _moment(seconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError, OSError):
        return ""


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

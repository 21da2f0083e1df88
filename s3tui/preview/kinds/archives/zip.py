"""zip and what is built on it (jar, docx, whl): the members, by the central directory at its end."""

from __future__ import annotations

from itertools import islice

from s3tui.format import counted
from s3tui.format import size as size_of
from s3tui.preview.formats.zip_directory import entries
from s3tui.preview.kinds.archives.zip_members import directory
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Column, Member, Preview, Room, Table
from s3tui.preview.source import BLOCK, BeyondBound, Source

_PORTION = 512 * 1024
"""Bytes of the directory that are read for members at once."""
_MOST_TEXT = 96 * 1024
"""Characters of the names of members that go out at once."""


def look(source: Source, room: Room) -> Preview:
    if source.size is None:
        raise Mismatch
    number, begin, length = directory(source)
    head = source.read(begin, min(length, BLOCK))
    members = [member for member, _ in islice(entries(head), room.lines)]
    more = None
    if len(members) < min(number, room.lines) and length > len(head):
        try:
            whole = source.read(begin, length)
            members = [member for member, _ in islice(entries(whole), room.lines)]
        except BeyondBound as beyond:
            more = beyond.needed
    if not members and number and room.lines:
        raise Mismatch
    sentence = f"These are the first {len(members):,}." if len(members) < number else ""
    columns = (Column("name"), Column("size", True), Column("packed", True), Column("method"))
    table = Table(columns, tuple(_row(member) for member in members))
    facts = (counted(number, "member"),)
    wanted, following = _members(source, room, begin, length) if room.members else ((), None)
    return Preview("zip", facts, (), table, sentence, more, wanted, following)


def _row(member: Member) -> tuple[str, str, str, str]:
    told = member.packing + ", encrypted" * (member.note == "encrypted")
    return member.name, size_of(member.size), size_of(member.packed), told


def _members(source: Source, room: Room, begin: int, length: int) -> tuple[tuple[Member, ...], int | None]:
    """Return the members from an entry on, and where the next one stands, counted from the first."""
    left = length - room.start
    data = source.read(begin + room.start, min(left, _PORTION), ahead=0)
    found, text, at = list[Member](), 0, 0
    for member, after in entries(data):
        text += len(member.name) + 1
        if len(found) >= room.members or text > _MOST_TEXT:
            break
        found.append(member)
        at = after
    return tuple(found), room.start + at if found and at < left else None

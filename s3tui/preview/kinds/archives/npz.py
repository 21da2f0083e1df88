"""npz: the arrays of NumPy in a zip archive, by the header of each."""

from __future__ import annotations

from s3tui.format import counted
from s3tui.format import size as size_of
from s3tui.preview.kinds.archives import zip as zip_
from s3tui.preview.kinds.archives.zip_members import heads, members
from s3tui.preview.kinds.data.npy import header
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Column, Member, Preview, Room, Table
from s3tui.preview.source import BeyondBound, Source

_MOST = 50
_HEADER = 2_048
"""Bytes that hold the header of an array mostly."""


def look(source: Source, room: Room) -> Preview:
    if source.size is None:
        raise Mismatch
    if room.members:
        return zip_.look(source, room)
    number, found = members(source, min(room.lines, _MOST))
    sentence, more = "", None
    try:
        begins = heads(source, found, _HEADER)
    except BeyondBound as beyond:
        begins, more = [b""] * len(found), beyond.needed
        sentence = "Types and shapes stand in front of each array."
    rows = tuple(_row(member, begin) for member, begin in zip(found, begins, strict=True))
    if len(found) < number and not sentence:
        sentence = f"These are the first {len(found):,}."
    columns = (Column("array"), Column("type"), Column("shape"), Column("size", True), Column("packed", True))
    return Preview("npz", (counted(number, "array"),), (), Table(columns, rows), sentence, more)


def _row(member: Member, begin: bytes) -> tuple[str, ...]:
    try:
        type_, shape, _ = header(begin)
    except Mismatch:
        type_ = shape = ""
    return member.name.removesuffix(".npy"), type_, shape, size_of(member.size), size_of(member.packed)

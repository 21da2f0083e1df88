"""Members of archives: those that Python's own readers find, each read without the rest of the archive."""

from __future__ import annotations

import asyncio
import bz2
import gzip
import io
import lzma
import random
import tarfile
import zipfile
from datetime import UTC, datetime

import pytest

from s3tui.preview.formats.unpacking import Damaged
from s3tui.preview.members import open_member, read_member
from s3tui.preview.preview import Member, Preview, Room, from_json, to_json
from s3tui.preview.ranged_file import KEPT
from s3tui.preview.reader import PANE_BOUND, read_preview
from tests.preview.served import Made, in_this_process

NOISE = random.Random(1).randbytes(300_000)
CONTENT = {
    "a.csv": b"id,name\n" + b"".join(b"%d,n%d\n" % (n, n) for n in range(3_000)),
    "folder/ü.txt": b"hello\n" * 100,
    "folder/noise.bin": NOISE,
    "empty": b"",
    "x" * 150 + "/deep.json": b'{"a": [1, 2]}',
}


def zipped(compression: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in CONTENT.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 29, 8, 30, 2)), content, compression)
    return out.getvalue()


def tarred() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo("folder"))
        for name, content in CONTENT.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), datetime(2026, 11, 29, 8, 30, 2, tzinfo=UTC).timestamp()
            archive.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "a.csv"
        archive.addfile(link)
    return out.getvalue()


ARCHIVES = {
    "stored.zip": zipped(zipfile.ZIP_STORED),
    "deflate.zip": zipped(zipfile.ZIP_DEFLATED),
    "bzip2.zip": zipped(zipfile.ZIP_BZIP2),
    "a.tar": tarred(),
    "a.tar.gz": gzip.compress(tarred()[:100_000]) + gzip.compress(tarred()[100_000:]),
    "a.tar.bz2": bz2.compress(tarred()),
    "a.tar.xz": lzma.compress(tarred()),
}


def look(data: bytes, name: str, room: Room) -> Preview:
    reading = read_preview(Made.of(data).file(bound=8 * 2**20, kept=KEPT), name, room, in_this_process)
    preview = asyncio.run(reading)
    assert from_json(to_json(preview)).members == preview.members
    return preview


def members_of(name: str, data: bytes, at_once: int = 1_000) -> list[Member]:
    found, start = list[Member](), 0
    while True:
        preview = look(data, name, Room(0, at_once, start))
        found += preview.members
        if preview.next is None:
            return found
        assert preview.next > start
        start = preview.next


async def read(data: bytes, member: Member) -> bytes:
    return b"".join([portion async for portion in read_member(Made.of(data).file(), member)])


@pytest.mark.parametrize("at_once", [1, 2, 1_000])
@pytest.mark.parametrize("name", ARCHIVES)
def test_members_are_those_that_were_put_in(name: str, at_once: int) -> None:
    members = {member.name: member for member in members_of(name, ARCHIVES[name], at_once)}
    assert set(members) >= set(CONTENT)
    for member_name, content in CONTENT.items():
        member = members[member_name]
        assert (member.size, member.modified, member.note) == (len(content), "2026-11-29 08:30:02", "")
        assert asyncio.run(read(ARCHIVES[name], member)) == content
    if name.startswith("a.tar"):
        assert members["link"].note == "link"


async def test_a_stored_member_is_looked_at_without_the_rest() -> None:
    data = ARCHIVES["stored.zip"]
    (member,) = (each for each in await asyncio.to_thread(members_of, "a.zip", data) if each.name == "a.csv")
    made = Made.of(bytes(2**20) + data)
    moved = Member(member.name, member.size, member.offset + 2**20, member.packed, "stored", member.crc)
    file, name = await open_member(made.file(), moved)
    preview = await read_preview(file, name, Room(3), in_this_process)
    assert (preview.kind, preview.table is not None) == ("CSV", True)
    assert sum(end - first for first, end in made.spans) <= 2 * 65536 + 64


@pytest.mark.parametrize(("archive", "kind"), [("deflate.zip", "gzip, CSV"), ("bzip2.zip", "bzip2, CSV")])
async def test_a_packed_member_is_looked_at_by_its_own_kind(archive: str, kind: str) -> None:
    data = ARCHIVES[archive]
    (member,) = (each for each in await asyncio.to_thread(members_of, archive, data) if each.name == "a.csv")
    file, name = await open_member(Made.of(data).file(bound=PANE_BOUND), member)
    preview = await read_preview(file, name, Room(3), in_this_process)
    assert preview.kind == kind
    assert preview.table is not None
    assert preview.table.rows[0] == ("0", "n0")


@pytest.mark.parametrize("archive", ["stored.zip", "deflate.zip", "bzip2.zip"])
async def test_a_damaged_member_is_not_taken_for_whole(archive: str) -> None:
    data = bytearray(ARCHIVES[archive])
    members = await asyncio.to_thread(members_of, archive, bytes(data))
    (member,) = (each for each in members if each.name == "folder/noise.bin")
    data[member.offset + 1_000] ^= 1
    with pytest.raises(Damaged):
        await read(bytes(data), member)


async def test_a_member_that_unpacks_to_more_than_it_says_is_stopped() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(64 * 2**20))
    (member,) = await asyncio.to_thread(members_of, "a.zip", out.getvalue())
    lying = Member(member.name, 1_000, member.offset, member.packed, member.packing, member.crc)
    with pytest.raises(Damaged):
        await read(out.getvalue(), lying)


async def test_a_member_beyond_the_end_is_damage() -> None:
    with pytest.raises(Damaged):
        await read(ARCHIVES["a.tar"], Member("x", 10, 10**9, 10))


async def test_a_member_of_a_compressed_tar_is_looked_at() -> None:
    data = ARCHIVES["a.tar.gz"]
    members = await asyncio.to_thread(members_of, "a.tar.gz", data)
    (member,) = (each for each in members if each.name == "a.csv")
    file, name = await open_member(Made.of(data).file(), member)
    preview = await read_preview(file, name, Room(3), in_this_process)
    assert (name, preview.kind) == ("a.csv", "CSV")


async def test_a_compressed_tar_that_is_cut_has_no_member_beyond() -> None:
    data = ARCHIVES["a.tar.xz"]
    members = await asyncio.to_thread(members_of, "a.tar.xz", data)
    (member,) = (each for each in members if each.name == "folder/noise.bin")
    with pytest.raises(Damaged):
        await read(data[:200_000], member)

"""Kinds in processes of their own: what they tell is the same, what they may not do they cannot."""

from __future__ import annotations

import asyncio
import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import random
import socket
import sqlite3
import struct
import sys
import tarfile
import zipfile
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from s3tui.format import Sizes, set_units
from s3tui.preview.child.isolation import Isolation
from s3tui.preview.kinds.table import Kind
from s3tui.preview.preview import Preview, Room
from s3tui.preview.reader import PANE_BOUND, read_preview
from s3tui.preview.source import BeyondBound
from tests.long import SEED, share
from tests.preview.served import Made
from tests.preview.test_kinds import texts
from tests.preview.test_models import gguf, npy
from tests.preview.test_parquet import written
from tests.servers import wait_until

HOSTILE = Kind("hostile", "tests.preview.hostile")
CSV = b"id,who\n" + b"".join(b"%d,somebody %d\n" % (n, n) for n in range(30_000))


@pytest.fixture
async def isolation() -> AsyncIterator[Isolation]:
    running = Isolation(turn_s=30)
    yield running
    running.close()


async def look(isolation: Isolation, name: str, data: bytes = b"x" * 100) -> Preview:
    return await isolation.look(HOSTILE, Made.of(data).file(bound=PANE_BOUND), name, Room())


def children(isolation: Isolation) -> list[str]:
    assert isolation._process is not None
    pid = isolation._process.pid
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("memory", "takes more memory"),
        ("die", "more memory or time"),
        ("damaged", "It is damaged"),
        ("write", "It is damaged"),
        ("spawn", "It is damaged"),
    ],
)
async def test_what_a_kind_may_not_do_is_a_sentence(isolation: Isolation, name: str, words: str) -> None:
    assert words in (await look(isolation, name)).sentence
    assert (await look(isolation, "none")).kind == "none"
    assert "written-by-a-preview" not in os.listdir("/tmp")


async def test_a_kind_cannot_connect(isolation: Isolation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        port = server.getsockname()[1]
        assert "It is damaged" in (await look(isolation, "connect", b"x" * port)).sentence
        with pytest.raises(BlockingIOError):
            server.accept()


async def test_a_kind_sees_no_credentials(isolation: Isolation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-for-it")
    names = set((await look(isolation, "environment")).lines)
    assert names <= {"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONPATH", "LD_LIBRARY_PATH"}


async def test_a_kind_that_never_ends_is_killed() -> None:
    isolation = Isolation(turn_s=0.2)
    isolation._warm.add(HOSTILE.module)
    try:
        sentence = (await look(isolation, "spin")).sentence  # the child's own limit may be first
        assert "longer than 0.2 seconds" in sentence or "more memory or time" in sentence
        await asyncio.to_thread(wait_until, lambda: not children(isolation), "the child is gone")
    finally:
        isolation.close()


async def test_moving_on_kills_it(isolation: Isolation) -> None:
    assert (await look(isolation, "none")).kind == "none"
    looking = asyncio.create_task(look(isolation, "spin"))
    await asyncio.to_thread(wait_until, lambda: bool(children(isolation)), "it runs")
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
    await asyncio.to_thread(wait_until, lambda: not children(isolation), "the child is gone")


async def test_closing_ends_the_server(isolation: Isolation) -> None:
    await look(isolation, "none")
    assert isolation._process is not None
    pid = isolation._process.pid
    isolation.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_what_it_tells_is_bounded_and_printable(isolation: Isolation) -> None:
    preview = await look(isolation, "large")
    assert 0 < sum(map(len, preview.lines)) < 300_000
    assert all(text.isprintable() for text in texts(preview))


async def test_bytes_beyond_the_bound_are_refused(isolation: Isolation) -> None:
    with pytest.raises(BeyondBound):
        await look(isolation, "read", bytes(PANE_BOUND + 1))


def tar(data: dict[str, bytes], mode: str = "w", **options: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, **options) as archive:  # type: ignore[call-overload]
        for name, content in data.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def zipped(data: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in data.items():
            archive.writestr(name, content)
    return out.getvalue()


def zstd(data: bytes) -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd as module
    else:
        from backports import zstd as module
    return bytes(module.compress(data))


MEMBERS = {"a.txt": b"hello\n", "long/" + "x" * 200 + "/ü.csv": b"1,2\n" * 900, "empty": b""}
FILES = {
    "a.csv.gz": gzip.compress(CSV),
    "a.csv.bz2": bz2.compress(CSV),
    "a.csv.xz": lzma.compress(CSV),
    "a.csv.zst": zstd(CSV),
    "a.zip": zipped(MEMBERS),
    "a.tar": tar(MEMBERS),
    "a.tar.gz": tar(MEMBERS, "w:gz"),
    "a.npz": zipped({"w.npy": npy("(3, 4)", bytes(48)), "b.npy": npy("()", bytes(4))}),
    "a.gguf": gguf(9, words=10),
    "a.pt": zipped({"m/data.pkl": pickle.dumps({"w": 1.5}, protocol=2), "m/data/0": bytes(90)}),
    "a.pkl": pickle.dumps([Path("/x"), 1, {"a": b"x" * 90}]),
}


async def preview(isolation: Isolation, name: str, data: bytes | Made) -> Preview:
    made = data if isinstance(data, Made) else Made.of(data)
    return await read_preview(made.file(bound=PANE_BOUND), name, Room(), isolation.look)


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv.bz2", "a.csv.xz", "a.csv.zst"])
async def test_a_compressed_table_is_a_table(isolation: Isolation, name: str) -> None:
    found = await preview(isolation, name, FILES[name])
    assert found.kind.endswith(", CSV")
    assert found.table is not None
    assert [column.name for column in found.table.columns] == ["id", "who"]
    assert found.table.rows[:2] == (("0", "somebody 0"), ("1", "somebody 1"))


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz"])
async def test_members_are_those_that_python_finds(isolation: Isolation, name: str) -> None:
    found = await preview(isolation, name, FILES[name])
    assert found.table is not None
    assert [row[0] for row in found.table.rows] == list(MEMBERS)
    assert [row[1].split() for row in found.table.rows] == [["6", "B"], ["3.60", "kB"], ["0", "B"]]


async def test_sizes_are_in_the_units_of_the_app(isolation: Isolation) -> None:
    set_units(sizes=Sizes.BINARY)
    try:
        found = await preview(isolation, "a.tar", FILES["a.tar"])
    finally:
        set_units()
    assert found.table is not None
    assert [row[1].split() for row in found.table.rows] == [["6", "B"], ["3.52", "KiB"], ["0", "B"]]


def png(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes((3 * width + 1) * height))), (b"IEND", b"")]
    packed = [struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def database(folder: Path) -> bytes:
    file = folder / "a.db"
    connection = sqlite3.connect(file)
    for n in range(60):
        connection.execute(f"CREATE TABLE table_{n} (id INTEGER PRIMARY KEY, name TEXT)")
    connection.close()
    return file.read_bytes()


async def test_headers_tell_what_is_inside(isolation: Isolation, tmp_path: Path) -> None:
    found = await preview(isolation, "a.png", png(640, 480))
    assert (found.kind, found.facts) == ("PNG", ("640 × 480", "0.3 megapixels", "RGB", "8 bits"))
    header = json.dumps({"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}).encode()
    tensors = len(header).to_bytes(8, "little") + header + bytes(24)
    found = await preview(isolation, "a.safetensors", tensors)
    assert found.table is not None
    assert found.table.rows == (("w", "F32", "2 × 3", "24  B"),)
    array = b"\x93NUMPY\x01\0" + (64).to_bytes(2, "little")
    array += b"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }".ljust(63) + b"\n" + bytes(96)
    assert (await preview(isolation, "a.npy", array)).facts == ("<f8", "3 × 4")
    found = await preview(isolation, "a.db", database(tmp_path))
    assert found.facts[0] == "60 tables"
    assert found.table is not None
    assert {row[1] for row in found.table.rows} == {f"table_{n}" for n in range(60)}
    found = await preview(isolation, "a.pkl", pickle.dumps([Path("/x"), 1, {"a": b"x"}]))
    assert [line.split()[1] for line in found.lines] == ["pathlib.PosixPath"]


async def test_what_unpacks_to_gigabytes_is_unpacked_a_little(isolation: Isolation) -> None:
    bomb = gzip.compress(bytes(64 * 2**20))
    assert (await preview(isolation, "a.gz", bomb)).kind == "gzip, bytes"


async def test_a_zip_of_many_members_is_its_directory_alone(isolation: Isolation) -> None:
    data = zipped({f"member-{n:05}": b"" for n in range(70_000)})
    made = Made.of(data)
    found = await preview(isolation, "a.zip", made)
    assert found.facts == ("70,000 members",)
    assert found.table is not None
    assert found.table.rows[0][0] == "member-00000"
    assert len(found.table.rows) == 200
    assert sum(end - first for first, end in made.spans) <= 2 * 65536
    assert len(made.spans) == 2


def damaged(data: bytes, random_: random.Random) -> bytes:
    """Return bytes of which some are others, gone, or more than once."""
    out = bytearray(data)
    for _ in range(random_.randint(1, 8)):
        at = random_.randrange(len(out) or 1)
        match random_.randrange(4):
            case 0:
                out[at : at + 1] = bytes([random_.randrange(256)])
            case 1:
                out[at : at + 8] = random_.choice([b"\xff" * 8, b"\0" * 8, b"\xff\xff\xff\x7f"])
            case 2:
                del out[at : at + random_.randrange(64)]
            case _:
                out = out[: max(1, at)] if random_.random() < 0.3 else out + out[:at]
    return bytes(out)


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_damaged_files_are_a_preview_or_a_sentence(isolation: Isolation, tmp_path: Path) -> None:
    random_ = random.Random(SEED)
    parquet = written(tmp_path, "i, 'text ' || i AS t, [i] AS l", 500, "ROW_GROUP_SIZE 100").read_bytes()
    files = FILES | {"a.png": png(64, 48), "a.db": database(tmp_path), "a.parquet": parquet}
    for _ in range(share(60, 2_000)):
        name = random_.choice(list(files))
        data = damaged(files[name], random_)
        found = await preview(isolation, name, data)
        assert found.lines or found.table or found.sentence or found.facts, (SEED, name)
    await asyncio.to_thread(wait_until, lambda: not children(isolation), "no child is left")

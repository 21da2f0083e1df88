"""Kinds of the extra `preview`, in their processes: what was written with a library is what is shown."""

from __future__ import annotations

import io
import struct
import wave
import zlib
from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from s3tui.preview.child.isolation import Isolation
from s3tui.preview.kinds.table import PICTURE, ROWS, Kind, Mismatch
from s3tui.preview.preview import Preview, Room
from s3tui.preview.ranged_file import KEPT, RangedFile
from s3tui.preview.reader import PANE_BOUND, read_preview
from s3tui.preview.source import BLOCK, BeyondBound
from tests.long import SEED, rng, share
from tests.preview.served import Made
from tests.preview.test_isolation import damaged

PARQUET_ROWS = ROWS["Parquet"]
RECORDS = [
    {"id": n, "name": f"nº {n}", "price": Decimal(n) / 4, "tags": ["a", "b"][: n % 3], "none": None}
    for n in range(500)
]


@pytest.fixture
async def isolation() -> AsyncIterator[Isolation]:
    running = Isolation(turn_s=30)
    yield running
    running.close()


def opened(data: bytes, *, bound: int | None = 8 * 2**20) -> RangedFile:
    return Made.of(data).file(bound=bound, kept=KEPT)


async def preview(isolation: Isolation, name: str, data: bytes) -> Preview:
    return await read_preview(opened(data, bound=PANE_BOUND), name, Room(), isolation.look)


def column_names(found: Preview) -> list[str]:
    assert found.table is not None, found.sentence
    return [column.name for column in found.table.columns]


@pytest.fixture(scope="module")
def parquet() -> tuple[bytes, Any]:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    wide = {f"column_{n}": [n * 1_000 + row for row in range(2_000)] for n in range(80)}
    at = datetime(2026, 11, 29, 8, tzinfo=UTC)
    other = {"text": [f"text {row}" for row in range(2_000)], "at": [at] * 2_000, "list": [[1, None]] * 2_000}
    table = pa.table(wide | other)
    out = io.BytesIO()
    pq.write_table(table, out, row_group_size=1_000, compression="zstd")
    return out.getvalue(), table


async def rows(isolation: Isolation, file: RangedFile, *columns: str, lines: int = 50) -> Preview:
    return await isolation.look(PARQUET_ROWS, file, "a.parquet", Room(lines, columns=columns))


async def test_rows_are_those_of_the_first_columns(isolation: Isolation, parquet: tuple[bytes, Any]) -> None:
    file = opened(parquet[0])
    found = await rows(isolation, file)
    assert found.facts == ("the first 50 rows", "8 of 83 columns")
    assert column_names(found) == [f"column_{n}" for n in range(8)]
    assert found.table is not None
    assert found.table.rows[49] == tuple(str(n * 1_000 + 49) for n in range(8))
    assert file.requests <= 3
    assert file.received <= BLOCK + 96 * 1024 + 8 * 256 * 1024


async def test_rows_of_chosen_columns_read_no_others(
    isolation: Isolation, parquet: tuple[bytes, Any]
) -> None:
    file = opened(parquet[0])
    found = await rows(isolation, file, "TEXT", "at", "list", "column_7*")
    assert column_names(found)[:4] == ["text", "at", "list", "column_7"]
    assert found.table is not None
    assert found.table.rows[1][:4] == ("text 1", "2026-11-29 08:00:00+00:00", "[1, null]", "7001")
    assert (await rows(isolation, file, "absent")).sentence == "No column has such a name."


async def test_rows_beyond_the_bound_are_refused(isolation: Isolation, parquet: tuple[bytes, Any]) -> None:
    with pytest.raises(BeyondBound):
        await rows(isolation, opened(parquet[0], bound=BLOCK + 1_000), "column_1")


async def test_a_file_whose_footer_lies_has_no_rows(isolation: Isolation, parquet: tuple[bytes, Any]) -> None:
    data = bytearray(parquet[0])
    data[4:2_000] = bytes(1_996)
    assert "damaged" in (await rows(isolation, opened(bytes(data)), "column_0")).sentence


def avro() -> bytes:
    fastavro = pytest.importorskip("fastavro")
    schema = {
        "type": "record",
        "name": "Person",
        "fields": [
            {"name": "id", "type": "long"},
            {"name": "name", "type": ["null", "string"]},
            {"name": "tags", "type": {"type": "array", "items": "string"}},
        ],
    }
    out = io.BytesIO()
    records = [{key: each[key] for key in ("id", "name", "tags")} for each in RECORDS]
    fastavro.writer(out, schema, records, codec="deflate")
    return out.getvalue()


async def test_records_of_avro(isolation: Isolation) -> None:
    found = await preview(isolation, "people.avro", avro())
    assert found.facts == ("Person", "3 fields", "deflate", "the first 200 records")
    assert found.lines == ("id: long", "name: null or string", "tags: array of string")
    assert found.table is not None
    assert found.table.rows[2] == ("2", "nº 2", '["a", "b"]')


@pytest.mark.parametrize(("name", "part"), [("a.arrow", "1 part"), ("a.orc", "1 stripe")])
async def test_rows_of_arrow_and_orc(isolation: Isolation, name: str, part: str) -> None:
    pa = pytest.importorskip("pyarrow")
    orc = pytest.importorskip("pyarrow.orc")
    table = pa.table({key: [each[key] for each in RECORDS] for key in ("id", "name", "tags")})
    out = io.BytesIO()
    if name == "a.orc":
        orc.write_table(table, out)
    else:
        with pa.ipc.new_file(out, table.schema) as writer:
            writer.write_table(table)
    found = await preview(isolation, name, out.getvalue())
    assert part in found.facts
    assert found.lines[0] == "id: int64"
    assert found.table is not None
    assert found.table.rows[2] == ("2", "nº 2", '["a", "b"]')


def pdf(text: str) -> bytes:
    """As ISO 32000 has it, of one page."""
    content = f"BT /F1 24 Tf 72 700 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        b"<< /Title (A title) >>",
    ]
    out, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    trailer = b"trailer << /Root 1 0 R /Info 5 0 R /Size %d >>\n" % (len(objects) + 1)
    return out + head + table + trailer + b"startxref\n%d\n%%%%EOF\n" % len(out)


async def test_pages_title_and_text_of_pdf(isolation: Isolation) -> None:
    pytest.importorskip("pypdfium2")
    found = await preview(isolation, "a.pdf", pdf("Hello inside"))
    assert found.facts == ("1 page", "210 × 297 mm", "PDF 1.7")
    assert found.lines[0] == "title: A title"
    assert "Hello inside" in found.lines


async def test_length_and_rate_of_audio(isolation: Isolation) -> None:
    pytest.importorskip("tinytag")
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(bytes(8_000 * 4 * 2))
    found = await preview(isolation, "a.wav", out.getvalue())
    assert (found.kind, found.facts) == ("WAV", ("2s", "256 kbit/s", "8,000 Hz", "stereo", "16 bits"))


def image_of(format: str, size: tuple[int, int] = (64, 32)) -> bytes:
    image = pytest.importorskip("PIL.Image")
    drawn = image.new("RGB", size, (0, 0, 255))
    drawn.paste((255, 0, 0), (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    drawn.save(out, format)
    return out.getvalue()


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"])
async def test_a_picture_is_drawn_small(isolation: Isolation, format: str) -> None:
    found = await isolation.look(PICTURE, opened(image_of(format)), "a", Room(8, width=20))
    assert found.picture is not None, found.sentence
    assert (found.picture.width, found.picture.height) == (20, 10)
    pixels = b64decode(found.picture.pixels)
    (left, right) = pixels[:3], pixels[19 * 3 : 20 * 3]
    assert left[0] > 200 > 60 > left[2]
    assert right[2] > 200 > 60 > right[0]


def png_of_zeros(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    rows = packer.compress(bytes((width // 8 + 1) * height)) + packer.flush()
    chunks = [(b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")]
    packed = [struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


async def test_a_picture_with_too_many_pixels_is_a_sentence(isolation: Isolation) -> None:
    pytest.importorskip("PIL")
    found = await isolation.look(PICTURE, opened(png_of_zeros(9_600, 9_600)), "a.png", Room(8, width=20))
    assert (found.picture, found.facts[0]) == (None, "9,600 × 9,600")
    assert "too many pixels" in found.sentence


async def test_what_is_no_picture_is_a_mismatch(isolation: Isolation) -> None:
    pytest.importorskip("PIL")
    with pytest.raises(Mismatch):
        await isolation.look(PICTURE, opened(b"\x89PNG\r\n\x1a\n" + bytes(90)), "a.png", Room())


async def test_a_kind_whose_package_is_not_there_says_what_to_install() -> None:
    lacking = replace(PARQUET_ROWS, needs="package_that_nobody_has")
    isolation = Isolation()
    try:
        found = await isolation.look(lacking, opened(b"x"), "a", Room())
    finally:
        isolation.close()
    assert found.sentence.endswith("pip install 's3tui-browser[preview]'.")
    assert isolation._process is None


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_damaged_files_are_a_preview_or_a_sentence(
    isolation: Isolation, parquet: tuple[bytes, Any]
) -> None:
    for package in ("pypdfium2", "PIL", "fastavro"):
        pytest.importorskip(package)
    random_ = rng("damaged files of the extra")
    rows = Kind("Parquet", PARQUET_ROWS.module)
    files: list[tuple[Kind | None, str, bytes]] = [
        (None, "a.pdf", pdf("Hello inside")),
        (None, "a.avro", avro()),
        (rows, "a.parquet", parquet[0]),
        *((PICTURE, f"a.{format.lower()}", image_of(format)) for format in ("PNG", "JPEG", "GIF", "WEBP")),
    ]
    for _ in range(share(30, 1_000)):
        kind, name, data = random_.choice(files)
        file = opened(damaged(data, random_))
        try:
            if kind is None:
                found = await read_preview(file, name, Room(), isolation.look)
            else:
                found = await isolation.look(kind, file, name, Room(20, width=40))
        except (Mismatch, BeyondBound):
            continue
        assert found.lines or found.table or found.sentence or found.facts or found.picture, (SEED, name)


def kind_of(name: str) -> Kind:
    from s3tui.preview.kinds.choose import by_name

    found = by_name(name)
    assert found is not None
    return found


def test_each_kind_of_the_extra_names_its_package() -> None:
    names = {"a.avro": "fastavro", "a.arrow": "pyarrow", "a.orc": "pyarrow", "a.pdf": "pypdfium2"}
    assert {name: kind_of(name).needs for name in names} == names
    assert kind_of("a.mp3").needs == "tinytag"


BEGINNINGS = {
    "a.avro": b"Obj\x01",
    "a.arrow": b"ARROW1\0\0",
    "a.pdf": b"%PDF-1.7\n",
    "a.mp3": b"ID3\x04\0\0",
}


@pytest.mark.parametrize("name", BEGINNINGS)
async def test_five_gibibytes_that_are_made_up_end_within_limits(name: str) -> None:
    begin, noise = BEGINNINGS[name], bytes(range(256)) * 2_048
    made = Made(lambda first, end: (begin[first:end] + noise)[: end - first], 5 * 2**30)
    isolation = Isolation(turn_s=1)
    isolation._warm.add(kind_of(name).module)
    try:
        found = await read_preview(made.file(bound=PANE_BOUND), name, Room(), isolation.look)
    finally:
        isolation.close()
    assert found.lines or found.sentence or found.facts
    assert sum(end - first for first, end in made.spans) <= PANE_BOUND

"""Images: format, size and colours, by their headers. No pixel is decoded."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from s3tui.preview.formats.exif import Exif, read_exif
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Preview, Room
from s3tui.preview.source import BLOCK, BeyondBound, Source

_PNG_COLOURS = {0: "grey", 2: "RGB", 3: "palette", 4: "grey with alpha", 6: "RGB with alpha"}
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_COMPONENTS = {1: "grey", 3: "YCbCr", 4: "CMYK"}
_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257
_MOST_SEGMENTS = 200
_MARK = b"Exif\0\0"


def look(source: Source, room: Room) -> Preview:
    head = source.read(0, min(BLOCK, 16 * 1024))
    try:
        kind, width, height, facts = _look(source, head)
    except (struct.error, IndexError) as error:
        raise Mismatch from error
    pixels = width * height
    megapixels = f"{pixels / 1e6:.1f} megapixels" if pixels >= 100_000 else ""
    facts = [f"{width:,} × {height:,}", megapixels, *facts]
    exif = _exif(source, head)
    lines = exif.lines if exif is not None else ()
    if exif is not None and exif.has_location:
        lines = (*lines, "location: in it, not shown")
    return Preview(kind, tuple(filter(None, facts)), lines[: room.lines])


def _exif(source: Source, head: bytes) -> Exif | None:
    """Read EXIF where it stands in front of the picture; no byte is read for it alone."""
    if head.startswith(b"\xff\xd8"):
        for mark, at in _segments(source):
            if mark == 0xE1 and source.read(at, 6) == _MARK:
                length = int.from_bytes(source.read(at - 2, 2), "big") - 2
                return read_exif(source.read(at, length)[len(_MARK) :])
            if mark in _JPEG_FRAMES:
                break
    elif (at := head.find(b"eXIf")) >= 4 and head.startswith(b"\x89PNG"):
        length = int.from_bytes(head[at - 4 : at], "big")
        return read_exif(head[at + 4 :][:length])
    return read_exif(head)


def _look(source: Source, head: bytes) -> tuple[str, int, int, list[str]]:
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
        width, height, bits, colours, _, _, interlaced = struct.unpack_from(">IIBBBBB", head, 16)
        animated = "animated" if b"acTL" in head[:4096] else ""
        return (
            "PNG",
            width,
            height,
            [_PNG_COLOURS.get(colours, ""), f"{bits} bits", "interlaced" * bool(interlaced), animated],
        )
    if head.startswith((b"GIF87a", b"GIF89a")):
        width, height, flags = struct.unpack_from("<HHB", head, 6)
        return "GIF", width, height, [f"{2 << (flags & 7)} colours"]
    if head.startswith(b"\xff\xd8"):
        return _jpeg(source)
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return _webp(head)
    if head[4:8] == b"ftyp":
        return _heif(head)
    if head.startswith((b"II*\0", b"MM\0*")):
        return _tiff(source, head)
    if head.startswith(b"BM"):
        width, height, _, bits = struct.unpack_from("<iiHH", head, 18)
        return "BMP", abs(width), abs(height), [f"{bits} bits"]
    raise Mismatch


def _jpeg(source: Source) -> tuple[str, int, int, list[str]]:
    for mark, at in _segments(source):
        if mark in _JPEG_FRAMES:
            bits, height, width, components = struct.unpack(">BHHB", source.read(at, 6))
            facts = [_JPEG_COMPONENTS.get(components, ""), f"{bits} bits", "progressive" * (mark == 0xC2)]
            return "JPEG", width, height, facts
    raise Mismatch


def _segments(source: Source) -> Iterator[tuple[int, int]]:
    """Yield the mark of each segment before the picture, and where its content begins."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        try:
            head = source.read(at, 4)
        except BeyondBound:
            return
        if len(head) < 4 or head[0] != 0xFF:
            return
        length = int.from_bytes(head[2:4], "big")
        yield head[1], at + 4
        at += 2 + max(2, length)


def _webp(head: bytes) -> tuple[str, int, int, list[str]]:
    chunk = head[12:16]
    if chunk == b"VP8X":
        flags = head[20]
        width = int.from_bytes(head[24:27], "little") + 1
        height = int.from_bytes(head[27:30], "little") + 1
        return "WebP", width, height, ["animated" * bool(flags & 2), "alpha" * bool(flags & 16)]
    if chunk == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return "WebP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, ["lossless"]
    if chunk == b"VP8 ":
        width, height = struct.unpack_from("<HH", head, 26)
        return "WebP", width & 0x3FFF, height & 0x3FFF, []
    raise Mismatch


def _heif(head: bytes) -> tuple[str, int, int, list[str]]:
    """Return the largest size that a property tells: pictures and their parts have one each."""
    brand = head[8:12]
    if brand not in (b"avif", b"avis", b"heic", b"heix", b"mif1", b"heim"):
        raise Mismatch
    sizes, at = [], head.find(b"ispe")
    while at >= 0:
        sizes.append(struct.unpack_from(">II", head, at + 8))
        at = head.find(b"ispe", at + 4)
    if not sizes:
        raise Mismatch
    width, height = max(sizes, key=lambda size: int(size[0]) * int(size[1]))
    return "AVIF" if brand.startswith(b"avi") else "HEIF", width, height, ["EXIF" * (b"Exif" in head)]


def _tiff(source: Source, head: bytes) -> tuple[str, int, int, list[str]]:
    order = "<" if head.startswith(b"II") else ">"
    (at,) = struct.unpack_from(f"{order}I", head, 4)
    (number,) = struct.unpack(f"{order}H", source.read(at, 2))
    entries = source.read(at + 2, 12 * min(number, 512))
    found = {}
    for place in range(0, len(entries) - 11, 12):
        tag, type_ = struct.unpack_from(f"{order}HH", entries, place)
        (value,) = struct.unpack_from(f"{order}{'H' if type_ == 3 else 'I'}", entries, place + 8)
        found[tag] = value
    if _TIFF_WIDTH not in found or _TIFF_HEIGHT not in found:
        raise Mismatch
    return "TIFF", found[_TIFF_WIDTH], found[_TIFF_HEIGHT], []

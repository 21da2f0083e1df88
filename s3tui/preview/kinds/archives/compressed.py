"""Compressed streams (gzip, bzip2, xz, zstd): the beginning of what is inside, by its own kind."""

from __future__ import annotations

import bz2
import lzma
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import charset_normalizer  # noqa: F401 - a child has no time to import it

from s3tui.preview.kinds import delimited, hexdump, json, json_rows, markup, text
from s3tui.preview.kinds.archives import tar
from s3tui.preview.kinds.choose import by_content
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Preview, Room
from s3tui.preview.source import BLOCK, BeyondBound, Memory, Source

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_INSIDE = 128 * 1024
"""Bytes of the inside that are looked at."""
_WHOLE_BLOCK = 1024 * 1024
"""Bytes that hold the first block of bzip2, which tells nothing before it is complete: 900 kB at most."""
_WINDOW_LOG = 27
"""Windows of up to 128 MiB: as large as the command line tool takes."""
_LOOKS = {module.__name__: module.look for module in (delimited, json, json_rows, markup, tar, text)}


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int = ...) -> bytes: ...


class _Gzip:
    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    def decompress(self, data: bytes, max_length: int = _INSIDE) -> bytes:
        return self._inner.decompress(data, max_length)


_FORMATS: tuple[tuple[bytes, str, Callable[[], _Decompressor], tuple[str, ...]], ...] = (
    (b"\x1f\x8b", "gzip", _Gzip, (".gz", ".tgz")),
    (b"BZh", "bzip2", bz2.BZ2Decompressor, (".bz2", ".tbz2", ".tbz")),
    (b"\xfd7zXZ\0", "xz", lambda: lzma.LZMADecompressor(memlimit=256 * 1024 * 1024), (".xz", ".txz")),
    (
        b"\x28\xb5\x2f\xfd",
        "zstd",
        lambda: zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG}),
        (".zst", ".tzst"),
    ),
)


def look(source: Source, room: Room) -> Preview:
    head = source.read(0, BLOCK)
    found = next((each for each in _FORMATS if head.startswith(each[0])), None)
    if found is None:
        raise Mismatch
    _, name, make, suffixes = found
    is_whole = source.size is not None and source.size <= len(head)
    inside, ends = _decompress(make(), head)
    if not inside and not ends and not is_whole:
        inside, ends = _decompress(make(), _first_block(source))
    preview = _inner(_inner_name(source.name, suffixes), inside, room, is_cut=not ends)
    return replace(preview, kind=f"{name}, {preview.kind}")


def _first_block(source: Source) -> bytes:
    for length in (3 * BLOCK, _WHOLE_BLOCK):
        try:
            data = source.read(0, length, ahead=0)
        except BeyondBound:
            raise BeyondBound(_WHOLE_BLOCK) from None
        if _decompress(bz2.BZ2Decompressor() if data.startswith(b"BZh") else _Gzip(), data)[0]:
            return data
    return data


def _decompress(decompressor: _Decompressor, data: bytes) -> tuple[bytes, bool]:
    """Return the beginning of the inside, and whether that is all."""
    inside = decompressor.decompress(data, _INSIDE)
    return inside, decompressor.eof


def _inner_name(name: str, suffixes: tuple[str, ...]) -> str:
    lower = name.lower()
    for suffix in suffixes:
        if lower.endswith(suffix):
            stem = name[: -len(suffix)]
            return f"{stem}.tar" if suffix.startswith(".t") else stem
    return name


def _inner(name: str, inside: bytes, room: Room, *, is_cut: bool) -> Preview:
    kind = by_content(name, inside, is_whole=not is_cut)
    memory = Memory(name, inside, is_cut)
    for each in (_LOOKS.get(kind.module), text.look, hexdump.look):
        try:
            if each is not None:
                return each(memory, room)
        except (Mismatch, BeyondBound):
            continue
    raise Mismatch

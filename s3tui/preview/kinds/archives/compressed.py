"""Compressed streams (gzip, bzip2, xz, zstd): the beginning of what is inside, by its own kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import charset_normalizer  # noqa: F401 - a child has no time to import it

from s3tui.preview.formats.decompressors import DECOMPRESSORS
from s3tui.preview.kinds import delimited, hexdump, json, json_rows, markup, text
from s3tui.preview.kinds.archives import tar
from s3tui.preview.kinds.choose import by_content
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Preview, Room
from s3tui.preview.source import BLOCK, BeyondBound, Memory, Source

_INSIDE = 128 * 1024
"""Bytes of the inside that are looked at."""
_WHOLE_BLOCK = 1024 * 1024
"""Bytes that hold the first block of bzip2, which tells nothing before it is complete: 900 kB at most."""
_LOOKS = {module.__name__: module.look for module in (delimited, json, json_rows, markup, tar, text)}


_FORMATS: Mapping[str, tuple[bytes, tuple[str, ...]]] = {
    "gzip": (b"\x1f\x8b", (".gz", ".tgz")),
    "bzip2": (b"BZh", (".bz2", ".tbz2", ".tbz")),
    "xz": (b"\xfd7zXZ\0", (".xz", ".txz")),
    "zstd": (b"\x28\xb5\x2f\xfd", (".zst", ".tzst")),
}
"""First bytes and suffixes of each."""


def look(source: Source, room: Room) -> Preview:
    head = source.read(0, BLOCK)
    name = next((name for name, (magic, _) in _FORMATS.items() if head.startswith(magic)), None)
    if name is None:
        raise Mismatch
    is_whole = source.size is not None and source.size <= len(head)
    inside, ends = _decompress(name, head)
    if not inside and not ends and not is_whole:
        inside, ends = _decompress(name, _first_block(name, source))
    preview = _inner(_inner_name(source.name, _FORMATS[name][1]), inside, room, is_cut=not ends)
    return replace(preview, kind=f"{name}, {preview.kind}")


def _first_block(name: str, source: Source) -> bytes:
    for length in (3 * BLOCK, _WHOLE_BLOCK):
        try:
            data = source.read(0, length, ahead=0)
        except BeyondBound:
            raise BeyondBound(_WHOLE_BLOCK) from None
        if _decompress(name, data)[0]:
            return data
    return data


def _decompress(name: str, data: bytes) -> tuple[bytes, bool]:
    """Return the beginning of the inside, and whether that is all."""
    decompressor = DECOMPRESSORS[name]()
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

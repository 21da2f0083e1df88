"""Compressed streams (gzip, bzip2, xz, zstd): the beginning of what is inside, by its own kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import charset_normalizer  # noqa: F401 - a child has no time to import it

from s3tui.preview.formats.decompressors import DECOMPRESSORS
from s3tui.preview.formats.unpacking import Inflation
from s3tui.preview.kinds import delimited, hexdump, json, json_rows, markup, text
from s3tui.preview.kinds.archives import tar
from s3tui.preview.kinds.choose import by_content
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import INSIDE, Preview, Room
from s3tui.preview.source import BLOCK, BeyondBound, Memory, Source, Span

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
    inner_name = _inner_name(source.name, _FORMATS[name][1])
    if room.members and by_content(inner_name, inside, is_whole=ends).module == tar.__name__:
        preview = tar.look(_Stream(inner_name, source), room)
        members = tuple(replace(each, packing=INSIDE) for each in preview.members)
        return replace(preview, kind=f"{name}, {preview.kind}", members=members)
    preview = _inner(inner_name, inside, room, is_cut=not ends)
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


class _Stream:
    """The inside of a stream, read forwards; raises BeyondBound where the source does."""

    size = None

    def __init__(self, name: str, source: Source) -> None:
        self.name, self._source = name, source
        self._inflation = Inflation(source.read(0, BLOCK))
        self._taken = self._begin = 0
        """Bytes that were read of the source; the place of the first one at hand."""
        self._held = bytearray()

    def read(self, offset: int, length: int, *, ahead: int = BLOCK) -> bytes:
        while self._begin + len(self._held) < offset + length and self._more():
            gone = min(max(0, offset - self._begin), len(self._held))
            del self._held[:gone]
            self._begin += gone
        at = offset - self._begin
        return bytes(self._held[at : at + length]) if at >= 0 else b""

    def _more(self) -> bool:
        data = b""
        if not self._inflation.has_more:
            data = self._source.read(self._taken, 4 * BLOCK, ahead=0)
            self._taken += len(data)
            if not data:
                return False
        self._held += self._inflation.feed(data)
        return True

    def read_all(self, spans: Sequence[Span], *, ahead: int = BLOCK) -> list[bytes]:
        return [self.read(first, end - first) for first, end in spans]


def _inner(name: str, inside: bytes, room: Room, *, is_cut: bool) -> Preview:
    kind = by_content(name, inside, is_whole=not is_cut)
    memory = Memory(name, inside, is_cut)
    for each in (_LOOKS.get(kind.module), text.look, hexdump.look):
        try:
            if each is not None:
                return replace(each(memory, room), more=None)
        except (Mismatch, BeyondBound):
            continue
    raise Mismatch

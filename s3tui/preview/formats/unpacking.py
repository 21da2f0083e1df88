"""Unpacking: decompresses a member of an archive in bounded portions, and checks its size and CRC."""

from __future__ import annotations

import zlib

from s3tui.preview.formats.decompressors import DECOMPRESSORS, Decompressor
from s3tui.preview.preview import Member

_MOST = 4 * 1024 * 1024
"""Bytes that come out at once."""
GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
"""In front of a deflated member, with its CRC and size behind, it makes a gzip stream."""


class Damaged(Exception):
    """The archive does not hold what its directory says."""


class _Stored:
    eof = False
    unused_data = b""

    def decompress(self, data: bytes, max_length: int = _MOST) -> bytes:
        return data


def _decompressor(packing: str) -> Decompressor:
    make = DECOMPRESSORS.get("gzip" if packing == "deflate" else packing)
    return _Stored() if make is None else make()


class Unpacking:
    """Takes the bytes of a member as they are packed: a deflated one as a gzip stream."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self._decompressor = _decompressor(member.packing)
        self._size = self._crc = 0
        self.has_more = False
        """Whether `feed` has to be called again without bytes before it gets the next ones."""

    def feed(self, data: bytes) -> bytes:
        """Return what comes out of the next bytes, 4 MiB at most.

        Raises: Damaged.
        """
        try:
            found = self._decompressor.decompress(data, _MOST)
        except Exception as error:  # each module has its own, and OSError, EOFError, ValueError
            raise Damaged from error
        self._size += len(found)
        self._crc = zlib.crc32(found, self._crc)
        self.has_more = len(found) >= _MOST and not self._decompressor.eof
        if self._size > self._member.size:
            raise Damaged
        return found

    def check(self) -> None:
        """Raise Damaged unless all came, as the directory has it."""
        if self._size != self._member.size or (self._member.packing and self._crc != self._member.crc):
            raise Damaged


_MAGIC = {b"\x1f\x8b": "deflate", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "zstd"}


class Inflation:
    """Decompresses a stream by its first bytes: streams one behind the other are one, as tools write them."""

    def __init__(self, head: bytes) -> None:
        """Raises: Damaged, for a stream of no format that is known."""
        self._packing = next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "")
        if not self._packing:
            raise Damaged
        self._decompressor = _decompressor(self._packing)
        self.has_more = False
        """Whether `feed` has to be called again without bytes before it gets the next ones."""

    def feed(self, data: bytes) -> bytes:
        """Return what comes out of the next bytes, 4 MiB at most.

        Raises: Damaged.
        """
        try:
            if self._decompressor.eof:
                data = self._decompressor.unused_data + data
                self._decompressor = _decompressor(self._packing)
            found = self._decompressor.decompress(data, _MOST)
        except Exception as error:  # each module has its own
            raise Damaged from error
        is_over = self._decompressor.eof
        self.has_more = bool(self._decompressor.unused_data) if is_over else len(found) >= _MOST
        return found

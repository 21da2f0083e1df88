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

"""Reading: a source as a file object for libraries, with other bytes from some offset on."""

from __future__ import annotations

import io

from s3tui.preview.source import BLOCK, Source


class Reading(io.RawIOBase):
    def __init__(
        self, source: Source, end: int | None = None, tail: bytes = b"", *, ahead: int = BLOCK
    ) -> None:
        """
        Args:
            end: where `tail` stands in the place of what the source has there.
            ahead: bytes that a request reads at least.
        """
        assert source.size is not None
        self._source = source
        self._end = source.size if end is None else end
        self._tail, self._ahead = tail, ahead
        self._at = 0

    @property
    def _size(self) -> int:
        return self._end + len(self._tail)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Return bytes; what lies together is requested in blocks."""
        until = self._size if size < 0 else min(self._size, self._at + size)
        first, self._at = self._at, max(self._at, until)
        if first >= until:
            return b""
        data = b""
        if first < self._end:
            data = self._source.read(first, min(until, self._end) - first, ahead=self._ahead)
        return data + self._tail[max(0, first - self._end) : max(0, until - self._end)]

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

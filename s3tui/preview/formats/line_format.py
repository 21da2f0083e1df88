"""LineFormat: the protocol of what makes lines of bytes in portions; and where lines may begin. Pure."""

from __future__ import annotations

from typing import Protocol

from s3tui.preview.formats.hex_rows import WIDTH, hex_rows
from s3tui.preview.formats.text_lines import Line


class LineFormat(Protocol):
    def feed(self, data: bytes, *, final: bool = False) -> list[Line]:
        """Return the lines that are complete; with `final`, all."""


class HexLines:
    """Rows of hexadecimal numbers from an offset on."""

    def __init__(self, offset: int, *, size: int) -> None:
        self._offset, self._size, self._rest = offset, size, b""

    def feed(self, data: bytes, *, final: bool = False) -> list[Line]:
        data = self._rest + data
        whole = len(data) if final else len(data) - len(data) % WIDTH
        begin, self._offset = self._offset, self._offset + whole
        self._rest = data[whole:]
        rows = hex_rows(data[:whole], begin, size=self._size)
        return [Line(begin + number * WIDTH, row) for number, row in enumerate(rows)]


def row_start(before: bytes, offset: int) -> int:
    """Return where the row of hexadecimal numbers begins in which `offset` lies."""
    return offset - offset % WIDTH


def line_start(before: bytes, offset: int, *, newline: bytes = b"\n", unit: int = 1) -> int:
    """Return where the line begins in which `offset` lies, as far as `before` tells: the bytes before it.

    A line that began earlier is entered between two characters.
    """
    at = before.rfind(newline)
    while at >= 0 and (offset - len(before) + at) % unit:
        at = before.rfind(newline, 0, at)
    if at >= 0:
        return offset - len(before) + at + unit
    return offset - offset % unit

"""TextLines: bytes, fed in any portions, into lines of text, each with its offset. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from s3tui.preview.formats.encoding import Encoding

LONGEST = 2_048
"""Bytes of a line; a longer one is continued in the next."""
TAB = 4
_PORTION = 4 * LONGEST
"""Bytes that lines are made of at once: who wants few of them need not wait for all."""


@dataclass(frozen=True, slots=True)
class Line:
    offset: int
    """Of its first byte, in the whole."""
    text: str
    continues: bool = False
    """Whether it goes on with the line before, which was too long."""


class TextLines:
    """Decodes what it is fed, from a line's beginning on."""

    def __init__(self, encoding: Encoding, offset: int = 0, *, newline: bytes = b"\n") -> None:
        """
        Args:
            offset: of the first byte that is fed.
            newline: as one character; that of old Macintoshes is b"\\r".
        """
        self._encoding, self.offset = encoding, offset
        """`offset`: of the first byte that is in no line yet."""
        unit = encoding.unit
        self._newline = (
            newline.rjust(unit, b"\0") if encoding.codec.endswith("-be") else newline.ljust(unit, b"\0")
        )
        self._rest = b""
        self._continues = False
        self._marked = encoding.mark if offset == 0 else 0

    def feed(self, data: bytes, *, final: bool = False) -> list[Line]:
        """Return the lines that are complete; with `final`, all."""
        self._rest += data
        if self._marked:
            if len(self._rest) < self._marked and not final:
                return []
            self._rest, self.offset, self._marked = self._rest[self._marked :], self.offset + self._marked, 0
        lines = []
        taken = 0
        while (end := self._end_of_line(taken, final)) is not None:
            lines.append(self._line(self._rest[taken:end]))
            taken = end
        self._rest = self._rest[taken:]
        return lines

    def _end_of_line(self, start: int, final: bool) -> int | None:
        """Return where the line that begins at `start` ends, its newline included."""
        unit, limit = self._encoding.unit, start + LONGEST
        at = self._rest.find(self._newline, start, limit + unit)
        while at >= 0 and (at - start) % unit:
            at = self._rest.find(self._newline, at + 1, limit + unit)
        if at >= 0:
            return at + unit
        if len(self._rest) >= limit + unit:
            return self._character_before(start, limit)
        return len(self._rest) if final and len(self._rest) > start else None

    def _character_before(self, start: int, limit: int) -> int:
        """Return the last place before `limit` that lies between two characters."""
        codec, rest = self._encoding.codec, self._rest
        if codec == "utf-8":
            at = limit
            while at > limit - 4 and 0x80 <= rest[at] < 0xC0:
                at -= 1
            return limit if at == limit - 4 else at
        if codec.startswith("utf-16"):
            high = rest[limit - 1 if codec.endswith("le") else limit - 2]
            return limit - 2 if 0xD8 <= high < 0xDC else limit
        return limit

    def _line(self, raw: bytes) -> Line:
        line = Line(self.offset, self._text(raw), self._continues)
        self.offset += len(raw)
        self._continues = not raw.endswith(self._newline)
        return line

    def _text(self, raw: bytes) -> str:
        text = raw.decode(self._encoding.codec, "backslashreplace")
        text = text.removesuffix("\r\n") if text.endswith("\r\n") else text.removesuffix("\n")
        text = text.removesuffix("\r") if self._newline.strip(b"\0") == b"\r" else text
        return text.expandtabs(TAB)


def line_endings(head: bytes, encoding: Encoding) -> tuple[bytes, str]:
    """Return the newline of text that begins so, and what is to be said of it: nothing of Unix's."""
    text = head.decode(encoding.codec, "replace")
    windows, all_of_them = text.count("\r\n"), text.count("\n")
    if not all_of_them and "\r" in text.rstrip("\r"):
        return b"\r", "CR"
    if not windows:
        return b"\n", ""
    return b"\n", "CRLF" if windows == all_of_them else "LF and CRLF"


def lines_of(data: bytes, encoding: Encoding, *, is_whole: bool) -> Iterator[Line]:
    """Yield the lines of text from its beginning; a last one that may be cut only if nothing else came."""
    newline, _ = line_endings(data[: LONGEST * 4], encoding)
    lines, is_first = TextLines(encoding, newline=newline), True
    for at in range(0, len(data), _PORTION):
        for line in lines.feed(data[at : at + _PORTION]):
            is_first = False
            yield line
    if is_whole or is_first:
        yield from lines.feed(b"", final=True)

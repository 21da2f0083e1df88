"""JsonLines: JSON, fed in any portions and from any place on, into indented lines. Pure.

Nothing is checked: what is no JSON comes out as it is, and nothing is lost but white space between tokens.
Memory and time are linear in the bytes, whatever is nested and however long a string is.
"""

from __future__ import annotations

import re

from s3tui.preview.formats.text_lines import LONGEST, Line

_INDENT = 2
_DEEPEST = 40
"""Levels that are still indented: each line of a deeper one would be longer than what it shows."""
_SHORT = 72
"""Bytes of an array or an object of plain values that stays in one line."""
_AHEAD = LONGEST + _SHORT
"""Bytes that must follow a token's beginning for it to be told, so that portions do not matter."""
_STRING_BODY = rb'[^"\\]*+(?:\\.[^"\\]*+)*+'
_STRING = rb'"' + _STRING_BODY + rb'"'
_SCALAR = rb"(?:" + _STRING + rb'|[^\s{}\[\]:,"]++)'
_PAIR = _STRING + rb"\s*+:\s*+" + _SCALAR
_SMALL = re.compile(
    rb"\[\s*+(?:%b\s*+(?:,\s*+%b\s*+)*+)?\]|\{\s*+(?:%b\s*+(?:,\s*+%b\s*+)*+)?\}"
    % (_SCALAR, _SCALAR, _PAIR, _PAIR),
    re.DOTALL,
)
_TOKEN = re.compile(rb'(?P<space>\s++)|(?P<mark>[{}\[\],:])|(?P<quote>")|(?P<word>[^\s{}\[\],:"]++)')
_INNER_SPACE = re.compile(rb"(%b)|\s*+([,:])\s*+|\s++" % _STRING, re.DOTALL)
_REST_OF_STRING = re.compile(_STRING_BODY, re.DOTALL)
_WORDS = re.compile(rb'%b|(?P<word>[^\s{}\[\],:"]++)' % _STRING, re.DOTALL)
_VALUE = re.compile(rb"true|false|null|-?[0-9][0-9.eE+-]*+")


class JsonLines:
    def __init__(self, offset: int = 0, *, in_string: bool | None = False, width: int = 80) -> None:
        """
        Args:
            width: cells of a line: an array or an object of plain values that is longer is broken.
            offset: of the first byte that is fed.
            in_string: whether that is inside of a string; `None`: as what is fed makes likely.
        """
        self._offset = offset
        """Of the first byte in `_rest`."""
        self._rest = b""
        self._in_string = in_string
        self._short = min(_SHORT, width - 8)
        self._depth = 0
        self._line = bytearray()
        self._begins = offset
        self._continues = False
        self._lines: list[Line] = []

    def feed(self, data: bytes, *, final: bool = False) -> list[Line]:
        """Return the lines that are complete; with `final`, all."""
        self._rest += data
        if self._in_string is None:
            self._in_string = begins_in_string(self._rest)
        at, end = 0, len(self._rest)
        while at < end and (final or end - at > _AHEAD):
            at = self._string(at) if self._in_string else self._token(at)
        self._offset += at
        self._rest = self._rest[at:]
        if final:
            self._flush()
        lines, self._lines = self._lines, []
        return lines

    def _token(self, at: int) -> int:
        match = _TOKEN.match(self._rest, at, at + LONGEST)
        assert match is not None
        token, kind = match[0], match.lastgroup
        if kind == "space":
            if self._depth == 0 and b"\n" in token:
                self._flush()
            elif self._line and not self._line.endswith(b" "):
                self._line += b" "  # between two values no comma stands
        elif kind == "quote":
            self._in_string = True
            self._write(b'"', at)
        elif kind == "word":
            self._write(token, at)
        else:
            return self._mark(token, at)
        return match.end()

    def _mark(self, mark: bytes, at: int) -> int:
        if mark in b"{[":
            if small := _SMALL.match(self._rest, at, at + self._short - _INDENT * self._depth):
                self._write(_INNER_SPACE.sub(_spaced, small[0]), at)
                return small.end()
            self._write(mark, at)
            self._flush()
            self._depth += 1
        elif mark in b"}]":
            self._flush()
            self._depth = max(0, self._depth - 1)
            self._write(mark, at)
        else:
            self._strip()
            self._write(b", " if mark == b"," else b": ", at)
            if mark == b",":
                self._flush()
        return at + 1

    def _strip(self) -> None:
        if self._line.endswith(b" "):
            del self._line[-1]

    def _string(self, at: int) -> int:
        """Take the rest of a string, or as much as a line has room for."""
        match = _REST_OF_STRING.match(self._rest, at, at + LONGEST)
        assert match is not None
        end = match.end()
        if end < len(self._rest) and self._rest[end : end + 1] == b'"' and end < at + LONGEST:
            self._in_string = False
            self._write(self._rest[at : end + 1], at)
            return end + 1
        end = max(min(end, len(self._rest)), at + 1)
        while at + 1 < end < len(self._rest) and 0x80 <= self._rest[end] < 0xC0 and end > at + LONGEST - 4:
            end -= 1
        self._write(self._rest[at:end], at)
        return end

    def _write(self, text: bytes, at: int) -> None:
        if len(self._line) >= LONGEST:
            self._flush(continues=True)
        if not self._line:
            self._begins = self._offset + at
        self._line += text

    def _flush(self, *, continues: bool = False) -> None:
        if not self._line:
            return
        indent = " " * (_INDENT * min(self._depth, _DEEPEST))
        text = self._line.decode("utf-8", "backslashreplace")
        self._lines.append(Line(self._begins, indent + text.rstrip(" "), self._continues))
        self._line.clear()
        self._continues = continues


def begins_in_string(head: bytes) -> bool:
    """Say whether JSON that was cut before `head` more likely begins inside of a string there.

    Between strings stand only numbers and three words: the other assumption finds more of what they are not.
    """
    body = _REST_OF_STRING.match(head)
    behind = 1 + (body.end() if body else 0)
    return _strange(head[behind:]) < _strange(head)


def _strange(text: bytes) -> int:
    """Count the words outside of strings that no JSON has there; the first and the last may be cut."""
    words = [match[0] for match in _WORDS.finditer(text[: 2 * LONGEST]) if match.lastgroup == "word"]
    return sum(not _VALUE.fullmatch(word) for word in words)


def _spaced(match: re.Match[bytes]) -> bytes:
    """Return a part of a small array or object with one space behind each comma and colon."""
    if match[1] is not None:
        return match[1]
    return match[2] + b" " if match[2] else b""

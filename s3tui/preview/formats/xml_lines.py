"""XmlLines: XML, fed in any portions and from any place on, into indented lines: an element a line. Pure.

Nothing is checked or resolved: no entity is expanded, and what is no XML comes out as it is.
"""

from __future__ import annotations

import re

from s3tui.preview.formats.text_lines import LONGEST, Line

_INDENT = 2
_DEEPEST = 40
_SHORT = 100
"""Bytes of an element that stays in one line with its text."""
_AHEAD = LONGEST + _SHORT
_TOKEN = re.compile(
    rb"(?P<comment><!--)|(?P<data><!\[CDATA\[)|(?P<end></[^<>]*+>)"
    rb"|(?P<other><[?!](?:[^<>\"']|\"[^\"]*+\"|'[^']*+')*+>)"
    rb"|(?P<empty><(?:[^<>\"'/]|\"[^\"]*+\"|'[^']*+'|/(?!>))*+/>)"
    rb"|(?P<start><(?:[^<>\"'/]|\"[^\"]*+\"|'[^']*+'|/(?!>))*+>)"
    rb"|(?P<text>[^<]++)",
    re.DOTALL,
)
_ENDS = {"comment": b"-->", "data": b"]]>"}
_LEAF = re.compile(
    rb"(<([^\s<>/\"'!?]++)(?:[^<>\"'/]|\"[^\"]*+\"|'[^']*+'|/(?!>))*+>)\s*+([^<]*+)</\2\s*+>", re.DOTALL
)


class XmlLines:
    def __init__(self, offset: int = 0) -> None:
        """`offset`: of the first byte that is fed."""
        self._offset = offset
        """Of the first byte in `_rest`."""
        self._rest = b""
        self._depth = 0
        self._until = b""
        """What ends the comment or the characters that it is in."""
        self._lines: list[Line] = []

    def feed(self, data: bytes, *, final: bool = False) -> list[Line]:
        """Return the lines that are complete; with `final`, all."""
        self._rest += data
        at, end = 0, len(self._rest)
        while at < end and (final or end - at > _AHEAD):
            at = self._verbatim(at) if self._until else self._token(at)
        self._offset += at
        self._rest = self._rest[at:]
        lines, self._lines = self._lines, []
        return lines

    def _token(self, at: int) -> int:
        if leaf := _LEAF.match(self._rest, at, at + _SHORT):
            self._write(leaf[0], at)
            return leaf.end()
        match = _TOKEN.match(self._rest, at, at + LONGEST)
        if match is None:  # a tag that is longer than a line, or none
            following = self._rest.find(b"<", at + 1, at + LONGEST)
            return self._fragment(at, following if following > 0 else at + LONGEST)
        kind, token = match.lastgroup or "", match[0]
        if kind in _ENDS:
            self._until = _ENDS[kind]
            return self._verbatim(at)
        if kind == "end":
            self._depth = max(0, self._depth - 1)
        if token.strip():
            self._write(token, at)
        if kind == "start":
            self._depth += 1
        return match.end()

    def _verbatim(self, at: int) -> int:
        """Take the lines of a comment up to its end."""
        found = self._rest.find(self._until, at, at + LONGEST)
        newline = self._rest.find(b"\n", at, at + LONGEST)
        end = found + len(self._until) if found >= 0 else len(self._rest)
        if 0 <= newline < end:
            self._write(self._rest[at:newline], at)
            return newline + 1
        if found >= 0:
            self._until = b""
            self._write(self._rest[at:end], at)
            return end
        return self._fragment(at, at + LONGEST - 8)

    def _fragment(self, at: int, end: int) -> int:
        end = min(end, len(self._rest))
        while end > at + 1 and end < len(self._rest) and 0x80 <= self._rest[end] < 0xC0:
            end -= 1
        self._write(self._rest[at:end], at)
        return end

    def _write(self, raw: bytes, at: int) -> None:
        text = " ".join(raw.decode("utf-8", "backslashreplace").split())
        if text:
            indent = " " * (_INDENT * min(self._depth, _DEEPEST))
            self._lines.append(Line(self._offset + at, indent + text))


def tag_start(before: bytes, offset: int) -> int:
    """Return where the tag begins that `offset` lies behind, as far as `before` tells."""
    at = before.rfind(b"<")
    return offset - len(before) + at if at >= 0 else offset

"""Folded: lines of another format without those that are deeper than a level. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from s3tui.preview.formats.line_format import LineFormat
from s3tui.preview.formats.text_lines import Line

_SECTION = re.compile(r"\s*\[+([^\[\]]+)\]+\s*(?:#.*)?$")
_HEADING = re.compile(r"(#{1,6})\s")
_CLOSES = re.compile(r"\s*(?:[}\])]|</)")
DEEPEST = 9


class Folded:
    def __init__(self, lines: LineFormat, level: int, language: str) -> None:
        """
        Args:
            level: the deepest that is shown, from 1 on.
            language: what tells the level of a line: sections of TOML, headings, else indentation.
        """
        self._lines, self._level, self._language = lines, level, language
        self._below = 0
        """The level of lines below the last section or heading."""
        self._unit = 0
        """Blanks of a level; 0: not seen yet."""
        self._last: Line | None = None
        self._hidden = 0

    def feed(self, data: bytes, *, final: bool = False) -> list[Line]:
        """Return the lines that are shown; one that hides others says how many. Empty ones are left out."""
        shown: list[Line] = []
        for line in self._lines.feed(data, final=final):
            if not line.text.strip():
                continue
            if self._depth(line.text) >= self._level or line.continues:
                self._hidden += 1
            elif self._hidden and _CLOSES.match(line.text) and self._last is not None:
                self._last = replace(self._last, text=f"{self._marked()} {line.text.strip()}")
                self._hidden = 0
            else:
                shown += self._take(line)
        return shown + (self._take(None) if final else [])

    def _take(self, line: Line | None) -> list[Line]:
        """Return the line before, which has all that it hides by now, and keep this one."""
        last = self._last
        done = [] if last is None else [replace(last, text=self._marked()) if self._hidden else last]
        self._last, self._hidden = line, 0
        return done

    def _marked(self) -> str:
        return f"{self._last.text if self._last else ''} ⋯ {self._hidden:,}"

    def _depth(self, text: str) -> int:
        if self._language == "toml" and (match := _SECTION.match(text)):
            self._below = match[1].count(".") + 1
            return self._below - 1
        if self._language == "markdown":
            if heading := _HEADING.match(text):
                self._below = len(heading[1])
                return self._below - 1
            return self._below
        blanks = len(text) - len(text.lstrip(" "))
        if blanks and (not self._unit or blanks < self._unit):
            self._unit = blanks
        indent = blanks // self._unit if blanks else 0
        if self._language == "yaml" and text.lstrip().startswith("- "):
            indent += 1  # a list stands as deep as its key
        return self._below + indent

"""Pager: the lines of an object around one place, read as they are looked at; any number can lie beyond."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from s3tui.preview.formats.line_format import LineFormat
from s3tui.preview.formats.text_lines import Line
from s3tui.preview.ranged_file import RangedFile
from s3tui.preview.source import BLOCK

_LOOK_BACK = 4 * 1024
"""Bytes that are looked through for the beginning of a line."""
MOST_LINES = 20_000
"""Lines that are kept; those at the other end go first."""

Start = Callable[[bytes, int], int]
"""Returns where a line begins, from the bytes before an offset, and the offset."""


class Pager:
    """Lines that begin one after the other. One of its coroutines runs at a time.

    All raise S3Error.
    """

    def __init__(
        self,
        file: RangedFile,
        make: Callable[[int], LineFormat],
        start: Start,
        *,
        first: int = 0,
        most: int = MOST_LINES,
    ) -> None:
        """
        Args:
            make: makes the format of lines from an offset on.
            first: offset of the first line.
        """
        self.file, self._make, self._start, self._first, self._most = file, make, start, first, most
        self.lines: list[Line] = []
        self.number: int | None = 0
        """Of the first line here, counted from 0; `None`: nothing tells it."""
        self._format = make(first)
        self._end = first
        """Offset up to which the format was fed."""

    @property
    def begins(self) -> bool:
        """True if the first line of all is here."""
        return not self.lines or self.lines[0].offset <= self._first

    @property
    def ends(self) -> bool:
        return self._end >= self.file.size

    async def open(self, offset: int, *, number: int | None = None) -> int:
        """Read the lines around an offset, and return the index of the one in which it lies."""
        offset = max(self._first, min(offset, max(self._first, self.file.size - 1)))
        begin = await self._line_start(max(self._first, offset - BLOCK // 4))
        self._restart(begin)
        while not self.ends and (not self.lines or self.lines[-1].offset <= offset):
            await self.more()
        at = self.index_of(offset)
        if number is not None:
            counted = sum(not line.continues for line in self.lines[:at])
            self.number = number - counted
        return at

    async def open_end(self) -> int:
        """Read the last lines, and return the index of the last."""
        await self.open(self.file.size)
        while not self.ends:
            await self.more()
        return max(0, len(self.lines) - 1)

    def index_of(self, offset: int) -> int:
        """Return the index of the line in which a byte lies."""
        at = 0
        for index, line in enumerate(self.lines):
            if line.offset > offset:
                break
            at = index
        return at

    def number_of(self, index: int) -> int | None:
        """Return the number of a line, counted from 1."""
        if self.number is None or index >= len(self.lines):
            return None
        return self.number + sum(not line.continues for line in self.lines[: index + 1])

    async def more(self) -> int:
        """Read on, and return how many lines had to go at the beginning."""
        data = await self.file.read(self._end, BLOCK)
        self._end += len(data)
        self.lines += await asyncio.to_thread(self._format.feed, data, final=self.ends or not data)
        gone = max(0, len(self.lines) - self._most)
        if gone:
            if self.number is not None:
                self.number += sum(not line.continues for line in self.lines[:gone])
            del self.lines[:gone]
        return gone

    async def before(self) -> int:
        """Read what lies before the first line, and return how many lines that were."""
        if self.begins:
            return 0
        end = self.lines[0].offset
        begin = await self._line_start(max(self._first, end - BLOCK))
        data = await self.file.read(begin, end - begin, ahead=0)
        found = await asyncio.to_thread(self._make(begin).feed, data, final=True)
        if self.number is not None:
            self.number -= sum(not line.continues for line in found)
        self.lines[:0] = found
        if len(self.lines) > self._most:
            self._end = self.lines[self._most].offset
            del self.lines[self._most :]
            self._format = self._make(self._end)
        return len(found)

    async def _line_start(self, offset: int) -> int:
        if offset <= self._first:
            return self._first
        begin = max(self._first, offset - _LOOK_BACK)
        before = await self.file.read(begin, offset - begin)
        found = self._start(before, offset)
        return found if found > self._first else self._first

    def _restart(self, offset: int) -> None:
        self.lines, self._end = [], offset
        self.number = 0 if offset == self._first else None
        self._format = self._make(offset)


class Fixed:
    """Lines that are all here, as a pager has them."""

    def __init__(self, file: RangedFile, lines: list[Line]) -> None:
        self.file, self.lines, self.number = file, lines, 0
        self.begins = self.ends = True

    async def open(self, offset: int, *, number: int | None = None) -> int:
        return max(0, min(offset, len(self.lines) - 1))

    async def open_end(self) -> int:
        return max(0, len(self.lines) - 1)

    def index_of(self, offset: int) -> int:
        return offset

    def number_of(self, index: int) -> int | None:
        return index + 1 if index < len(self.lines) else None

    async def more(self) -> int:
        return 0

    async def before(self) -> int:
        return 0

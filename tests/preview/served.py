"""Objects that are made up: of any size, served by ranges, with every request noted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from s3tui.preview.kinds.table import Kind, Mismatch
from s3tui.preview.preview import Preview, Room
from s3tui.preview.ranged_file import RangedFile, Served
from s3tui.preview.reader import PANE_BOUND, read_preview, run_in_thread
from s3tui.preview.source import BeyondBound, Span


@dataclass
class Made:
    """An object; `content` makes the bytes of any range of it."""

    content: Callable[[int, int], bytes]
    size: int
    etag: str | None = "etag"
    spans: list[Span] = field(default_factory=list)

    @classmethod
    def of(cls, data: bytes) -> Made:
        return cls(lambda first, end: data[first:end], len(data))

    async def fetch(self, span: Span, etag: str | None) -> Served:
        self.spans.append(span)
        first, end = span
        return Served(self.content(first, min(end, self.size)), self.size, self.etag)

    def file(self, *, bound: int | None = None, kept: int = PANE_BOUND) -> RangedFile:
        return RangedFile(self.fetch, self.size, bound=bound, kept=kept)


async def in_this_process(kind: Kind, file: RangedFile, name: str, room: Room) -> Preview:
    """Run an isolated kind here: what it tells is the same, and what it raises is damage there, too."""
    try:
        return await run_in_thread(kind, file, name, room)
    except (Mismatch, BeyondBound):
        raise
    except Exception:
        return Preview(kind.name, sentence="It is damaged, or no such thing inside.")


async def no_process(kind: Kind, file: RangedFile, name: str, room: Room) -> Preview:
    raise Mismatch


def preview_of(data: bytes | Made, name: str, lines: int = 200) -> Preview:
    """Return the preview of an object, in this process."""
    made = data if isinstance(data, Made) else Made.of(data)
    return asyncio.run(read_preview(made.file(bound=PANE_BOUND), name, Room(lines), in_this_process))

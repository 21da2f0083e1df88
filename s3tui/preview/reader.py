"""Reads the preview of one object: its first bytes, its kind, and what that needs beyond."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from s3tui.preview.kinds.choose import by_content, by_name, look_of
from s3tui.preview.kinds.table import HEX, TEXT, Kind, Mismatch
from s3tui.preview.preview import Preview, Room, cleaned
from s3tui.preview.ranged_file import First, RangedFile
from s3tui.preview.source import BLOCK, BeyondBound, Needed

PANE_BOUND = 256 * 1024
"""Bytes that a preview beside the rows may read."""
_MOST_ROUNDS = 64
"""Times that a kind may ask for other bytes."""

Decode = Callable[[Kind, RangedFile, str, Room], Awaitable[Preview]]
"""Runs a kind; raises Mismatch, BeyondBound, S3Error."""


async def read_preview(file: RangedFile, name: str, room: Room, isolated: Decode) -> Preview:
    """Return the preview of the object that `file` reads; what needs more than its bound says how much.

    Args:
        name: the last part of its key.
        isolated: runs the kinds that are not trusted with this process.

    Raises: S3Error.
    """
    if not file.size:
        return Preview("empty", sentence="It holds no bytes.")
    kind = by_name(name)
    try:
        await file.begin(First.HEAD if kind is None else kind.first)
        if kind is None or kind.first is First.HEAD:
            kind = await _by_content(file, name)
        return await _run(kind, file, name, room, isolated)
    except Mismatch:
        return await _run_other(kind, file, name, room, isolated)


async def _run_other(
    wrong: Kind | None, file: RangedFile, name: str, room: Room, isolated: Decode
) -> Preview:
    """Show as another kind what was not of the kind that its name or its first bytes promised."""
    await file.begin(First.HEAD)
    kind = await _by_content(file, name)
    if kind == wrong:
        kind = await _by_content(file, "")
    for each in (kind, TEXT, HEX):
        try:
            if each != wrong:
                return await _run(each, file, name, room, isolated)
        except Mismatch:
            continue
    raise AssertionError("bytes of any kind can be shown as numbers")


async def _by_content(file: RangedFile, name: str) -> Kind:
    head = await file.read(0, BLOCK, ahead=0)
    return await asyncio.to_thread(by_content, name, head, is_whole=len(head) == file.size)


async def _run(kind: Kind, file: RangedFile, name: str, room: Room, isolated: Decode) -> Preview:
    run = isolated if kind.is_isolated else run_in_thread
    try:
        return await run(kind, file, name, room)
    except BeyondBound as beyond:
        return Preview(kind.name, sentence="It needs more than is read unasked.", more=beyond.needed)


async def run_in_thread(kind: Kind, file: RangedFile, name: str, room: Room) -> Preview:
    """Run a kind that is bounded and ours; it begins again whenever bytes had to be requested for it."""
    look = look_of(kind)
    for _ in range(_MOST_ROUNDS):
        try:
            return await asyncio.to_thread(lambda: cleaned(look(file.held(name), room)))
        except Needed as needed:
            await file.read_all(needed.spans, ahead=needed.ahead)
    raise Mismatch

"""npy: type and shape of an array by its header, which is a literal of Python."""

from __future__ import annotations

import ast

from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Preview, Room
from s3tui.preview.source import Source

_MOST_HEADER = 64 * 1024


def look(source: Source, room: Room) -> Preview:
    head = source.read(0, 12, ahead=4096)
    if not head.startswith(b"\x93NUMPY") or len(head) < 12:
        raise Mismatch
    width = 2 if head[6] == 1 else 4
    length = int.from_bytes(head[8 : 8 + width], "little")
    text = source.read(8 + width, min(length, _MOST_HEADER)).decode("latin-1")
    try:
        told = ast.literal_eval(text.strip())
        shape = " × ".join(f"{int(each):,}" for each in told["shape"])
        facts = [str(told["descr"]), shape or "scalar", "by column" * bool(told["fortran_order"])]
    except (ValueError, SyntaxError, TypeError, KeyError, RecursionError, MemoryError) as error:
        raise Mismatch from error
    return Preview("npy", tuple(filter(None, facts)))

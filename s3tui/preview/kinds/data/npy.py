"""npy: type and shape of an array by its header, which is a literal of Python."""

from __future__ import annotations

import ast

from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Preview, Room
from s3tui.preview.source import Source

_MOST_HEADER = 64 * 1024


def look(source: Source, room: Room) -> Preview:
    head = source.read(0, 12, ahead=4096)
    length = int.from_bytes(head[8 : 8 + _width(head)], "little")
    told = header(source.read(0, 8 + _width(head) + min(length, _MOST_HEADER)))
    return Preview("npy", tuple(filter(None, told)))


def _width(head: bytes) -> int:
    return 2 if head[6:7] == b"\x01" else 4


def header(data: bytes) -> tuple[str, str, str]:
    """Return the type of an array, its shape, and its order, if that is not the usual one.

    Raises: Mismatch.
    """
    if not data.startswith(b"\x93NUMPY") or len(data) < 12:
        raise Mismatch
    width = _width(data)
    length = int.from_bytes(data[8 : 8 + width], "little")
    try:
        told = ast.literal_eval(data[8 + width :][:length].decode("latin-1").strip())
        shape = " × ".join(f"{int(each):,}" for each in told["shape"])
        return str(told["descr"]), shape or "scalar", "by column" * bool(told["fortran_order"])
    except (ValueError, SyntaxError, TypeError, KeyError, RecursionError, MemoryError) as error:
        raise Mismatch from error

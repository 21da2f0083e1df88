"""Rows of bytes as hexadecimal numbers, with their characters beside. Pure."""

from __future__ import annotations

from collections.abc import Iterator

WIDTH = 16
"""Bytes of a row."""


def hex_rows(data: bytes, offset: int = 0, *, size: int | None = None, width: int = WIDTH) -> Iterator[str]:
    """Yield a row for every `width` bytes, each with the offset of its first.

    Args:
        offset: of the first byte, in the whole.
        size: of the whole, which says how many digits offsets have.
    """
    digits = max(8, len(f"{(size or offset + len(data)):x}"))
    for at in range(0, len(data), width):
        row = data[at : at + width]
        halves = (row[: width // 2], row[width // 2 :])
        numbers = "  ".join(half.hex(" ").ljust(width // 2 * 3 - 1) for half in halves)
        yield f"{offset + at:0{digits}x}  {numbers}  {characters(row)}"


def characters(row: bytes) -> str:
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in row)

"""Source: the bytes of an object as a preview kind sees them: by ranges, and no more than a bound allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

BLOCK = 64 * 1024
"""Bytes that a request reads at least, where there are so many."""

Span = tuple[int, int]
"""A range of bytes: its offset and the offset behind its last one."""


class BeyondBound(Exception):
    """More bytes would have to be read than the bound allows: `needed` in all."""

    def __init__(self, needed: int) -> None:
        super().__init__(f"{needed} bytes would have to be read")
        self.needed = needed


class Needed(Exception):
    """Bytes are needed that are not at hand: they are read, and it is tried again."""

    def __init__(self, spans: Sequence[Span], ahead: int) -> None:
        super().__init__(f"{len(spans)} ranges are needed")
        self.spans, self.ahead = tuple(spans), ahead


class Source(Protocol):
    """Bytes that can be read at any offset."""

    @property
    def name(self) -> str:
        """The last part of the key."""

    @property
    def size(self) -> int | None:
        """The number of all bytes; `None` of a stream that was not read to its end."""

    def read(self, offset: int, length: int, *, ahead: int = BLOCK) -> bytes:
        """Return the bytes from `offset` on: fewer than `length` only at the end.

        Args:
            ahead: bytes that a request reads at least, so that the next read needs none; 0 reads what is
                asked for alone.

        Raises: BeyondBound.
        """

    def read_all(self, spans: Sequence[Span], *, ahead: int = BLOCK) -> list[bytes]:
        """Return the bytes of several ranges, requested at the same time."""


@dataclass(frozen=True, slots=True)
class Memory:
    """A source whose first bytes are all at hand; `is_cut`: there are more, which cannot be had."""

    name: str
    data: bytes
    is_cut: bool = False

    @property
    def size(self) -> int | None:
        return None if self.is_cut else len(self.data)

    def read(self, offset: int, length: int, *, ahead: int = BLOCK) -> bytes:
        end = offset + length
        if self.is_cut and end > len(self.data) and offset:
            raise BeyondBound(end)
        return self.data[offset:end]

    def read_all(self, spans: Sequence[Span], *, ahead: int = BLOCK) -> list[bytes]:
        return [self.read(first, end - first) for first, end in spans]

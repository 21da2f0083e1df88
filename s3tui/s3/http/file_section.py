"""Bodies in files: `FileSection` to send one, `BodySink` to receive one.

Nothing here touches a socket, or knows what S3 is. `FileTransport` calls these in one of its threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import httpx

_READ = 1024 * 1024


def _ignore(count: int) -> None:
    pass


def _accept() -> None:
    pass


class ByteConsumer(Protocol):
    """The part of a hash's interface that is fed bytes, as `hashlib`'s have it."""

    def update(self, data: memoryview, /) -> None: ...


H = TypeVar("H", bound=ByteConsumer)


class FileFailed(Exception):
    """An error of the local file, not of the connection."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True)
class FileSection:
    """`length` bytes of an open file from `offset` on, to be sent; the file's own position is left alone.

    It moves from the file to the socket in a thread, and can be sent again. The file has to stay open
    until the call is over.
    """

    fd: int
    offset: int
    length: int
    observe: Callable[[int], None] = _ignore
    """Called in the moving thread with the number of bytes that left; negative, when they must again."""
    check: Callable[[], None] = _accept
    """Called in the moving thread before the last bytes leave: what it raises stops the request."""

    def read(self, buffer: memoryview, position: int) -> int:
        """Fill `buffer` from byte `position` of the section, and return how much of it.

        Raises: FileFailed; ValueError, or what `check` raises, when the file ended too early.
        """
        try:
            count = os.preadv(self.fd, [buffer], self.offset + position)
        except OSError as error:
            raise FileFailed(error) from error
        if count == 0:
            self.ended_at(position)
        return count

    def ended_at(self, position: int) -> None:
        """Report that the file ended `position` bytes into the section.

        Raises: ValueError, or what `check` raises.
        """
        self.check()
        raise ValueError(
            f"the file ended {self.length - position} bytes too early: it changed while it was sent"
        )

    def hashed(self, hasher: H) -> H:
        """Feed all of the section to `hasher`, and return it. Blocking.

        Raises: FileFailed; ValueError, or what `check` raises, when the file ended too early.
        """
        buffer, position = memoryview(bytearray(_READ)), 0
        while position < self.length:
            count = self.read(buffer[: self.length - position], position)
            hasher.update(buffer[:count])
            position += count
        return hasher


class BodySink(Protocol):
    """Receives the body of a response: the transport passes it the head first, then the bytes."""

    def begin(self, request: httpx.Request, response: httpx.Response) -> int | None:
        """Check the head of a response, and return the length of its body; `None`, where only its end tells.

        What it raises stops the request before a byte is written.
        """

    def write(self, data: memoryview) -> None:
        """Take the next bytes of the body.

        Raises: FileFailed.
        """

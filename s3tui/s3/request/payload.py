"""Request bodies: from memory, from a file, from an iterator; with a checksum or without.

The socket pulls a stream: at most two chunks are taken ahead of the kernel.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from s3tui.s3.checksum import Checksum, ChecksumAlgorithm, checksum_of, finish, new_hasher
from s3tui.s3.http.file_section import FileFailed, FileSection
from s3tui.s3.request.bodies import OnceBody

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

Data = bytes | bytearray | memoryview | FileSection | BinaryIO | AsyncIterable[bytes] | Iterable[bytes]
"""The types of a body: bytes, a seekable binary file (from its position on), or an iterable of chunks.

Blocking files and iterators are read in a thread. A `FileSection` is sent by a thread, which is the fast
way for a large one.
"""

IN_MEMORY = (bytes, bytearray, memoryview)

_FILE_CHUNK = 256 * 1024
_FRAME = 64 * 1024  # of aws-chunked; S3 wants 8 KiB at least
ANNOUNCES = "x-amz-sdk-checksum-algorithm"  # without it, S3 refuses what Object Lock is to hold
_TRAILER_FOLLOWS = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


class FileBody:
    """A file from its position to its end, or `length` bytes of it; can be sent again."""

    def __init__(self, file: BinaryIO, length: int | None) -> None:
        self._file = file
        self._start = file.tell()
        if length is None:
            length = file.seek(0, io.SEEK_END) - self._start
            file.seek(self._start)
        self.length = length

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self.length
        await asyncio.to_thread(self._file.seek, self._start)
        while left:
            chunk = await asyncio.to_thread(self._file.read, min(left, _FILE_CHUNK))
            if not chunk:
                raise ValueError(f"the file ended {left} bytes too early: it changed while it was sent")
            left -= len(chunk)
            yield chunk


@dataclass(slots=True)
class Payload:
    """A body and the headers that the request must have for it."""

    body: bytes | AsyncIterable[bytes] | FileSection
    content_length: int | None = None
    """Of the body as it is sent; `None` for bytes."""
    size: int = 0
    """Of the content."""
    headers: dict[str, str] = field(default_factory=dict)
    payload_hash: str | None = None
    _checksum: Checksum | None = None
    _framed: _Framed | None = None

    @property
    def is_framed(self) -> bool:
        """It is sent as `aws-chunked`, with its checksum in the trailer."""
        return self._framed is not None

    @property
    def checksum(self) -> Checksum | None:
        """The checksum that was sent; a trailer's is known when the body was sent."""
        return self._checksum if self._framed is None else self._framed.checksum


async def payload(
    data: Data,
    content_length: int | None,
    *,
    algorithm: ChecksumAlgorithm | None,
    trailer: bool,
    content_encoding: str | None = None,
) -> Payload:
    """Prepare `data` to be sent.

    Args:
        algorithm: of the checksum to send along; `None` sends none.
        trailer: send a file's checksum behind it; else the file is read twice, and it goes before.
            That of another stream can only come behind it.
        content_encoding: of the object; a trailer's own goes before it.

    Raises: ValueError, for a stream without its `content_length`.
    """
    if isinstance(data, IN_MEMORY):
        content = bytes(data)
        checksum = None if algorithm is None else checksum_of(content, algorithm)
        return Payload(content, None, len(content), _checksum_header(checksum), _checksum=checksum)
    if isinstance(data, FileSection):
        # Before it: only what is sent as it is can go from the file to the socket.
        checksum = None if algorithm is None else await _checksum_of_section(data, algorithm)
        return Payload(data, data.length, data.length, _checksum_header(checksum), _checksum=checksum)
    chunks, size = _chunks(data, content_length)
    source = _Checked(chunks, size)
    if algorithm is None:
        return Payload(_repeatable(source, chunks), size, size)
    if not trailer and isinstance(chunks, FileBody):
        hasher = new_hasher(algorithm)
        async for chunk in chunks:
            hasher.update(chunk)
        checksum = finish(hasher, algorithm)
        return Payload(source, size, size, _checksum_header(checksum), _checksum=checksum)
    framed = _Framed(source, algorithm)
    headers = {
        "content-encoding": f"aws-chunked,{content_encoding}" if content_encoding else "aws-chunked",
        "x-amz-decoded-content-length": str(size),
        "x-amz-trailer": algorithm.header,
        ANNOUNCES: algorithm.value,
    }
    return Payload(
        _repeatable(framed, chunks),
        framed.length(size),
        size,
        headers,
        _TRAILER_FOLLOWS,
        _framed=framed,
    )


class Rewinding:
    """Rewinds a body, where that is possible."""

    def __init__(self, data: Data) -> None:
        self._is_whole = isinstance(data, (*IN_MEMORY, FileSection))
        self._file = data if isinstance(data, io.IOBase) and data.seekable() else None
        self._start = 0 if self._file is None else self._file.tell()

    def rewind(self) -> bool:
        """Go back to the beginning; return `False` where that is not possible."""
        if self._file is not None:
            self._file.seek(self._start)
        return self._is_whole or self._file is not None


async def content_md5_of(sent: Payload) -> dict[str, str]:
    """Return the `Content-MD5` of a body, as a header; no header, of one that can be iterated only once."""
    if isinstance(sent.body, OnceBody):
        return {}
    hasher = await _hashed(sent.body, hashlib.md5(usedforsecurity=False))
    return {"content-md5": base64.b64encode(hasher.digest()).decode()}


async def sign_body(sent: Payload) -> None:
    """Have the hash of a body's bytes signed, where it can be read before it is sent."""
    if not (isinstance(sent.body, bytes | OnceBody) or sent.is_framed):
        sent.payload_hash = (await _hashed(sent.body, hashlib.sha256())).hexdigest()


async def _hashed(body: bytes | AsyncIterable[bytes] | FileSection, hasher: Hash) -> Hash:
    if isinstance(body, bytes):
        hasher.update(body)
    elif isinstance(body, FileSection):
        try:
            await asyncio.to_thread(body.hashed, hasher)
        except FileFailed as failed:
            raise failed.error from None
    else:
        async for chunk in body:
            hasher.update(chunk)
    return hasher


def section_checksum(section: FileSection, algorithm: ChecksumAlgorithm) -> Checksum:
    """Return the checksum of all of `section`. Blocking.

    Raises: FileFailed; ValueError, or what its `check` raises, when the file ended too early.
    """
    return finish(section.hashed(new_hasher(algorithm)), algorithm)


async def _checksum_of_section(section: FileSection, algorithm: ChecksumAlgorithm) -> Checksum:
    try:
        return await asyncio.to_thread(section_checksum, section, algorithm)
    except FileFailed as failed:
        raise failed.error from None


def _checksum_header(checksum: Checksum | None) -> dict[str, str]:
    if checksum is None:
        return {}
    return {ANNOUNCES: checksum.algorithm.value, checksum.algorithm.header: checksum.value}


def _chunks(
    data: BinaryIO | AsyncIterable[bytes] | Iterable[bytes], length: int | None
) -> tuple[AsyncIterable[bytes], int]:
    if isinstance(data, io.IOBase) and data.seekable():
        file = FileBody(data, length)  # type: ignore[arg-type]  # IOBase is what BinaryIO's classes share
        return file, file.length
    if length is None:
        raise ValueError("a streamed body needs its content_length")
    return asynchronous(data), length


def asynchronous(chunks: AsyncIterable[bytes] | Iterable[bytes]) -> AsyncIterable[bytes]:
    """Return the chunks of a blocking iterator, each fetched in a thread."""
    return chunks if isinstance(chunks, AsyncIterable) else _from_thread(chunks)


async def _from_thread(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    iterator = iter(chunks)
    while (chunk := await asyncio.to_thread(next, iterator, None)) is not None:
        yield chunk


def _repeatable(body: AsyncIterable[bytes], origin: AsyncIterable[bytes]) -> AsyncIterable[bytes]:
    return body if isinstance(origin, FileBody) else OnceBody(body)


class _Checked:
    """A stream whose length is checked against the announced one."""

    def __init__(self, chunks: AsyncIterable[bytes], length: int) -> None:
        self._chunks = chunks
        self._length = length

    async def __aiter__(self) -> AsyncIterator[bytes]:
        sent = 0
        async for chunk in self._chunks:
            sent += len(chunk)
            if sent > self._length:
                raise ValueError(f"the stream is longer than its content_length of {self._length}")
            if chunk:
                yield chunk
        if sent < self._length:
            missing = self._length - sent
            raise ValueError(
                f"the stream is {missing} bytes shorter than its content_length of {self._length}"
            )


class _Framed:
    """A stream framed as `aws-chunked`, with its checksum in the trailer.

    Source: *Signature calculations … with trailing headers* in the Amazon S3 API Reference.
    """

    def __init__(self, chunks: AsyncIterable[bytes], algorithm: ChecksumAlgorithm) -> None:
        self._chunks = chunks
        self._algorithm = algorithm
        self.checksum: Checksum | None = None
        """`None` until all of it was taken."""

    def length(self, size: int) -> int:
        """Return the length of the framed stream for `size` bytes of content."""
        full, rest = divmod(size, _FRAME)
        frames = full * (len(f"{_FRAME:x}") + 4 + _FRAME) + (len(f"{rest:x}") + 4 + rest if rest else 0)
        digest_size = len(checksum_of(b"", self._algorithm).value)
        return frames + len("0\r\n") + len(self._algorithm.header) + 1 + digest_size + len("\r\n\r\n")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        hasher = new_hasher(self._algorithm)
        async for frame in _in_frames(self._chunks):
            hasher.update(frame)
            yield b"%x\r\n%b\r\n" % (len(frame), frame)
        self.checksum = finish(hasher, self._algorithm)
        yield f"0\r\n{self._algorithm.header}:{self.checksum.value}\r\n\r\n".encode()


async def _in_frames(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    pending = bytearray()
    async for chunk in chunks:
        pending += chunk
        while len(pending) >= _FRAME:
            yield bytes(pending[:_FRAME])
            del pending[:_FRAME]
    if pending:
        yield bytes(pending)

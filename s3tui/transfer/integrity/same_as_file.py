"""The question whether an object is the same as a local file, and where the two first differ.

What S3 knows of the object decides without reading it: a checksum, an MD5, or those of its parts. Where
that decides nothing, or the first different byte is wanted, the object is read, from the first part that
differs on.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from s3tui.s3.checksum import new_hasher
from s3tui.s3.errors import S3Error
from s3tui.s3.models import ByteRange, Part
from s3tui.transfer.integrity.verify import FileCheck, StoredObject, Verdict
from s3tui.transfer.threads import in_thread

BYTES = "bytes"
"""The evidence of a comparison byte by byte."""
_READ = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileComparison:
    """The outcome of a comparison of an object with a file."""

    verdict: Verdict
    file_size: int
    first_difference: int | None = None
    """The offset of the first byte that differs, where it was looked for."""


async def compare_with_file(stored: StoredObject, path: Path) -> FileComparison:
    """Compare by what S3 knows of the object; reads the file, and none of the object's bytes.

    Raises: OSError, also where `path` is no regular file; S3Error.
    """
    fd = _open(path)
    try:
        size = os.fstat(fd).st_size
        return FileComparison(await FileCheck(stored, fd).verdict(), size)
    finally:
        os.close(fd)


async def compare_bytes_with_file(
    stored: StoredObject, path: Path, progress: Callable[[int], None] = lambda _: None
) -> FileComparison:
    """Read the object and compare it with the file up to the first byte that differs.

    Args:
        progress: told the offset up to which both are the same.

    Raises: OSError, also where `path` is no regular file; S3Error, PreconditionFailed among them, where the
        object has changed.
    """
    fd = _open(path)
    try:
        size = os.fstat(fd).st_size
        offset = await _start(stored, fd)
        progress(offset)
        rest = ByteRange(offset) if offset else None
        if offset and offset == stored.head.size:
            return _ended(offset, size)
        async with stored.client.stream_object(
            stored.bucket,
            stored.key,
            byte_range=rest,
            version_id=stored.version_id,
            if_match=stored.if_match,
        ) as body:
            async for chunk in body:
                same = await in_thread(_same_bytes, fd, offset, chunk)
                offset += same
                if same < len(chunk):
                    return FileComparison(Verdict(False, BYTES), size, offset)
                progress(offset)
        return _ended(offset, size)
    finally:
        os.close(fd)


def _ended(offset: int, size: int) -> FileComparison:
    """The object ended and all of it is at the file's beginning: is anything left of the file?"""
    if offset < size:
        return FileComparison(Verdict(False, BYTES), size, offset)
    return FileComparison(Verdict(True, BYTES), size)


async def _start(stored: StoredObject, fd: int) -> int:
    """Return an offset before which both are the same: the beginning of the first part that differs."""
    try:
        attributes = await stored.client.get_object_attributes(
            stored.bucket, stored.key, version_id=stored.version_id
        )
    except S3Error:
        return 0
    if attributes.etag != stored.head.etag or any(part.size is None for part in attributes.parts):
        return 0
    offset = 0
    for part, end in zip(
        attributes.parts, accumulate(part.size or 0 for part in attributes.parts), strict=True
    ):
        if part.checksum is None or not await in_thread(_is_same_part, fd, offset, part):
            return offset
        offset = end
    return offset


def _is_same_part(fd: int, offset: int, part: Part) -> bool:
    assert part.checksum is not None
    hasher, end = new_hasher(part.checksum.algorithm), offset + (part.size or 0)
    while offset < end:
        chunk = os.pread(fd, min(_READ, end - offset), offset)
        if not chunk:
            return False
        hasher.update(chunk)
        offset += len(chunk)
    return hasher.digest() == part.checksum.digest


def _same_bytes(fd: int, offset: int, chunk: bytes) -> int:
    """Return how many bytes of `chunk` the file has at `offset`, up to the first that differs."""
    other = b""
    while len(other) < len(chunk):
        more = os.pread(fd, len(chunk) - len(other), offset + len(other))
        if not more:
            break
        other += more
    if other == chunk:
        return len(chunk)
    low, high = 0, min(len(other), len(chunk))
    while low < high:  # the longest common beginning
        half = (low + high + 1) // 2
        if other[:half] == chunk[:half]:
            low = half
        else:
            high = half - 1
    return low


def _open(path: Path) -> int:
    # Not to wait for a writer, should it be a pipe.
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return fd

"""The calls that put files in place, in their order: observed on their way to the system, none is changed."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True, slots=True)
class FileCall:
    """One call that the system has answered."""

    name: str
    path: Path
    """Of the file or folder; of a rename and a link, the old name."""
    to: Path | None = None
    """The new name."""
    content: bytes | None = None
    """What the file held when it was sent to the disk."""


@contextmanager
def recorded_file_calls() -> Iterator[list[FileCall]]:
    """Gather what this process writes, flushes, links and renames by Python's own calls, in any thread."""
    calls: list[FileCall] = []

    def watch(name: str, seen: Callable[..., FileCall]) -> None:
        call = getattr(os, name)

        def watched(*args: Any, **options: Any) -> Any:
            before = seen(*args)  # what is written after this moment may not be on the disk
            answer = call(*args, **options)
            calls.append(before)
            return answer

        system.setattr(os, name, watched)

    with pytest.MonkeyPatch.context() as system:
        for name in ("write", "pwrite", "ftruncate"):
            watch(name, lambda fd, *_, name=name: FileCall(name, _path_of(fd)))
        for name in ("link", "rename", "replace"):
            watch(name, lambda old, new, name=name: FileCall(name, Path(old), Path(new)))
        watch("fsync", lambda fd: FileCall("fsync", _path_of(fd), content=_content_of(fd)))
        yield calls


def check_order(calls: list[FileCall], target: Path, content: bytes) -> int:
    """Check that `content` was on the disk before it was called `target`, and then that name.

    Returns: the position of the call that made the name safe: nobody may hear of the file before.
    """
    named_at = [number for number, call in enumerate(calls) if call.to == target]
    assert named_at, f"nothing was ever called {target}"
    old = calls[named_at[-1]].path
    flushed_at = [
        number
        for number, call in enumerate(calls[: named_at[-1]])
        if call.name == "fsync" and call.path == old
    ]
    assert flushed_at, f"{old.name} was not on the disk when it was called {target.name}"
    is_whole = calls[flushed_at[-1]].content == content
    assert is_whole, f"{old.name} was flushed before all of it was written"
    late = [
        call.name
        for call in calls[flushed_at[-1] + 1 :]
        if call.path in (old, target) and call.name in ("write", "pwrite", "ftruncate")
    ]
    assert not late, f"{late} came after {old.name} was flushed"
    safe_at = [
        number
        for number, call in enumerate(calls)
        if number > named_at[-1] and call.name == "fsync" and call.path == target.parent
    ]
    assert safe_at, f"the name {target.name} was not on the disk at the end"
    return safe_at[0]


def _path_of(fd: int) -> Path:
    if sys.platform == "darwin":
        import fcntl

        return Path(os.fsdecode(fcntl.fcntl(fd, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0")))
    return Path(os.readlink(f"/proc/self/fd/{fd}"))


def _content_of(fd: int) -> bytes | None:
    return _path_of(fd).read_bytes() if stat.S_ISREG(os.fstat(fd).st_mode) else None

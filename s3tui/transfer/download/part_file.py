"""The part files and folders of downloads on the local disk. Blocking: to be called through `in_thread`.

An object is written to a hidden part file beside its target, and gets the target's name only when it
is whole. Unless it may overwrite, that last step fails when somebody else was faster.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Self

from s3tui.s3.wire import conversions
from s3tui.transfer.batched_calls import sync_folder, thread_batch
from s3tui.transfer.errors import TransferError, target_exists
from s3tui.transfer.models import Conflict, Side
from s3tui.transfer.target.numbered_name import numbered

PART_SUFFIX = ".s3tui-part"
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_TICK_S = 0.05
_NOT_HERE = frozenset(
    {errno.EPERM, errno.EACCES, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOTTY}
)
"""Errors of file systems for what they cannot do: NFS, SMB, FUSE and exFAT each lack something."""
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_LINKS = _NOT_HERE | {errno.EMLINK, errno.EXDEV}
_LIKELY_ROOM = 256 * 1024
"""A file no larger is written at once, which tells by itself whether there is room."""


class PartFile:
    """The hidden file that a download writes to; always of the same name for the same `tag`."""

    _fd = -1
    _is_named = False
    """It has the final name, and its own no more."""
    notice: str | None = None
    """One sentence, where the file system refused something when the file was published."""

    def __init__(self, target: Path, size: int, tag: str) -> None:
        """Create it, with room for `size` bytes; what an earlier process left under its name is removed."""
        self.target = target
        self._path = part_path(target, tag)
        try:
            self._fd = os.open(self._path, _NEW, 0o666)
        except FileExistsError:  # never written over: it may be published already, under a second name
            os.unlink(self._path)
            self._fd = os.open(self._path, _NEW, 0o666)
        try:
            _size_it(self._fd, size)
        except OSError as error:
            self.remove()
            raise at_target(error, target) from error

    @classmethod
    def existing(cls, target: Path, size: int, tag: str) -> Self | None:
        """Return the part file that an earlier process left, if it is still what it was."""
        path = part_path(target, tag)
        try:
            fd = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return None
        info = os.fstat(fd)
        if not stat.S_ISREG(info.st_mode) or info.st_nlink != 1 or info.st_size != size:
            os.close(fd)
            return None
        part = cls.__new__(cls)
        part.target, part._path, part._fd = target, path, fd
        return part

    @property
    def fd(self) -> int:
        """The descriptor, until it is published or removed."""
        return self._fd

    def reserve(self, offset: int, count: int) -> None:
        """Have the file system allocate the range that will be written, as far as it can.

        Not for all of a large file before its first byte, and only on a device of its own: a disk in memory
        or on the network takes its time, and where the file system cannot, the C library writes a byte of
        every block instead.
        """
        if not count or sys.platform != "linux" or not os.major(os.fstat(self._fd).st_dev):
            return
        try:
            os.posix_fallocate(self._fd, offset, count)
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise at_target(error, self.target) from error

    def write(self, data: bytes, offset: int) -> None:
        view = memoryview(data)
        try:
            while view:
                written = os.pwrite(self._fd, view, offset)
                view, offset = view[written:], offset + written
        except OSError as error:
            raise at_target(error, self.target) from error

    def publish(self, conflict: Conflict, modified: datetime | None) -> Path | None:
        """Give it the target's name, once it is safely on the disk. The part file is gone then.

        Returns: the name it got, or `None`, when there is a file already and the policy is to skip.
        """
        try:
            if modified is not None and not self._has_time(modified):
                self.notice = "this file system did not take the object's time: the file has that of now"
            if not self._is_flushed():
                self.notice = "this file system does not say when a file is safely on the disk"
            self._check_own(self._path)
            path = self._rename(conflict)
            if path is not None:
                self._check_own(path)
        except OSError as error:
            raise at(error, self.target) from error
        self.remove()
        sync_folder(self.target.parent)
        return path

    def _has_time(self, modified: datetime) -> bool:
        try:
            os.utime(self._fd, (modified.timestamp(), modified.timestamp()))
        except (OSError, OverflowError, ValueError):
            return False
        return True

    def _is_flushed(self) -> bool:
        """Sync the file to the disk; return `False` where the file system cannot.

        Raises: OSError, where the disk failed.
        """
        try:
            os.fsync(self._fd)
        except OSError as error:
            if error.errno not in _NOT_HERE:
                raise
            return False
        return True

    def _is_own(self, path: Path) -> bool:
        """Say whether the name leads to what was written here: anybody may have put another file there."""
        return os.path.samestat(os.fstat(self._fd), os.lstat(path))

    def _check_own(self, path: Path) -> None:
        """Check that `path` is the file that was written here; another one is left as it is.

        Raises: TransferError, when it is another; FileNotFoundError, when there is none.
        """
        if not self._is_own(path):
            raise TransferError(
                f"{path} was replaced by somebody else's file while it was written: look at it, then retry",
                "PartFileReplaced",
            )

    def _rename(self, conflict: Conflict) -> Path | None:
        if conflict in (Conflict.OVERWRITE, Conflict.OVERWRITE_IF_DIFFERENT):
            os.replace(self._path, self.target)
            self._is_named = True
            return self.target
        for candidate in _candidates(self.target, conflict):
            with suppress(FileExistsError):
                _rename_without_replacing(self._path, candidate)
                return candidate
        if conflict is Conflict.SKIP:
            return None
        raise target_exists(self.target)

    def __del__(self) -> None:
        """Close the file, and leave it for another process to continue."""
        if self._fd >= 0:
            os.close(self._fd)

    def remove(self) -> None:
        """Close it, and remove what has no final name. May be called again."""
        if self._fd < 0:
            return
        if not self._is_named:
            with suppress(OSError):  # its folder was removed meanwhile
                if self._is_own(self._path):
                    os.unlink(self._path)
        fd, self._fd = self._fd, -1
        os.close(fd)


def part_path(target: Path, tag: str) -> Path:
    name = target.name.encode("utf-8", "surrogateescape")[:200].decode("utf-8", "ignore")
    return target.with_name(f".{name}.{tag}{PART_SUFFIX}")


def is_part_name(name: str) -> bool:
    """Say whether a file's name is that of a part file, of whatever download."""
    return name.startswith(".") and name.endswith(PART_SUFFIX)


def remove_part(target: Path, tag: str) -> None:
    """Remove the part file that an earlier process may have left."""
    with suppress(OSError):
        os.unlink(part_path(target, tag))


def written_since(target: Path, conflict: Conflict, since: float) -> list[tuple[Path, os.stat_result]]:
    """Return the files that got the target's name, or one that the policy makes of it, after `since`."""
    found = []
    for candidate in _candidates(target, conflict):
        try:
            info = os.lstat(candidate)
        except OSError:
            break
        # The kernel's clock for files ticks more slowly than ours.
        if stat.S_ISREG(info.st_mode) and info.st_ctime >= since - _TICK_S:
            found.append((candidate, info))
    return found


def look_at(target: Path) -> Side | None:
    """Return the file that has the name already, as one side of a conflict; `None`, if there is none.

    Raises: TransferError, when the target cannot be written.
    """
    try:
        found = os.lstat(target)
    except FileNotFoundError:
        return None
    if target.is_dir():
        raise TransferError(f"{target} is a folder: pick another name", "EISDIR")
    return Side(str(target), found.st_size, conversions.time_of_file(found.st_mtime))


def make_folder(root: Path, relative: str) -> Path:
    """Make `root/relative` and return it; what lies in `root` never leads out of it.

    Raises: TransferError, when a symbolic link on the way points elsewhere.
    """
    if thread_batch.made is not None and (root, relative) in thread_batch.made:
        return root / relative
    root.mkdir(parents=True, exist_ok=True)
    path = root
    for segment in relative.split("/") if relative else ():
        path = path / segment
        with suppress(FileExistsError):
            path.mkdir()
        if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root)):
            raise TransferError(
                f"{path} is a link that leads out of {root}: remove it, or pick another place", "ELOOP"
            )
        if not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    if thread_batch.made is not None:
        thread_batch.made.add((root, relative))
    return path


def ignores_case(folder: Path, tag: str | None = None) -> bool:
    """Say whether two names that differ only in case are one file in `folder`.

    Args:
        tag: names the file that is tried, so that one of a killed process is found again, and removed.
    """
    probe = folder / f".{tag or secrets.token_hex(4)}-Case{PART_SUFFIX}"
    probe.touch()
    try:
        return os.path.lexists(folder / probe.name.lower())
    finally:
        probe.unlink()


def _candidates(target: Path, conflict: Conflict) -> Iterator[Path]:
    yield target
    if conflict is Conflict.KEEP_BOTH:
        yield from (target.with_name(numbered(target.name, number)) for number in range(1, 10_000))


def _rename_without_replacing(part: Path, target: Path) -> None:
    """Give the part file its final name, unless that is taken.

    Raises: FileExistsError, when there is anything of that name; also when it came this instant.
    """
    try:
        os.link(part, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
    else:
        return
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC))  # reserves the name
    try:
        os.replace(part, target)
    except OSError:
        os.unlink(target)
        raise


def _size_it(fd: int, size: int) -> None:
    """Give a new file its size; a full disk is known before the first byte."""
    if size <= _LIKELY_ROOM:
        return
    room = os.fstatvfs(fd)
    if size > room.f_blocks * room.f_frsize:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))  # whatever is made room for
    if size > room.f_bavail * room.f_frsize:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    try:
        os.ftruncate(fd, size)
    except OSError as error:
        if error.errno not in _NOT_HERE:  # else it grows as it is written
            raise


def at_target(error: OSError, target: Path) -> OSError:
    """Return the error with the folder's path; the file's own, where that is what is too large."""
    return at(error, target if error.errno == errno.EFBIG else target.parent)


def at(error: OSError, where: Path) -> OSError:
    """Return the error with the path that the user knows, not that of the part file."""
    return OSError(error.errno, error.strerror, str(where))

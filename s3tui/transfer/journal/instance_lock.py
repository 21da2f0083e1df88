"""Instance locks: each instance holds a lock of the operating system for as long as it lives.

The lock goes with the process, however it ends, so nobody has to guess from clocks or heartbeats
whether another instance still works on its transfers. The worker processes of an instance hold its lock
too: it is dead when they all are, which they are a moment after it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

_PATIENCE_S = 2.0
_STEP_S = 0.01


class InstanceLock:
    """A lock file that this process holds until it closes it or dies."""

    def __init__(self, path: Path, fd: int) -> None:
        self.owner = path.stem
        self.fd = fd
        self._path = path

    @classmethod
    def new(cls, folder: Path) -> Self:
        """Take a lock under a name that nobody had before.

        Raises: OSError.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        while True:
            instance_lock = cls.take(folder, secrets.token_hex(8))
            if instance_lock is not None:
                return instance_lock

    @classmethod
    def take(cls, folder: Path, owner: str) -> Self | None:
        """Take the lock of instance `owner` if it is dead; return `None`, when it lives.

        Waits a little for the worker processes of one that just died. Blocking.

        Raises: OSError.
        """
        path = folder / f"{owner}.lock"
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            if not _lock(fd):
                os.close(fd)
                return None
            os.ftruncate(fd, 0)
            os.pwrite(fd, b"%d" % os.getpid(), 0)
        except BaseException:
            os.close(fd)
            raise
        if not _is_at(path, fd):  # whoever had it a moment ago removed it
            os.close(fd)
            return cls.take(folder, owner)
        return cls(path, fd)

    def close(self) -> None:
        """Release the lock, and remove its file. May be called again."""
        fd, self.fd = self.fd, -1
        if fd >= 0:
            with suppress(OSError):
                self._path.unlink()
            os.close(fd)


def _lock(fd: int) -> bool:
    patience = _PATIENCE_S
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if patience <= 0 or not _has_died(os.pread(fd, 20, 0)):
                return False
            time.sleep(_STEP_S)
            patience -= _STEP_S
        else:
            return True


def _has_died(owner: bytes) -> bool:
    """Say whether there is no process of that number, which need not mean much on a shared folder."""
    try:
        os.kill(int(owner), 0)
    except ProcessLookupError:
        return True
    except (ValueError, OSError):
        return False
    return False


def _is_at(path: Path, fd: int) -> bool:
    try:
        return os.path.samestat(os.stat(path, follow_symlinks=False), os.fstat(fd))
    except FileNotFoundError:
        return False

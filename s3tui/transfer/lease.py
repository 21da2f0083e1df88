"""Who is alive: each instance holds a lock of the operating system for as long as it lives.

The lock goes with the process, however it ends, so nobody has to guess from clocks or heartbeats
whether another instance still works on its transfers.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Self


class Lease:
    """A lock file that this process holds until it closes it or dies."""

    def __init__(self, path: Path, fd: int) -> None:
        self.owner = path.stem
        self._path = path
        self._fd = fd

    @classmethod
    def new(cls, folder: Path) -> Self:
        """Take a lease under a name that nobody had before.

        Raises: OSError.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        while True:
            lease = cls.take(folder, secrets.token_hex(8))
            if lease is not None:
                return lease

    @classmethod
    def take(cls, folder: Path, owner: str) -> Self | None:
        """Take the lease of `owner` if it is dead; `None`, when it lives.

        Raises: OSError.
        """
        path = folder / f"{owner}.lock"
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return None
        except BaseException:
            os.close(fd)
            raise
        if not _is_at(path, fd):  # whoever had it a moment ago removed it
            os.close(fd)
            return cls.take(folder, owner)
        return cls(path, fd)

    def close(self) -> None:
        """Give it up. May be called again."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with suppress(OSError):
                self._path.unlink()
            os.close(fd)


def _is_at(path: Path, fd: int) -> bool:
    try:
        return os.path.samestat(os.stat(path, follow_symlinks=False), os.fstat(fd))
    except FileNotFoundError:
        return False

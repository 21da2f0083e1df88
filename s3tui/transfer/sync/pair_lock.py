"""PairLock: one run of a sync at a time, over all processes of this machine."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Self


class PairLock:
    """A lock of the operating system, which ends with the process that holds it."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    @classmethod
    def take(cls, folder: Path, name: str) -> Self | None:
        """Take the lock of that name; `None`, where somebody has it. Blocking, but waits for nobody.

        Raises: OSError.
        """
        fd = os.open(folder / f"sync-{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return None
        except BaseException:
            os.close(fd)
            raise
        return cls(fd)

    def close(self) -> None:
        """Let go of it."""
        os.close(self._fd)

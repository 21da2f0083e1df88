"""Files put in place so that a power cut leaves the old one or the new one, whole. Blocking.

The bytes are on the disk before the file gets its name, and the name is before anybody hears of it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def sync_file(file: Path) -> None:
    """Wait until all that was written to `file` is on the disk.

    Raises: OSError.
    """
    fd = os.open(file, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sync_folder(folder: Path) -> None:
    """Wait until the names in `folder` are on the disk, where the file system can do that."""
    with suppress(OSError):  # the file itself is safe
        fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

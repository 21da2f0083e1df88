"""A local file while it is being uploaded: read by position, and watched for changes. Blocking."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from s3tui.s3.wire import conversions
from s3tui.transfer.errors import TransferError, source_changed


class SourceFile:
    """An open file that must stay what it was when it was opened.

    Raises: OSError; TransferError, when it is not a regular file.
    """

    def __init__(self, path: Path, *, follow_links: bool) -> None:
        self.path = path
        self._follow_links = follow_links
        no_follow = 0 if follow_links else os.O_NOFOLLOW
        # Not to wait for a writer, should it be a pipe.
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | no_follow)
        info = os.fstat(self._fd)
        if not stat.S_ISREG(info.st_mode):
            self.close()
            kind = "a folder" if stat.S_ISDIR(info.st_mode) else "not a file"
            raise TransferError(f"{path} is {kind}: pick a file", "NotAFile")
        self.fingerprint = _fingerprint(info)
        self.size = info.st_size
        self.modified = conversions.time_of_file(info.st_mtime)
        self.content: bytes | None = None
        """All its bytes, once they were loaded."""

    @property
    def fd(self) -> int:
        """The descriptor, until it is closed."""
        return self._fd

    def read(self, count: int, offset: int) -> bytes:
        """Return exactly `count` bytes from `offset`.

        Raises: TransferError, when the file changed since it was opened.
        """
        chunks: list[bytes] = []
        end = offset + count
        while offset < end:
            chunk = os.pread(self._fd, end - offset, offset)
            if not chunk:
                raise source_changed(self.path)
            chunks.append(chunk)
            offset += len(chunk)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def load(self) -> None:
        """Read all of it.

        Raises: TransferError, when it changes meanwhile; what is loaded is of one state.
        """
        content = self.read(self.size, 0)
        self.check()
        self.content = content

    def md5(self) -> str:
        """Return the MD5 of what was loaded, else of the file."""
        if self.content is not None:
            return hashlib.md5(self.content, usedforsecurity=False).hexdigest()
        with open(self._fd, "rb", closefd=False) as file:
            file.seek(0)
            return hashlib.file_digest(file, "md5").hexdigest()

    def check(self) -> None:
        """Check that the file is what it was.

        Raises: TransferError, when it changed since it was opened, or another one has its name.
        """
        try:
            now = os.stat(self.path, follow_symlinks=self._follow_links)
        except OSError as error:
            raise source_changed(self.path) from error
        if _fingerprint(now) != self.fingerprint:
            raise source_changed(self.path)

    def close(self) -> None:
        os.close(self._fd)


def _fingerprint(info: os.stat_result) -> tuple[int, int, int, int]:
    return info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns

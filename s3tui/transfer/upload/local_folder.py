"""The contents of a folder on this machine, to pick uploads from, and their number. Blocking."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from s3tui.s3.wire import conversions
from s3tui.transfer.download.part_file import is_part_name

_EACH = 500
"""Files between two counts."""


@dataclass(frozen=True, slots=True)
class LocalEntry:
    """A file or folder in its folder; a symbolic link is what it leads to."""

    path: Path
    is_folder: bool
    size: int | None = None
    """In bytes; `None` for a folder, and for what is neither: a device, or a link that leads nowhere."""
    modified: datetime | None = None

    @property
    def can_be_uploaded(self) -> bool:
        return self.is_folder or self.size is not None


@dataclass(slots=True)
class FileCount:
    files: int = 0
    size: int = 0
    unreadable: int = 0
    """Folders that could not be read."""
    part_files: int = 0
    """Files that downloads write to, which are left out."""

    def add(self, other: FileCount) -> None:
        self.files += other.files
        self.size += other.size
        self.unreadable += other.unreadable
        self.part_files += other.part_files


def list_folder(folder: Path) -> list[LocalEntry]:
    """Return what is in a folder, hidden entries too: folders first, each by name.

    Raises: OSError.
    """
    with os.scandir(folder) as found:
        entries = [_entry(folder, each) for each in found]
    return sorted(entries, key=lambda entry: (not entry.is_folder, entry.path.name))


def entry_at(path: Path) -> LocalEntry | None:
    """Return the file or folder at `path`; `None` if there is none."""
    try:
        return _described(path, os.stat(path))
    except (OSError, ValueError):  # a path that cannot be
        return None


def _entry(folder: Path, found: os.DirEntry[str]) -> LocalEntry:
    path = folder / found.name
    try:
        return _described(path, found.stat())
    except OSError:
        return LocalEntry(path, is_folder=False)


def _described(path: Path, info: os.stat_result) -> LocalEntry:
    size = info.st_size if stat.S_ISREG(info.st_mode) else None
    return LocalEntry(path, stat.S_ISDIR(info.st_mode), size, conversions.time_of_file(info.st_mtime))


def count_files(folder: Path) -> Iterator[FileCount]:
    """Count the files below a folder as an upload of it takes them: no links, no devices, no part files.

    Yields the count so far, every few hundred files and at the end; always the same object.
    """
    total = FileCount()
    folders = [os.fspath(folder)]
    while folders:
        try:
            with os.scandir(folders.pop()) as found:
                for entry in found:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    elif is_part_name(entry.name):
                        total.part_files += 1
                    elif entry.is_file(follow_symlinks=False):
                        total.files += 1
                        total.size += _size(entry)
                        if total.files % _EACH == 0:
                            yield total
        except OSError:
            total.unreadable += 1
    yield total


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except OSError:  # gone meanwhile
        return 0

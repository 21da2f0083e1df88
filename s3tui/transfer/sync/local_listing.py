"""The listing of a folder in the order of keys: files, and what cannot be read or synced, with its reason.

Symbolic links are not followed, and so lead neither out nor round in circles. Blocking inside of a thread.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from s3tui.transfer.download.part_file import is_part_name
from s3tui.transfer.sync.models import Entry, Found, Listing
from s3tui.transfer.threads import in_thread

_PAGE = 1000


class NoFolder(Exception):
    """The root is no folder that can be read; the message is a clause."""


def identity_of(root: Path) -> str:
    """Return what tells a folder from another one that is there in its place, such as an unmounted disk's.

    Raises: NoFolder.
    """
    try:
        info = os.stat(root)
    except OSError as error:
        raise NoFolder(f"{root} cannot be read: {os.strerror(error.errno or errno.EIO)}") from error
    if not stat.S_ISDIR(info.st_mode):
        raise NoFolder(f"{root} is no folder")
    return f"{info.st_dev}:{info.st_ino}"


def ignores_case(root: Path) -> bool:
    """Say whether the disk of a folder takes `a` and `A` for one, as far as a name tells.

    A name in it does: its own is one of the disk that it may be mounted on.
    """
    try:
        with os.scandir(root) as found:
            names = (root / each.name for each in found)
            named = next((path for path in names if _has_case(path.name)), root)
        if not _has_case(named.name):
            return False
        return os.path.samestat(os.lstat(named), os.lstat(named.with_name(named.name.swapcase())))
    except OSError:
        return False


def _has_case(name: str) -> bool:
    return name.isascii() and name.swapcase() != name


async def list_folder(root: Path, *, folders: bool = False) -> Listing:
    """Yield what is below a folder.

    Args:
        folders: yield folders too, for a target where their names are taken.

    Raises: NoFolder.
    """
    await in_thread(identity_of, root)
    entries = _below(root, folders=folders)
    while page := await in_thread(_page, entries):
        yield page


def _page(entries: Iterator[Entry]) -> Sequence[Entry]:
    return [entry for _, entry in zip(range(_PAGE), entries, strict=False)]


def _below(root: Path, *, folders: bool) -> Iterator[Entry]:
    # What waits, the next one last: a folder's content comes where its name with a slash does.
    waiting: list[tuple[str, Entry | None]] = [("", None)]
    while waiting:
        path, entry = waiting.pop()
        if entry is not None:
            yield entry
            continue
        try:
            found = _found(root, path, folders=folders)
        except OSError as error:
            if not path:
                raise NoFolder(f"{root} cannot be read: {os.strerror(error.errno or errno.EIO)}") from error
            why = f"it cannot be read: {os.strerror(error.errno or errno.EIO)}"
            yield Entry(path, obstacle=why, kind=Found.UNREADABLE)
            continue
        waiting.extend(reversed(found))


def _found(root: Path, folder: str, *, folders: bool) -> list[tuple[str, Entry | None]]:
    """Return what is in a folder, in order; `None` stands for the content of a folder in it."""
    found: list[tuple[str, Entry | None]] = []
    with os.scandir(os.path.join(root, folder)) as entries:
        for each in entries:
            if is_part_name(each.name):
                continue
            path = folder + each.name
            if each.is_dir(follow_symlinks=False):
                found.append((f"{path}/", None if _is_text(path) else _unreadable(path)))
                if folders:
                    found.append((path, Entry(path, kind=Found.FOLDER, obstacle="a folder has this name")))
                continue
            entry = _entry(each, path)
            found.append((path, entry))
            if entry.obstacle is not None and each.is_symlink() and each.is_dir():
                why = "below a symbolic link, which is not followed"
                found.append((f"{path}/", Entry(f"{path}/", obstacle=why, kind=Found.UNREADABLE)))
    return sorted(found, key=lambda one: one[0])


def _entry(found: os.DirEntry[str], path: str) -> Entry:
    if not _is_text(path):
        return Entry(path, obstacle="its name is no text: its bytes are not UTF-8")
    try:
        info = found.stat(follow_symlinks=False)
    except OSError as error:
        why = f"it cannot be read: {os.strerror(error.errno or errno.EIO)}"
        return Entry(path, obstacle=why, kind=Found.UNREADABLE)
    if stat.S_ISREG(info.st_mode):
        return Entry(path, info.st_size, info.st_mtime_ns)
    is_link = stat.S_ISLNK(info.st_mode)
    why = "a symbolic link, which is not followed" if is_link else "neither a file nor a folder"
    return Entry(path, obstacle=why)


def _unreadable(path: str) -> Entry:
    return Entry(f"{path}/", obstacle="its name is no text: its bytes are not UTF-8", kind=Found.UNREADABLE)


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True

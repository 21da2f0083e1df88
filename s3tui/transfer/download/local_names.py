"""Local names: what keys are called on the disk. Pure.

A key is no path: it may hold any character, `..`, a leading `/`, nothing between two `/`, or be longer than
a file system allows. `local_name` writes what cannot stand as it is as `%XX`, so that different keys keep
different names, and what a shared or a portable disk refuses (`CON`, a drive, a dot or a space at the end)
stands on any. `LocalNames` does so for many keys that share a folder, and gives another name where
two would meet: `README` and `readme` where case does not count, `a` and `a/b` everywhere.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count

from s3tui.transfer.target.numbered_name import EXTENSION, MAX_SEGMENT, byte_length, cut_to

_RESERVED = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?=[ .]|$)", re.IGNORECASE
)
_LOOKS_ESCAPED = re.compile("%(?=[0-9A-Fa-f]{2})")
_UNSAFE = re.compile("[\x00-\x1f\x7f\x80-\x9f\\\\\ud800-\udfff]")
_DRIVE = re.compile("(?<=^[A-Za-z]):")
_TAKEN = "another key has that name already"
_EMPTY = "%2F"
"""Stands for a segment that is empty; no other segment can hold a `/`."""


@dataclass(frozen=True, slots=True)
class LocalName:
    """The local name of one key."""

    key: str
    path: str
    """Relative to the target folder, `/` between its segments; empty for the target folder itself."""
    is_folder: bool = False
    """A key that ends in `/` and holds nothing stands for a folder."""
    reason: str | None = None
    """The reason why it is not simply the key, in words."""

    @property
    def collides(self) -> bool:
        """True when it is only because of another key that it has another name."""
        return self.reason == _TAKEN


def local_name(key: str) -> str:
    """Return the relative path for one key: different keys have different paths, none leads outside."""
    return "/".join(_segment(segment) for segment in key.split("/"))


class LocalNames:
    """Gives local names to the keys of one prefix below one folder, as they come.

    The first key to ask for a name gets it, so the same listing always leads to the same names. In another
    order, they would be others: a download that goes on keeps those that were given before.

    Args:
        prefix: what is left out of the names: up to its last `/`.
        ignore_case: whether the file system takes `a` and `A` for the same name.
        there: of a download that goes on, returns what is in a folder already: the names, and whether each
            is a folder.
    """

    def __init__(
        self,
        prefix: str = "",
        *,
        ignore_case: bool = True,
        there: Callable[[str], Iterable[tuple[str, bool]]] | None = None,
    ) -> None:
        self._cut = prefix.rfind("/") + 1
        self._ignore_case = ignore_case
        self._files: set[int] = set()
        self._folders: set[int] = set()
        self._exact: set[int] = set()
        """The exact spellings of files, where case does not count."""
        self._given: dict[int, int] = {}
        """Files whose name is not the one that their key wants: the key of each."""
        self._there = there
        self._looked_at: set[int] = set()
        self._on_disk: set[int] = set()
        """Files that were there before: each is of the key that wants its very name, or of another one."""
        self._spelt: dict[int, str] = {}
        """Folders that were there before."""

    def keep(self, name: LocalName) -> None:
        """Keep the name that a key was given before."""
        *parents, _ = name.path.split("/")
        self._folders.update(self._id("/".join(parents[:depth])) for depth in range(1, len(parents) + 1))
        relative = name.key[self._cut :]
        if name.is_folder:
            self._folders.add(self._id(name.path))
        else:
            self._take(name.path, relative, local_name(relative))

    def place(self, key: str, size: int | None = None) -> LocalName:
        """Return the local name of `key`; `size` tells a folder marker from an object whose key ends in `/`.

        An object of unknown size may have bytes to keep: it is no marker.
        """
        relative = key[self._cut :]
        if not relative and size == 0:
            return LocalName(key, "", is_folder=True)
        is_folder = relative.endswith("/") and size == 0
        *parents, last = relative.removesuffix("/").split("/") if is_folder else relative.split("/")
        path = ""
        for depth, segment in enumerate(parents, start=1):
            path = self._folder(path, segment, "/".join(parents[:depth]) + "/")
        path = self._folder(path, last, relative) if is_folder else self._file(path, last, relative)
        return LocalName(key, path, is_folder, self._reason(relative, path, is_folder))

    def _folder(self, parent: str, segment: str, relative: str) -> str:
        self._look(parent)
        wanted = _segment(segment)
        for name in _names(wanted, relative):
            path = _join(parent, name)
            if self._id(path) not in self._files and self._id(path) not in self._on_disk:
                break
        self._folders.add(self._id(path))
        return path

    def _file(self, parent: str, segment: str, relative: str) -> str:
        self._look(parent)
        wanted = _segment(segment)
        for name in _names(wanted, relative):
            path = _join(parent, name)
            id = self._id(path)
            if id in self._files:
                if self._is_of(relative, path, is_wanted=name == wanted):
                    return path
            elif id not in self._folders and not (name == wanted and self._is_anothers(id, path)):
                break
        self._take(path, relative, _join(parent, wanted))
        return path

    def _take(self, path: str, relative: str, wanted: str) -> None:
        self._files.add(self._id(path))
        if self._ignore_case:
            self._exact.add(hash(path))
        if path != wanted:
            self._given[self._id(path)] = hash(relative)

    def _look(self, folder: str) -> None:
        """Read what was in a folder before this process, once."""
        if self._there is None or hash(folder) in self._looked_at:
            return
        self._looked_at.add(hash(folder))
        for name, is_folder in self._there(folder):
            path = _join(self._spelt.get(self._id(folder), folder), name)
            if is_folder:
                self._folders.add(self._id(path))
                self._spelt[self._id(path)] = path
            else:
                self._on_disk.add(self._id(path))
                self._exact.add(hash(path))

    def _is_anothers(self, id: int, path: str) -> bool:
        return id in self._on_disk and hash(path) not in self._exact

    def _is_of(self, relative: str, path: str, *, is_wanted: bool) -> bool:
        """Say whether the file that is at `path` is that of the key `relative`."""
        owner = self._given.get(self._id(path))
        if owner is not None:
            return owner == hash(relative)
        # Different keys want different names: the one that got the name it wanted is this one.
        return is_wanted and (not self._ignore_case or hash(path) in self._exact)

    def _id(self, path: str) -> int:
        # Eight bytes a name instead of the name: should two ever meet, one gets a longer name.
        return hash(unicodedata.normalize("NFC", path).casefold() if self._ignore_case else path)

    def _reason(self, relative: str, path: str, is_folder: bool) -> str | None:
        wanted = relative.removesuffix("/") if is_folder else relative
        if path == wanted:
            return None
        if path == local_name(wanted):
            return "not every part of the key can be a local name"
        return _TAKEN


def _segment(segment: str) -> str:
    if not segment:
        return _EMPTY
    name = _LOOKS_ESCAPED.sub("%25", segment)
    name = _UNSAFE.sub(_escape, name)
    name = _DRIVE.sub(_escape, name)
    if name[-1] in ". ":
        name = name[:-1] + f"%{ord(name[-1]):02X}"
    if _RESERVED.match(name):
        name = f"%{ord(name[0]):02X}{name[1:]}"
    return name if byte_length(name) <= MAX_SEGMENT else _tagged(name, segment)


def _escape(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogatepass"))


def _names(wanted: str, relative: str) -> Iterator[str]:
    """Iterate the names that a key may get, the wanted one first."""
    yield wanted
    yield _tagged(wanted, relative)
    for number in count(1):
        yield _tagged(wanted, f"{relative}\0{number}")


def _tagged(name: str, secret: str) -> str:
    """Return `name`, shortened if need be, with a digest of `secret` before its extension."""
    tag = "~" + hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    match = EXTENSION.search(name)
    stem, extension = (name[: match.start()], match[0]) if match else (name, "")
    return cut_to(stem, MAX_SEGMENT - byte_length(tag + extension)) + tag + extension


def _join(parent: str, name: str) -> str:
    return f"{parent}/{name}" if parent else name

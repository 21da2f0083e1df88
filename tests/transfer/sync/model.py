"""An independent model of syncs: what shall be done, said without any order or stream."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class File:
    """What is at a path."""

    content: str
    changed: int = 0
    """Seconds since 1970."""

    @property
    def size(self) -> int:
        return len(self.content)


@dataclass
class Side:
    files: dict[str, File] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    """Folders, without a slash."""

    def below_unreadable(self, path: str) -> bool:
        return any(path.startswith(f"{folder}/") for folder in self.unreadable)


@dataclass(frozen=True)
class Asked:
    delete: bool = False
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    newer: int | None = None
    min_size: int | None = None
    max_size: int | None = None
    onto_disk: bool = False
    ignore_case: bool = False


def matches(pattern: str, path: str, asked: Asked) -> bool:
    """Say whether a pattern means a path or a folder above it."""
    pattern, path = (fold(each, asked) for each in (pattern, path))
    names = path.split("/")
    only_folders = pattern.endswith("/")
    wanted = pattern.strip("/").split("/")
    is_anchored = "/" in pattern.rstrip("/")
    for start in [0] if is_anchored else range(len(names)):
        for end in range(start + 1, len(names) + 1):
            if only_folders and end == len(names):
                continue
            if _segments(wanted, names[start:end]):
                return True
    return False


def _segments(wanted: list[str], names: list[str]) -> bool:
    if not wanted or not names:
        return not wanted and not names
    if wanted[0] == "**":
        return any(_segments(wanted[1:], names[skip:]) for skip in range(len(names) + 1))
    return _name(wanted[0], names[0]) and _segments(wanted[1:], names[1:])


def _name(wanted: str, name: str) -> bool:
    if not wanted:
        return not name
    if wanted[0] == "*":
        return any(_name(wanted[1:], name[skip:]) for skip in range(len(name) + 1))
    return bool(name) and wanted[0] in ("?", name[0]) and _name(wanted[1:], name[1:])


def takes_part(path: str, asked: Asked) -> bool:
    if any(matches(pattern, path, asked) for pattern in asked.exclude):
        return False
    return not asked.include or any(matches(pattern, path, asked) for pattern in asked.include)


def is_left(file: File, asked: Asked) -> bool:
    if asked.min_size is not None and file.size < asked.min_size:
        return True
    if asked.max_size is not None and file.size > asked.max_size:
        return True
    return asked.newer is not None and file.changed < asked.newer


def fold(path: str, asked: Asked) -> str:
    folded = unicodedata.normalize("NFC", path)
    return unicodedata.normalize("NFC", folded.casefold()) if asked.ignore_case else folded


def expected(source: Side, target: Side, asked: Asked) -> tuple[dict[str, str], bool]:
    """Return the actions by path, as the target spells it, and whether deletions are blocked."""
    here = {path: file for path, file in source.files.items() if not source.below_unreadable(path)}
    there = {path: file for path, file in target.files.items() if not target.below_unreadable(path)}
    occupied = {*there, *(f"{folder}/?" for folder in target.unreadable)}
    here = {path: file for path, file in here.items() if takes_part(path, asked)}
    there = {path: file for path, file in there.items() if takes_part(path, asked)}
    unreadable = {
        folder for folder in source.unreadable | target.unreadable if not _is_excluded(folder, asked)
    }
    if asked.onto_disk:
        unreadable |= {
            path
            for path in here
            if any(other.startswith(f"{path}/") for other in occupied) and not _is_below(path, unreadable)
        }
    folded_unreadable = {fold(path, asked) for path in unreadable}
    is_blocked = asked.delete and not here
    actions: dict[str, str] = {}
    for folded in {fold(path, asked) for path in here.keys() | there.keys()}:
        mine = sorted(path for path in here if fold(path, asked) == folded)
        yours = sorted(path for path in there if fold(path, asked) == folded)
        mine = [path for path in mine if not _is_below(path, unreadable)]
        yours = [path for path in yours if not _is_below(path, unreadable)]
        if asked.onto_disk:
            mine_all = list(mine)
            mine = [path for path in mine if not _conflicts(path, here, occupied)]
            yours = [
                path
                for path in yours
                if (path in here or not any(other.startswith(f"{path}/") for other in here))
                and (path not in mine_all or path in mine)
            ]
        pairs = [(path, path) for path in mine if path in yours]
        only = [path for path in mine if path not in yours]
        extra = [path for path in yours if path not in mine]
        if not pairs and len(only) == len(extra) == 1:
            pairs, only, extra = [(only[0], extra[0])], [], []
        elif pairs or (only and extra):
            only, extra = [], []  # another spelling is there
        if _is_below(folded, folded_unreadable):
            pairs, only, extra = [pair for pair in pairs if pair[0] == pair[1]], [], []
        for a, b in pairs:
            if not is_left(here[a], asked):
                actions[b] = "unchanged" if here[a].content == there[b].content else "replace"
        if only and not is_left(here[only[0]], asked):
            actions[only[0]] = "send"
        for path in extra:
            if asked.delete and not is_left(there[path], asked):
                actions[path] = "delete"
    return actions, is_blocked


def _is_below(path: str, folders: set[str]) -> bool:
    return any(path.startswith(f"{folder}/") for folder in folders)


def _is_excluded(folder: str, asked: Asked) -> bool:
    """Say whether a folder is excluded with whatever is in it."""
    return any(matches(pattern, f"{folder}/anything at all", asked) for pattern in asked.exclude)


def _conflicts(path: str, here: Mapping[str, File], occupied: set[str]) -> bool:
    """Say whether a path of the source cannot be a file, or its folder cannot be a folder."""
    above = ["/".join(path.split("/")[:end]) for end in range(1, path.count("/") + 1)]
    if any(folder in here or folder in occupied for folder in above):
        return True
    return any(other.startswith(f"{path}/") for other in occupied)

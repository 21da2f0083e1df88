"""Targets of an upload: the key of each picked file or folder, and the requests that come of them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from s3tui.transfer.models import Conflict
from s3tui.transfer.requests import TargetOptions, UploadChosen, UploadFile, UploadFolder
from s3tui.transfer.upload.local_folder import LocalEntry

UploadRequest = UploadFile | UploadFolder | UploadChosen


class Target(NamedTuple):
    """A picked file or folder with its key."""

    source: LocalEntry
    key: str
    """Of a folder: the prefix of its files, which is empty or ends in `/`."""


def is_one_file(sources: Sequence[LocalEntry]) -> bool:
    return len(sources) == 1 and not sources[0].is_folder


def default_target(prefix: str, sources: Sequence[LocalEntry], *, keeps_names: bool) -> str:
    """Return the target to begin with: below `prefix`, one source under its own name."""
    if len(sources) != 1:
        return prefix if sources else ""
    return prefix + _end(sources[0], keeps_names=keeps_names)


def prefix_of(target: str, sources: Sequence[LocalEntry], *, keeps_names: bool) -> str:
    """Return the prefix that a target for `sources` lies below: there other sources go, too."""
    if len(sources) == 1 and (keeps_names or not sources[0].is_folder):
        return target[: target.removesuffix("/" * sources[0].is_folder).rfind("/") + 1]
    return _as_prefix(target)


def targets(sources: Sequence[LocalEntry], target: str, *, keeps_names: bool) -> list[Target]:
    """Return the key of each source.

    Args:
        target: the key of a single file, the prefix of a single folder's files, else what all keys begin
            with; for a single file that, too, if it ends in `/`.
        keeps_names: keys of a folder's files hold the folder's name.
    """
    if len(sources) == 1 and sources[0].is_folder:
        return [Target(sources[0], _as_prefix(target))]
    if len(sources) == 1 and target and not target.endswith("/"):
        return [Target(sources[0], target)]
    base = _as_prefix(target)
    return [Target(source, base + _end(source, keeps_names=keeps_names)) for source in sources]


def shared_key(planned: Sequence[Target], *, keeps_names: bool) -> str | None:
    """Return a key that two sources would get, or `None`.

    Folders without their names are put together on purpose.
    """
    keys = Counter(target.key for target in planned if keeps_names or not target.source.is_folder)
    return next((key for key, times in keys.items() if times > 1), None)


@dataclass(frozen=True, slots=True)
class Upload:
    """Picked files and folders with their keys, and how they are uploaded."""

    targets: Sequence[Target]
    options: TargetOptions
    conflict: Conflict

    def requests(self, connection: str, bucket: str) -> list[UploadRequest]:
        """Return the requests: one for all that keeps its name in one folder, else one each."""
        made: list[UploadRequest] = []
        how = self.conflict, self.options
        for (folder, prefix), group in groupby(sorted(self.targets, key=_place), key=_place):
            together = list(group)
            if len(together) > 1 and not prefix.endswith("\0"):
                names = tuple(target.source.path.name for target in together)
                made.append(UploadChosen(connection, Path(folder), bucket, prefix, names, *how))
                continue
            for source, key in together:
                kind = UploadFolder if source.is_folder else UploadFile
                made.append(kind(connection, source.path, bucket, key, *how))
        return made


def _place(target: Target) -> tuple[str, str]:
    """Return the folder that a source is in, and the prefix that it keeps its name below; else its key."""
    path, key = target.source.path, target.key
    name = _end(target.source, keeps_names=True)
    return str(path.parent), key.removesuffix(name) if path.name and key.endswith(name) else f"{key}\0"


def _end(source: LocalEntry, *, keeps_names: bool) -> str:
    if not source.is_folder:
        return source.path.name
    return f"{source.path.name}/" if keeps_names and source.path.name else ""


def _as_prefix(target: str) -> str:
    return f"{target}/" if target and not target.endswith("/") else target

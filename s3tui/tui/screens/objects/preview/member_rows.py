"""The members of an archive as the rows of a tree, below any folder in it. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from s3tui.browse.rows.nodes import DELIMITER
from s3tui.s3.models import ListObjectsPage, ObjectSummary

if TYPE_CHECKING:
    from s3tui.preview.preview import Member

_DEEPEST = 200
"""Folders in each other."""


class MemberRows:
    """Members by their paths; of several with one path, the last; very deep ones stand at the top."""

    def __init__(self) -> None:
        self._members: dict[str, Member] = {}
        self._below: dict[str, set[str]] = {"": set()}
        """Paths right below a folder; folders end with a slash."""

    def __len__(self) -> int:
        return len(self._members)

    def add(self, member: Member) -> None:
        path = member.name.replace("\\", DELIMITER)
        while path.startswith(("./", "/")):
            path = path.partition(DELIMITER)[2]
        if not path or path == ".":
            return
        if not path.endswith(DELIMITER):
            self._members[path] = member
        if path.count(DELIMITER) > _DEEPEST:  # a folder for each slash of a made-up path would take gigabytes
            if not path.endswith(DELIMITER):
                self._below[""].add(path)
            return
        while path not in self._below.setdefault(folder := _folder(path), set()):
            self._below[folder].add(path)
            path = folder
            if not path:
                return

    def find(self, path: str) -> Member | None:
        return self._members.get(path)

    def below(self, folder: str) -> ListObjectsPage:
        """Return what lies right below a folder, as a page of a listing."""
        paths = sorted(self._below.get(folder, ()), key=lambda path: path.encode("utf-8", "surrogatepass"))
        objects = [self._summary(path) for path in paths if path in self._members]
        return ListObjectsPage(
            tuple(objects),
            tuple(path for path in paths if path.endswith(DELIMITER) and path not in self._members),
        )

    def _summary(self, path: str) -> ObjectSummary:
        member = self._members[path]
        try:
            modified = (
                datetime.fromisoformat(member.modified).replace(tzinfo=UTC) if member.modified else None
            )
        except ValueError:
            modified = None
        return ObjectSummary(path, member.size, modified)


def _folder(path: str) -> str:
    return path[: path.removesuffix(DELIMITER).rfind(DELIMITER) + 1]

"""FolderCounts: counts the files below the folders that are picked, one folder after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic

from s3tui.transfer.upload.local_folder import FileCount, count_files

_EACH_S = 0.1


class FolderCounts:
    """Keeps what was counted, also of a folder that is picked again.

    Args:
        wanted: returns the folders to count, which may change meanwhile.
        show: called when there is something new.
    """

    def __init__(self, wanted: Callable[[], Sequence[Path]], show: Callable[[], None]) -> None:
        self._wanted, self._show = wanted, show
        self._walks: dict[Path, Iterator[FileCount]] = {}
        self._found: dict[Path, FileCount] = {}
        self._over: set[Path] = set()
        self.is_stopped = False
        self._is_running = False

    @property
    def _left(self) -> list[Path]:
        return [folder for folder in self._wanted() if folder not in self._over]

    @property
    def is_whole(self) -> bool:
        return not self._left

    @property
    def is_counting(self) -> bool:
        return bool(self._left) and not self.is_stopped

    @property
    def total(self) -> FileCount:
        """The count of all folders that are wanted, so far."""
        total = FileCount()
        for folder in self._wanted():
            total.add(self._found.get(folder, FileCount()))
        return total

    async def run(self) -> None:
        """Count until all is counted, or `is_stopped`; a run that is under way takes on what came since."""
        if self._is_running:
            return
        self._is_running = True
        try:
            await self._count()
        finally:
            self._is_running = False

    async def _count(self) -> None:
        shown_at = monotonic()
        while self.is_counting:
            folder = self._left[0]
            walk = self._walks.setdefault(folder, count_files(folder))
            found = await asyncio.to_thread(next, walk, None)
            if found is None:
                self._over.add(folder)
            else:
                self._found[folder] = replace(found)
            if found is None or monotonic() - shown_at > _EACH_S:
                shown_at = monotonic()
                self._show()

"""Completion of local paths from the file system."""

from __future__ import annotations

import asyncio
import os

from textual.suggester import Suggester

from s3tui import paths


class PathSuggester(Suggester):
    """Completes the last part of a path; folders end in a slash."""

    def __init__(self, *, folders_only: bool = False) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._folders_only = folders_only

    async def get_suggestion(self, value: str) -> str | None:
        return await asyncio.to_thread(complete, value, folders_only=self._folders_only)


def complete(value: str, *, folders_only: bool = False) -> str | None:
    """Return the first existing path that starts with `value`, written like it; `None` without one."""
    if not value:
        return None
    folder, _, start = value.rpartition("/")
    where = paths.expanded(f"{folder}/" if folder or value.startswith("/") else ".")
    try:
        with os.scandir(where) as entries:
            names = sorted(
                entry.name + ("/" if entry.is_dir() else "")
                for entry in entries
                if entry.name.startswith(start)
                and (start.startswith(".") or not entry.name.startswith("."))
                and (entry.is_dir() or not folders_only)
            )
    except (OSError, ValueError):  # an impossible path has no completion
        return None
    prefix = value[: len(value) - len(start)]
    return prefix + names[0] if names else None

"""LocalList: the files of one folder of this machine, to mark some and to move on to other folders."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message

from s3tui.format import age_column, minute, printable, size
from s3tui.transfer.upload.local_folder import LocalEntry, list_folder
from s3tui.tui.clock import Clock
from s3tui.tui.keymap.dialogs import FILE_KEYS
from s3tui.tui.text.cells import StyledLine, left, right
from s3tui.tui.text.content_kinds import content_kind
from s3tui.tui.widgets.lists.row_list import RowList

_SIZE, _AGE, _DATE = 8, 7, 17
_ROOMY = 80
"""Cells from which the date is shown in full."""
UP = ".."


class LocalList(RowList[LocalEntry]):
    """The marks stay while one moves through folders."""

    BINDINGS: ClassVar[list[BindingType]] = [*FILE_KEYS]

    @dataclass
    class FolderEntered(Message):
        """Another folder is to be shown: the screen has `load` run."""

        folder: Path

    @dataclass
    class FileChosen(Message):
        path: Path

    class MarksChanged(Message):
        pass

    class Loaded(Message):
        """The entries of the folder came, or the reason that they cannot be read."""

    def __init__(self, folder: Path, clock: Clock, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.folder = folder
        self.marked: dict[Path, LocalEntry] = {}
        self.shows_hidden = False
        self.needle = ""
        """Filter: a row is shown if its name holds this text."""
        self.obstacle = ""
        """The reason that the folder could not be read."""
        self._now = clock
        self._entries: Sequence[LocalEntry] = ()
        self._wanted_folder = folder

    async def load(self, folder: Path) -> None:
        """Show another folder; in a worker. A folder that cannot be read shows nothing but the way up."""
        came_from, self._wanted_folder = self.folder, folder
        self.folder, self._entries, self.obstacle = folder, (), ""
        self.show_rows()
        try:
            entries = await asyncio.to_thread(list_folder, folder)
        except (OSError, ValueError) as error:
            entries = []
            self.obstacle = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        if folder == self._wanted_folder:  # else one has moved on meanwhile
            self._entries = entries
            self.show_rows()
            self.cursor = 0
            if came_from.parent == folder:
                self.stand_on(came_from.name)
            self.post_message(self.Loaded())

    def show_rows(self) -> None:
        """Show the entries that neither the filter nor a dot hides."""
        needle = self.needle.lower()
        rows = [
            entry
            for entry in self._entries
            if (self.shows_hidden or not entry.path.name.startswith("."))
            and needle in entry.path.name.lower()
        ]
        above = [] if self.folder.parent == self.folder else [LocalEntry(self.folder / UP, is_folder=True)]
        self.show([*above, *rows])

    def _shown(self) -> list[LocalEntry]:
        return [row for row in self.rows if row.path.name != UP]

    def row_id(self, row: LocalEntry) -> object:
        return row.path.name

    def header(self, width: int) -> str:
        name, date = self._widths(width)
        return f"    {left('Name', name)} {right('Size', _SIZE)}  {right('Modified', date)}"

    def line(self, row: LocalEntry, width: int) -> StyledLine:
        name, date = self._widths(width)
        is_up = row.path.name == UP
        said = printable(row.path.name, mark_spaces=True) + "/" * row.is_folder
        sign = "▸" if row.is_folder else content_kind(row.path.name).value
        kept = row.path in self.marked
        return [
            ("● " if kept else "  ", "accent"),
            ("  " if is_up else f"{sign} ", "dim"),
            (left(said, name), "strong" if kept else "" if row.can_be_uploaded else "dim"),
            (" ", ""),
            (right("" if row.size is None else size(row.size), _SIZE), ""),
            ("  ", ""),
            (right("" if is_up else self._when(row, date), date), "dim"),
        ]

    def _widths(self, width: int) -> tuple[int, int]:
        date = _DATE if width >= _ROOMY else _AGE + 1
        return max(8, width - 4 - 1 - _SIZE - 2 - date - 1), date

    def _when(self, row: LocalEntry, width: int) -> str:
        if row.modified is None:
            return "–"
        if width < _DATE:
            return age_column(row.modified, self._now())
        return minute(row.modified)

    def action_choose(self) -> None:
        row = self.current
        if row is None:
            return
        if row.path.name == UP:
            self.action_up()
        elif row.is_folder:
            self.post_message(self.FolderEntered(row.path))
        elif row.can_be_uploaded:
            self.post_message(self.FileChosen(row.path))

    def action_up(self) -> None:
        if self.folder.parent != self.folder:
            self.post_message(self.FolderEntered(self.folder.parent))

    def action_mark(self) -> None:
        self._turn(self.current)
        self.cursor += 1

    def action_mark_and_move(self, by: int) -> None:
        self._turn(self.current)
        self.cursor += by

    def action_mark_all(self) -> None:
        """Mark all rows; if all are marked, unmark them."""
        rows = [row for row in self._shown() if row.can_be_uploaded]
        self.mark(rows, marks=not all(row.path in self.marked for row in rows))

    def action_invert_marks(self) -> None:
        for row in self._shown():
            self._turn(row, told=False)
        self._tell()

    def mark_like(self, pattern: str, *, marks: bool) -> None:
        """Mark or unmark the rows whose name is like a glob pattern."""
        self.mark([row for row in self._shown() if fnmatchcase(row.path.name, pattern)], marks=marks)

    def like(self, pattern: str) -> int:
        """Return the number of rows whose name is like a glob pattern."""
        return sum(fnmatchcase(row.path.name, pattern) for row in self._shown())

    def mark(self, rows: Sequence[LocalEntry], *, marks: bool) -> None:
        for row in rows:
            if not marks:
                self.marked.pop(row.path, None)
            elif row.can_be_uploaded:
                self.marked.setdefault(row.path, row)
        self._tell()

    def action_toggle_hidden(self) -> None:
        self.shows_hidden = not self.shows_hidden
        self.show_rows()

    def _turn(self, row: LocalEntry | None, *, told: bool = True) -> None:
        if row is None or row.path.name == UP or not row.can_be_uploaded:
            return
        if self.marked.pop(row.path, None) is None:
            self.marked[row.path] = row
        if told:
            self._tell()

    def _tell(self) -> None:
        self.refresh()
        self.post_message(self.MarksChanged())

"""CommandList: commands with their keys, a line each, below headings or without; a click runs one."""

from __future__ import annotations

from textual import events
from textual.geometry import Region

from s3tui.tui.text.cells import StyledLine, Tone, left, right
from s3tui.tui.text.command_rows import CommandRow
from s3tui.tui.widgets.lists.row_list import RowList

_ROOMY, _TIGHT = 96, 60
"""Cells from which ids have a column, and below which the columns are narrow."""
_ID = 24


class CommandList(RowList[CommandRow], can_focus=False):
    """Keeps the cursor off headings. The field above it has the focus.

    Args:
        keys_first: the keys begin the line, and its id ends it; else the keys end it.
    """

    def __init__(self, *, keys_first: bool) -> None:
        super().__init__(header=False)
        self._keys_first = keys_first

    def row_id(self, row: CommandRow) -> object:
        return row.id or row

    def line(self, row: CommandRow, width: int) -> StyledLine:
        if row.is_heading:
            return [(left(row.name, width), "heading")]
        tone: Tone = "dim" if row.refusal else ""
        accent: Tone = "" if row is self.current else "accent"  # which the cursor's colour would swallow
        keys, name = (14, 22) if width >= _TIGHT else (9, 16)
        if not self._keys_first:
            room = width - name - keys - 2
            return [
                (left(f" {row.name}", name + 1), tone or "strong"),
                (_cell(row.about, room), "dim"),
                (right(row.keys, keys), accent),
                (" ", ""),
            ]
        id = _ID if width >= _ROOMY else 0
        return [
            (left(f" {row.keys}", keys), tone or accent),
            (_cell(row.name, name), tone or "strong"),
            (_cell(row.about, width - keys - name - id), tone),
            (left(f" {row.id}", id), "dim"),
        ]

    def validate_cursor(self, cursor: int) -> int:
        """Return the next row, in the direction of the move, that is no heading; else the one before."""
        at = super().validate_cursor(cursor)
        if not self.rows:
            return at
        onwards = range(at, len(self.rows)) if cursor >= self.cursor else range(at, -1, -1)
        back = reversed(range(at)) if cursor >= self.cursor else range(at, len(self.rows))
        return next((index for index in (*onwards, *back) if not self.rows[index].is_heading), at)

    def seen_with(self, cursor: int) -> Region:
        """Return the row's line, and that of the heading right above it."""
        above = int(cursor > 0 and self.rows[cursor - 1].is_heading)
        return Region(0, cursor - above, 1, 1 + above)

    def first(self) -> None:
        """Put the cursor on the first row that is no heading."""
        self.cursor = next((index for index, row in enumerate(self.rows) if not row.is_heading), 0)

    def on_click(self, event: events.Click) -> None:
        index = self._index_at(event.y)
        if index is not None and not self.rows[index].is_heading:
            self.cursor = index
            self.action_choose()

    def _state(self, index: int) -> str:
        return "row-list--cursor" if index == self.cursor else super()._state(index)


def _cell(text: str, width: int) -> str:
    """Return a text in exactly `width` cells, the last of them blank."""
    return left(left(text, width - 1), width)

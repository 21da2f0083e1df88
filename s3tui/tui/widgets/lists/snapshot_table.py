"""SnapshotTable: the list of snapshots, one line each."""

from __future__ import annotations

from pathlib import Path

from s3tui.browse.snapshot.snapshot import Snapshot
from s3tui.format import age_column, count, printable
from s3tui.tui.clock import Clock
from s3tui.tui.text.cells import StyledLine, left, middle, right
from s3tui.tui.text.sentences import short_size
from s3tui.tui.widgets.lists.row_list import RowList

_KEYS, _SIZE, _AGE, _PART = 12, 9, 6, 6
_SHARED = 32
"""Cells from which a name, which most often begins with its bucket, leaves room for the place."""


class SnapshotTable(RowList[Snapshot]):
    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._now = clock
        self.marked: Path | None = None
        """The file of the marked snapshot."""

    def row_id(self, row: Snapshot) -> object:
        return row.file

    @property
    def marked_row(self) -> Snapshot | None:
        return next((row for row in self.rows if row.file == self.marked), None)

    def header(self, width: int) -> str:
        name, where = _widths(width)
        start = f"   {left('Name', name)} {left('Of' if where else '', where)}{right('Taken', _AGE)}"
        return f"{start} {right('Keys', _KEYS)} {right('Size', _SIZE)}"

    def line(self, row: Snapshot, width: int) -> StyledLine:
        name, where = _widths(width)
        header = row.header
        uri = printable(f"s3://{header.bucket}/{header.prefix}")
        return [
            (" ● " if row.file == self.marked else "   ", "accent"),
            (left(middle(printable(row.name), name), name), ""),
            (" " + left(middle(uri, where - 1) if where else "", where), "dim"),
            (right(age_column(header.begun_at, self._now()), _AGE), "dim"),
            (f" {right(count(header.objects), _KEYS)}", ""),
            (f" {right(short_size(header.size), _SIZE)}", "dim"),
            (f" {left('' if header.is_complete else 'part', _PART)}", "warn"),
        ]


def _widths(width: int) -> tuple[int, int]:
    """Return the widths of name and place, which share the cells that numbers leave, if those are many."""
    room = max(20, width - _KEYS - _SIZE - _AGE - _PART - 8)
    name = room // 2 if room >= _SHARED else room
    return name, room - name

"""VersionTable: the versions of one object, one line each, the latest first."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from s3tui.format import age_column, printable, size
from s3tui.s3.models import ObjectVersion
from s3tui.tui.clock import Clock
from s3tui.tui.keymap.screens import VERSION_LIST_KEYS
from s3tui.tui.text.cells import StyledLine, Tone, left, middle, right
from s3tui.tui.text.sentences import short_size
from s3tui.tui.widgets.lists.row_list import RowList

_SIZE, _DELTA, _AGE, _STATE = 8, 11, 6, 16
_WIDEST_ID = 40


class VersionTable(RowList[ObjectVersion], inherit_bindings=False):
    BINDINGS: ClassVar[list[BindingType]] = [*VERSION_LIST_KEYS]

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._now = clock

    def row_id(self, row: ObjectVersion) -> object:
        return row.version_id

    def below(self, version_id: str | None) -> ObjectVersion | None:
        """Return the next older version, or delete marker."""
        numbers = [number for number, row in enumerate(self.rows) if row.version_id == version_id]
        return self.rows[numbers[0] + 1] if numbers and numbers[0] + 1 < len(self.rows) else None

    def header(self, width: int) -> str:
        id, etag = _widths(width)
        start = f" {left('', 2)}{left('Version', id)} {right('Size', _SIZE)} {right('Change', _DELTA)}"
        return f"{start} {right('Age', _AGE)}  {left('', _STATE)}{left('ETag', etag)}"

    def line(self, row: ObjectVersion, width: int) -> StyledLine:
        id, etag = _widths(width)
        state, tone = _state(row)
        return [
            (" ● " if row.is_latest else "   ", "accent" if not row.is_delete_marker else "bad"),
            (left(middle(printable(row.version_id), id), id), ""),
            (" " + right("–" if row.size is None else size(row.size), _SIZE), ""),
            (" " + right(self._delta(row), _DELTA), "dim"),
            (" " + right(age_column(row.last_modified, self._now()), _AGE), "dim"),
            ("  " + left(state, _STATE), tone),
            (left(middle(printable(row.etag or ""), etag), etag), "dim"),
        ]

    def _delta(self, row: ObjectVersion) -> str:
        """Return the difference in size to the version before; `same` where the etag is the same."""
        older = self.below(row.version_id)
        while older is not None and older.is_delete_marker:
            older = self.below(older.version_id)
        if older is None or row.is_delete_marker or row.size is None or older.size is None:
            return ""
        if row.etag is not None and row.etag == older.etag:
            return "same bytes"
        change = row.size - older.size
        return "same size" if change == 0 else f"{'+' if change > 0 else '−'}{short_size(abs(change))}"


def _state(row: ObjectVersion) -> tuple[str, Tone]:
    if row.is_delete_marker:
        return ("deleted", "bad") if row.is_latest else ("was deleted", "dim")
    return ("current", "good") if row.is_latest else ("", "")


def _widths(width: int) -> tuple[int, int]:
    """Return the widths of the version id and of the etag, which share what numbers leave."""
    room = max(8, width - _SIZE - _DELTA - _AGE - _STATE - 8)
    id = min(_WIDEST_ID, room if room < 30 else room // 2)
    return id, max(0, room - id)

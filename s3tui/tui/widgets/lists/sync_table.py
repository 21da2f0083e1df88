"""SyncTable: the lines of a sync's plan, one each: sign, path, size, why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3tui.format import printable
from s3tui.tui.text.cells import StyledLine, Tone, left, middle, right
from s3tui.tui.text.sentences import short_size
from s3tui.tui.text.transfers.sync import SIGNS
from s3tui.tui.widgets.lists.row_list import RowList

if TYPE_CHECKING:
    from s3tui.transfer.changes.models import ChangeItem

_SIZE, _WHY = 9, 30
_WIDE = 100
"""Cells from which more room is for the reason."""


class SyncTable(RowList["ChangeItem"]):
    def __init__(self) -> None:
        super().__init__()
        self.left_out: set[int] = set()
        """Numbers of the lines that are not to be done."""

    def row_id(self, row: ChangeItem) -> object:
        return row.number

    def header(self, width: int) -> str:
        path, why = _widths(width)
        return f"   {left('Path', path)} {right('Size', _SIZE)}  {left('Why', why)}"

    def line(self, row: ChangeItem, width: int) -> StyledLine:
        path, why = _widths(width)
        is_out = row.number in self.left_out
        action = "skipped" if row.state.is_over else row.facts["action"]
        sign, tone = SIGNS[action]
        size = row.facts.get("size")
        reason = "left out: ␣ takes it in" if is_out else row.outcome.get("why") or row.facts["why"]
        weak: Tone = "dim" if is_out or action == "skipped" else ""
        return [
            (" " if is_out else sign, weak or tone),
            ("  ", ""),
            (left(middle(printable(row.facts["path"]), path), path), weak),
            (f" {right('' if size is None else short_size(size), _SIZE)}", "dim"),
            (f"  {left(middle(printable(reason), why), why)}", "dim"),
        ]


def _widths(width: int) -> tuple[int, int]:
    """Return the widths of path and reason."""
    why = _WHY if width < _WIDE else max(_WHY, width // 3)
    return max(10, width - why - _SIZE - 7), why

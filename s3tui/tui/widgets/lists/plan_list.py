"""PlanList: the objects of a planned change, one line each; what is left out is dimmed."""

from __future__ import annotations

from s3tui.format import age_column, printable, size
from s3tui.transfer.changes.models import ChangeItem, ItemState
from s3tui.tui.clock import Clock
from s3tui.tui.text.cells import StyledLine, Tone, left, right
from s3tui.tui.text.transfers.plan_line import fate_of, written_at
from s3tui.tui.widgets.lists.row_list import RowList

_SIZE, _AGE, _FATE = 9, 7, 24


class PlanList(RowList[ChangeItem]):
    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._now = clock

    def row_id(self, row: ChangeItem) -> object:
        return row.number

    def header(self, width: int) -> str:
        return (
            f"  {left('Key', self._key(width))} {right('Size', _SIZE)} {right('Age', _AGE)} {left('', _FATE)}"
        )

    def line(self, row: ChangeItem, width: int) -> StyledLine:
        is_in = row.state is ItemState.PLANNED
        tone: Tone = "" if is_in else "faint"
        return [
            ("● " if is_in else "  ", "accent"),
            (left(printable(row.key), self._key(width)), tone),
            (f" {right(size(row.facts.get('size')), _SIZE)}", tone),
            (f" {right(age_column(written_at(row), self._now()), _AGE)} ", "dim" if is_in else "faint"),
            (left(fate_of(row), _FATE), "dim" if is_in else "faint"),
        ]

    def _key(self, width: int) -> int:
        return max(12, width - _SIZE - _AGE - _FATE - 5)

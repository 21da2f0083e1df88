"""HistoryTable: the list of finished transfers, one line each, newest first."""

from __future__ import annotations

from s3tui.format import age_column, printable, size
from s3tui.transfer.models import Transfer, TransferState
from s3tui.tui.clock import Clock
from s3tui.tui.text.cells import Cell, StyledLine, left, right
from s3tui.tui.text.sentences import tilde
from s3tui.tui.text.shortened_names import shorten
from s3tui.tui.text.transfers.progress import SIGNS
from s3tui.tui.widgets.lists.row_list import RowList

_AGE, _SIZE, _PROOF = 7, 9, 11
_WIDE = 100
"""Width in cells from which the Verified column is shown."""


class HistoryTable(RowList[Transfer]):
    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._now = clock

    def row_id(self, row: Transfer) -> object:
        return row.id, row.finished_at

    def header(self, width: int) -> str:
        source, target = _widths(width)
        start = f"    {left('From', source)} {left('To', target)} {right('Size', _SIZE)}"
        proof = f"  {left('Verified', _PROOF)}" if width >= _WIDE else ""
        return f"{start}{proof} {right('Ago', _AGE)}"

    def line_at(self, index: int, width: int) -> StyledLine:
        row, beside = self.rows[index], self.beside(index)
        source, target = _widths(width)
        origin = shorten(_text(row.source), source, [_text(other.source) for other in beside])
        place = shorten(_text(row.target), target, [_text(other.target) for other in beside])
        if not row.target:
            place = printable(row.name)
        sign, tone = SIGNS[row.state]
        start: list[Cell] = [
            (f"{sign} ", tone),
            (f"{row.direction.value} ", "dim"),
            (left(origin, source), ""),
            (" ", ""),
        ]
        ago: Cell = (f" {right(age_column(row.finished_at, self._now()), _AGE)}", "dim")
        if row.state is TransferState.FAILED:
            room = width - source - 5 - _AGE - 1
            return [*start, (left(printable(row.error or "failed"), room), "bad"), ago]
        proof: list[Cell] = (
            [(f"  {left(printable(row.verified or ''), _PROOF)}", "good")] if width >= _WIDE else []
        )
        return [
            *start,
            (left(place, target), "dim"),
            (f" {right('' if row.direction.counts_objects else size(row.bytes_done), _SIZE)}", ""),
            *proof,
            ago,
        ]


def _widths(width: int) -> tuple[int, int]:
    """Return the widths of the source and target columns."""
    rest = width - 4 - _SIZE - _AGE - 3 - (_PROOF + 2 if width >= _WIDE else 0)
    source = max(12, rest // 2)
    return source, max(12, rest - source)


def _text(place: str) -> str:
    return printable(tilde(place))

"""TransferTable: the transfer queue, one line per transfer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import BindingType

from s3tui.format import ago, count, duration, printable, rate, size_width
from s3tui.transfer.models import Transfer, TransferState
from s3tui.tui.clock import Clock, utc_now
from s3tui.tui.keymap.screens import QUEUE_LIST_KEYS
from s3tui.tui.text.cells import StyledLine, Tone, bar, left, middle, right
from s3tui.tui.text.sentences import tilde
from s3tui.tui.text.shortened_names import shorten
from s3tui.tui.text.transfers.progress import SIGNS, amount, fraction_done, objects, trouble
from s3tui.tui.widgets.lists.row_list import RowList

_PERCENT, _RATE, _LEFT, _OBJECTS = 5, 12, 8, 15
_WIDE = 100
"""Width in cells from which speed and time left are shown."""
_WIDEST = 120
"""Width in cells from which objects have a column of their own."""
_SHORTEST_NAME = 12
_RECENT = timedelta(hours=1)
"""An error that is older is shown with its age."""


class TransferTable(RowList[Transfer]):
    BINDINGS: ClassVar[list[BindingType]] = [*QUEUE_LIST_KEYS]

    def __init__(self, clock: Clock = utc_now) -> None:
        super().__init__()
        self._now = clock

    def row_id(self, row: Transfer) -> object:
        return row.id

    def header(self, width: int) -> str:
        name, bar_width = _widths(width)
        columns = [
            f"    {left('Transfer', name)}",
            left("", bar_width),
            right("", _PERCENT),
            right("Done", _bytes_width()),
        ]
        if width >= _WIDE:
            columns += [right("Speed", _RATE), right("Left", _LEFT)]
        if width >= _WIDEST:
            columns.append(right("Objects", _OBJECTS))
        return " ".join(columns)

    def line_at(self, index: int, width: int) -> StyledLine:
        row = self.rows[index]
        name, bar_width = _widths(width)
        error = trouble(row)
        if error and row.finished_at is not None and self._now() - row.finished_at > _RECENT:
            error = f"{ago(row.finished_at, self._now())}: {error}"
        if error:  # it takes the place of the bar, and what it needs of the name's
            name = max(min(name, width // 3), min(name, width - 5 - cell_len(error)))
        title = _title(row, name, self.beside(index))
        sign, tone = SIGNS[row.state]
        start: list[tuple[str, Tone]] = [
            (f"{sign or row.direction.value} ", tone),
            (f"{row.direction.value if sign else ' '} ", "dim"),
            (left(title, name), "dim" if row.state is TransferState.CANCELLED else ""),
            (" ", ""),
        ]
        if error:
            return [
                *start,
                (left(error, width - name - 5), "bad" if row.state is TransferState.FAILED else "warn"),
            ]
        return [*start, *_progress(row, width, bar_width)]


def _title(row: Transfer, width: int, beside: Sequence[Transfer]) -> str:
    """Return name and target; the target is shortened first, or left out if too little would remain.

    Beside a transfer of the same name, return where they differ: what is moved, or where to.
    """
    alike = [other for other in beside if other.name == row.name and other.target and row.target]
    if any(other.source != row.source for other in alike):
        return shorten(_text(row.source), width, [_text(other.source) for other in beside])
    if alike:
        return shorten(_text(row.target), width, [_text(other.target) for other in beside])
    name, target = printable(row.name), _text(row.target or row.source)
    room = width - cell_len(name) - 3
    if room >= min(16, cell_len(target)):
        return f"{name} {'→' if row.target else 'in'} {middle(target, room)}"
    return shorten(name, width, [printable(other.name) for other in beside])


def _text(place: str) -> str:
    return printable(tilde(place))


def _progress(row: Transfer, width: int, bar_width: int) -> StyledLine:
    fraction = fraction_done(row)
    percent = "–" if fraction is None else f"{int(fraction * 100)} %"
    many = row.objects_total != 1 or row.direction.counts_objects
    cells: list[tuple[str, Tone]] = [
        *bar(fraction, bar_width, _BAR_TONES.get(row.state, "dim")),
        (f" {right(percent, _PERCENT)}", "" if row.state is TransferState.RUNNING else "dim"),
        (f" {right(objects(row) if many and width < _WIDEST else amount(row), _bytes_width())}", "dim"),
    ]
    if width >= _WIDE:
        cells += [(f" {right(_speed(row), _RATE)}", ""), (f" {right(_left(row), _LEFT)}", "dim")]
    if width >= _WIDEST:
        cells.append((f" {right(objects(row) if many else '', _OBJECTS)}", "dim"))
    return cells


_BAR_TONES: dict[TransferState, Tone] = {
    TransferState.DONE: "good",
    TransferState.PAUSED: "warn",
    TransferState.RUNNING: "accent",
}


def _widths(width: int) -> tuple[int, int]:
    """Return the widths of the name and of the bar."""
    fixed = 4 + _PERCENT + _bytes_width() + 3
    fixed += _RATE + _LEFT + 2 if width >= _WIDE else 0
    fixed += _OBJECTS + 1 if width >= _WIDEST else 0
    bar_width = max(6, min(24, (width - fixed) // 3))
    return max(_SHORTEST_NAME, width - fixed - bar_width - 1), bar_width


def _bytes_width() -> int:
    """Return the cells of two sizes with a stroke between."""
    return 2 * size_width() + len(" / ")


def _speed(row: Transfer) -> str:
    if row.state is TransferState.RUNNING:
        return f"{count(round(row.rate_bps))} / s" if row.direction.counts_objects else rate(row.rate_bps)
    word: str = row.state.value
    return f"{word} {row.priority:+}" if row.priority and not row.state.is_final else word


def _left(row: Transfer) -> str:
    return duration(row.eta_s) if row.state is TransferState.RUNNING and row.eta_s is not None else ""

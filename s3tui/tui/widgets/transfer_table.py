"""TransferTable: the queue, one line a transfer."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from textual.binding import BindingType

from s3tui.format import count, duration, printable, rate
from s3tui.transfer.models import State, Transfer
from s3tui.tui.keymap import QUEUE_LIST_KEYS
from s3tui.tui.widgets.cells import Line, Tone, bar, left, middle, right
from s3tui.tui.widgets.path_input import tilde
from s3tui.tui.widgets.row_list import RowList
from s3tui.tui.words import short_size

SIGNS: dict[State, tuple[str, Tone]] = {
    State.WAITING: ("⋯", "dim"),
    State.RUNNING: ("", "accent"),
    State.PAUSED: ("‖", "warn"),
    State.DONE: ("✓", "good"),
    State.FAILED: ("✗", "bad"),
    State.CANCELLED: ("–", "dim"),
}
_PERCENT, _BYTES, _RATE, _LEFT = 5, 20, 10, 8


class TransferTable(RowList[Transfer]):
    BINDINGS: ClassVar[list[BindingType]] = [*QUEUE_LIST_KEYS]

    def row_id(self, row: Transfer) -> object:
        return row.id

    def header(self, width: int) -> str:
        name, bar_width = _widths(width)
        columns = [
            f"    {left('Transfer', name)}",
            left("", bar_width),
            right("", _PERCENT),
            right("Done", _BYTES),
        ]
        if width >= 100:
            columns += [right("Speed", _RATE), right("Left", _LEFT)]
        return " ".join(columns)

    def line(self, row: Transfer, width: int) -> Line:
        name, bar_width = _widths(width)
        sign, tone = SIGNS[row.state]
        start: list[tuple[str, Tone]] = [
            (f"{sign or row.direction.value} ", tone),
            (f"{row.direction.value if sign else ' '} ", "dim"),
            (left(_words(row, name - 1), name), "dim" if row.state is State.CANCELLED else ""),
        ]
        if row.state is State.FAILED:
            return [*start, (" ", ""), (left(printable(row.error or "failed"), width - name - 6), "bad")]
        return [*start, (" ", ""), *_progress(row, width, bar_width)]


def _words(row: Transfer, width: int) -> str:
    """Say what goes where; where to is shortened first, and left out where that would say nothing."""
    name, target = printable(row.name), printable(tilde(row.target))
    room = width - cell_len(name) - 3
    return f"{name} → {middle(target, room)}" if room >= min(16, cell_len(target)) else middle(name, width)


def _progress(row: Transfer, width: int, bar_width: int) -> Line:
    fraction = fraction_done(row)
    percent = "–" if fraction is None else f"{fraction * 100:.0f} %"
    tone: Tone = {State.DONE: "good", State.PAUSED: "warn", State.RUNNING: "accent"}.get(row.state, "dim")  # type: ignore[assignment]  # Tones, each
    cells = [
        *bar(fraction, bar_width, tone),
        (" ", ""),
        (right(percent, _PERCENT), "" if row.state is State.RUNNING else "dim"),
        (" ", ""),
        (right(amount(row), _BYTES), "dim"),
    ]
    if width < 100:
        return cells
    return [*cells, (" ", ""), (right(_speed(row), _RATE), ""), (" ", ""), (right(_left(row), _LEFT), "dim")]


def _widths(width: int) -> tuple[int, int]:
    """The name's and the bar's."""
    fixed = 4 + _PERCENT + _BYTES + 3 + (_RATE + _LEFT + 2 if width >= 100 else 0)
    bar_width = max(6, min(24, (width - fixed) // 3))
    return max(12, width - fixed - bar_width - 1), bar_width


def fraction_done(row: Transfer) -> float | None:
    if row.state is State.DONE:
        return 1.0
    if row.bytes_total and row.listing_done:
        return row.bytes_done / row.bytes_total
    return None


def amount(row: Transfer) -> str:
    """Objects where there are many, else bytes."""
    if row.objects_total != 1:
        total = "?" if row.objects_total is None else count(row.objects_total)
        more = "" if row.listing_done else "+"
        return f"{count(row.objects_done)} / {total}{more}"
    done = short_size(row.bytes_done)
    if row.bytes_total is None or row.bytes_done == row.bytes_total:
        return done
    return f"{done} / {short_size(row.bytes_total)}"


def _speed(row: Transfer) -> str:
    return rate(row.rate_bps) if row.state is State.RUNNING else row.state.value


def _left(row: Transfer) -> str:
    return duration(row.eta_s) if row.state is State.RUNNING and row.eta_s is not None else ""

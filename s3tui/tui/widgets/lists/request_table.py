"""RequestTable: the exchanges of the request log, one line each, newest first."""

from __future__ import annotations

from rich.cells import cell_len

from s3tui.format import printable
from s3tui.tui.text import exchanges
from s3tui.tui.text.cells import Cell, StyledLine, left, middle, right
from s3tui.tui.text.exchanges import LoggedRow
from s3tui.tui.widgets.lists.row_list import RowList

_TIME, _METHOD, _STATUS, _MS, _TRAFFIC, _TRY = 12, 6, 6, 7, 10, 4
_ID, _CONNECTION = 18, 14
_PATH = 12
"""So many cells of the target an error leaves at least."""
_MEDIUM = 100
"""Width in cells from which errors and times to the first byte are shown."""
_WIDE = 120
"""Width in cells from which the request id and the connection are shown."""


class RequestTable(RowList[LoggedRow]):
    def row_id(self, row: LoggedRow) -> object:
        return row.number

    def header(self, width: int) -> str:
        start = f"  {left('Time', _TIME)} {left('Method', _METHOD)} {left('Target', _target(width))}"
        first = f" {right('First', _MS)}" if width >= _MEDIUM else ""
        numbers = f" {right('Status', _STATUS)}{first} {right('All ms', _MS)}"
        start += f"{numbers} {right('Bytes', _TRAFFIC)} {left('Try', _TRY)}"
        return start + (
            f" {left('Request id', _ID)} {left('Connection', _CONNECTION)}" if width >= _WIDE else ""
        )

    def line(self, row: LoggedRow, width: int) -> StyledLine:
        exchange, room = row.exchange, _target(width)
        tone = exchanges.status_tone(exchange)
        error = f"  {printable(exchange.error)}" if exchange.error is not None and width >= _MEDIUM else ""
        error = left(error, min(cell_len(error), max(room - _PATH, room // 2)))
        what = _fitted(printable(exchanges.target(exchange)), room - cell_len(error))
        first: list[Cell] = [(f" {right(exchanges.milliseconds(exchange.head_s), _MS)}", "")]
        line: list[Cell] = [
            (f"  {left(exchanges.clock_time(exchange.started_at), _TIME)} ", "dim"),
            (f"{left(exchange.method, _METHOD)} ", ""),
            (what, ""),
            (left(error, room - cell_len(what)), tone),
            (f" {right(exchanges.status(exchange), _STATUS)}", tone),
            *(first if width >= _MEDIUM else ()),
            (f" {right(exchanges.milliseconds(exchange.elapsed_s), _MS)}", ""),
            (f" {right(exchanges.traffic(exchange), _TRAFFIC)}", ""),
            (f" {left(exchanges.tries(exchange), _TRY)}", "warn"),
        ]
        if width >= _WIDE:
            line.append((f" {left(printable(exchange.request_id or '–'), _ID)}", "dim"))
            line.append((f" {left(printable(row.connection), _CONNECTION)}", "dim"))
        return line


def _fitted(target: str, width: int) -> str:
    """Return a path and its query in at most `width` cells: the query gives way first."""
    path, mark, query = target.partition("?")
    shown = middle(path, width)
    rest = f"{mark}{query}"
    return shown + left(rest, min(cell_len(rest), width - cell_len(shown)))


def _target(width: int) -> int:
    """Return the width of the target's column."""
    fixed = (
        2
        + _TIME
        + 1
        + _METHOD
        + 1
        + _STATUS
        + 1
        + (_MS + 1) * (1 + (width >= _MEDIUM))
        + _TRAFFIC
        + 1
        + _TRY
        + 1
    )
    return max(10, width - fixed - (_ID + _CONNECTION + 2 if width >= _WIDE else 0))

"""UploadTable: the list of unfinished multipart uploads, one line each."""

from __future__ import annotations

from s3tui.format import age_column, count, printable
from s3tui.transfer.upload.orphans import OrphanUpload
from s3tui.tui.clock import Clock
from s3tui.tui.text.cells import StyledLine, left, middle, right
from s3tui.tui.text.sentences import short_size
from s3tui.tui.widgets.lists.row_list import RowList

_PARTS, _SIZE, _AGE, _WHOSE = 7, 9, 8, 5


class UploadTable(RowList[OrphanUpload]):
    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._now = clock

    def row_id(self, row: OrphanUpload) -> object:
        return row.upload_id

    def header(self, width: int) -> str:
        start = f"  {left('Key', _key(width))} {right('Parts', _PARTS)} {right('Size', _SIZE)}"
        return f"{start} {right('Begun', _AGE)}"

    def line(self, row: OrphanUpload, width: int) -> StyledLine:
        key = _key(width)
        return [
            ("  ", ""),
            (left(middle(printable(row.key), key), key), ""),
            (f" {right(count(row.parts), _PARTS)}", "dim"),
            (f" {right(short_size(row.bytes), _SIZE)}", ""),
            (f" {right(age_column(row.initiated, self._now()), _AGE)}", "dim"),
            (f" {left('ours' if row.ours else '', _WHOSE)}", "accent"),
        ]


def _key(width: int) -> int:
    return max(12, width - _PARTS - _SIZE - _AGE - _WHOSE - 6)

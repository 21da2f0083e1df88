"""RenameDialog: new names of many objects by a pattern, with a preview of what comes of it."""

from __future__ import annotations

from collections.abc import Sequence

from s3tui.browse.rows.listing import Row
from s3tui.browse.rows.rename_pattern import Named, new_names
from s3tui.format import count, counted, printable
from s3tui.tui.screens.common.form_dialog import FormDialog
from s3tui.tui.text.cells import middle
from s3tui.tui.widgets.forms.form import TextField

_SHOWN = 6
_WIDTH = 30


class RenameDialog(FormDialog[Sequence[tuple[Row, str]]]):
    """Answers with the key that each object gets."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        super().__init__(
            f"Rename {counted(len(rows), 'object')}",
            [
                TextField(
                    "pattern", "Pattern", "s///", "s/old/new/   report-{n:001}{ext}   {date} {name}{ext}"
                )
            ],
            yes="Goes on",
            sentence="By s/old/new/ (g: every match, i: any case), or of {n:001} {name} {ext} {date} {time}.",
        )

    def read(self) -> Sequence[tuple[Row, str]]:
        from s3tui.transfer.changes.renaming import settle

        targets = self._targets()
        try:
            if not settle({row.key: to for row, to in targets}, "x"):
                raise ValueError("No name changes by that.")
        except ValueError as error:
            raise ValueError(printable(str(error))) from error
        return targets

    def _targets(self) -> list[tuple[Row, str]]:
        names = [Named(row.key.rpartition("/")[2], row.modified) for row in self._rows]
        made = new_names(names, self.form.text("pattern"))
        return [
            (row, row.key.removesuffix(named.name) + new)
            for row, named, new in zip(self._rows, names, made, strict=True)
        ]

    def note(self) -> str:
        try:
            targets = self._targets()
        except ValueError as error:
            return printable(str(error))
        changed = [(row.key, to) for row, to in targets if row.key != to]
        lines = [f"{_short(key)} → {_short(to)}" for key, to in changed[:_SHOWN]]
        more = [f"… and {counted(len(changed) - _SHOWN, 'other')}"] if len(changed) > _SHOWN else []
        many = f"Of {counted(len(targets), 'object')} {count(len(changed))} will be called otherwise."
        return "\n".join([many, *lines, *more])


def _short(key: str) -> str:
    return middle(printable(key.rpartition("/")[2]), _WIDTH)

"""RestoreDialog: the tier of a restore, and for how many days."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from s3tui.tui.screens.common.form_dialog import FormDialog
from s3tui.tui.text.archive_words import TIERING, restore_note, tiers_of
from s3tui.tui.widgets.forms.form import ChoiceField, Field, TextField

_MOST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Restore:
    """A restore as the user wants it."""

    tier: str
    days: int | None


class RestoreDialog(FormDialog[Restore]):
    def __init__(self, what: str, classes: Collection[str | None], sentence: str) -> None:
        """`classes`: the storage classes of the objects."""
        self._archives = set(classes)
        fields: list[Field] = [
            ChoiceField("tier", "Tier", [(tier, tier) for tier in tiers_of(self._archives)]),
        ]
        self._takes_days = self._archives != {TIERING}
        if self._takes_days:
            fields.append(TextField("days", "Days", "7"))
        super().__init__(f"Restore {what}", fields, yes="Restores", sentence=sentence)

    def read(self) -> Restore:
        return Restore(self.form.chosen("tier"), self._days())

    def _days(self) -> int | None:
        if not self._takes_days:
            return None
        text = self.form.text("days")
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST_DAYS):
            raise ValueError("A number of days, from 1 on.")
        return int(text)

    def note(self) -> str:
        try:
            return restore_note(self._archives, self.form.chosen("tier"), self._days())
        except ValueError as error:
            return str(error)

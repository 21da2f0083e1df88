"""CleaningDialog: which versions under a prefix go for good."""

from __future__ import annotations

from datetime import timedelta

from s3tui.transfer.changes.versions.cleaning import CleanRule, Doomed
from s3tui.tui.screens.common.form_dialog import FormDialog
from s3tui.tui.widgets.forms.form import ChoiceField, TextField


class CleaningDialog(FormDialog[CleanRule]):
    def __init__(self, what: str) -> None:
        super().__init__(
            f"Clean up {what}",
            [
                ChoiceField("doomed", "What goes", [(each.value, each) for each in Doomed]),
                TextField("days", "Replaced for days", "30", "any time"),
                TextField("keep", "Keep of each key", "", "none: all that are old go"),
            ],
            yes="Goes on",
            sentence="What goes is counted and asked about before it is deleted.",
        )

    def read(self) -> CleanRule:
        doomed: Doomed = self.form.chosen("doomed")
        if doomed is not Doomed.OLD:
            return CleanRule(doomed)
        days, keep = self._number("days"), self._number("keep")
        return CleanRule(doomed, None if days is None else timedelta(days=days), keep)

    def _number(self, id: str) -> int | None:
        text = self.form.text(id)
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 6):
            raise ValueError("A number, or nothing.")
        return int(text)

    def note(self) -> str:
        """Say what the fields come to."""
        match self.form.chosen("doomed"):
            case Doomed.OLD:
                return "What is there now stays. Where both limits are given, what is beyond both goes."
            case Doomed.MARKERS:
                return "Keys of which nothing but delete markers is left vanish. Nothing else changes."
            case Doomed.EVERYTHING:
                return "All of it goes, what is there now too, and unfinished uploads."
        return "Parts of uploads that nobody completed go; no object changes."

    def changed(self) -> None:
        is_old = self.form.chosen("doomed") is Doomed.OLD
        for id in ("days", "keep"):
            self.form.show(id, is_shown=is_old)
        super().changed()

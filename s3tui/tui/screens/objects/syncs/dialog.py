"""SyncDialog: with what a prefix is compared and synced, in which direction, and how."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from s3tui.config.reader import ConfigError
from s3tui.config.sync_options import SYNC_OPTIONS
from s3tui.format import printable
from s3tui.syncs.saved import Place, SavedSync, read_place
from s3tui.transfer.sync.filters import check
from s3tui.transfer.sync.models import Compare, SyncOptions
from s3tui.tui.screens.common.form_dialog import FormDialog
from s3tui.tui.widgets.forms.form import ChoiceField, TextField

_READ = {option.key: option.read for option in SYNC_OPTIONS}
_COMPARES = (
    ("size and time", Compare.MTIME),
    ("etag", Compare.ETAG),
    ("checksum", Compare.CHECKSUM),
)

_LIMITS = {
    "newer": ("Changed since", "2026-01-31"),
    "min_size": ("Size at least", "1 kB"),
    "max_size": ("Size at most", "1 GB"),
}
"""Fields with a label and an example."""


class SyncDialog(FormDialog[SavedSync]):
    """Answers with the sync, which has a name only if it is a saved one.

    Args:
        here: the prefix that is shown.
        saved: the saved syncs, of which one can be named instead.
        names: of the connections that there are.
    """

    def __init__(self, here: Place, saved: Sequence[SavedSync], names: Collection[str]) -> None:
        self._here, self._names = here, names
        self._saved = {sync.name: sync for sync in saved}
        super().__init__(
            "Compare " + printable(f"s3://{here.bucket}/{here.prefix}"),
            [
                TextField(
                    "other", "With", "", "a folder, s3://bucket/prefix/, or a saved sync", [*self._saved]
                ),
                ChoiceField("way", "Direction", (("to here", True), ("from here", False))),
                ChoiceField("compare", "Same by", _COMPARES),
                ChoiceField("delete", "Only at the target", (("is kept", False), ("is deleted", True))),
                TextField("include", "Only", "", "*.html, img/"),
                TextField("exclude", "Leave alone", "", "*.tmp, cache/"),
                *(TextField(id, label, "", example) for id, (label, example) in _LIMITS.items()),
            ],
            yes="Compares",
        )

    def read(self) -> SavedSync:
        other = self.form.text("other")
        if other in self._saved:
            return self._saved[other]
        if not other:
            raise ValueError("Say with what: a folder, or an address like s3://bucket/prefix/.")
        try:
            place = read_place(other, self._names)
        except ConfigError as error:
            raise ValueError(f"{error}.") from error
        options = self._options()
        source, target = (place, self._here) if self.form.chosen("way") else (self._here, place)
        return SavedSync("", source, target, options)

    def _options(self) -> SyncOptions:
        include, exclude = self._patterns("include"), self._patterns("exclude")
        check([*include, *exclude])
        limits: dict[str, Any] = {}
        for name, (label, _) in _LIMITS.items():
            try:
                limits[name] = _READ[name](self.form.text(name))
            except ValueError as error:
                raise ValueError(f"{label}: it {error}.") from error
        chosen = self.form.chosen
        return SyncOptions(
            chosen("compare"), delete=chosen("delete"), include=include, exclude=exclude, **limits
        )

    def _patterns(self, id: str) -> tuple[str, ...]:
        return tuple(each.strip() for each in self.form.text(id).split(",") if each.strip())

    def changed(self) -> None:
        is_saved = self.form.text("other") in self._saved
        for field in self._fields[1:]:
            self.form.show(field.id, is_shown=not is_saved)
        super().changed()

    def _resolved(self, other: str) -> str:
        try:
            return str(read_place(other, self._names))
        except ConfigError:
            return other

    def note(self) -> str:
        other = self.form.text("other")
        if (saved := self._saved.get(other)) is not None:
            return f"{printable(str(saved))}, as config.toml has it."
        here = printable(f"s3://{self._here.bucket}/{self._here.prefix}")
        there = printable(self._resolved(other)) if other else "…"
        ends = (there, here) if self.form.chosen("way") else (here, there)
        saved_names = f" Saved: {printable(', '.join(self._saved))}." if self._saved else ""
        return f"{ends[0]} → {ends[1]}. Nothing is sent before you have seen the plan.{saved_names}"

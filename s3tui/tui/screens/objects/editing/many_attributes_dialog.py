"""ManyAttributesDialog: the form for what describes many objects; what is left empty is kept."""

from __future__ import annotations

from collections.abc import Sequence, Set

from s3tui.format import counted, printable
from s3tui.transfer.editing.attributes import (
    CANNED,
    ENCRYPTIONS,
    HEADERS,
    PRIVATE,
    AttributeChange,
    Attributes,
    check_attributes,
    needs_copy,
)
from s3tui.transfer.editing.planned_set import SetTotals
from s3tui.tui.screens.common.form_dialog import FormDialog
from s3tui.tui.screens.objects.editing.attribute_dialog import KNOWN, whole_retention
from s3tui.tui.text.pairs import check_metadata_names, read_pair_changes
from s3tui.tui.widgets.forms.form import Field, LinesField, TextField
from s3tui.tui.widgets.forms.write_options import CLASSES

_REMOVES = "-"


class ManyAttributesDialog(FormDialog[AttributeChange]):
    """Answers with the change to be made to each of many objects: what is left empty is kept."""

    def __init__(self, totals: SetTotals) -> None:
        self._totals = totals

        def line(id: str, label: str, known: Sequence[str] = ()) -> TextField:
            return TextField(id, label, "", _kinds(totals.kinds.get(id, set())), known)

        fields: list[Field] = [
            *(line(id, label, KNOWN.get(id, ())) for id, label in HEADERS.items()),
            line("storage_class", "Storage class", CLASSES),
            LinesField("metadata", "Metadata\nname=value\nor -name"),
            LinesField("tags", "Tags\nname=value\nor -name"),
            line("encryption", "Encryption", ENCRYPTIONS),
            line("access", "Access", CANNED),
            line("legal_hold", "Legal hold", ("on", "off")),
            line("retention", "Retention", ("GOVERNANCE ", "COMPLIANCE ")),
        ]
        super().__init__(
            f"Set on {counted(totals.objects, 'object')}",
            fields,
            yes="Goes on",
            sentence=f"Empty keeps, {_REMOVES} removes, all else is set.",
        )

    def read(self) -> AttributeChange:
        change = self._change()
        if not change:
            raise ValueError("Nothing is to be changed yet.")
        check_attributes(change.of(Attributes({}, {}, {})))
        return change

    def _change(self) -> AttributeChange:
        form = self.form
        headers = {id: None if text == _REMOVES else text for id in HEADERS if (text := form.text(id))}
        metadata = read_pair_changes(form.lines("metadata"), "metadata")
        check_metadata_names(metadata)
        hold, retention = form.text("legal_hold").lower(), form.text("retention")
        if hold not in ("", "on", "off", _REMOVES):
            raise ValueError("A legal hold is on or off.")
        return AttributeChange(
            headers,
            {name.lower(): value for name, value in metadata.items()},
            read_pair_changes(form.lines("tags"), "tags"),
            form.text("storage_class").upper() or None,
            form.text("encryption") or None,
            PRIVATE if form.text("access") == _REMOVES else form.text("access") or None,
            None if not hold else hold == "on",
            None if not retention else "" if retention == _REMOVES else whole_retention(retention),
        )

    def note(self) -> str:
        try:
            change = self._change()
        except ValueError as error:
            return str(error)
        if not change:
            return "Nothing is to be changed yet."
        first = self._totals.first
        if len(first) < self._totals.objects:
            return "What it comes to is counted before anything is sent."
        pairs = [(was, change.of(was)) for was in first]
        copies = sum(needs_copy(was, wanted) for was, wanted in pairs)
        same = sum(was == wanted for was, wanted in pairs)
        alone = len(pairs) - copies - same
        words = [
            f"{counted(copies, 'copy onto itself')}" if copies == 1 else f"{copies:,} copies onto themselves"
        ] * bool(copies)
        words += [f"{alone:,} without a copy"] * bool(alone)
        words += [f"{same:,} as they should be already"] * bool(same)
        said = ", ".join(words)
        return f"{said[:1].upper()}{said[1:]}. Each is pinned to what was read just now."


def _kinds(kinds: Set[str | None]) -> str:
    """Return what the objects have: one value of all, or how many they differ in."""
    if len(kinds) == 1:
        (value,) = kinds
        return f"kept: all {printable(value)}" if value else "kept: all have none"
    return f"kept: {len(kinds)} kinds"

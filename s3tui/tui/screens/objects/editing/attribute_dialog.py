"""Dialogs for attributes: of one object, filled with what is there; of many, empty to keep."""

from __future__ import annotations

from collections.abc import Sequence

from s3tui.format import counted, printable
from s3tui.transfer.editing.attributes import (
    HEADERS,
    STANDARD,
    AttributeChange,
    Attributes,
    attributes_of,
    change_between,
    check_attributes,
    needs_copy,
)
from s3tui.transfer.editing.object_state import ASLEEP, ObjectState
from s3tui.tui.screens.common.form_dialog import FormDialog
from s3tui.tui.text.pairs import check_metadata_names, lines_of, read_pair_changes, read_pairs
from s3tui.tui.widgets.forms.form import Field, LinesField, TextField
from s3tui.tui.widgets.forms.write_options import CLASSES

_REMOVES = "-"
_CACHES = ("no-cache", "no-store", "public, max-age=31536000, immutable")
_TYPES = (
    "text/plain; charset=utf-8",
    "text/html; charset=utf-8",
    "text/csv; charset=utf-8",
    "application/json",
)
_KNOWN = {"cache_control": _CACHES, "content_type": _TYPES, "content_disposition": ("attachment", "inline")}


class AttributesDialog(FormDialog[AttributeChange]):
    """Answers with what was changed of one object."""

    def __init__(self, key: str, state: ObjectState) -> None:
        self._state, self._was = state, attributes_of(state)
        self._has_tags = "its tags" not in state.unread
        was = self._was
        fields: list[Field] = [
            *(
                TextField(id, label, was.headers.get(id, ""), "none", _KNOWN.get(id, ()))
                for id, label in HEADERS.items()
            ),
            TextField("storage_class", "Storage class", was.storage_class, STANDARD, CLASSES),
            LinesField("metadata", "Metadata\nname=value,\none a line", lines_of(was.metadata)),
        ]
        if self._has_tags:
            fields.append(LinesField("tags", "Tags\nname=value,\none a line", lines_of(was.tags)))
        super().__init__(f"Attributes of {printable(key)}", fields, yes="Saves")

    def read(self) -> AttributeChange:
        wanted = self._wanted()
        check_attributes(wanted)
        change = change_between(self._was, wanted)
        if not change:
            raise ValueError("Nothing is changed yet.")
        return change

    def _wanted(self) -> Attributes:
        form, was = self.form, self._was
        headers = {id: text for id in HEADERS if (text := form.text(id))}
        for id, value in was.headers.items():  # spaces around a value are not the user's
            if headers.get(id) == value.strip():
                headers[id] = value
        metadata = read_pairs(form.lines("metadata"), "metadata", was.metadata)
        check_metadata_names(metadata)
        tags = read_pairs(form.lines("tags"), "tags", was.tags) if self._has_tags else dict(was.tags)
        metadata = {name if name in was.metadata else name.lower(): value for name, value in metadata.items()}
        return Attributes(headers, metadata, tags, form.text("storage_class").upper() or STANDARD)

    def note(self) -> str:
        try:
            wanted = self._wanted()
        except ValueError as error:
            return str(error)
        change = change_between(self._was, wanted)
        if not change:
            return "Nothing is changed yet."
        if not needs_copy(self._was, wanted):
            return "Sends the tags alone: there is no new version, and nothing else changes."
        return copy_note(self._state, wanted)


def copy_note(state: ObjectState, wanted: Attributes) -> str:
    """Say what a copy of an object onto itself brings about."""
    head = state.head
    said = "Copies it onto itself, pinned to what was read: it gets another LastModified"
    if head.version_id not in (None, "null"):
        said += ", in a new version"
    if "-" in (head.etag or ""):
        said += ", and another ETag, as its parts become one"
    sentences = [f"{said}."]
    if lost := [each for each in state.unread if each != "its tags"]:
        sentences.append(f"These keys may not read {' and '.join(lost)}: that is lost.")
    if wanted.storage_class in ASLEEP:
        again = "another restore" if wanted.storage_class == head.storage_class else "a restore"
        sentences.append(f"In {wanted.storage_class} it cannot be read before {again}.")
    if (head.server_side_encryption or "").startswith("aws:kms"):
        sentences.append("An encryption context, which S3 does not tell, is lost.")
    return " ".join(sentences)


class ManyAttributesDialog(FormDialog[AttributeChange]):
    """Answers with the change to be made to each of many objects: what is left empty is kept."""

    def __init__(self, states: Sequence[ObjectState]) -> None:
        self._states = states
        all_ = [attributes_of(state) for state in states]
        fields: list[Field] = [
            *(
                TextField(id, label, "", _kinds([each.headers.get(id) for each in all_]), _KNOWN.get(id, ()))
                for id, label in HEADERS.items()
            ),
            TextField("storage_class", "Storage class", "", _kinds([a.storage_class for a in all_]), CLASSES),
            LinesField("metadata", "Metadata\nname=value\nor -name"),
            LinesField("tags", "Tags\nname=value\nor -name"),
        ]
        self._all = all_
        super().__init__(
            f"Set on {counted(len(states), 'object')}",
            fields,
            yes="Goes on",
            sentence=f"Empty keeps, {_REMOVES} removes, all else is set.",
        )

    def read(self) -> AttributeChange:
        change = self._change()
        if not change:
            raise ValueError("Nothing is to be changed yet.")
        if change.tags and any("its tags" in state.unread for state in self._states):
            raise ValueError("These keys may not read the tags of all, which would be replaced.")
        for was in self._all:
            check_attributes(change.of(was))
        return change

    def _change(self) -> AttributeChange:
        form = self.form
        headers = {id: None if text == _REMOVES else text for id in HEADERS if (text := form.text(id))}
        metadata = read_pair_changes(form.lines("metadata"), "metadata")
        check_metadata_names(metadata)
        return AttributeChange(
            headers,
            {name.lower(): value for name, value in metadata.items()},
            read_pair_changes(form.lines("tags"), "tags"),
            form.text("storage_class").upper() or None,
        )

    def note(self) -> str:
        try:
            change = self._change()
        except ValueError as error:
            return str(error)
        pairs = [(was, change.of(was)) for was in self._all]
        copies = sum(needs_copy(was, wanted) for was, wanted in pairs)
        tags = sum(not needs_copy(was, now) and dict(was.tags) != dict(now.tags) for was, now in pairs)
        same = len(pairs) - copies - tags
        words = [
            f"{counted(copies, 'copy onto itself')}" if copies == 1 else f"{copies:,} copies onto themselves"
        ] * bool(copies)
        words += [f"{tags:,} with their tags alone"] * bool(tags)
        words += [f"{same:,} as they should be already"] * bool(same)
        said = ", ".join(words)
        sentences = [f"{said[:1].upper()}{said[1:]}. Each is pinned to what was read just now."]
        sentences += [unread_note(self._states)] * bool(copies)
        return " ".join(sentences).rstrip()


def unread_note(states: Sequence[ObjectState]) -> str:
    """Say what copies of many objects lose, as it cannot be read; nothing, where all can."""
    lost = sum(any(each != "its tags" for each in state.unread) for state in states)
    return (
        f"Of {counted(lost, 'object')} these keys may not read who has access: that is lost." if lost else ""
    )


def _kinds(values: Sequence[str | None]) -> str:
    """Return what the objects have: one value of all, or how many they differ in."""
    kinds = set(values)
    if len(kinds) == 1:
        (value,) = kinds
        return "kept: all have none" if value is None else f"kept: all {printable(value)}"
    return f"kept: {len(kinds)} kinds"

"""AttributesDialog: the form for what describes one object, filled with what is there."""

from __future__ import annotations

from dataclasses import replace

from s3tui.format import printable
from s3tui.transfer.editing.attributes import (
    CANNED,
    ENCRYPTIONS,
    HEADERS,
    OWN_GRANTS,
    PRIVATE,
    STANDARD,
    AttributeChange,
    Attributes,
    attributes_of,
    change_between,
    check_attributes,
    needs_copy,
    retention_of,
    retention_text,
)
from s3tui.transfer.editing.object_state import ASLEEP, ObjectState
from s3tui.tui.screens.common.form_dialog import FormDialog
from s3tui.tui.text.pairs import check_metadata_names, lines_of, read_pairs
from s3tui.tui.widgets.forms.form import ChoiceField, Field, LinesField, TextField
from s3tui.tui.widgets.forms.write_options import CLASSES

_CACHES = ("no-cache", "no-store", "public, max-age=31536000, immutable")
_TYPES = (
    "text/plain; charset=utf-8",
    "text/html; charset=utf-8",
    "text/csv; charset=utf-8",
    "application/json",
)
KNOWN = {"cache_control": _CACHES, "content_type": _TYPES, "content_disposition": ("attachment", "inline")}


class AttributesDialog(FormDialog[AttributeChange]):
    """Answers with what was changed of one object."""

    def __init__(self, key: str, state: ObjectState) -> None:
        self._state, self._was = state, attributes_of(state)
        self._has_tags = "its tags" not in state.unread
        was = self._was
        fields: list[Field] = [
            *(
                TextField(id, label, was.headers.get(id, ""), "none", KNOWN.get(id, ()))
                for id, label in HEADERS.items()
            ),
            TextField("storage_class", "Storage class", was.storage_class, STANDARD, CLASSES),
            LinesField("metadata", "Metadata\nname=value,\none a line", lines_of(was.metadata)),
            TextField("encryption", "Encryption", was.encryption, "the bucket's default", ENCRYPTIONS),
            TextField("access", "Access", was.access, PRIVATE, (*CANNED, OWN_GRANTS)),
            ChoiceField("legal_hold", "Legal hold", [("off", False), ("on", True)], int(was.legal_hold)),
            TextField("retention", "Retention", was.retention, "none", ("GOVERNANCE ", "COMPLIANCE ")),
        ]
        if self._has_tags:
            tags = LinesField("tags", "Tags\nname=value,\none a line", lines_of(was.tags))
            fields.insert(len(HEADERS) + 2, tags)
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
        return Attributes(
            headers,
            metadata,
            tags,
            form.text("storage_class").upper() or STANDARD,
            form.text("encryption") or was.encryption,
            form.text("access") or PRIVATE,
            form.chosen("legal_hold"),
            whole_retention(form.text("retention")),
        )

    def note(self) -> str:
        try:
            wanted = self._wanted()
        except ValueError as error:
            return str(error)
        change = change_between(self._was, wanted)
        if not change:
            return "Nothing is changed yet."
        if not needs_copy(self._was, wanted):
            is_tags = replace(was := self._was, tags=wanted.tags) == wanted and was != wanted
            what = "the tags alone" if is_tags else "it alone"
            return f"Sends {what}: there is no new version, and nothing else changes."
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


def whole_retention(text: str) -> str:
    """Return a retention as objects tell theirs."""
    retention = retention_of(text)
    return "" if retention is None else retention_text(retention)

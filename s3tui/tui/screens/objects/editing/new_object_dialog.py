"""NewObjectDialog: a folder marker, an empty object, or one from text that is typed or pasted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from s3tui.format import printable
from s3tui.transfer.upload.content_types import guess_content_type
from s3tui.tui.screens.common.form_dialog import FormDialog
from s3tui.tui.widgets.forms.form import ChoiceField, LinesField, TextField

_FOLDER_TYPE = "application/x-directory"
_MOST_KEY = 1024
"""Bytes of the longest key (S3 user guide, *Object key naming guidelines*)."""


class NewKind(Enum):
    TEXT = "object with text"
    EMPTY = "empty object"
    FOLDER = "folder marker"


_KINDS = tuple((kind.value, kind) for kind in NewKind)


@dataclass(frozen=True, slots=True)
class NewObject:
    """An object to be created."""

    key: str
    data: bytes
    content_type: str


class NewObjectDialog(FormDialog[NewObject]):
    def __init__(self, bucket: str, prefix: str) -> None:
        self._bucket, self._prefix = bucket, prefix
        super().__init__(
            "New in " + printable(f"s3://{bucket}/{prefix}"),
            [
                ChoiceField("kind", "Create", _KINDS),
                TextField("name", "Name", "", "below the prefix that is shown"),
                TextField("type", "Content-Type", "", "guessed from the name"),
                LinesField("text", "Text", "", height=8),
            ],
            yes="Creates",
        )

    def read(self) -> NewObject:
        kind, name = self.form.chosen("kind"), self.form.text("name")
        if not name.strip("/"):
            raise ValueError("It needs a name.")
        if kind is not NewKind.FOLDER and name.endswith("/"):
            raise ValueError("A name that ends in a slash is that of a folder marker.")
        key = self._key(kind, name)
        if len(key.encode()) > _MOST_KEY:
            raise ValueError(f"A key has {_MOST_KEY:,} bytes at most, and this one {len(key.encode()):,}.")
        text = self.form.lines("text") if kind is NewKind.TEXT else ""
        default = _FOLDER_TYPE if kind is NewKind.FOLDER else guess_content_type(name)
        return NewObject(key, text.encode(), self.form.text("type") or default)

    def _key(self, kind: NewKind, name: str) -> str:
        return (
            f"{self._prefix}{name}/"
            if kind is NewKind.FOLDER and not name.endswith("/")
            else self._prefix + name
        )

    def changed(self) -> None:
        kind = self.form.chosen("kind")
        self.form.show("text", is_shown=kind is NewKind.TEXT)
        self.form.show("type", is_shown=kind is not NewKind.FOLDER)
        super().changed()

    def note(self) -> str:
        kind, name = self.form.chosen("kind"), self.form.text("name")
        if not name:
            return "It is written only where nothing is."
        key = self._key(kind, name)
        said = f"The key is {printable(key, mark_spaces=True)}"
        parts = key.removesuffix("/").split("/")
        if "" in parts or not {".", ".."}.isdisjoint(parts):
            return f"{said}. Not every program can reach a key with // or dots between slashes."
        return f"{said}. It is written only where nothing is."

"""UploadPicker: asks for a file or folder to upload, its key and options; a path field above a file tree."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.containers import Grid, Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import DirectoryTree, Input, Label

from s3tui import paths
from s3tui.format import exact_size, printable
from s3tui.transfer.models import Conflict
from s3tui.transfer.requests import TargetOptions
from s3tui.transfer.upload.content_types import guess_content_type
from s3tui.tui.keymap.dialogs import UPLOAD_KEYS
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.text.sentences import tilde
from s3tui.tui.widgets.forms.choice import POLICIES, Choice
from s3tui.tui.widgets.forms.local_tree import LocalTree
from s3tui.tui.widgets.forms.path_input import PathSuggester, complete
from s3tui.tui.widgets.forms.write_options import OptionFields


@dataclass(frozen=True, slots=True)
class Upload:
    """The answer: what to upload, to which key, and how."""

    source: Path
    key: str
    """The object key; for a folder, the prefix of its files."""
    options: TargetOptions
    conflict: Conflict


class UploadPicker(Dialog[Upload]):
    """Dialog for an upload.

    Args:
        path: the initial path; by default, the working directory.
        on_folder: called whenever a folder is entered.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*UPLOAD_KEYS]

    def __init__(
        self, bucket: str, prefix: str, path: Path | None = None, *, on_folder: Callable[[], None]
    ) -> None:
        super().__init__(f"Upload to s3://{printable(bucket)}/{printable(prefix)}")
        self._prefix = prefix
        self._on_folder = on_folder
        self._start = path or Path.cwd()
        self._given = path is not None
        self._untouched = tilde(self._start) + "/" if os.path.isdir(self._start) and not self._given else ""
        """The initial text; as long as it is unchanged, no source is chosen."""
        self._followed = ""
        """The source that the other fields were filled in for."""

    def compose_question(self) -> Iterable[Widget]:
        folder = self._start if os.path.isdir(self._start) and not self._given else self._start.parent
        value = self._untouched or tilde(self._start)
        with Grid(id="upload-fields"):
            yield Label(Content("From"))
            yield Input(value, "a file or folder on this machine", id="source", compact=True,
                        suggester=PathSuggester(), select_on_focus=False)  # fmt: skip
            yield Label(Content("To key"))
            yield Input(
                placeholder="taken from the file's name", id="key", compact=True, select_on_focus=False
            )
            yield Label(Content("Type"))
            yield Input(
                placeholder="guessed from the file's name", id="type", compact=True, select_on_focus=False
            )
            yield Label(Content("If there"))
            yield Choice(POLICIES)
        yield OptionFields()
        yield Label(Content(""), id="wrong")
        yield LocalTree(folder)
        with Horizontal(classes="hint-line"):
            yield Label(
                Content("⇥ next  → completes  ␣ folder  F2 options  ↵ ^s upload  esc cancels"),
                classes="hint",
            )

    def on_mount(self) -> None:
        source = self.query_one("#source", Input)
        source.cursor_position = len(source.value)
        source.focus()
        self.query_one(LocalTree).show_root = False

    @property
    def source(self) -> Path | None:
        """The chosen source; `None` for an empty field, where `Path("")` would be the working directory."""
        value = self.query_one("#source", Input).value
        return paths.expanded(value) if value.strip() and value != self._untouched else None

    async def on_key(self, event: events.Key) -> None:
        """Complete the path on Tab if there is something to complete, as in a shell; else move the focus."""
        field = self.query_one("#source", Input)
        if event.key == "tab" and field.has_focus and not field.value.endswith("/"):
            completed = complete(field.value)
            if completed is not None and completed != field.value:
                event.stop()
                event.prevent_default()
                field.value = completed
                field.cursor_position = len(completed)

    @on(Input.Changed, "#source")
    def _follow_source(self) -> None:
        """Fill in key and type from the source, once per source, as this event may arrive late."""
        typed = self.query_one("#source", Input).value
        if typed == self._followed:
            return
        self._followed = typed
        source, note = self.source, Content("")
        key, kind = self.query_one("#key", Input), self.query_one("#type", Input)
        self._follow_in_tree(source or self._start)
        if source is None:
            key.value = kind.value = ""
            self._say(note, "")
            return
        if os.path.isfile(source):
            note = Content(exact_size(os.path.getsize(source)))
        elif os.path.isdir(source):
            note = Content("a folder: every file below it is uploaded")
            self._on_folder()
        name = source.name
        folder = os.path.isdir(source)
        key.value = self._prefix + name + ("/" if folder and name else "")
        kind.value = "" if folder or not os.path.isfile(source) else guess_content_type(name)
        kind.disabled = folder
        self._say(note, "")

    def _follow_in_tree(self, source: Path) -> None:
        """Show the typed folder in the tree, unless the tree has the focus."""
        tree = self.query_one(LocalTree)
        typed_folder = self.query_one("#source", Input).value.endswith("/")
        folder = source if typed_folder else source.parent
        if not tree.has_focus and os.path.isdir(folder) and folder != tree.path:
            tree.path = folder

    @on(DirectoryTree.FileSelected)
    @on(DirectoryTree.DirectorySelected)
    def _take(self, event: DirectoryTree.FileSelected | DirectoryTree.DirectorySelected) -> None:
        field = self.query_one("#source", Input)
        field.value = tilde(event.path)
        field.cursor_position = len(field.value)

    def action_options(self) -> None:
        """Toggle between the options and the tree."""
        fields, tree = self.query_one(OptionFields), self.query_one(LocalTree)
        fields.display, tree.display = not fields.display, bool(fields.display)
        self.query_one("#class" if fields.display else "#source", Input).focus()

    @on(Input.Submitted)
    def action_submit(self) -> None:
        self._follow_source()
        source, key = self.source, self.query_one("#key", Input).value
        if source is None:
            self._say(Content("Type or pick a file or folder."), "-wrong")
        elif not (os.path.isfile(source) or os.path.isdir(source)):
            self._say(Content(f"There is no file {printable(tilde(source))}."), "-wrong")
        elif not key and os.path.isfile(source):
            self._say(Content("A key is needed."), "-wrong")
        else:
            try:
                options = self.query_one(OptionFields).read(self.query_one("#type", Input).value or None)
            except ValueError as error:
                self._say(Content(printable(str(error))), "-wrong")
            else:
                self.dismiss(Upload(source, key, options, self.query_one(Choice).value))

    def _say(self, note: Content, kind: str) -> None:
        label = self.query_one("#wrong", Label)
        label.set_classes(kind)
        label.update(note)

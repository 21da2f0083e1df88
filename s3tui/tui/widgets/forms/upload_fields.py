"""UploadFields: the fields of an upload: path, target, type, and what to do where something is there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual import events
from textual.app import ComposeResult
from textual.containers import Grid
from textual.content import Content
from textual.widgets import Input, Label

from s3tui import paths
from s3tui.transfer.models import Conflict
from s3tui.transfer.upload.content_types import guess_content_type
from s3tui.transfer.upload.local_folder import LocalEntry
from s3tui.transfer.upload.upload_targets import default_target, is_one_file, prefix_of
from s3tui.tui.text.sentences import tilde
from s3tui.tui.widgets.forms.choice import POLICIES, Choice
from s3tui.tui.widgets.forms.path_input import PathSuggester, complete

_NAMES = (("with their names", True), ("only what is in them", False))


class UploadFields(Grid):
    """Target and type are filled in from the sources, once for each choice of them: what is typed stays."""

    def __init__(self, prefix: str, value: str, *, is_typed: bool) -> None:
        """`is_typed`: the path `value` was given by the user; else it says what the list shows."""
        super().__init__(id="upload-fields")
        self._prefix, self._value = prefix, value
        self._shown_folder = "" if is_typed else value
        """Text of the path field that says what the list shows; as long as it is that, no path is typed."""
        self._followed: tuple[list[LocalEntry], bool] = [], True
        self._filled_in = ""
        """The target as it was filled in: another one is the user's."""

    def compose(self) -> ComposeResult:
        yield Label(Content("From"))
        yield Input(self._value, "a file or folder on this machine", id="source", compact=True,
                    suggester=PathSuggester(), select_on_focus=False)  # fmt: skip
        yield Label(Content("To key"), id="key-label")
        yield Input(placeholder="taken from the name", id="key", compact=True, select_on_focus=False)
        yield Label(Content("Type"), classes="type")
        yield Input(placeholder="guessed from the name", id="type", classes="type", compact=True)
        yield Label(Content("Folders"), classes="names")
        yield Choice(_NAMES, id="names", classes="names")
        yield Label(Content("If there"))
        yield Choice(POLICIES, id="policy")

    def on_mount(self) -> None:
        self.show(())
        source = self.query_one("#source", Input)
        source.cursor_position = len(source.value)
        source.focus()

    @property
    def path_text(self) -> str:
        return self.query_one("#source", Input).value

    @property
    def typed(self) -> Path | None:
        """The typed path; `None` for an empty field, where `Path("")` would be the working directory."""
        value = self.path_text
        return paths.expanded(value) if value.strip() and value != self._shown_folder else None

    @property
    def target(self) -> str:
        return self.query_one("#key", Input).value

    @property
    def content_type(self) -> str | None:
        return self.query_one("#type", Input).value or None

    @property
    def keeps_names(self) -> bool:
        return bool(self.query_one("#names", Choice).value)

    @property
    def conflict(self) -> Conflict:
        policy: Conflict = self.query_one("#policy", Choice).value
        return policy

    def show_folder(self, folder: Path) -> None:
        """Have the path field say what the list shows: then no path is typed."""
        self._shown_folder = tilde(folder).rstrip("/") + "/"
        self.write(self._shown_folder)

    def write(self, path: str) -> None:
        field = self.query_one("#source", Input)
        field.value = path
        field.cursor_position = len(path)

    def follow(self, sources: Sequence[LocalEntry]) -> bool:
        """Fill in target and type if these are other sources than before; tell whether they are."""
        now = list(sources), self.keeps_names
        if now == self._followed:
            return False
        if self.target != self._filled_in:
            before, kept_names = self._followed
            self._prefix = prefix_of(self.target, before, keeps_names=kept_names)
        self._followed = now
        self._filled_in = default_target(self._prefix, sources, keeps_names=self.keeps_names)
        self.query_one("#key", Input).value = self._filled_in
        kind = guess_content_type(sources[0].path.name) if is_one_file(sources) else ""
        self.query_one("#type", Input).value = kind
        self.show(sources)
        return True

    def show(self, sources: Sequence[LocalEntry]) -> None:
        """Show the fields that these sources have."""
        for widget in self.query(".type"):
            widget.display = is_one_file(sources)
        for widget in self.query(".names"):
            widget.display = any(source.is_folder for source in sources)
        label = "To prefix" if sources and not is_one_file(sources) else "To key"
        self.query_one("#key-label", Label).update(Content(label))
        is_below = len(sources) > 1 or (bool(sources) and not is_one_file(sources))
        field = self.query_one("#key", Input)
        field.placeholder = "nothing: right in the bucket" if is_below else "taken from the name"

    async def on_key(self, event: events.Key) -> None:
        """Complete the path on Tab if there is something to complete, as in a shell; else move the focus."""
        field = self.query_one("#source", Input)
        if event.key == "tab" and field.has_focus and not field.value.endswith("/"):
            completed = complete(field.value)
            if completed is not None and completed != field.value:
                event.stop()
                event.prevent_default()
                self.write(completed)

"""UploadPicker: what to upload, to which key, as what. A path with completion beside a tree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Grid, Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import DirectoryTree, Input, Label

from s3tui.format import exact_size, printable
from s3tui.transfer.content_types import guess_content_type
from s3tui.tui.screens.dialogs import Dialog
from s3tui.tui.widgets.path_input import PathSuggester, complete, tilde


@dataclass(frozen=True, slots=True)
class Upload:
    source: Path
    key: str
    """For a folder, the prefix that its files get."""
    content_type: str | None


class LocalTree(DirectoryTree):
    """Plain signs instead of emoji, which are not equally wide everywhere."""

    ICON_NODE = "▸ "
    ICON_NODE_EXPANDED = "▾ "
    ICON_FILE = "  "
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
        Binding("space", "pick", "pick this folder", show=False),
    ]

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        return (path for path in paths if not path.name.startswith("."))

    def action_pick(self) -> None:
        if self.cursor_node is not None and self.cursor_node.data is not None:
            self.post_message(self.DirectorySelected(self.cursor_node, self.cursor_node.data.path))


class UploadPicker(Dialog[Upload]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "upload", "upload", show=False, priority=True),
    ]

    def __init__(self, bucket: str, prefix: str, path: Path | None = None) -> None:
        super().__init__(f"Upload to s3://{printable(bucket)}/{printable(prefix)}")
        self._prefix = prefix
        self._start = path or Path.cwd()
        self._given = path is not None

    def compose_question(self) -> Iterable[Widget]:
        folder = self._start if self._start.is_dir() and not self._given else self._start.parent
        value = tilde(self._start) + ("/" if self._start.is_dir() and not self._given else "")
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
        yield Label(Content(""), id="wrong")
        yield LocalTree(folder)
        with Horizontal(classes="hint-line"):
            yield Label(
                Content("→ completes   ⇥ next field   ␣ takes a folder   ↵ uploads   esc"),
                classes="hint",
            )

    def on_mount(self) -> None:
        source = self.query_one("#source", Input)
        source.cursor_position = len(source.value)
        source.focus()
        self.query_one(LocalTree).show_root = False

    @property
    def source(self) -> Path:
        return Path(self.query_one("#source", Input).value).expanduser()

    async def on_key(self, event: events.Key) -> None:
        """Tab completes a path while there is something to complete, as in a shell; else it moves on."""
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
        source, words = self.source, Content("")
        self._follow_in_tree(source)
        if source.is_file():
            words = Content(exact_size(source.stat().st_size))
        elif source.is_dir():
            words = Content("a folder: every file below it is uploaded, keys that exist are skipped")
        name = source.name
        folder = source.is_dir()
        self.query_one("#key", Input).value = self._prefix + name + ("/" if folder and name else "")
        kind = self.query_one("#type", Input)
        kind.value = "" if folder or not source.is_file() else guess_content_type(name)
        kind.disabled = folder
        self._say(words, "")

    def _follow_in_tree(self, source: Path) -> None:
        """Show the folder that is typed; who picks in the tree stays where he is."""
        tree = self.query_one(LocalTree)
        typed_folder = self.query_one("#source", Input).value.endswith("/")
        folder = source if typed_folder else source.parent
        if not tree.has_focus and folder.is_dir() and folder != tree.path:
            tree.path = folder

    @on(DirectoryTree.FileSelected)
    @on(DirectoryTree.DirectorySelected)
    def _take(self, event: DirectoryTree.FileSelected | DirectoryTree.DirectorySelected) -> None:
        field = self.query_one("#source", Input)
        field.value = tilde(event.path)
        field.cursor_position = len(field.value)

    @on(Input.Submitted)
    def _submit(self) -> None:
        self.action_upload()

    def action_upload(self) -> None:
        source, key = self.source, self.query_one("#key", Input).value
        if not (source.is_file() or source.is_dir()):
            self._say(Content(f"There is no file {printable(tilde(source))}."), "-wrong")
        elif not key and source.is_file():
            self._say(Content("A key is needed."), "-wrong")
        else:
            self.dismiss(Upload(source, key, self.query_one("#type", Input).value or None))

    def _say(self, words: Content, kind: str) -> None:
        label = self.query_one("#wrong", Label)
        label.set_classes(kind)
        label.update(words)

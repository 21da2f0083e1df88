"""LocalTree: the files of this machine, to pick one or a folder from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from rich.text import Text, TextType
from textual.binding import BindingType
from textual.widgets import DirectoryTree

from s3tui.format import printable
from s3tui.tui.keymap.dialogs import FILE_KEYS


class LocalTree(DirectoryTree):
    """A file tree with plain signs instead of emoji, whose width differs between terminals."""

    ICON_NODE = "▸ "
    ICON_NODE_EXPANDED = "▾ "
    ICON_FILE = "  "
    BINDINGS: ClassVar[list[BindingType]] = [*FILE_KEYS]

    def process_label(self, label: TextType) -> Text:
        """Return the name terminal-safe: a file name may hold any character."""
        return Text(printable(str(label), mark_spaces=True), no_wrap=True)

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        return (path for path in paths if not path.name.startswith("."))

    def action_pick(self) -> None:
        if self.cursor_node is not None and self.cursor_node.data is not None:
            self.post_message(self.DirectorySelected(self.cursor_node, self.cursor_node.data.path))

"""The user's text editor: which one, a private file for it, and the terminal handed over while it runs."""

from __future__ import annotations

import os
import shlex
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from textual.app import App

from s3tui import paths
from s3tui.tui.terminal.foreground import run_in_foreground

_WAITS = {
    **dict.fromkeys(("code", "codium", "code-insiders", "cursor", "zed", "subl", "atom"), "--wait"),
    **dict.fromkeys(("mate", "bbedit"), "-w"),
    **dict.fromkeys(("gvim", "mvim"), "-f"),
    "open": "-W",
}
"""What has programs with a window of their own wait until the file is closed."""
_AT_ONCE_S = 1.0


@dataclass(frozen=True, slots=True)
class EditorEnd:
    """The end of an editor: its exit status, and whether it took any time."""

    status: int
    was_at_once: bool
    """It ended within a second: it may have a window of its own, in which the file is still open."""


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """Return the words of the user's editor: $VISUAL, $EDITOR, else vi; the file comes last.

    Raises: ValueError, with the sentence for the user.
    """
    text = environ.get("VISUAL") or environ.get("EDITOR") or "vi"
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ValueError(f"$EDITOR cannot be read as a command: {error}.") from error
    if not words or shutil.which(words[0]) is None:
        raise ValueError(f"There is no editor {text}: set $EDITOR to one that is installed.")
    wait = _WAITS.get(Path(words[0]).name)
    return words if wait is None or wait in words else [*words, wait]


class EditedFile:
    """A file for an editor, alone in a folder that nobody else may read, which also keeps its backups."""

    def __init__(self, name: str, data: bytes) -> None:
        """Blocking. Raises: OSError."""
        above = paths.state_dir() / "edits"
        above.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = Path(mkdtemp(dir=above)) / name
        try:
            self.write(data)
        except OSError:
            self.remove()
            raise

    def read(self) -> bytes:
        """Read it by its path: many editors write another file of that name. Raises: OSError."""
        return self.path.read_bytes()

    def write(self, data: bytes) -> None:
        fd = os.open(self.path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(data)

    def holds(self, data: bytes) -> bool:
        """Say whether nothing but `data` would be lost with it."""
        try:
            return self.read() == data
        except OSError:
            return False

    @property
    def has_others(self) -> bool:
        """Say whether there are other files beside it, such as what an editor that crashed can recover."""
        return len(os.listdir(self.path.parent)) > 1

    def remove(self) -> None:
        """Remove the folder with all that the editor left in it."""
        shutil.rmtree(self.path.parent, ignore_errors=True)


def run_editor(app: App[object], path: Path) -> EditorEnd:
    """Run the editor in the place of the app until it ends.

    Raises: ValueError, with a sentence, where there is no editor; SuspendNotSupported; OSError.
    """
    command = [*editor_command(os.environ), str(path)]
    begun = time.monotonic()
    status = run_in_foreground(app, command)
    return EditorEnd(status, time.monotonic() - begun < _AT_ONCE_S)

"""FileComparisonDialog: compares an object with a local file; it asks before it reads the object for that."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label, ProgressBar, Static

from s3tui import paths
from s3tui.browse.inspect.object_facts import ObjectId, object_head
from s3tui.format import printable
from s3tui.s3.client import S3Client
from s3tui.s3.errors import S3Error
from s3tui.s3.models import ObjectHead
from s3tui.transfer.download.local_names import local_name
from s3tui.transfer.integrity.same_as_file import (
    FileComparison,
    compare_bytes_with_file,
    compare_with_file,
)
from s3tui.transfer.integrity.verify import StoredObject
from s3tui.tui.keymap.dialogs import FILE_COMPARISON_KEYS
from s3tui.tui.runtime.session import Session
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.text.detail.file_comparison import comparison_sentence
from s3tui.tui.text.sentences import explain, short_size, tilde
from s3tui.tui.widgets.forms.path_input import PathSuggester


class FileComparisonDialog(Dialog[None]):
    """Compares as soon as it is open, by what S3 knows; `b` reads the object up to the first difference."""

    BINDINGS: ClassVar[list[BindingType]] = [*FILE_COMPARISON_KEYS]

    def __init__(self, session: Session, object: ObjectId, path: Path) -> None:
        super().__init__(f"The same as {printable(path.name)}?")
        self._session, self._object, self._path = session, object, path
        self._head: ObjectHead | None = None
        self._done = 0
        self.comparison: FileComparison | None = None
        """The last outcome."""

    def compose_question(self) -> Iterable[Widget]:
        uri = printable(f"s3://{self._object.bucket}/{self._object.key}")
        yield Static(Content(f"{uri}\n{printable(tilde(self._path))}"), classes="sentence")
        yield Label(Content("Comparing with what S3 knows of it ⋯"), id="outcome")
        yield ProgressBar(show_eta=False)
        yield Label(Content("esc closes"), classes="hint")

    def on_mount(self) -> None:
        self.query_one(ProgressBar).display = False
        self.run_worker(self._compare(), group="comparison", exclusive=True)

    @property
    def _can_read(self) -> bool:
        """True if reading the object would tell more than is known."""
        found = self.comparison
        if found is None or self._head is None or found.verdict.is_same:
            return False
        return found.first_difference is None

    def action_read(self) -> None:
        if self._can_read:
            self.query_one("#outcome", Label).update(Content("Reading the object ⋯"))
            bar = self.query_one(ProgressBar)
            bar.display = True
            bar.update(total=None if self._head is None else self._head.size, progress=0)
            self.run_worker(self._read(), group="comparison", exclusive=True)

    async def _compare(self) -> None:
        async def ask(s3: S3Client) -> tuple[ObjectHead, FileComparison]:
            head = (await object_head(s3, self._object)).head
            return head, await compare_with_file(self._stored(s3, head), self._path)

        try:
            self._head, found = await self._session.run(ask)
        except (S3Error, OSError) as error:
            self._say(_why(error), "bad")
        else:
            self._show(found)

    async def _read(self) -> None:
        head = self._head
        assert head is not None
        watch = self.set_interval(0.2, self._show_progress)
        try:
            found = await self._session.run(
                lambda s3: compare_bytes_with_file(self._stored(s3, head), self._path, self._note)
            )
        except (S3Error, OSError) as error:
            self._say(_why(error), "bad")
        else:
            self._show(found)
        finally:
            watch.stop()

    def _stored(self, s3: S3Client, head: ObjectHead) -> StoredObject:
        about = self._object
        return StoredObject(s3, about.bucket, about.key, about.version_id, head)

    def _note(self, offset: int) -> None:
        """Note how far both are the same; called in the S3 thread."""
        self._done = offset

    def _show_progress(self) -> None:
        self.query_one(ProgressBar).update(progress=self._done)

    def _show(self, comparison: FileComparison) -> None:
        self.comparison = comparison
        size = None if self._head is None else self._head.size
        self.query_one(ProgressBar).display = False
        self._say(comparison_sentence(comparison, size), "good" if comparison.verdict.is_same else "warn")
        offer = f"b reads it, up to {short_size(size)}, until a byte differs   " if self._can_read else ""
        self.query_one(".hint", Label).update(Content(f"{offer}esc closes"))

    def _say(self, sentence: str, tone: str) -> None:
        label = self.query_one("#outcome", Label)
        label.set_classes(f"-{tone}")
        label.update(Content(sentence))


def _why(error: S3Error | OSError) -> str:
    if isinstance(error, OSError):
        return f"The file cannot be read: {printable(error.strerror or str(error))}."
    return explain(error)


def file_prompt(folder: Path, key: str) -> Prompt:
    """Return the question for the file to compare with; a download of the object is suggested."""
    last = key.rstrip("/").rpartition("/")[2]
    there = folder / local_name(last) if last else folder
    return Prompt(
        "Compare with a file",
        "What S3 knows of the object decides; its bytes are read only if you say so.",
        value=tilde(there),
        yes="Compare",
        suggester=PathSuggester(),
        check=lambda text: None if paths.expanded(text).is_file() else "There is no such file.",
    )

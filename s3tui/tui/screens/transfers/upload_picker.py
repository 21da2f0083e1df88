"""UploadPicker: asks for files and folders to upload, their keys and options; fields above a file list."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from s3tui.format import printable
from s3tui.transfer.upload.local_folder import LocalEntry, entry_at
from s3tui.transfer.upload.upload_targets import Target, Upload, targets
from s3tui.tui.clock import Clock, utc_now
from s3tui.tui.keymap.dialogs import UPLOAD_KEYS
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.screens.transfers.folder_counts import FolderCounts
from s3tui.tui.text.sentences import tilde
from s3tui.tui.text.transfers.upload import target_words, total_words, wrong_upload
from s3tui.tui.widgets.forms.choice import Choice
from s3tui.tui.widgets.forms.local_list import LocalList
from s3tui.tui.widgets.forms.local_pane import LocalPane
from s3tui.tui.widgets.forms.upload_fields import UploadFields
from s3tui.tui.widgets.forms.write_options import OptionFields

_TALL = 30
"""Rows from which three targets are shown instead of one."""


class UploadPicker(Dialog[Upload]):
    """Dialog for an upload: of what is marked in the list, and of the path that is typed.

    Args:
        path: the initial path; by default, the working directory.
        on_folder: called whenever a folder is picked.
    """

    VERTICAL_BREAKPOINTS = [(0, "-low"), (26, "-high")]  # noqa: RUF012 - Textual's own declaration
    BINDINGS: ClassVar[list[BindingType]] = [*UPLOAD_KEYS]

    def __init__(
        self,
        bucket: str,
        prefix: str,
        path: Path | None = None,
        *,
        on_folder: Callable[[], None],
        clock: Clock = utc_now,
    ) -> None:
        super().__init__(f"Upload to s3://{printable(bucket)}/{printable(prefix)}")
        self._bucket, self._on_folder = bucket, on_folder
        start = path or Path.cwd()
        is_typed = path is not None or not os.path.isdir(start)
        value = tilde(start) if is_typed else tilde(start).rstrip("/") + "/"
        self._fields = UploadFields(prefix, value, is_typed=is_typed)
        self._pane = LocalPane(start.parent if is_typed else start, clock)
        self._files = self._pane.files
        self._counts = FolderCounts(self._folders, self._show_total)

    def compose_question(self) -> Iterable[Widget]:
        yield from (self._fields, OptionFields())
        yield from (Static(Content(""), id="targets"), Label(Content(""), id="wrong"))
        yield self._pane
        with Horizontal(classes="hint-line"):
            keys = "␣ marks  ↵ opens  / filters  . hidden  ⇥ next field  F2 options  ^s uploads  esc back"
            yield Label(Content(keys), classes="hint")

    def on_mount(self) -> None:
        self._load(self._files.folder)
        self._follow()
        self._show()

    @property
    def sources(self) -> list[LocalEntry]:
        """Files and folders to upload, as marks and fields say now."""
        marked, typed = self._files.marked, self._fields.typed
        entry = None if typed is None or typed in marked else entry_at(typed)
        return [*marked.values(), *([] if entry is None else [entry])]

    def _folders(self) -> list[Path]:
        return [source.path for source in self.sources if source.is_folder]

    def _targets(self) -> list[Target]:
        return targets(self.sources, self._fields.target, keeps_names=self._fields.keeps_names)

    @on(Input.Changed, "#source")
    @on(Choice.Changed, "#names")
    def _follow(self) -> None:
        """Follow what is picked: the event of it may arrive late, or never before an answer."""
        if (typed := self._fields.typed) is not None:
            folder = typed if self._fields.path_text.endswith("/") else typed.parent
            if not self._files.has_focus and os.path.isdir(folder) and folder != self._files.folder:
                self._load(folder)
        if not self._fields.follow(self.sources):
            return
        if self._folders():
            self._on_folder()
            self._counts.is_stopped = False
            self.run_worker(self._counts.run(), group="counting", exclusive=False)
        self._show()

    def _load(self, folder: Path) -> None:
        self.run_worker(self._files.load(folder), exclusive=True)

    @on(LocalList.FolderEntered)
    def _enter(self, event: LocalList.FolderEntered) -> None:
        self._load(event.folder)
        self._fields.show_folder(event.folder)
        self._follow()

    @on(LocalList.MarksChanged)
    def _take_marks(self) -> None:
        self._fields.show_folder(self._files.folder)
        self._follow()

    @on(LocalList.FileChosen)
    def _take_file(self, event: LocalList.FileChosen) -> None:
        """Write the file into the path field; chosen again, it is uploaded."""
        if self._fields.typed == event.path:
            self.action_submit()
        else:
            self._fields.write(tilde(event.path))
            self._follow()

    @on(LocalList.Loaded)
    @on(Input.Changed, "#key")
    def _show(self) -> None:
        """Show what will be uploaded where."""
        lines = target_words(self._bucket, self._targets(), 3 if self.app.size.height >= _TALL else 1)
        shown = self.query_one("#targets", Static)
        shown.display = bool(lines)
        shown.update(Content("\n".join(lines)))
        self._show_total()

    def _show_total(self) -> None:
        sources, counts, files = self.sources, self._counts, self._files
        if sources:
            whole, counting = counts.is_whole, counts.is_counting
            self._say(total_words(sources, counts.total, is_counting=counting, is_whole=whole))
        elif files.obstacle:
            self._say(f"{printable(tilde(files.folder))} cannot be read: {files.obstacle}.", "-wrong")
        else:
            self._say("")

    @on(LocalPane.PatternTyped)
    def _say_pattern(self, event: LocalPane.PatternTyped) -> None:
        self._say(event.sentence)

    def _say(self, note: str, kind: str = "") -> None:
        label = self.query_one("#wrong", Label)
        label.set_classes(kind)
        label.update(Content(note))

    def action_to_list(self) -> None:
        self._files.focus()

    def action_options(self) -> None:
        """Toggle between the options and the list."""
        options = self.query_one(OptionFields)
        options.display, self._pane.display = not options.display, bool(options.display)
        self.query_one("#class" if options.display else "#source", Input).focus()

    def action_dismiss_none(self) -> None:
        """Go one step back: from an input line, a count, the options, the marks; then leave."""
        if self._pane.close_bar():
            self._show_total()
        elif self._counts.is_counting:
            self._counts.is_stopped = True
            self._show_total()
        elif self.query_one(OptionFields).display:
            self.action_options()
        elif self._files.marked:
            self._files.mark(list(self._files.marked.values()), marks=False)
        else:
            super().action_dismiss_none()

    action_escape = action_dismiss_none

    @on(Input.Submitted)
    def action_submit(self) -> None:
        self._follow()
        try:
            fields, typed = self._fields, self._fields.typed
            if typed is not None and typed not in self._files.marked and entry_at(typed) is None:
                raise ValueError(f"There is no file {tilde(typed)}.")
            wrong = wrong_upload(self.sources, fields.target, keeps_names=fields.keeps_names)
            if wrong is not None:
                raise ValueError(wrong)
            options = self.query_one(OptionFields).read(self._fields.content_type)
        except ValueError as error:
            self._say(printable(str(error)), "-wrong")
        else:
            self.dismiss(Upload(self._targets(), options, self._fields.conflict))

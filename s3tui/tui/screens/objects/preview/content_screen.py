"""ContentScreen: the base of previews, which show content from any place on, and what is found in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual import on
from textual.widget import Widget

from s3tui.browse.rows.listing import Row
from s3tui.format import printable
from s3tui.s3.errors import S3Error
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.objects.object_screen import ObjectScreen
from s3tui.tui.screens.objects.preview.finding import FindingController
from s3tui.tui.screens.objects.preview.members import OpenMember
from s3tui.tui.screens.objects.preview.panel import PreviewPanel
from s3tui.tui.screens.objects.preview.reading import ReadingController
from s3tui.tui.screens.objects.preview.views import View
from s3tui.tui.text.sentences import explain
from s3tui.tui.widgets.frame.filter_bar import HiddenInput
from s3tui.tui.widgets.frame.notice import Notice
from s3tui.tui.widgets.preview.preview_view import PreviewView

if TYPE_CHECKING:
    pass

_SIDEWAYS = 8
"""Cells of a step to the side."""


class ContentScreen(ObjectScreen):
    """Shows what its reading controller reads, and where in it that is."""

    HELP_TITLE = "Preview"

    def __init__(
        self,
        session: Session,
        transfers: Transfers,
        bucket: str,
        row: Row,
        member: OpenMember | None = None,
    ) -> None:
        """With a `member`, it is about that one of the object, which is an archive."""
        super().__init__(session, transfers, bucket, row.key)
        self._row = row
        self.reading = ReadingController(self, row, member)
        self.finding = FindingController(self, self.reading)

    def compose_body(self) -> Iterable[Widget]:
        yield PreviewPanel()

    def on_mount(self) -> None:
        super().on_mount()
        self._view.focus()
        self.action_refresh()

    @property
    def _panel(self) -> PreviewPanel:
        return self.query_one(PreviewPanel)

    @property
    def _view(self) -> PreviewView:
        return self._panel.lines

    @property
    def top_offset(self) -> int:
        return self._panel.top_offset

    @property
    def room(self) -> tuple[int, int]:
        return self._panel.room

    def show_view(self, view: View, at: int) -> None:
        self._panel.clear_state()
        if not view.pager.lines and view.picture is None:
            self.show_sentence(view.sentence or "It holds no bytes.")
        elif view.sentence:
            self.say(view.sentence)
        self._panel.show(view)
        self._view.go_to(at)
        self._show_frame()
        self.refresh_bindings()

    def show_lines(self, view: View, moved: int) -> None:
        if view is self.reading.view:
            self._view.shift(moved)
            self._panel.show(view)
            self._show_frame()

    def show_place_in(self, view: View, at: int, marks: bool) -> None:
        if view is self.reading.view:
            self._view.needle = self.finding.needle
            self._panel.show(view)
            self._view.go_to(at, marks=marks)

    def show_sentence(self, sentence: str) -> None:
        self._panel.show_state("empty", sentence)

    def show_failure(self, error: S3Error) -> None:
        self._panel.show_error(error)

    def show_trouble(self, error: S3Error) -> None:
        self.say(explain(error), "error")

    def show_status(self) -> None:
        super().show_status()
        if self.finding.progress:
            for notice in self.query(Notice):
                notice.status = self.finding.progress

    def _show_frame(self) -> None:
        view = self._view
        is_last = (view.top, view.row) >= view.last_top
        self._panel.frame(self.reading.title, self.reading.caption(view.top, is_last=is_last))

    @on(PreviewView.Scrolled)
    def _read_on(self, message: PreviewView.Scrolled) -> None:
        self._show_frame()
        self.reading.read_on(message.near)

    @on(PreviewView.EndSought)
    def _go_to_end(self, message: PreviewView.EndSought) -> None:
        if message.is_last:
            self.reading.go_to_end()
        else:
            self.reading.go(0)

    @on(HiddenInput.Submitted)
    def _find(self, message: HiddenInput.Submitted) -> None:
        self._panel.close_find()
        self._view.needle = message.value
        self.finding.find(message.value)
        self._view.refresh()

    def action_refresh(self) -> None:
        if self.reading.view is None:
            self._panel.show_state("loading", f"Reading {printable(self._row.key)} …")
        self.reading.start()

    def action_escape(self) -> None:
        """Undo one thing: close the line, stop looking, forget what was looked for; else go back."""
        if not self._panel.close_find() and not self.finding.stop():
            self.action_back()

    def action_find(self) -> None:
        self._panel.open_find()

    def action_find_next(self, step: int) -> None:
        self.finding.find_next(backwards=step < 0)

    def action_go_to_place(self) -> None:
        self.run(self.finding.ask_place, "question", exclusive=True)

    def action_sideways(self, steps: int) -> None:
        self._view.scroll_sideways(steps * _SIDEWAYS)

    def action_wrap(self) -> None:
        self._view.toggle_wrap()

    def action_fold(self, step: int) -> None:
        self.reading.fold(step)

    def action_rows(self) -> None:
        self.run(self.reading.ask_rows, "question", exclusive=True)

    def action_bytes(self) -> None:
        self.reading.change(form=self.reading.form.next)

    def action_encoding(self) -> None:
        self.reading.take_next_encoding()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enable what means something for what is shown."""
        if action == "rows":
            return self.reading.has_rows
        if action == "fold":
            return self.reading.view is not None and self.reading.view.folds
        return True

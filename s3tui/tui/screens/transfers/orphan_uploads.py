"""OrphanUploadsScreen: unfinished multipart uploads of a bucket, which cost money and are in no listing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from s3tui import paths
from s3tui.format import counted, printable
from s3tui.s3.errors import S3Error
from s3tui.transfer.errors import TransferError
from s3tui.transfer.upload.orphans import OrphanUpload
from s3tui.tui.keymap.screens import UPLOADS_KEYS
from s3tui.tui.messages import TransfersEnded
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.screens.common.connected_place import connected_place
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.text.place import Place
from s3tui.tui.text.sentences import explain, short_size
from s3tui.tui.widgets.forms.path_input import PathSuggester
from s3tui.tui.widgets.frame.state_panel import StatePanel
from s3tui.tui.widgets.lists.upload_table import UploadTable


class OrphanUploadsScreen(FramedScreen):
    HELP_TITLE = "Unfinished uploads"
    BINDINGS: ClassVar[list[BindingType]] = [*UPLOADS_KEYS]

    @dataclass
    class UploadsFound(Message):
        uploads: Sequence[OrphanUpload]

    @dataclass
    class SearchFailed(Message):
        error: S3Error

    def __init__(self, session: Session, transfers: Transfers, bucket: str) -> None:
        super().__init__(session, transfers)
        self._bucket = bucket

    def compose_body(self) -> Iterable[Widget]:
        with Vertical(classes="panel", id="queue-panel"):
            table = UploadTable(self.session.now)
            yield from (table, StatePanel(table))

    def place(self) -> Place:
        return connected_place(self._session, crumbs=[printable(self._bucket)], bucket=self._bucket)

    def on_mount(self) -> None:
        super().on_mount()
        self.action_refresh()

    def action_refresh(self) -> None:
        if not self.query_one(UploadTable).rows:
            self._state.show("loading", "Looking for unfinished uploads…", "esc goes back")
        self.look()

    @work(group="uploads", exclusive=True)
    async def look(self) -> None:
        name, bucket = self.session.handle, self._bucket
        try:
            uploads = await self.transfers.command(lambda queue: queue.orphan_uploads(name, bucket))
        except S3Error as error:
            self.post_message(self.SearchFailed(error))
        else:
            self.post_message(self.UploadsFound(uploads))

    @on(UploadsFound)
    def _show(self, message: UploadsFound) -> None:
        table, uploads = self.query_one(UploadTable), message.uploads
        table.show(uploads)
        if uploads:
            self._state.clear()
            table.focus()
        else:
            self._state.show("empty", "Every upload here was ended.", "esc goes back")
        weight = short_size(sum(upload.bytes for upload in uploads))
        caption = f"{counted(len(uploads), 'unfinished upload')} · {weight}"
        self.query_one("#queue-panel").border_title = Content(caption)
        self.refresh_bindings()

    @on(SearchFailed)
    def _show_failure(self, message: SearchFailed) -> None:
        self._state.show_error(message.error, keys="esc goes back")

    @property
    def _state(self) -> StatePanel:
        return self.query_one(StatePanel)

    @property
    def current(self) -> OrphanUpload | None:
        return self.query_one(UploadTable).current if self.is_mounted else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action not in ("abort", "resume_from_file") or self.current is not None

    @work(group="question", exclusive=True)
    async def action_abort(self) -> None:
        upload = self.current
        if upload is None or not self.may_write():
            return
        parts = f"{counted(upload.parts, 'part')}, {short_size(upload.bytes)}"
        sentence = f"{printable(upload.key)}: {parts}. What was sent is thrown away."
        if upload.ours:
            sentence += " A transfer of this machine began it, and then starts over."
        question = Confirm("Abort this upload?", sentence, yes="Abort it")
        if not await self.app.push_screen_wait(question):
            return
        name, bucket = self.session.handle, self._bucket
        try:
            await self.transfers.command(
                lambda queue: queue.abort_upload(name, bucket, upload.key, upload.upload_id)
            )
        except S3Error as error:
            self.say(explain(error), "error")
        else:
            self.say(f"Aborted the upload of {printable(upload.key)}.", "done")
            self.action_refresh()

    @work(group="question", exclusive=True)
    async def action_resume_from_file(self) -> None:
        """Continue the upload from the local file that it was started with."""
        upload = self.current
        if upload is None or not self.may_write():
            return
        answer = await self.app.push_screen_wait(
            Prompt(
                f"Finish {printable(upload.key)}",
                "From which file? The parts that are there must be its beginning.",
                placeholder="a file on this machine",
                yes="Continue",
                suggester=PathSuggester(),
                check=_wrong_file,
            )
        )
        if answer is None:
            return
        name, bucket, source = self.session.handle, self._bucket, _path(answer)
        try:
            await self.transfers.command(
                lambda queue: queue.resume_from_file(name, source, bucket, upload.key, upload.upload_id)
            )
        except (S3Error, TransferError) as error:
            self.say(explain(error), "error")
        else:
            self.say(f"The upload of {printable(upload.key)} goes on.   t shows the queue")

    @on(UploadTable.Chosen)
    def _chosen(self) -> None:
        self.action_resume_from_file()

    @on(TransfersEnded)
    def _look_again(self) -> None:
        self.look()

    def action_back(self) -> None:
        self.app.pop_screen()


def _path(text: str) -> Path:
    return paths.expanded(text)


def _wrong_file(text: str) -> str | None:
    if not text.strip():
        return "A file is needed."
    return None if os.path.isfile(_path(text)) else f"There is no file {printable(text)}."

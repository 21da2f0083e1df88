"""What changes things in a bucket: upload and delete. Each is planned and asked before it happens."""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from textual import events, on, work

from s3tui import paths
from s3tui.browse.place.location import Location
from s3tui.format import count, printable
from s3tui.transfer.models import Direction
from s3tui.transfer.requests import UploadFile, UploadFolder
from s3tui.tui.messages import TransfersEnded
from s3tui.tui.screens.objects.deletion import Deletion, DeletionProgress
from s3tui.tui.screens.objects.deletion_plan import deletion_question
from s3tui.tui.screens.transfers.transfer_actions import TransferActions
from s3tui.tui.screens.transfers.upload_picker import Upload, UploadPicker

if TYPE_CHECKING:
    from s3tui.transfer.engine import TransferEngine


class ObjectActions(TransferActions):
    location: Location

    @property
    def bucket(self) -> str:
        return self.location.bucket

    def rows_came(self) -> None:
        """Show what was written here."""
        raise NotImplementedError

    def rows_went(self, keys: Collection[str]) -> None:
        """Show no longer what was deleted; without keys it is not known what that was."""
        raise NotImplementedError

    @on(TransfersEnded)
    def _list_what_came(self, message: TransfersEnded) -> None:
        """List again when something was written here."""
        here = str(self.location)
        for transfer in message.transfers:
            if transfer.direction is not Direction.DOWNLOAD and transfer.target.startswith(here):
                self.rows_came()
                return

    def on_paste(self, event: events.Paste) -> None:
        path = pasted_path(event.text)
        if path is not None:
            event.stop()
            if (why := self.refusal("upload")) is not None:
                self.say(why, "warning")
                return
            self.action_upload(path)

    @work(group="question", exclusive=True)
    async def action_upload(self, path: Path | None = None) -> None:
        if not self.may_write():
            return
        picker = UploadPicker(self.bucket, self.location.prefix, path, on_folder=self.transfers.prepare)
        upload = await self.app.push_screen_wait(picker)
        if upload is None:
            return
        await self._start_upload(upload)
        target = printable(f"s3://{self.bucket}/{upload.key}")
        self.say(f"↑ {printable(upload.source.name)} → {target}   t shows the queue")

    async def _start_upload(self, upload: Upload) -> None:
        name, bucket = self.session.handle, self.bucket

        async def add(queue: TransferEngine) -> int:
            kind = UploadFolder if upload.source.is_dir() else UploadFile
            return await queue.add(
                kind(name, upload.source, bucket, upload.key, upload.conflict, upload.options)
            )

        await self.transfers.command(add)

    @work(group="question", exclusive=True)
    async def action_delete(self) -> None:
        rows = self.targets()
        if not rows or not self.may_write():
            return
        keys: list[str] = []
        if await self.app.push_screen_wait(deletion_question(self.session, self.bucket, rows, keys)):
            await self._delete(keys)

    async def _delete(self, keys: Sequence[str]) -> None:
        progress = DeletionProgress(self.session, self.bucket, keys)
        deletion = await self.app.push_screen_wait(progress) or Deletion(left=len(keys))
        self.rows_went(() if deletion.failure else deletion.deleted)
        if not deletion.is_whole:
            is_stopped = not (deletion.failure or deletion.errors)
            self.say(deletion.sentence, "warning" if is_stopped else "error")
        else:
            what = printable(keys[0]) if len(keys) == 1 else f"{count(len(keys))} objects"
            self.say(f"deleted {what}", "done")


def pasted_path(text: str) -> Path | None:
    """Return the local path that was pasted or dropped: plain, quoted, escaped, or as a `file:` URL."""
    text = text.strip()
    if not text or "\n" in text:
        return None
    if text.startswith("file://"):
        candidates = [unquote(urlsplit(text).path)]
    else:
        try:
            words = shlex.split(text)
        except ValueError:
            words = []
        candidates = [text, *(words if len(words) == 1 else [])]
    for candidate in candidates:
        path = paths.expanded(candidate)
        if path.is_absolute() and os.path.exists(path):
            return path
    return None

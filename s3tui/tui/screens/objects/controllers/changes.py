"""Uploads, deletes and undos in a bucket. Each is planned and asked before it happens."""

from __future__ import annotations

import os
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from s3tui import paths
from s3tui.format import printable
from s3tui.transfer.upload.upload_targets import Upload
from s3tui.tui.screens.objects.controllers.host import TreeHost
from s3tui.tui.screens.objects.plans.deletion import DeletionPlan
from s3tui.tui.screens.objects.plans.steps import left, started
from s3tui.tui.screens.objects.plans.undo import UndoPlan
from s3tui.tui.screens.transfers.upload_picker import UploadPicker
from s3tui.tui.text.transfers.upload import source_words, target_words

if TYPE_CHECKING:
    from s3tui.transfer.engine import TransferEngine


class UploadController:
    def __init__(self, host: TreeHost) -> None:
        self._host = host

    def start(self, path: Path) -> None:
        """Ask about a path that was pasted or dropped."""
        self._host.run(partial(self.upload, path), "question", exclusive=True)

    async def upload(self, path: Path | None = None) -> None:
        """Ask what is to be uploaded, `path` to begin with, and queue it; in a worker."""
        host = self._host
        if (why := host.mode.refusal("upload")) is not None:
            host.say(why, "warning")  # no key leads here, but a paste does
            return
        if not host.may_write():
            return
        prefix, prepare = host.location.prefix, host.transfers.prepare
        picker = UploadPicker(host.bucket, prefix, path, on_folder=prepare, clock=host.session.now)
        upload = await host.ask(picker)
        if upload is None:
            return
        await self._start(upload)
        (target,) = target_words(host.bucket, upload.targets, 1)
        host.say(f"↑ {source_words(upload.targets)} {target}   t shows the queue")

    async def _start(self, upload: Upload) -> None:
        made = upload.requests(self._host.session.handle, self._host.bucket)

        async def add(queue: TransferEngine) -> None:
            for request in made:
                await queue.add(request)

        await self._host.transfers.command(add)


class DeletionController:
    def __init__(self, host: TreeHost) -> None:
        self._host = host

    async def delete(self) -> None:
        """Ask whether what is meant shall go, prefixes with all that is under them; in a worker."""
        host, rows = self._host, self._host.targets()
        if not rows or not host.may_write():
            return
        plan = DeletionPlan(host.session, host.transfers, host.bucket, rows)
        if not await host.ask(plan.question()):
            await left(plan)
            return
        name = await started(host, plan)
        if name is None:
            return
        host.say(f"The deletion of {printable(name)} is in the queue: t shows it.", "queued", about=name)

    async def undo(self) -> None:
        """Ask whether the last change shall be undone; in a worker."""
        host = self._host
        if not host.may_write():
            return
        plan = UndoPlan(host.session, host.transfers)
        if (why := await plan.find()) is not None:
            host.say(why, "warning")
            return
        if not await host.ask(plan.question()):
            await left(plan)
            return
        name = await started(host, plan)
        if name is None:
            return
        host.say(f"The return of {printable(name)} is in the queue: t shows it.", "queued", about=name)


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

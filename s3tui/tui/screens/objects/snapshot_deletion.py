"""Deleting a snapshot, after a question; the bucket that it is of stays as it is."""

from __future__ import annotations

import asyncio

from s3tui.browse.snapshot.snapshot import Snapshot
from s3tui.format import counted, printable
from s3tui.tui.screens.common.host import ScreenHost
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.text.sentences import explain


async def delete_snapshot(host: ScreenHost, snapshot: Snapshot) -> None:
    """Ask whether a snapshot shall go, and delete its file; in a worker."""
    keys, name = counted(snapshot.header.objects, "key"), printable(snapshot.name)
    sentence = f"{name}, {keys}. The bucket itself stays as it is."
    if not await host.ask(Confirm("Delete this snapshot?", sentence, yes="Delete")):
        return
    try:
        await asyncio.to_thread(snapshot.file.unlink)
    except OSError as error:
        host.say(f"{name} was not deleted: {explain(error)}", "error")
    else:
        host.say(f"Deleted {name}.", "done")
